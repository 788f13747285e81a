"""Profiles by hand: host keys are compared, settings checked, and nothing private is shown."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from strongbox.backup.last_rehearsal import LastRehearsal, keep_date
from strongbox.commands.main import strongbox
from strongbox.enrolment import changing, foreign
from strongbox.keys.files import write_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.reading import KeyFormat
from strongbox.keys.writing import write_private
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile
from strongbox.refusal import Exit, Refused

HOST_KEYS = tuple(make_key(NewKind.ED25519).public for _ in range(2))
LINES = tuple(key.openssh_line() for key in HOST_KEYS)
PROFILE = Profile("mine", "sftp.example", 22, "me", LINES[:1], OwnKeys(Path("/k")), Path("/l"))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """A box with a key beside it."""
    key = write_private(make_key(NewKind.ED25519), KeyFormat.OPENSSH, None)
    write_key_file(tmp_path / "key", key)
    return Box(tmp_path / "box")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """The host keys that the server shows; the look itself is tested with a real one."""

    async def look(host: str, port: int, timeout: float) -> tuple[str, ...]:
        return LINES

    monkeypatch.setattr("strongbox.wire.presented.presented_host_keys", look)
    return LINES


def run(box: Box, *words: str, typed: str = "") -> Result:
    """One command."""
    return CliRunner().invoke(strongbox, ["--box", str(box.root), "profile", *words], input=typed)


def add(box: Box, *words: str) -> Result:
    """Add the profile `mine` of a server."""
    key = str(box.root.parent / "key")
    return run(box, "add", "mine", "--login", "me", "--key", key, *words)


HERE = ("--host", "sftp.example", "--port", "22")


def test_the_preset_has_the_firms_published_facts(box: Box) -> None:
    assert add(box, "--preset", "ibkr", "--host-key", LINES[0]).exit_code == 0
    profile = files.load(box, "mine")
    assert profile.port == 32
    assert profile.folders.outgoing == "outgoing"
    assert profile.host_keys == LINES[:1]
    assert profile.help.url == ""


def test_a_line_of_known_hosts_is_taken_as_it_is(box: Box) -> None:
    line = f"[sftp.example]:22,[192.0.2.1]:22 {LINES[0]} a comment"
    assert add(box, *HERE, "--host-key", line).exit_code == 0
    assert files.load(box, "mine").host_keys == LINES[:1]


def test_a_fingerprint_picks_the_shown_key_that_has_it(box: Box, shown: Sequence[str]) -> None:
    assert add(box, *HERE, "--host-key", HOST_KEYS[1].fingerprint_sha256).exit_code == 0
    assert files.load(box, "mine").host_keys == LINES[1:]


@pytest.mark.req("SFTP-4")
def test_a_fingerprint_that_nobody_shows_saves_nothing(box: Box, shown: Sequence[str]) -> None:
    other = make_key(NewKind.ED25519).public.fingerprint_sha256
    done = add(box, *HERE, "--host-key", other, "--host-key", HOST_KEYS[0].fingerprint_sha256)
    assert done.exit_code == Exit.PROTOCOL
    assert "ADD-HOST-KEY-OTHER" in done.output
    assert files.names(box) == []


def test_a_host_key_that_nobody_compared_is_never_trusted(box: Box, shown: Sequence[str]) -> None:
    done = add(box, *HERE)
    assert done.exit_code == Exit.PROTOCOL
    assert HOST_KEYS[0].fingerprint_sha256 in done.output
    assert files.names(box) == []


@pytest.mark.parametrize(("answer", "is_saved"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_who_compared_says_so(
    answer: str,
    is_saved: bool,
    box: Box,
    shown: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("strongbox.commands.profile_add.has_person", lambda: True)
    key = str(box.root.parent / "key")
    done = run(box, "add", "mine", "--login", "me", "--key", key, *HERE, typed=answer)
    assert (done.exit_code == 0) == is_saved, done.output
    assert all(key.fingerprint_sha256 in done.output for key in HOST_KEYS)
    assert files.names(box) == (["mine"] if is_saved else [])


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("--preset", "other"), "ADD-HOST", Exit.USAGE),
        (("--host", "sftp.example"), "ADD-HOST", Exit.USAGE),
        ((*HERE, "--host-key", "nonsense"), "ADD-HOST-KEY", Exit.USAGE),
        ((*HERE, "--host-key", "ssh-rsa AAAA"), "ADD-HOST-KEY", Exit.USAGE),
        ((*HERE, "--passphrase-from", "mind"), "KEY-SECRET-SOURCE", Exit.USAGE),
        ((*HERE, "--key", "/nowhere/key"), "KEY-ABSENT", Exit.ABSENT),
    ],
)
def test_what_cannot_become_a_profile_is_refused(
    words: tuple[str, ...], code: str, status: Exit, box: Box
) -> None:
    done = add(box, *words)
    assert done.exit_code == status
    assert code in done.output
    assert files.names(box) == []


def test_a_name_is_given_once(box: Box) -> None:
    files.save(box, PROFILE)
    done = add(box, *HERE, "--host-key", LINES[1])
    assert done.exit_code == Exit.USAGE
    assert "PROFILE-EXISTS" in done.output
    assert files.load(box, "mine") == PROFILE


def test_profiles_are_listed_shown_and_forgotten(box: Box) -> None:
    files.save(box, PROFILE)
    files.save(box, replace(PROFILE, name="other", firm="Firm\x1b[31m"))
    assert run(box, "list").output.splitlines() == [
        "mine  me@sftp.example:22",
        "other  me@sftp.example:22  Firm\\u001b[31m",
    ]
    [first, second] = map(json.loads, run(box, "list", "--json").output.splitlines())
    assert (first["name"], second["name"]) == ("mine", "other")
    assert HOST_KEYS[0].fingerprint_sha256 in run(box, "show", "mine").output
    facts = json.loads(run(box, "show", "mine", "--json").output)
    assert facts["host_key_fingerprints"] == [HOST_KEYS[0].fingerprint_sha256]
    assert facts["keys"]["ssh"] == "/k"
    assert run(box, "show").exit_code == Exit.USAGE
    assert run(box, "remove", "other").exit_code == 0
    assert files.names(box) == ["mine"]
    assert run(box, "show").exit_code == 0


def test_settings_are_changed_all_or_none(box: Box) -> None:
    files.save(box, PROFILE)
    good = ["landing=/data", "streams=8", "hook=load --day 'a b'", "keys.secret=keyring"]
    good += ["calendar.expected_by=18:30", "calendar.time_zone=Asia/Tokyo", f"host_keys={LINES[1]}"]
    good += ["keys.pgp=/a /b", "sender.is_signature_needed=false", "port=2222", "login=you"]
    assert run(box, "set", *good).exit_code == 0
    changed = files.load(box, "mine")
    assert changed.hook == ("load", "--day", "a b")
    assert (changed.landing, changed.streams, changed.port) == (Path("/data"), 8, 2222)
    assert changed.host_keys == LINES[1:]
    assert changed.calendar.time_zone == "Asia/Tokyo"
    done = run(box, "set", "streams=2", "streams=many")
    assert done.exit_code == Exit.USAGE
    assert files.load(box, "mine") == changed


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("streams", "CHANGE-UNKNOWN"),
        ("colour=red", "CHANGE-UNKNOWN"),
        ("streams=0", "CHANGE-VALUE"),
        ("streams=99", "CHANGE-VALUE"),
        ("streams=" + "9" * 5000, "CHANGE-VALUE"),
        ("port=٣", "CHANGE-VALUE"),
        ("port=65536", "CHANGE-VALUE"),
        ("host=a b", "CHANGE-VALUE"),
        ("login=", "CHANGE-VALUE"),
        ("landing=", "CHANGE-VALUE"),
        ("hook='", "CHANGE-VALUE"),
        ("host_keys=", "CHANGE-VALUE"),
        ("host_keys=x", "ADD-HOST-KEY"),
        ("keys.secret=mind", "KEY-SECRET-SOURCE"),
        ("calendar.expected_by=25:00", "CHANGE-VALUE"),
        ("calendar.time_zone=Mars", "CHANGE-VALUE"),
        ("calendar.time_zone=../../etc/passwd", "CHANGE-VALUE"),
        ("sender.is_signature_needed=maybe", "CHANGE-VALUE"),
    ],
)
def test_a_wrong_setting_is_named(assignment: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        changing.change(PROFILE, assignment)
    assert caught.value.code == code
    assert str(caught.value)


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("streams=99", "streams cannot be 99. It may be a whole number from 1 to 16."),
        ("port=0", "port cannot be 0. It may be a whole number from 1 to 65535."),
        ("calendar.expected_by=25:00", "It may be an hour such as 18:30, or nothing."),
    ],
)
def test_what_a_setting_may_be_is_said(assignment: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        changing.change(PROFILE, assignment)
    assert str(caught.value).endswith(said)
    assert set(changing._MAY_BE) == set(changing._CHANGES)


def test_every_setting_that_is_named_can_be_given() -> None:
    values = {"calendar.time_zone": "UTC", "host_keys": LINES[0], "keys.secret": "none"}
    values |= {"calendar.expected_by": "", "sender.is_signature_needed": "true"}
    for name in changing._CHANGES:
        changing.change(PROFILE, f"{name}={values.get(name, '7')}")


def test_a_shown_profile_tells_when_its_back_up_was_last_rehearsed(box: Box) -> None:
    files.save(box, PROFILE)
    assert "never here" in run(box, "show").stdout
    assert json.loads(run(box, "show", "--json").stdout)["backup_rehearsed_at"] is None
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    keep_date(box, PROFILE.name, LastRehearsal(at, at, is_whole=True))
    assert run(box, "show").stdout.splitlines()[-1].split()[-1] == "2026-11-22"
    assert json.loads(run(box, "show", "--json").stdout)["backup_rehearsed_at"] == at.isoformat()


def test_a_shown_key_is_confirmed_by_its_fingerprint_alone() -> None:
    wanted = [HOST_KEYS[0].fingerprint_sha256 + "="]
    assert foreign.confirmed(LINES, wanted, host="h") == LINES[:1]
