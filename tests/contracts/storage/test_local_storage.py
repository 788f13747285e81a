"""The local storage on a disk that is full, crashed, or rearranged by somebody else meanwhile."""

import ctypes
import errno
import os
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from strongroom.backends.storage.local.storage import LocalSettings, LocalStorage, build
from strongroom.rules.refusals import Refused
from strongroom.statements.ports import Storage, StorageError

from tests.contracts.storage.members import fresh_key, local_member, read_all
from tests.contracts.storage.storage_child import content_of

RENAME_EXCHANGE = 2
AT_FDCWD = -100


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def vault(root: Path) -> LocalStorage:
    return LocalStorage(root)


def place_of(root: Path, key: str) -> Path:
    """Where the object of a key lies."""
    kind, name = key.split("/")
    return root / kind / name[:2] / name


def unfinished(root: Path) -> list[Path]:
    """The files that are being written."""
    return list((root / ".new").iterdir())


def test_objects_and_folders_are_closed_to_others(vault: LocalStorage, root: Path) -> None:
    key = fresh_key()
    vault.put(key, [b"x"])
    place = place_of(root, key)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for folder in [root, root / ".new", place.parent, place.parent.parent]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_root_that_others_may_write_into_is_refused(root: Path) -> None:
    root.mkdir()
    root.chmod(0o770)
    with pytest.raises(Refused, match="chmod go-w"):
        build(LocalSettings(root))


def test_a_root_that_is_no_folder_is_refused(root: Path) -> None:
    root.write_text("x")
    with pytest.raises(Refused, match=r"storage\.folder"):
        build(LocalSettings(root))
    with pytest.raises(Refused, match=r"storage\.folder"):
        build(LocalSettings(root.parent / "missing" / "objects"))


def test_a_reader_has_a_descriptor_to_read_from(vault: LocalStorage) -> None:
    key = fresh_key()
    vault.put(key, [b"0123456789"])
    reader = vault.open(key)
    assert reader.descriptor is not None
    assert os.pread(reader.descriptor, 3, 4) == b"456"
    assert not os.get_inheritable(reader.descriptor)
    reader.close()


