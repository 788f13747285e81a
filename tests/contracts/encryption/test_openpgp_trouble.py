"""What happens when encryption itself goes wrong: nothing is published, nothing is left behind."""

import errno
import os
import signal
import stat
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from strongroom.backends.encryption.openpgp import encryptor as encryptor_module
from strongroom.backends.encryption.openpgp.certificates import encoded
from strongroom.backends.encryption.openpgp.encryptor import (
    OpenPgpEncryptor,
    OpenPgpSettings,
)
from strongroom.backends.encryption.openpgp.workers import PROGRAM, Worker, WorkerLimits
from strongroom.statements.ports import EncryptionError

HONEST = PROGRAM.read_text()
CALL = "pysequoia.encrypt_file("
LIARS = {
    "writes nothing": "(lambda *a, **k: None)(",
    "writes clear text": "(lambda s, t, *a, **k: open(t, 'wb').write(open(s, 'rb').read()))(",
    "wraps clear text": (
        "(lambda s, t, *a, **k: (pysequoia.encrypt_file(s, t, *a, **k), "
        "open(t, 'r+b').write(open(t, 'rb').read()[:300] + open(s, 'rb').read(4000))))("
    ),
    "writes armour": (
        "(lambda s, t, *a, **k: pysequoia.encrypt_file(s, t, *a, **(k | {'armor': True})))("
    ),
    "adds a recipient": (
        "(lambda s, t, r, *a, **k: pysequoia.encrypt_file(s, t, [*r, "
        "pysequoia.Tsk.generate('spy', profile=pysequoia.Profile.RFC4880)"
        ".extract_certificate()], *a, **k))("
    ),
    "adds a password": (
        "(lambda s, t, *a, **k: pysequoia.encrypt_file(s, t, *a, passwords=['x'], **k))("
    ),
    "cuts the end off": (
        "(lambda s, t, *a, **k: (pysequoia.encrypt_file(s, t, *a, **k), "
        "os.truncate(t, os.path.getsize(t) - 100)))("
    ),
    "appends clear text": (
        "(lambda s, t, *a, **k: (pysequoia.encrypt_file(s, t, *a, **k), "
        "open(t, 'ab').write(open(s, 'rb').read(100))))("
    ),
    "encrypts something else": (
        "(lambda s, t, *a, **k: pysequoia.encrypt_file('/dev/null', t, *a, **k))("
    ),
    "puts another file in its place": (
        "(lambda s, t, *a, **k: (pysequoia.encrypt_file(s, t + '2', *a, **k), "
        "os.rename(t + '2', t)))("
    ),
}
DEATHS = {
    "dies": "(lambda *a, **k: os.kill(os.getpid(), 9))(",
    "ends in silence": "(lambda *a, **k: os._exit(0))(",
    "panics": "(lambda *a, **k: (_ for _ in ()).throw(BaseException('panic')))(",
    "talks nonsense": "(lambda *a, **k: os.write(1, b'[GNUPG:] GOODSIG 0123456789'))(",
    "hangs": "(lambda *a, **k: __import__('time').sleep(60))(",
}


@pytest.fixture
def with_program(
    firm_key: bytes, clock: Any, tmp_path: Path
) -> Iterator[Callable[[str], OpenPgpEncryptor]]:
    """Makes encryptors whose worker does something else where it should encrypt."""
    made: list[OpenPgpEncryptor] = []

    def make(instead: str) -> OpenPgpEncryptor:
        assert HONEST.count(CALL) == 1
        program = tmp_path / "program.py"
        program.write_text(HONEST.replace(CALL, instead))
        settings = OpenPgpSettings(firm_key, workers=1, time_limit=3.0)

        def start(limits: WorkerLimits) -> Worker:
            return Worker(limits, program=program)

        made.append(OpenPgpEncryptor(settings, clock=clock, start=start))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.req("ATK-55", "ATK-57")
@pytest.mark.parametrize("how", LIARS)
def test_output_that_is_not_what_it_must_be_is_thrown_away(
    how: str,
    *,
    ring: Any,
    with_program: Callable[[str], OpenPgpEncryptor],
    statement: Path,
    target: Path,
) -> None:
    encryptor = with_program(LIARS[how])
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    assert caught.value.code == "PGP-OUTPUT"
    assert not caught.value.is_permanent
    assert list(target.parent.iterdir()) == []


