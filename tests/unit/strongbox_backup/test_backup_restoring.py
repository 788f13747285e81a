"""Back-ups taken, opened and put back; moves begun and ended."""

import dataclasses
import json
import os
import stat
from pathlib import Path

import pytest
from strongbox.backup import containers, moving, rehearsing
from strongbox.backup.contents import Contents
from strongbox.backup.last_rehearsal import LastRehearsal, keep_date, last_rehearsal
from strongbox.backup.pgp_files import certificate_in_file, read_pgp_file
from strongbox.backup.restoring import restore
from strongbox.keys.faces import KeyFormat
from strongbox.keys.files import look_at_file, read_key_file
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.openpgp_making import make_pgp_key
from strongbox.keys.writing import write_private
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import OwnKeys, Profile
from strongbox.refusal import Refused

from tests.unit.strongbox_backup.conftest import AT, KEY_PASSPHRASE, PASSPHRASE


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    """The code of what was raised."""
    return refused.value.code


@pytest.mark.req("KEY-18", "KEY-19")
def test_a_restored_profile_is_whole_and_its_keys_are_locked(box: Box, contents: Contents) -> None:
    restored = restore(box, contents, PASSPHRASE, name="firm")
    profile = files.load(box, "firm")
    folder = box.keys("firm")
    assert restored.profile == profile
    assert profile.keys == OwnKeys(
        folder / "login.ppk", folder / "coming", (folder / "pgp-secret.asc",), "ask"
    )
    assert profile.hook == ("load", "--quick")
    assert certificate_in_file(folder / "pgp-secret.asc") == profile.sender.certificate.read_bytes()  # type: ignore[union-attr]
    login = read_key_file(profile.keys.ssh, lambda: PASSPHRASE)
    assert (login.public, login.comment) == (contents.ssh[0].key.public, "aki@desk")
    assert look_at_file(folder / "login.ppk").format is KeyFormat.PPK3
    assert read_pgp_file(folder / "pgp-secret.asc", lambda: PASSPHRASE) == contents.pgp[0]
    assert not look_at_file(folder / "coming").is_locked
    line = contents.ssh[0].key.public.openssh_line("aki@desk")
    assert (folder / "login.ppk.pub").read_text() == f"{line}\n"
    assert (folder / "coming.pub").exists()


@pytest.mark.req("KEY-18")
def test_restored_keys_are_for_the_owner_alone(box: Box, contents: Contents) -> None:
    restored = restore(box, contents, PASSPHRASE, name="firm")
    for path in (*restored.ssh, *restored.pgp):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_that_is_there_is_not_written_over_and_nothing_else_is_written(
    box: Box, contents: Contents
) -> None:
    folder = box.keys("firm")
    folder.mkdir(parents=True)
    (folder / "pgp-secret.asc").write_text("mine")
    with pytest.raises(Refused) as caught:
        restore(box, contents, PASSPHRASE, name="firm")
    assert code_of(caught) == "BACKUP-KEY-TAKEN"
    assert [path.name for path in folder.iterdir()] == ["pgp-secret.asc"]
    assert (folder / "pgp-secret.asc").read_text() == "mine"
    assert files.names(box) == []


