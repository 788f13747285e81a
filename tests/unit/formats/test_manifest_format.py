"""Manifests: what is written is read back, and what breaks a promise is refused by its name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats import canonical_json
from strongroom_formats.audit_record import AuditHead
from strongroom_formats.document_fields import NO_SHA256, Fields
from strongroom_formats.manifest import (
    LIMIT,
    MOST_ENTRIES,
    Encryption,
    FileDiffers,
    Manifest,
    ManifestInvalid,
    check_entry,
    file_name,
    read_file_name,
    signature_name,
)

from tests.unit.formats.samples import DAY, digest, entry, manifest, manifests, uuid


@given(manifests())
def test_a_manifest_is_read_back_as_it_was_written(written: Manifest) -> None:
    data = written.to_bytes()
    assert Manifest.from_bytes(data) == written
    assert Manifest.from_bytes(data).to_bytes() == data


@given(manifests(), st.data())
def test_no_changed_byte_reads_as_the_same_manifest(written: Manifest, data: st.DataObject) -> None:
    changed = bytearray(written.to_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = Manifest.from_bytes(bytes(changed))
    except ManifestInvalid:
        return
    assert read != written


@given(st.binary(max_size=100))
def test_any_other_bytes_are_refused(noise: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        Manifest.from_bytes(noise)


Document = dict[str, canonical_json.JsonValue]


def document() -> Document:
    found = canonical_json.loads(manifest(1, 2).to_bytes(), LIMIT)
    assert isinstance(found, dict)
    return found


def places() -> list[tuple[str, ...]]:
    """Where each field of a manifest stands."""
    inner = [("audit_head", name) for name in ("seq", "hash")]
    found = document()["entries"]
    assert isinstance(found, list)
    assert isinstance(found[0], dict)
    return [(name,) for name in document()] + inner + [("entries", name) for name in found[0]]


def holder(found: Document, place: tuple[str, ...]) -> Document:
    for name in place[:-1]:
        inner = found[name]
        found = inner[0] if isinstance(inner, list) else inner
    return found


def spelled(place: tuple[str, ...]) -> str:
    return ".".join(place).replace("entries.", "entries[0].")


@pytest.mark.parametrize("place", places(), ids=spelled)
def test_a_field_left_out_is_named(place: tuple[str, ...]) -> None:
    found = document()
    del holder(found, place)[place[-1]]
    with pytest.raises(ManifestInvalid) as caught:
        Manifest.from_bytes(canonical_json.dumps(found))
    assert caught.value.field == spelled(place)
    assert "missing" in str(caught.value)


@pytest.mark.parametrize("place", places(), ids=spelled)
@pytest.mark.parametrize("wrong", [[None], "\n", -1, "", "x" * 300], ids=repr)
def test_a_field_of_another_kind_is_named(place: tuple[str, ...], wrong: object) -> None:
    found = document()
    holder(found, place)[place[-1]] = wrong
    with pytest.raises(ManifestInvalid) as caught:
        Manifest.from_bytes(canonical_json.dumps(found))
    assert caught.value.field.startswith(spelled(place).split(".")[0].split("[")[0])


@pytest.mark.parametrize("place", [("x",), ("audit_head", "x"), ("entries", "x")], ids=spelled)
def test_a_field_that_is_not_known_is_named(place: tuple[str, ...]) -> None:
    found = document()
    holder(found, place)["x"] = 1
    with pytest.raises(ManifestInvalid, match="unknown field") as caught:
        Manifest.from_bytes(canonical_json.dumps(found))
    assert caught.value.field == spelled(place)


def test_true_is_no_number() -> None:
    found = document()
    found["edition"] = True
    with pytest.raises(ManifestInvalid, match="edition"):
        Manifest.from_bytes(canonical_json.dumps(found))


@pytest.mark.parametrize(
    "value", ["2026-02-30", "2026-1-01", "20261122", "2026-W47-7", "２026-11-22"]
)
def test_a_day_that_is_not_in_the_calendar_is_refused(value: str) -> None:
    found = document()
    found["date"] = value
    with pytest.raises(ManifestInvalid, match="date"):
        Manifest.from_bytes(canonical_json.dumps(found))


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T12:00:00.000000+00:00",
        "2026-11-22 12:00:00.000000Z",
        "2026-11-22T25:00:00.000000Z",
        "2026-11-22T12:00:60.000000Z",
        "2026-11-22T12:00:00.000000Z\n",
    ],
)
def test_a_moment_has_one_spelling(value: str) -> None:
    found = document()
    found["made_at"] = value
    with pytest.raises(ManifestInvalid, match="made_at"):
        Manifest.from_bytes(canonical_json.dumps(found))


def test_a_moment_without_a_time_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(manifest(1), made_at=datetime(2026, 11, 22)).to_bytes()  # noqa: DTZ001


PROMISES: list[tuple[str, Callable[[], Manifest]]] = [
    ("previous_sha256", lambda: replace(manifest(1), previous_sha256=digest("x"))),
    ("previous_sha256", lambda: replace(manifest(1), number=2)),
    ("nothing_today", lambda: replace(manifest(1), nothing_today=True)),
    ("nothing_today", lambda: replace(manifest(), nothing_today=False)),
    ("reason", lambda: replace(manifest(1), reason="holiday")),
    ("edition", lambda: replace(manifest(1), edition=0)),
    ("edition", lambda: replace(manifest(1), edition=10_000)),
    ("number", lambda: replace(manifest(1), number=0)),
    ("entries[1].number", lambda: manifest(2, 1)),
    ("entries[1].number", lambda: manifest(1, 1)),
    (
        "entries[1].name",
        lambda: replace(manifest(1), entries=(entry(1), replace(entry(2), name=entry(1).name))),
    ),
    (
        "entries[1].statement_id",
        lambda: replace(manifest(1), entries=(entry(1), replace(entry(2), statement_id=uuid(1)))),
    ),
]


@pytest.mark.parametrize(("field", "broken"), PROMISES)
def test_a_manifest_that_breaks_its_promise_is_not_written(
    field: str, broken: Callable[[], Manifest]
) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        broken().to_bytes()
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("period_to", {"period_to": date(2026, 11, 20)}),
        ("replaces", {"replaces": uuid(5)}),
        ("replaces", {"replaces": uuid(1), "revision": 2}),
        ("revision", {"revision": 0}),
        ("size", {"size": -1}),
        ("number", {"number": 0}),
        ("statement_id", {"statement_id": uuid(1).replace("-", "")}),
        ("statement_id", {"statement_id": "{" + uuid(1)[:-2] + "}"}),
        ("sha256", {"sha256": digest("x").upper()}),
        ("content_sha256", {"encryption": Encryption.NONE}),
        ("content_sha256", {"content_sha256": entry(1).sha256}),
        ("content_sha256", {"encryption": Encryption.NONE, "content_sha256": entry(1).sha256}),
    ],
)
def test_an_entry_that_breaks_its_promise_is_not_written(
    field: str, change: dict[str, object]
) -> None:
    broken = replace(entry(1), **change)
    with pytest.raises(ManifestInvalid) as caught:
        replace(manifest(1), entries=(broken,)).to_bytes()
    assert caught.value.field == f"entries[0].{field}"


def test_a_correction_names_the_statement_that_it_replaces() -> None:
    correction = replace(entry(2), revision=2, replaces=uuid(1))
    data = replace(manifest(1), entries=(entry(1), correction)).to_bytes()
    assert Manifest.from_bytes(data).entries[1].replaces == uuid(1)


def test_a_day_without_statements_says_so_and_why() -> None:
    data = replace(manifest(), reason="Thanksgiving Day").to_bytes()
    read = Manifest.from_bytes(data)
    assert read.nothing_today
    assert read.reason == "Thanksgiving Day"


@pytest.mark.parametrize(
    "name",
    [
        *("../x.csv", "a/b", "/etc/passwd", "a\\b", "C:x", "..", ".", ".bashrc", "~root", "-rf"),
        *("x.", "x ", "a\0b", "a\nb", "a\u202eb", "", "a*", "a?", 'a"', "a<b", "a|b", "x" * 256),
        "é" * 128,
    ],
)
def test_a_name_that_could_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ManifestInvalid, match=r"entries\[0\]\.name"):
        replace(manifest(1), entries=(replace(entry(1), name=name),)).to_bytes()


@pytest.mark.parametrize("name", ["明細.csv", "a b.csv", "x" * 255, "é" * 127, "0"])
def test_a_plain_name_is_accepted(name: str) -> None:
    data = replace(manifest(1), entries=(replace(entry(1), name=name),)).to_bytes()
    assert Manifest.from_bytes(data).entries[0].name == name


def test_one_entry_too_many_is_refused() -> None:
    found = document()
    found["entries"] = [None] * (MOST_ENTRIES + 1)
    with pytest.raises(ManifestInvalid, match="entries: more than"):
        Manifest.from_bytes(canonical_json.dumps(found))


def test_the_longest_manifest_can_be_read() -> None:
    wide, large = "\U00020000", canonical_json.MOST_INTEGER
    longest = replace(
        entry(large),
        statement_id=uuid(1),
        account=wide * 40,
        kind=wide * 60,
        revision=9999,
        replaces=uuid(2),
        name="x" * 255,
        size=large,
        content_size=large,
    )
    another = {"number": large - 1, "statement_id": uuid(3), "name": "y" * 255}
    one = replace(
        manifest(1),
        entries=(longest,),
        firm=wide * 200,
        recipient=wide * 64,
        audit_head=AuditHead(large, NO_SHA256),
    )
    two = replace(one, entries=(replace(longest, **another), longest))
    first, second = len(one.to_bytes()), len(two.to_bytes())
    assert first + (second - first) * MOST_ENTRIES < LIMIT


@given(st.dates(), st.integers(1, 9999))
def test_a_manifest_is_found_by_its_name(day: date, edition: int) -> None:
    assert read_file_name(file_name(day, edition)) == (day, edition)


def test_the_first_edition_has_the_plain_name() -> None:
    assert file_name(DAY, 1) == "MANIFEST-2026-11-22.json"
    assert file_name(DAY, 2) == "MANIFEST-2026-11-22.2.json"
    assert signature_name(file_name(DAY, 2)) == "MANIFEST-2026-11-22.2.json.sig"


@pytest.mark.parametrize("edition", [0, -1, 10_000])
def test_an_edition_out_of_bounds_has_no_name(edition: int) -> None:
    with pytest.raises(ValueError, match="edition"):
        file_name(DAY, edition)


@pytest.mark.parametrize(
    "name",
    [
        *("MANIFEST-2026-11-22.1.json", "MANIFEST-2026-11-22.02.json", "MANIFEST-2026-13-22.json"),
        *("manifest-2026-11-22.json", "MANIFEST-2026-11-22.json.sig", "MANIFEST-2026-11-22.json\n"),
        *("MANIFEST-2026-11-22.10000.json", "MANIFEST-２026-11-22.json", "", "../x"),
    ],
)
def test_no_other_name_is_a_manifests(name: str) -> None:
    with pytest.raises(ManifestInvalid):
        read_file_name(name)


def test_a_file_is_checked_by_size_and_hash() -> None:
    check_entry(entry(1), 5120, digest("delivered 1"))
    with pytest.raises(FileDiffers, match="5119 bytes"):
        check_entry(entry(1), 5119, digest("delivered 1"))
    with pytest.raises(FileDiffers, match="SHA-256"):
        check_entry(entry(1), 5120, digest("clear 1"))


def test_moments_in_another_time_zone_are_written_in_utc() -> None:
    tokyo = manifest(1).made_at.astimezone(timezone(timedelta(hours=9)))
    assert replace(manifest(1), made_at=tokyo).to_bytes() == manifest(1).to_bytes()


def test_only_an_object_has_fields() -> None:
    for found in (None, [], "x", 1):
        with pytest.raises(ManifestInvalid, match="not an object"):
            Fields(found, ManifestInvalid)