@pytest.mark.req("ATK-55")
@pytest.mark.parametrize("how", DEATHS)
def test_a_worker_that_fails_leaves_nothing_and_the_next_copy_gets_a_new_one(
    how: str,
    *,
    ring: Any,
    with_program: Callable[[str], OpenPgpEncryptor],
    statement: Path,
    target: Path,
    tmp_path: Path,
) -> None:
    encryptor = with_program(DEATHS[how])
    certificate = ring.public("curve")
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=certificate, name="x")
    assert caught.value.code == "PGP-WORKER"
    assert not caught.value.is_permanent
    assert list(target.parent.iterdir()) == []
    (tmp_path / "program.py").write_text(HONEST)
    encryptor.encrypt(str(statement), str(target), certificate=certificate, name="x")
    assert target.exists()


@pytest.mark.req("ATK-55")
def test_a_worker_killed_while_idle_is_replaced_without_a_failure(
    ring: Any, firm_key: bytes, clock: Any, statement: Path, tmp_path: Path
) -> None:
    started: list[Worker] = []

    def start(limits: WorkerLimits) -> Worker:
        started.append(Worker(limits))
        return started[-1]

    encryptor = OpenPgpEncryptor(OpenPgpSettings(firm_key, workers=1), clock=clock, start=start)
    certificate = ring.public("curve")
    encryptor.encrypt(str(statement), str(tmp_path / "1"), certificate=certificate, name="x")
    os.kill(started[0].pid, signal.SIGKILL)
    os.waitid(os.P_PID, started[0].pid, os.WEXITED | os.WNOWAIT)
    encryptor.encrypt(str(statement), str(tmp_path / "2"), certificate=certificate, name="x")
    encryptor.close()
    assert len(started) == 2
    assert not any(worker.is_alive for worker in started)


@pytest.mark.req("ATK-55")
def test_a_file_that_grows_past_its_limit_leaves_nothing(
    ring: Any, firm_key: bytes, clock: Any, statement: Path, target: Path
) -> None:
    def start(limits: WorkerLimits) -> Worker:
        return Worker(WorkerLimits(memory=limits.memory, file=4_096))

    encryptor = OpenPgpEncryptor(OpenPgpSettings(firm_key, workers=1), clock=clock, start=start)
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    encryptor.close()
    assert caught.value.code == "PGP-DISK"
    assert not caught.value.is_permanent
    assert not target.exists()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.req("ATK-55")
def test_a_full_disk_leaves_nothing(
    full_disk: Path, ring: Any, encryptor: OpenPgpEncryptor, statement: Path
) -> None:
    target = full_disk / "copy.pgp"
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    assert caught.value.code == "PGP-DISK"
    assert list(full_disk.iterdir()) == []