@pytest.mark.req("ATK-11")
def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_answer(
    vault: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, int]] = []
    sync, link = os.fsync, os.link

    def seen_sync(descriptor: int) -> None:
        sync(descriptor)
        status = os.fstat(descriptor)
        events.append(("sync", -1 if stat.S_ISDIR(status.st_mode) else status.st_size))
        if stat.S_ISDIR(status.st_mode):
            events.append(("folder", status.st_ino))

    def seen_link(*args: object, **kwargs: object) -> None:
        link(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came
        events.append(("link", 0))

    monkeypatch.setattr(os, "fsync", seen_sync)
    monkeypatch.setattr(os, "link", seen_link)
    key = fresh_key()
    vault.put(key, [b"12345", b"67890"])
    linked = events.index(("link", 0))
    assert ("sync", 10) in events[:linked]
    kind = root / "statements"
    assert {("folder", kind.stat().st_ino), ("folder", root.stat().st_ino)} <= set(events[:linked])
    assert events[-1] == ("folder", place_of(root, key).parent.stat().st_ino)


@pytest.mark.req("ATK-11")
def test_a_name_that_did_not_reach_the_disk_is_taken_back(
    vault: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = fresh_key()
    vault.put(key, [b"the folders are there"])
    vault.remove(key)
    sync = os.fsync

    def broken_sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", broken_sync)
    with pytest.raises(StorageError) as failed:
        vault.put(key, [b"x"])
    assert not failed.value.is_permanent
    assert not place_of(root, key).exists()
    assert unfinished(root) == []


@pytest.mark.req("ATK-11")
def test_what_a_killed_writer_left_is_swept_when_it_is_old(vault: LocalStorage, root: Path) -> None:
    command = [*local_member(root).command("write"), "400000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while not unfinished(root):
            time.sleep(0.005)
        child.kill()
    assert len(unfinished(root)) == 1
    assert list(vault.keys("")) == []
    assert vault.sweep(datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert vault.sweep(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert unfinished(root) == []


def test_adopting_moves_where_it_can_and_tells_the_time_of_storing(
    vault: LocalStorage, root: Path, tmp_path: Path
) -> None:
    source, key = tmp_path / "source", fresh_key()
    source.write_bytes(b"moved")
    source.chmod(0o644)
    os.utime(source, (0, 0))
    inode = source.stat().st_ino
    vault.adopt(key, str(source))
    place = place_of(root, key)
    assert (place.stat().st_ino, place.stat().st_nlink) == (inode, 1)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    ((_, written),) = vault.keys("")
    assert datetime.now(UTC) - written < timedelta(minutes=1)
    assert unfinished(root) == []


@pytest.mark.req("ATK-2")
def test_a_file_with_a_second_name_is_copied_so_that_it_cannot_change(
    vault: LocalStorage, root: Path, tmp_path: Path
) -> None:
    source, second, key = tmp_path / "source", tmp_path / "second", fresh_key()
    source.write_bytes(b"as it was")
    second.hardlink_to(source)
    vault.adopt(key, str(source))
    second.write_bytes(b"changed later")
    assert read_all(vault, key) == b"as it was"
    assert not source.exists()
    assert unfinished(root) == []


def test_a_file_of_another_disk_is_copied(vault: LocalStorage, tmp_path: Path) -> None:
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs /dev/shm as a second disk")
    source, key = shared / f"strongroom-test-{os.getpid()}", fresh_key()
    source.write_bytes(b"from afar")
    vault.adopt(key, str(source))
    assert read_all(vault, key) == b"from afar"
    assert not source.exists()


@pytest.mark.req("ATK-2", "ATK-3")
@pytest.mark.parametrize("target", ["outside", "inside", "nowhere"])
def test_a_link_in_an_objects_place_is_not_followed(
    vault: LocalStorage, root: Path, tmp_path: Path, target: str
) -> None:
    secret, other, key = tmp_path / "secret", fresh_key(), fresh_key()
    secret.write_bytes(b"secret")
    vault.put(other, [b"other"])
    place = place_of(root, key)
    place.parent.mkdir(exist_ok=True)
    inside = Path(os.path.relpath(place_of(root, other), place.parent))
    place.symlink_to({"outside": secret, "inside": inside}.get(target, tmp_path / "no"))
    with pytest.raises(StorageError) as refused:
        vault.open(key)
    assert refused.value.is_permanent
    with pytest.raises(StorageError):
        vault.put(key, [b"new"])
    assert [found for found, _ in vault.keys("")] == [other]
    vault.remove(key)
    assert not place.is_symlink()
    assert secret.read_bytes() == b"secret"
    assert not (tmp_path / "no").exists()


@pytest.mark.req("ATK-2", "ATK-3")
@pytest.mark.parametrize("level", ["kind", "two characters", ".new"])
def test_a_link_in_a_folders_place_is_not_followed(
    vault: LocalStorage, root: Path, tmp_path: Path, level: str
) -> None:
    key, outside = fresh_key(), tmp_path / "outside"
    vault.put(key, [b"inside"])
    folders = {"kind": root / "statements", ".new": root / ".new"}
    folder = folders.get(level, place_of(root, key).parent)
    shutil.copytree(folder, outside)
    shutil.rmtree(folder)
    folder.symlink_to(outside)
    before = sorted(outside.rglob("*"))
    if level == ".new":
        with pytest.raises(StorageError):
            LocalStorage(root)
    else:
        for verb in (
            lambda: vault.open(key),
            lambda: vault.put(key, [b"x"]),
            lambda: vault.remove(key),
            lambda: list(vault.keys("")),
        ):
            with pytest.raises(StorageError) as refused:
                verb()
            assert refused.value.is_permanent
    assert sorted(outside.rglob("*")) == before


@pytest.mark.req("ATK-2")
def test_what_is_no_file_is_not_opened(vault: LocalStorage, root: Path) -> None:
    pipe, folder = fresh_key(), fresh_key()
    for key in (pipe, folder):
        place_of(root, key).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place_of(root, pipe))
    place_of(root, folder).mkdir()
    for key in (pipe, folder):
        with pytest.raises(StorageError) as refused:
            vault.open(key)
        assert refused.value.is_permanent
    assert list(vault.keys("")) == []
    with pytest.raises(StorageError):
        vault.remove(folder)


class Swapper(threading.Thread):
    """Swaps a folder and a link to one outside, to and fro, as fast as it can (ATK-4)."""

    def __init__(self, folder: Path, link: Path, rounds: int) -> None:
        super().__init__()
        self.names = os.fsencode(folder), os.fsencode(link)
        self.rounds = rounds
        self.failures = 0
        self.is_enough = threading.Event()

    def run(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        one, other = self.names
        done = 0
        while done < self.rounds or not self.is_enough.is_set():
            for _ in range(2):
                if libc.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE):
                    self.failures += 1
            done += 1


def swap_while_using(root: Path, *, level: str, rounds: int) -> None:
    vault, key = LocalStorage(root), fresh_key()
    vault.put(key, [b"inside"])
    outside, link = root.parent / "outside", root.parent / "link"
    folder = place_of(root, key).parent if level == "two characters" else root / "statements"
    shutil.copytree(folder, outside)
    for copy in outside.rglob(key.split("/")[1]):
        copy.write_bytes(b"outside")
    before = sorted(outside.rglob("*"))
    link.symlink_to(outside)
    swapper = Swapper(folder, link, rounds)
    swapper.start()
    read, refused, found = 0, 0, b"inside"
    near = key[:13]  # the kind and the two characters: the same folder
    ends = time.monotonic() + 60
    while swapper.is_alive():
        try:
            found = read_all(vault, key)
            read += 1
            vault.put(f"{near}{fresh_key()[13:]}", [b"new"])
            vault.remove(f"{near}{fresh_key()[13:]}")
        except StorageError:
            refused += 1
        if found != b"inside" or min(read, refused) >= 100 or time.monotonic() > ends:
            swapper.is_enough.set()
            if found != b"inside":
                break
    swapper.join()
    assert found == b"inside"
    assert swapper.failures == 0
    assert min(read, refused) >= 100, "the folder and the link were not both met"
    assert sorted(outside.rglob("*")) == before
    for copy in outside.rglob(key.split("/")[1]):
        assert copy.read_bytes() == b"outside"


@pytest.mark.req("ATK-4")
@pytest.mark.parametrize("level", ["kind", "two characters"])
def test_a_folder_swapped_for_a_link_in_mid_use_never_leads_out(root: Path, level: str) -> None:
    swap_while_using(root, level=level, rounds=2_000)


@pytest.mark.soak
@pytest.mark.req("ATK-4")
@pytest.mark.parametrize("level", ["kind", "two characters"])
def test_a_folder_swapped_100000_times_never_leads_out(root: Path, level: str) -> None:
    swap_while_using(root, level=level, rounds=100_000)


def mount_small(folder: Path, options: str) -> None:
    """Mount a small disk in memory, or skip."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs root and mount(8) for a disk that fills up")


@pytest.fixture(params=["size=2m", "size=64m,nr_inodes=6"], ids=["bytes", "inodes"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    mount_small(folder, request.param)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.req("ATK-10")
def test_a_full_disk_is_a_passing_error_that_leaves_nothing(small_disk: Path) -> None:
    vault, kept = build(LocalSettings(small_disk / "objects")), []

    def fill() -> None:
        for _ in range(10):
            key = fresh_key()
            vault.put(key, content_of(key, 400_000))
            kept.append(key)

    with pytest.raises(StorageError) as failed:
        fill()
    assert not failed.value.is_permanent
    require_only(vault, kept)
    assert unfinished(small_disk / "objects") == []


@pytest.mark.req("ATK-10")
def test_a_disk_that_fills_up_in_the_middle_of_a_write_leaves_nothing(tmp_path: Path) -> None:
    mount_small(tmp_path / "small", "size=2m")
    try:
        root = tmp_path / "small" / "objects"
        vault, key = build(LocalSettings(root)), fresh_key()
        with pytest.raises(StorageError) as failed:
            vault.put(key, content_of(key, 4_000_000))
        assert not failed.value.is_permanent
        require_only(vault, [])
        assert unfinished(root) == []
        vault.put(key, content_of(key, 1_000_000))
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "small")], check=True)


@pytest.mark.req("ATK-10")
def test_a_file_that_may_not_grow_leaves_nothing(vault: LocalStorage, root: Path) -> None:
    command = [*local_member(root).command("limit"), "3000000"]
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert answer == "refused False\n"
    assert list(vault.keys("")) == []
    assert unfinished(root) == []


def require_only(vault: Storage, keys: list[str]) -> None:
    """Nothing but these objects is there, and they are whole."""
    assert {key for key, _ in vault.keys("")} == set(keys)
    for key in keys:
        assert read_all(vault, key) == b"".join(content_of(key, 400_000))
