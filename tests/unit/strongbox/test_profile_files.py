"""Profiles as files: what is saved is read back, and nonsense is refused with the line's name."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Calendar, Folders, Help, OwnKeys, Profile, Sender
from strongbox.refusal import Exit, Refused


def profile(**changes: object) -> Profile:
    """A profile with every field set."""
    fields: dict[str, object] = {
        "name": "acme",
        "host": "statements.example.com",
        "port": 32,
        "login": "acme-fund",
        "host_keys": ("ssh-ed25519 AAAA",),
        "keys": OwnKeys(Path("/k/id"), Path("/k/next"), (Path("/k/pgp"),), "keyring"),
        "landing": Path("/landing"),
        "firm": 'Example "Securities" \\ 証券\n',
        "folders": Folders(manifests=""),
        "calendar": Calendar("Asia/Tokyo", "07:30", ("2026-01-01",)),
        "sender": Sender(("ssh-ed25519 BBBB",), Path("/k/firm.asc"), False),
        "help": Help("https://statements.example.com:8443", "pin"),
        "streams": 8,
        "hook": ("load", "--day"),
    }
    return Profile(**{**fields, **changes})  # type: ignore[arg-type]


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    files.save(box, profile())
    assert files.load(box, "acme") == profile()
    assert files.load(box, "") == profile()


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_survives_a_profile(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    box = Box(tmp_path_factory.mktemp("box"))
    files.save(box, profile(firm=text, hook=(text,)))
    assert files.load(box, "acme") == profile(firm=text, hook=(text,))


def test_what_is_not_there_is_left_out_and_has_its_default(tmp_path: Path) -> None:
    box = Box(tmp_path)
    files.save(box, profile(keys=OwnKeys(Path("/k/id")), sender=Sender()))
    read = files.load(box, "acme")
    assert (read.keys.next_ssh, read.sender.certificate) == (None, None)


def test_a_profile_is_for_its_owner_alone(tmp_path: Path) -> None:
    box = Box(tmp_path / "box")
    files.save(box, profile())
    assert stat.S_IMODE((box.profiles / "acme.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE(box.profiles.stat().st_mode) == 0o700


def test_a_path_may_begin_with_the_home_folder(tmp_path: Path) -> None:
    box = Box(tmp_path)
    files.save(box, profile())
    path = box.profiles / "acme.toml"
    path.write_text(path.read_text().replace('"/landing"', '"~/landing"'))
    assert files.load(box, "acme").landing == Path.home() / "landing"


def test_without_a_name_there_has_to_be_one_profile(tmp_path: Path) -> None:
    box = Box(tmp_path)
    with pytest.raises(Refused) as none:
        files.load(box, "")
    assert none.value.code == "PROFILE-NONE"
    files.save(box, profile())
    files.save(box, profile(name="other"))
    with pytest.raises(Refused, match="acme, other") as several:
        files.load(box, "")
    assert (several.value.code, several.value.kind.exit) == ("PROFILE-WHICH", Exit.USAGE)
    with pytest.raises(Refused) as unknown:
        files.load(box, "else")
    assert unknown.value.code == "PROFILE-UNKNOWN"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("port = 32", 'port = "32"', "port"),
        ("port = 32", "port = true", "port"),
        ("port = 32", "", "port is missing"),
        ("port = 32", "port = 32\nprot = 1", "prot"),
        ("port = 32", "port =", "Invalid value"),
        ('"ssh-ed25519 AAAA"', "7", "host_keys"),
        ("[help]", "[hepl]", "hepl"),
        ('pin = "pin"', 'pin = "pin"\nnip = 1', "help.nip"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, old: str, new: str, named: str) -> None:
    box = Box(tmp_path)
    files.save(box, profile())
    path = box.profiles / "acme.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(Refused, match=named) as refused:
        files.load(box, "acme")
    assert (refused.value.code, refused.value.kind.exit) == ("PROFILE-BROKEN", Exit.CONFIGURATION)


@pytest.mark.parametrize("name", ["", "../x", "A", "a" * 61, "a b", "a/b", "-a", "con.txt"])
def test_a_name_that_is_no_file_name_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused) as refused:
        files.save(Box(tmp_path), profile(name=name))
    assert refused.value.code == "PROFILE-NAME"
    assert list(tmp_path.iterdir()) == []


def test_a_removed_profile_is_gone_and_nothing_else(tmp_path: Path) -> None:
    box = Box(tmp_path)
    files.save(box, profile())
    box.keys("acme").mkdir(parents=True)
    files.remove(box, "acme")
    assert files.names(box) == []
    assert box.keys("acme").is_dir()