def files_with(marker: bytes, *, since: float) -> set[Path]:
    """The files in the places for temporary ones that were written lately and hold the marker."""
    found = set()
    for place in {tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"}:
        for folder, _, names in os.walk(place):
            for path in (Path(folder, name) for name in names):
                with suppress(OSError):
                    status = path.lstat()
                    is_new = stat.S_ISREG(status.st_mode) and status.st_mtime >= since
                    if is_new and status.st_size < 1 << 24 and marker in path.read_bytes():
                        found.add(path)
    return found


@pytest.mark.req("ATK-57")
@pytest.mark.parametrize("instead", [CALL, DEATHS["dies"], DEATHS["hangs"]])
def test_the_clear_text_lies_nowhere_but_in_its_source(
    instead: str,
    ring: Any,
    with_program: Callable[[str], OpenPgpEncryptor],
    tmp_path: Path,
    target: Path,
) -> None:
    marker = f"MARKER-{uuid.uuid4()}".encode()
    began = time.time() - 1
    source = tmp_path / "marked.csv"
    source.write_bytes(marker * 5_000)
    with suppress(EncryptionError):
        encryptor = with_program(instead)
        encryptor.encrypt(str(source), str(target), certificate=ring.public("curve"), name="x")
    assert files_with(marker, since=began) == {source}


@pytest.mark.req("ATK-57")
def test_a_worker_leaves_no_core_file_and_shows_no_secret_in_its_arguments(
    firm_key: bytes,
) -> None:
    worker = Worker(WorkerLimits())
    worker.ask({"do": "sign_with", "key": encoded(firm_key)}, deadline=time.monotonic() + 30)
    process = Path("/proc") / str(worker.pid)
    limits = (process / "limits").read_text().splitlines()
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    worker.kill()
    (core,) = [line for line in limits if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]
    assert encoded(firm_key).encode() not in shown


@pytest.mark.req("ATK-56")
@pytest.mark.parametrize("name", ["--output", "a\n[GNUPG:] GOODSIG", "-r", "\x00", "../x"])
def test_a_hostile_name_reaches_no_program(
    name: str, ring: Any, encryptor: OpenPgpEncryptor, statement: Path, target: Path
) -> None:
    encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name=name)
    opened = ring.run("--list-packets", "--verbose", str(target))
    assert b'name=""' in opened.stdout
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.req("ATK-56")
def test_paths_that_look_like_options_or_links_are_refused(
    ring: Any, encryptor: OpenPgpEncryptor, statement: Path, target: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(statement)
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for source, goal in (
        ("-rf", str(target)),
        (str(link), str(target)),
        (str(tmp_path), str(target)),
        (str(fifo), str(target)),
        (str(tmp_path / "missing"), str(target)),
        (str(statement), "-o"),
        (str(statement), str(taken)),
        (str(statement), str(tmp_path / "missing" / "x")),
    ):
        with pytest.raises(EncryptionError) as caught:
            encryptor.encrypt(source, goal, certificate=ring.public("curve"), name="x")
        assert caught.value.code == "PGP-FILE"
    assert taken.read_bytes() == b"mine"
    assert not target.exists()


@pytest.mark.req("ATK-55")
def test_a_machine_without_room_for_a_process_holds_the_copy_for_now(
    ring: Any, firm_key: bytes, clock: Any, statement: Path, target: Path
) -> None:
    def start(_limits: WorkerLimits) -> Worker:
        raise BlockingIOError(errno.EAGAIN, "no process")

    encryptor = OpenPgpEncryptor(OpenPgpSettings(firm_key, workers=1), clock=clock, start=start)
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    assert caught.value.code == "PGP-DISK"
    assert not caught.value.is_permanent
    assert not target.exists()


def test_a_file_beyond_the_limit_is_refused(
    ring: Any, firm_key: bytes, clock: Any, statement: Path, target: Path
) -> None:
    settings = OpenPgpSettings(firm_key, workers=1, largest_file=100)
    encryptor = OpenPgpEncryptor(settings, clock=clock)
    with pytest.raises(EncryptionError, match="more than 100 bytes"):
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    encryptor.close()


@pytest.mark.parametrize("key", [b"", b"garbage"])
def test_a_firms_key_that_cannot_sign_holds_every_copy(
    key: bytes, ring: Any, clock: Any, statement: Path, target: Path
) -> None:
    encryptor = OpenPgpEncryptor(OpenPgpSettings(key, workers=1), clock=clock)
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    encryptor.close()
    assert caught.value.code == "PGP-FIRM-KEY"
    assert caught.value.is_permanent
    assert not target.exists()


def test_the_settings_do_not_show_the_firms_key(firm_key: bytes) -> None:
    assert repr(firm_key) not in repr(OpenPgpSettings(firm_key))
    assert "signing_key" not in repr(OpenPgpSettings(firm_key))


def test_more_threads_than_workers_all_get_their_copies(
    ring: Any, firm_key: bytes, clock: Any, statement: Path, tmp_path: Path
) -> None:
    encryptor = OpenPgpEncryptor(OpenPgpSettings(firm_key, workers=2), clock=clock)
    certificate, failures = ring.public("curve"), []

    def encrypt(number: int) -> None:
        try:
            goal = str(tmp_path / f"{number}.pgp")
            encryptor.encrypt(str(statement), goal, certificate=certificate, name="x")
        except EncryptionError as error:
            failures.append(error)

    threads = [threading.Thread(target=encrypt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    encryptor.close()
    assert failures == []
    assert len(list(tmp_path.glob("*.pgp"))) == 8


def test_only_so_many_certificates_are_remembered(
    ring: Any,
    encryptor: OpenPgpEncryptor,
    statement: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encryptor_module, "_MOST_REMEMBERED", 1)
    for number, name in enumerate(["curve", "rsa2048", "curve"]):
        goal = tmp_path / f"{number}.pgp"
        encryptor.encrypt(str(statement), str(goal), certificate=ring.public(name), name="x")
        assert goal.exists()


def test_nothing_is_encrypted_after_the_end(
    ring: Any, encryptor: OpenPgpEncryptor, statement: Path, target: Path
) -> None:
    encryptor.close()
    with pytest.raises(EncryptionError) as caught:
        encryptor.encrypt(str(statement), str(target), certificate=ring.public("curve"), name="x")
    assert not caught.value.is_permanent
    assert not target.exists()
