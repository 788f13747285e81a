"""Key files on the disk: closed from the first byte on, never over another, whole or not there."""

import errno
import os
import stat
from pathlib import Path

import pytest
from strongbox.keys import files
from strongbox.keys.files import (
    is_open_to_others,
    look_at_file,
    read_key_file,
    write_key_file,
    write_public_file,
)
from strongbox.keys.making import NewKind, make_key
from strongbox.keys.pairs import save_pair
from strongbox.keys.reading import FILE_MOST, KeyFormat
from strongbox.keys.writing import write_private
from strongbox.refusal import Exit, Refused

from tests.unit.strongbox_keys.key_makers import PASSPHRASE, key, never


def refused(path: Path, data: bytes = b"secret") -> Refused:
    """Why a file is not written."""
    with pytest.raises(Refused) as caught:
        write_key_file(path, data)
    return caught.value


@pytest.mark.req("KEY-1")
def test_a_private_key_is_closed_before_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the machine's default is to let everybody read and write."""
    seen: list[tuple[int, int]] = []
    really_open = os.open

    def watched(path: str, flags: int, mode: int = 0o777) -> int:
        descriptor = really_open(path, flags, mode)
        if flags & os.O_CREAT:
            found = os.fstat(descriptor)
            seen.append((stat.S_IMODE(found.st_mode), found.st_size))
        return descriptor

    monkeypatch.setattr(files.os, "open", watched)
    old = os.umask(0)
    try:
        write_key_file(tmp_path / "folder" / "id", b"secret")
    finally:
        os.umask(old)
    assert seen == [(0o600, 0)]
    assert stat.S_IMODE((tmp_path / "folder" / "id").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700
    assert not is_open_to_others(tmp_path / "folder" / "id")


def test_a_public_key_may_be_read_by_anybody(tmp_path: Path) -> None:
    write_public_file(tmp_path / "id.pub", b"line")
    assert is_open_to_others(tmp_path / "id.pub")


def test_no_key_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "id"
    write_key_file(path, b"first")
    refusal = refused(path, b"second")
    assert (refusal.code, refusal.kind.exit) == ("KEY-EXISTS", Exit.CANNOT_WRITE)
    assert str(path) in str(refusal)
    assert path.read_bytes() == b"first"


def test_a_link_that_somebody_put_there_is_not_followed(tmp_path: Path) -> None:
    trap = tmp_path / "id"
    trap.symlink_to(tmp_path / "elsewhere")
    assert refused(trap).code == "KEY-EXISTS"
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refused(tmp_path / "file" / "id").code == "KEY-TARGET-FOLDER"
    assert refused(tmp_path / "file" / "deeper" / "id").code == "KEY-TARGET-FOLDER"


def test_a_full_disk_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        write_key_file(tmp_path / "id", b"secret")
    assert list(tmp_path.iterdir()) == []


def test_a_pair_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    really_sync = os.fsync

    def third_fails(descriptor: int) -> None:
        calls.append(1)
        if len(calls) > 4:  # a file and its folder for the two private ones
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
        really_sync(descriptor)

    monkeypatch.setattr(files.os, "fsync", third_fails)
    with pytest.raises(OSError, match="quota"):
        save_pair(tmp_path / "id", key("ed25519"), None, has_ppk=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["id", "id.pub", "id.ppk"])
def test_a_pair_is_not_made_over_a_part_of_another(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"other")
    with pytest.raises(Refused) as caught:
        save_pair(tmp_path / "id", key("ed25519"), None, has_ppk=True)
    assert caught.value.code == "KEY-EXISTS"
    assert [path.name for path in tmp_path.iterdir()] == [taken]


@pytest.mark.req("KEY-5", "KEY-8")
@pytest.mark.parametrize("kind", [NewKind.RSA_2048, NewKind.RSA_3072, NewKind.ED25519])
def test_a_pair_lies_in_files_that_are_read_again(tmp_path: Path, kind: NewKind) -> None:
    """RSA with 4,096 bits takes seconds; the journeys make one."""
    made = make_key(kind, "desk")
    pair = save_pair(tmp_path / "id", made, PASSPHRASE, has_ppk=True)
    for path, form in ((pair.private, KeyFormat.OPENSSH), (pair.ppk, KeyFormat.PPK3)):
        face = look_at_file(path)
        assert (face.format, face.is_locked, face.public) == (form, True, made.public)
        assert read_key_file(path, lambda: PASSPHRASE).comment == "desk"
    bits = {"ed25519": 256}.get(kind) or int(kind.removeprefix("rsa-"))
    assert made.public.bits == bits
    assert pair.public.read_text() == made.public.openssh_line("desk") + "\n"
    assert b"PRIVATE" not in pair.public.read_bytes()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read_key_file(tmp_path / "id", never)
    assert (caught.value.code, caught.value.kind.exit) == ("KEY-ABSENT", Exit.ABSENT)


def test_a_servers_own_key_is_not_used_even_where_it_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ssh_host_ed25519_key"
    path.write_bytes(write_private(key("ed25519"), KeyFormat.OPENSSH, None))
    with pytest.raises(Refused) as caught:
        look_at_file(path)
    assert caught.value.code == "KEY-IS-HOST"


def test_no_more_of_a_file_is_read_than_a_key_can_have(tmp_path: Path) -> None:
    path = tmp_path / "id"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused) as caught:
        look_at_file(path)
    assert caught.value.code == "KEY-FILE-LARGE"
    assert str(FILE_MOST) in str(caught.value)
