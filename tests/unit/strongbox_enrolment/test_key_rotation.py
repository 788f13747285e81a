"""`strongbox keys rotate`: a next key is kept, handed over, and tried first; the old one stays."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from strongbox.commands.main import strongbox
from strongbox.keys.files import read_key_file, write_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.reading import KeyFormat, PrivateKey
from strongbox.keys.writing import write_private
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Help, OwnKeys, Profile
from strongbox.refusal import Exit

from tests.unit.strongbox_enrolment.paper_firm import FirmRefusal, PaperFirm

QUICK = ("--kind", "ed25519")


@pytest.fixture
def old() -> PrivateKey:
    """The key in use."""
    return make_key(NewKind.ED25519)


@pytest.fixture
def box(tmp_path: Path, old: PrivateKey, firm: PaperFirm) -> Box:
    """A box with a profile of the firm of paper."""
    box = Box(tmp_path / "box")
    path = box.keys("paper") / "ssh-key"
    write_key_file(path, write_private(old, KeyFormat.OPENSSH, None))
    keys = OwnKeys(path, secret="none")
    help_at = Help(firm.url, firm.pin)
    files.save(box, Profile("paper", "h", 32, "river-fund", (), keys, tmp_path, help=help_at))
    firm.keys.append(old.public)
    return box


def rotate(box: Box, *words: str) -> Result:
    """One command."""
    return CliRunner().invoke(strongbox, ["--box", str(box.root), "keys", "rotate", *words])


@pytest.mark.req("KEY-16")
def test_the_next_key_is_at_the_firm_and_in_the_profile(box: Box, firm: PaperFirm) -> None:
    done = rotate(box, *QUICK, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    profile = files.load(box, "")
    assert profile.keys.next_ssh is not None
    coming = read_key_file(profile.keys.next_ssh, lambda: b"").public
    assert (told["fingerprint"], told["words"]) == (coming.fingerprint_sha256, coming.words)
    assert told["state"] == "approved"
    [request] = firm.requests
    assert str(request.body["ssh_key"]).split()[:2] == coming.openssh_line().split()
    assert profile.keys.ssh.name == "ssh-key"
    assert profile.keys.next_ssh.stat().st_mode & 0o777 == 0o600


def test_a_second_try_hands_over_the_same_key(box: Box, firm: PaperFirm) -> None:
    def no(_: object) -> object:
        raise FirmRefusal(503, "BUSY", "Busy.")

    firm.answers["/api/1/rotate"] = no
    assert rotate(box, *QUICK).exit_code == Exit.TRY_AGAIN
    kept = files.load(box, "").keys.next_ssh
    del firm.answers["/api/1/rotate"]
    assert rotate(box, *QUICK).exit_code == 0
    assert files.load(box, "").keys.next_ssh == kept


def test_the_old_keys_passphrase_locks_the_next_one_too(
    box: Box, old: PrivateKey, tmp_path: Path
) -> None:
    profile = files.load(box, "")
    path = box.keys("paper") / "locked"
    write_key_file(path, write_private(old, KeyFormat.OPENSSH, b"word"))
    write_key_file(tmp_path / "word", b"word\n")
    keys = OwnKeys(path, secret=f"file:{tmp_path / 'word'}")
    files.save(box, replace(profile, keys=keys))
    assert rotate(box, *QUICK).exit_code == 0
    coming = files.load(box, "").keys.next_ssh
    assert coming is not None
    assert read_key_file(coming, lambda: b"word").was_locked


def test_a_firm_without_a_web_service_is_told_by_hand(box: Box, firm: PaperFirm) -> None:
    files.save(box, replace(files.load(box, ""), help=Help()))
    done = rotate(box, *QUICK)
    assert done.exit_code == 0
    coming = files.load(box, "").keys.next_ssh
    assert coming is not None
    line = read_key_file(coming, lambda: b"").public.openssh_line("river-fund")
    assert line in done.output.splitlines()
    assert "PRIVATE" not in done.output
    assert firm.asked == []


def test_a_next_key_can_be_given_up(box: Box) -> None:
    assert rotate(box, *QUICK).exit_code == 0
    coming = files.load(box, "").keys.next_ssh
    assert rotate(box, "--forget").exit_code == 0
    assert files.load(box, "").keys.next_ssh is None
    assert coming is not None
    assert coming.exists()
    none = rotate(box, "--forget")
    assert none.exit_code == Exit.USAGE
    assert "ROTATE-NONE" in none.output


def test_a_firm_that_took_in_another_key_is_caught(box: Box, firm: PaperFirm) -> None:
    other = make_key(NewKind.ED25519).public
    firm.answers["/api/1/rotate"] = lambda _: {
        "fingerprint": other.fingerprint_sha256,
        "words": other.words,
        "state": "approved",
    }
    done = rotate(box, *QUICK)
    assert done.exit_code == Exit.PROTOCOL
    assert "ENROL-OTHER-KEY" in done.output


def test_nothing_private_is_sent(box: Box, firm: PaperFirm) -> None:
    assert rotate(box, *QUICK).exit_code == 0
    profile = files.load(box, "")
    assert profile.keys.next_ssh is not None
    sent = bytes(firm.received)
    for path in (profile.keys.ssh, profile.keys.next_ssh):
        secret = read_key_file(path, lambda: b"").private.private_bytes_raw()
        assert secret not in sent
        assert secret.hex().encode() not in sent
