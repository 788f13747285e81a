"""The repository's paths and rights: every verb at every kind of place, and paths that deceive."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.refusals import Refused
from strongroom.rules.repository import Folder, Place, Verb, authorise, normalise, place

ALLOWED_AT_FOLDERS = {Verb.LOOK, Verb.LIST, Verb.MEASURE_SPACE}
ALLOWED_AT_FILES = {
    Folder.ROOT: set[Verb](),
    Folder.OUTGOING: {Verb.LOOK, Verb.READ, Verb.REMOVE, Verb.MEASURE_SPACE},
    Folder.INCOMING: {
        Verb.LOOK,
        Verb.READ,
        Verb.WRITE,
        Verb.SETTLE,
        Verb.REMOVE,
        Verb.RENAME_FROM,
        Verb.RENAME_TO,
        Verb.MEASURE_SPACE,
    },
    Folder.MANIFESTS: {Verb.LOOK, Verb.READ, Verb.MEASURE_SPACE},
    Folder.TEST: {Verb.LOOK, Verb.READ, Verb.MEASURE_SPACE},
}


def code(verb: Verb, spot: Place) -> str:
    """The refusal's code, or nothing where the verb is allowed."""
    try:
        authorise(verb, spot)
    except Refused as no:
        return no.code
    return ""


@pytest.mark.req("DEL-12", "DEL-14", "ATK-1", "ATK-5", "ATK-6", "ATK-7")
@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("folder", list(Folder))
@pytest.mark.parametrize("name", [None, "a.csv"])
def test_each_verb_is_allowed_just_where_the_table_says(
    verb: Verb, folder: Folder, name: str | None
) -> None:
    allowed = ALLOWED_AT_FOLDERS if name is None else ALLOWED_AT_FILES[folder]
    assert (code(verb, Place(folder, name)) == "") is (verb in allowed)


@pytest.mark.parametrize(
    ("verb", "spot", "expected"),
    [
        (Verb.WRITE, Place(Folder.OUTGOING, "a"), "REPO-READ-ONLY"),
        (Verb.SETTLE, Place(Folder.OUTGOING, "a"), "REPO-READ-ONLY"),
        (Verb.RENAME_TO, Place(Folder.OUTGOING, "a"), "REPO-READ-ONLY"),
        (Verb.WRITE, Place(Folder.ROOT, "a"), "REPO-READ-ONLY"),
        (Verb.WRITE, Place(Folder.INCOMING), "REPO-FOLDER"),
        (Verb.READ, Place(Folder.OUTGOING), "REPO-FOLDER"),
        (Verb.READ, Place(Folder.ROOT, "etc"), "REPO-NOT-FOUND"),
        (Verb.LIST, Place(Folder.OUTGOING, "a"), "REPO-NO-FOLDER"),
        (Verb.MAKE_FOLDER, Place(Folder.OUTGOING), "REPO-EXISTS"),
        (Verb.MAKE_FOLDER, Place(Folder.INCOMING, "a"), "REPO-READ-ONLY"),
        (Verb.REMOVE_FOLDER, Place(Folder.INCOMING), "REPO-READ-ONLY"),
        (Verb.LINK, Place(Folder.INCOMING, "a"), "REPO-READ-ONLY"),
    ],
)
def test_a_refusal_says_what_is_wrong(verb: Verb, spot: Place, expected: str) -> None:
    assert code(verb, spot) == expected


@pytest.mark.req("ATK-1")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"", "/"),
        (b".", "/"),
        (b"/", "/"),
        (b"//", "/"),
        (b"/..", "/"),
        (b"../../..", "/"),
        (b"/../../etc/../outgoing", "/outgoing"),
        (b"/outgoing/../incoming/./x", "/incoming/x"),
        (b"/outgoing//a.csv", "/outgoing/a.csv"),
        (b"/outgoing/./a.csv", "/outgoing/a.csv"),
        (b"outgoing/a.csv", "/outgoing/a.csv"),
        (b"/outgoing/", "/outgoing"),
        (b"/outgoing/..%2fetc", "/outgoing/..%2fetc"),
        (b"/outgoing/%2e%2e", "/outgoing/%2e%2e"),
        (b"/outgoing/...a", "/outgoing/...a"),
        ("/incoming/e\u0301".encode(), "/incoming/\u00e9"),
    ],
)
def test_a_path_means_one_place(path: bytes, expected: str) -> None:
    assert normalise(path) == expected
    assert place(path).path == expected


def test_a_relative_path_starts_at_the_given_folder() -> None:
    assert place("a.csv", "/outgoing") == Place(Folder.OUTGOING, "a.csv")
    assert place("../incoming", "/outgoing") == Place(Folder.INCOMING)


@pytest.mark.req("ATK-1", "ATK-8")
@pytest.mark.parametrize(
    "path",
    [
        b"/outgoing/a\0.csv",
        b"/outgoing/a\r\nb",
        b"/outgoing/\x1b[31m",
        b"/outgoing/\x7f",
        b"/outgoing/..\\..\\etc",
        b"\\outgoing",
        b"/outgoing/\xc0\xae\xc0\xae/etc",
        b"/outgoing/\xed\xa0\x80",
        b"/outgoing/\xff",
        "/outgoing/fdp\u202ecsv.exe".encode(),
        "/outgoing/a\u200fb".encode(),
        "/outgoing/a\u2028b".encode(),
        b"/outgoing/a.csv.",
        b"/outgoing/a ",
        b"/outgoing/....",
        b"/outgoing/" + b"a" * 256,
        b"/outgoing/" + "\u00e9".encode() * 128,
        b"/outgoing/" + b"a/" * 2044,
    ],
)
def test_a_path_that_deceives_or_is_too_long_is_refused(path: bytes) -> None:
    with pytest.raises(Refused) as no:
        place(path)
    assert no.value.code == "REPO-NAME"


def test_a_text_with_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(Refused) as no:
        normalise("/outgoing/\ud800")
    assert no.value.code == "REPO-NAME"


@pytest.mark.parametrize(
    "path", ["/outgoing/a/b", "/other/a", "/outgoing/a.csv/", "/incoming/deep/er/still"]
)
def test_folders_do_not_nest(path: str) -> None:
    with pytest.raises(Refused) as no:
        place(path)
    assert no.value.code == "REPO-NOT-FOUND"


def test_a_name_of_255_bytes_and_a_path_of_4096_are_not_too_long() -> None:
    name = "a" * 255
    assert place(f"/outgoing/{name}").name == name
    assert normalise("/" * (4096 - 8) + "outgoing") == "/outgoing"


@pytest.mark.req("ATK-1", "ATK-9")
@given(st.one_of(st.binary(max_size=80), st.text(max_size=60)))
def test_no_path_leaves_the_repository(path: bytes | str) -> None:
    try:
        spot = place(path)
    except Refused:
        return
    assert isinstance(spot.folder, Folder)
    assert spot.name is None or (
        "/" not in spot.name
        and "\\" not in spot.name
        and spot.name not in {"", ".", ".."}
        and unicodedata.is_normalized("NFC", spot.name)
    )
    assert place(spot.path) == spot


@given(st.lists(st.sampled_from(["..", ".", "", "a", "outgoing", "incoming", "b.csv"]), max_size=9))
def test_normalising_twice_changes_nothing(parts: list[str]) -> None:
    once = normalise("/".join(parts))
    assert normalise(once) == once
    assert once.startswith("/")
    assert ".." not in once.split("/")