def test_a_restore_that_fails_half_way_leaves_nothing(
    box: Box, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongbox.backup import restoring

    write = restoring.write_key_file

    def fail_on_pgp(path: Path, data: bytes) -> None:
        if path.name == "pgp-secret.asc":
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(restoring, "write_key_file", fail_on_pgp)
    with pytest.raises(OSError, match="No space"):
        restore(box, contents, PASSPHRASE, name="firm")
    assert list(box.keys("firm").iterdir()) == []
    assert files.names(box) == []


def test_a_profile_that_stands_is_kept_and_gets_its_keys_where_it_wants_them(
    box: Box, contents: Contents, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    keys = OwnKeys(ssh=elsewhere / "login.ppk", secret="none")
    present = Profile("firm", "h", 22, "bo", (), keys, tmp_path)
    files.save(box, present)
    restored = restore(box, contents, PASSPHRASE, name="firm")
    assert restored.profile is None
    assert files.load(box, "firm") == present
    assert restored.ssh == (elsewhere / "login.ppk", box.keys("firm") / "coming")


def test_paper_brings_the_keys_back_without_a_profile(box: Box, contents: Contents) -> None:
    bare = dataclasses.replace(contents, profile=None, sender=None)
    restored = restore(box, bare, PASSPHRASE, name="other")
    assert restored.profile is None
    assert files.names(box) == []
    assert restored.ssh[0] == box.keys("other") / "login.ppk"


def test_keys_that_were_open_come_back_open_and_ask_for_nothing(box: Box, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(write_private(make_key(NewKind.ED25519), KeyFormat.OPENSSH, None))
    profile = Profile("firm", "h", 22, "bo", (), OwnKeys(ssh=tmp_path / "k"), tmp_path)
    contents = containers.gather(profile, lambda _: lambda: b"", at=AT)
    restore(box, contents, PASSPHRASE, name="firm")
    assert files.load(box, "firm").keys.secret == "none"


@pytest.mark.parametrize(
    ("form", "comes_back_as"),
    [(KeyFormat.PPK2, KeyFormat.PPK3), (KeyFormat.PKCS8, KeyFormat.PKCS8),
     (KeyFormat.PKCS1, KeyFormat.OPENSSH), (KeyFormat.PKCS8_DER, KeyFormat.OPENSSH)],
)  # fmt: skip
def test_weak_and_lockless_formats_are_not_used_for_locked_keys(
    box: Box, contents: Contents, form: KeyFormat, comes_back_as: KeyFormat
) -> None:
    first = contents.ssh[0]
    key = dataclasses.replace(first.key, format=form)
    changed = dataclasses.replace(contents, ssh=(dataclasses.replace(first, key=key),))
    restored = restore(box, changed, PASSPHRASE, name="firm")
    face = look_at_file(restored.ssh[0])
    assert (face.format, face.is_locked) == (comes_back_as, True)


def test_a_broken_profile_in_a_back_up_is_refused_before_anything_is_written(
    box: Box, contents: Contents
) -> None:
    broken = dataclasses.replace(contents, profile="host = 3\n")
    with pytest.raises(Refused) as caught:
        restore(box, broken, PASSPHRASE, name="firm")
    assert code_of(caught) == "PROFILE-BROKEN"
    assert not box.keys("firm").exists()


def test_a_name_that_is_a_path_is_refused(box: Box, contents: Contents) -> None:
    with pytest.raises(Refused) as caught:
        restore(box, contents, PASSPHRASE, name="../x")
    assert code_of(caught) == "PROFILE-NAME"


@pytest.mark.req("KEY-15")
def test_a_key_that_does_not_open_has_no_place_in_a_back_up(profile: Profile) -> None:
    with pytest.raises(Refused) as caught:
        containers.gather(profile, lambda _: lambda: b"another passphrase", at=AT)
    assert code_of(caught) == "KEY-PASSPHRASE"
    only_pgp = dataclasses.replace(profile.keys, ssh=profile.keys.next_ssh or profile.keys.ssh)
    with pytest.raises(Refused) as caught:
        containers.gather(
            dataclasses.replace(profile, keys=only_pgp), lambda _: lambda: b"another", at=AT
        )
    assert code_of(caught) == "PGP-PASSPHRASE"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x95\x00", b"-----BEGIN PGP PRIVATE KEY BLOCK"])
def test_a_file_that_is_no_pgp_key_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "key.asc"
    path.write_bytes(data)
    for read in (lambda: read_pgp_file(path, lambda: b""), lambda: certificate_in_file(path)):
        with pytest.raises(Refused) as caught:
            read()
        assert code_of(caught) == "PGP-DAMAGED"


def test_a_pgp_passphrase_of_another_keyboard_opens_the_key(tmp_path: Path) -> None:
    from strongbox.keys.openpgp_making import NewPgpKind

    typed = "pa\u0308ssphrase".encode()
    pair = make_pgp_key("Aki", "pässphrase".encode(), at=AT, kind=NewPgpKind.CURVE25519)
    path = tmp_path / "key.asc"
    path.write_bytes(pair.secret)
    assert read_pgp_file(path, lambda: typed).was_locked


def test_two_keys_of_one_name_are_both_kept(key_files: Path, tmp_path: Path) -> None:
    other = tmp_path / "COMING"
    other.write_bytes((key_files / "coming").read_bytes())
    keys = OwnKeys(ssh=key_files / "coming", next_ssh=other)
    profile = Profile("firm", "h", 22, "bo", (), keys, tmp_path)
    contents = containers.gather(profile, lambda _: lambda: b"", at=AT)
    assert [one.file for one in contents.ssh] == ["coming", "2-COMING"]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * 70_000])
def test_a_senders_certificate_that_is_none_is_left_out(
    profile: Profile, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "sender.asc"
    path.write_bytes(data)
    changed = dataclasses.replace(
        profile, sender=dataclasses.replace(profile.sender, certificate=path)
    )
    contents = containers.gather(changed, lambda _: lambda: KEY_PASSPHRASE, at=AT)
    assert contents.sender is None or contents.sender.startswith("-----BEGIN PGP PUBLIC")


def test_a_whole_back_up_opens_again_in_both_forms(contents: Contents, tmp_path: Path) -> None:
    path = tmp_path / "b.sbx"
    containers.write_backup(path, containers.sealed_document(contents, PASSPHRASE))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    opened = containers.open_sealed(containers.read_backup(path), PASSPHRASE, path="b")
    assert opened.profile == contents.profile
    numbers = containers.sealed_numbers(contents, PASSPHRASE)
    assert containers.open_sealed(numbers, PASSPHRASE, path="b").pgp == contents.pgp
    with pytest.raises(Refused) as caught:
        containers.write_backup(path, b"other")
    assert code_of(caught) == "BACKUP-EXISTS"


def test_a_back_up_of_a_later_version_says_so(contents: Contents) -> None:
    from strongbox.backup.sealing import Content, Cost, seal

    for kind in Content:
        sealed = seal(kind, b"{}", PASSPHRASE, salt=bytes(16), cost=Cost(13, 1, 1))
        with pytest.raises(Refused) as caught:
            containers.open_sealed(sealed, PASSPHRASE, path="b")
        assert code_of(caught) == "BACKUP-NEWER"


def test_a_file_larger_than_any_back_up_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(Refused) as caught:
        containers.read_backup(path)
    assert code_of(caught) == "BACKUP-TOO-LARGE"


def test_the_kinds_of_pgp_keys_in_the_help_are_those_that_are_made() -> None:
    from strongbox.commands.keys_pgp import KINDS
    from strongbox.keys.openpgp_making import NewPgpKind

    assert tuple(NewPgpKind) == KINDS


@pytest.mark.req("KEY-18")
def test_a_rehearsal_in_memory_tries_every_key_and_writes_nothing(
    contents: Contents, profile: Profile, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    rehearsed = rehearsing.rehearse(contents, profile)
    assert rehearsed.ssh == tuple(one.key.public.fingerprint_sha256 for one in contents.ssh)
    assert rehearsed.is_key_in_use
    assert not rehearsing.rehearse(contents, None).is_key_in_use
    assert sorted(tmp_path.rglob("*")) == before


def test_a_rehearsal_finds_that_this_machine_has_another_key(
    contents: Contents, profile: Profile, tmp_path: Path
) -> None:
    path = tmp_path / "new"
    path.write_bytes(write_private(make_key(NewKind.ED25519), KeyFormat.OPENSSH, None))
    rotated = dataclasses.replace(profile, keys=OwnKeys(ssh=path))
    with pytest.raises(Refused) as caught:
        rehearsing.rehearse(contents, rotated)
    assert code_of(caught) == "REHEARSAL-PAIR"


def test_a_rehearsal_finds_a_pgp_key_that_cannot_decrypt(contents: Contents) -> None:
    from strongroom_formats.pgp_packets import packets

    primary_alone = b"".join(one.raw for one in packets(contents.pgp[0].packets, most=9)[:3])
    useless = dataclasses.replace(contents.pgp[0], packets=primary_alone)
    with pytest.raises(Refused) as caught:
        rehearsing.rehearse(dataclasses.replace(contents, pgp=(useless,)), None)
    assert code_of(caught) == "REHEARSAL-KEY"


@pytest.mark.parametrize("curve", ["SECP256R1", "SECP521R1"])
def test_a_rehearsal_tries_keys_on_nist_curves(contents: Contents, curve: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    first = contents.ssh[0]
    key = dataclasses.replace(first.key, private=ec.generate_private_key(getattr(ec, curve)()))
    changed = dataclasses.replace(contents, ssh=(dataclasses.replace(first, key=key),))
    assert len(rehearsing.rehearse(changed, None).ssh) == 1


def test_the_date_of_the_last_good_rehearsal_is_kept(box: Box) -> None:
    assert last_rehearsal(box, "firm") is None
    last = LastRehearsal(AT, AT, is_whole=True)
    keep_date(box, "firm", last)
    assert last_rehearsal(box, "firm") == last
    for damaged in (b"", b"{}", b"[" * 5000, b"\xff", b"null"):
        (box.state("firm") / "rehearsed.json").write_bytes(damaged)
        assert last_rehearsal(box, "firm") is None


@pytest.fixture
def movable(box: Box, profile: Profile, tmp_path: Path) -> Profile:
    """The profile with keys of its own, since a move destroys them."""
    folder = tmp_path / "old"
    folder.mkdir()
    paths = []
    for path in (profile.keys.ssh, *profile.keys.pgp):
        paths.append(folder / path.name)
        paths[-1].write_bytes(path.read_bytes())
    moved = dataclasses.replace(profile, keys=OwnKeys(paths[0], None, (paths[1],), "ask"))
    files.save(box, moved)
    return moved


@pytest.mark.req("KEY-19")
def test_a_move_destroys_the_old_keys_when_the_new_machine_has_opened_them(
    box: Box, movable: Profile, contents: Contents
) -> None:
    moving.begin(box, movable, contents, backup=Path("b.sbx"), at=AT)
    assert moving.is_begun_with(box, "firm", contents)
    other = dataclasses.replace(contents, proof=os.urandom(10))
    assert not moving.is_begun_with(box, "firm", other)
    assert movable.keys.ssh.exists()
    code = moving.code_of(contents).upper().replace("-", "  ")
    removed = moving.finish(box, "firm", code)
    assert removed == (movable.keys.ssh, *movable.keys.pgp)
    assert not any(path.exists() for path in removed)
    with pytest.raises(Refused) as caught:
        moving.finish(box, "firm", code)
    assert code_of(caught) == "MOVE-NONE"


def test_a_back_up_that_belongs_to_no_move_has_no_code(contents: Contents) -> None:
    assert moving.code_of(dataclasses.replace(contents, proof=None)) == ""


@pytest.mark.req("KEY-19")
def test_a_move_destroys_nothing_without_the_new_machines_code(
    box: Box, movable: Profile, contents: Contents
) -> None:
    moving.begin(box, movable, contents, backup=Path("b.sbx"), at=AT)
    assert moving.marked(box, "firm") == (movable.keys.ssh, *movable.keys.pgp)
    state = (box.state("firm") / "moving.json").read_text()
    assert moving.code_of(contents) not in state
    assert contents.proof is not None
    assert contents.proof.hex() not in state
    for code in ("", "lusab-babad-gutih-tugad-bihof", json.loads(state)["code"]):
        with pytest.raises(Refused) as caught:
            moving.finish(box, "firm", code)
        assert code_of(caught) == "MOVE-CODE"
    assert movable.keys.ssh.exists()


def test_a_move_does_not_destroy_a_key_that_was_made_since(
    box: Box, movable: Profile, contents: Contents
) -> None:
    moving.begin(box, movable, contents, backup=Path("b.sbx"), at=AT)
    movable.keys.ssh.write_bytes(b"another key")
    with pytest.raises(Refused) as caught:
        moving.finish(box, "firm", moving.code_of(contents))
    assert code_of(caught) == "MOVE-KEY-CHANGED"
    assert all(path.exists() for path in (movable.keys.ssh, *movable.keys.pgp))


def test_an_end_that_was_interrupted_is_ended_by_the_next(
    box: Box, movable: Profile, contents: Contents
) -> None:
    moving.begin(box, movable, contents, backup=Path("b.sbx"), at=AT)
    movable.keys.ssh.unlink()
    assert moving.finish(box, "firm", moving.code_of(contents)) == movable.keys.pgp
