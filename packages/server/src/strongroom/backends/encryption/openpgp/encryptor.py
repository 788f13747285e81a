"""Encryption of copies with OpenPGP: judge the certificate, encrypt in a worker, check the output.

Nothing here falls back to clear text; what is not proved good is removed and the copy is held.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from strongroom.backends.encryption.openpgp.certificates import (
    ReadCertificate,
    encoded,
    parse_certificate,
    verify_certificate,
)
from strongroom.backends.encryption.openpgp.files import created, opened
from strongroom.backends.encryption.openpgp.output_check import OutputFault, check_output
from strongroom.backends.encryption.openpgp.workers import (
    Worker,
    WorkerLimits,
    WorkerLost,
    WorkerPool,
    WorkerRefused,
)
from strongroom.rules.pgp_health import EncryptionKey, usable_keys
from strongroom.rules.refusals import Refused
from strongroom.statements.ports import Encrypted, EncryptionError, Encryptor

_MOST_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class OpenPgpSettings:
    """What the backend is told at the start.

    `signing_key` is the firm's secret key, binary. A job may take `time_limit` seconds and one
    more for each `slowest_rate` bytes of the file, which may have `largest_file` bytes at most.
    """

    signing_key: bytes = field(repr=False)
    workers: int = 2
    time_limit: float = 60.0
    slowest_rate: int = 4 << 20
    largest_file: int = 64 << 30
    largest_memory: int = 2 << 30


def build(
    settings: OpenPgpSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Encryptor:
    """The encryptor for these settings; `clock` tells the time at which certificates are judged."""
    return OpenPgpEncryptor(settings, clock=clock)


class OpenPgpEncryptor:
    """Encryptor with pysequoia in worker processes. Safe to call from several threads."""

    def __init__(
        self,
        settings: OpenPgpSettings,
        *,
        clock: Callable[[], datetime],
        start: Callable[[WorkerLimits], Worker] = Worker,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._start_worker = start
        self._pool = WorkerPool(self._start, most=settings.workers)
        self._known = _Remembered()

    def encrypt(self, source: str, target: str, *, certificate: bytes, name: str) -> Encrypted:
        """See `Encryptor`. `name` goes into no message and no program, so none can harm (ATK-56).

        The codes are those of `refusals` for the certificate, else PGP-FILE (permanent), PGP-DISK,
        PGP-WORKER, PGP-OUTPUT (all passing) and PGP-FIRM-KEY (permanent).
        """
        del name
        largest = self._settings.largest_file
        with _translated(), opened(source, largest) as clear, created(target) as made:
            size = os.fstat(clear).st_size
            seconds = self._settings.time_limit + size / self._settings.slowest_rate
            deadline = time.monotonic() + seconds
            with self._pool.lease(deadline=deadline) as worker:
                read = self._read(certificate, worker, deadline)
                keys = usable_keys(read.facts, self._clock())
                request = {
                    "do": "encrypt",
                    "source": source,
                    "target": target,
                    "certificate": encoded(read.cut_down_to(keys)),
                }
                worker.ask(request, deadline=deadline)
            return _checked(made, clear, target, keys)

    def close(self) -> None:
        """End the worker processes."""
        self._pool.close()

    def _start(self, deadline: float) -> Worker:
        limits = WorkerLimits(self._settings.largest_memory, self._settings.largest_file * 2)
        worker = self._start_worker(limits)
        try:
            request = {"do": "sign_with", "key": encoded(self._settings.signing_key)}
            worker.ask(request, deadline=deadline)
        except WorkerRefused as error:
            worker.kill()
            raise EncryptionError(
                "PGP-FIRM-KEY",
                "The firm's PGP key cannot sign. Look at it, or make a new one.",
                is_permanent=True,
            ) from error
        return worker

    def _read(self, certificate: bytes, worker: Worker, deadline: float) -> ReadCertificate:
        """Read the certificate, or remember it: only its judgement depends on the time."""
        known = self._known.get(certificate)
        if known is None:
            known = verify_certificate(parse_certificate(certificate), worker, deadline=deadline)
            usable_keys(known.facts, self._clock())
            self._known.put(certificate, known)
        return known


class _Remembered:
    """The certificates read last and found usable, by the hash of their bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: OrderedDict[bytes, ReadCertificate] = OrderedDict()

    def get(self, certificate: bytes) -> ReadCertificate | None:
        """What was read from these very bytes."""
        digest = sha256(certificate).digest()
        with self._lock:
            if digest in self._read:
                self._read.move_to_end(digest)
            return self._read.get(digest)

    def put(self, certificate: bytes, read: ReadCertificate) -> None:
        """Keep it, and forget the one that was not asked for longest."""
        with self._lock:
            self._read[sha256(certificate).digest()] = read
            while len(self._read) > _MOST_REMEMBERED:
                self._read.popitem(last=False)


def _checked(made: int, clear: int, target: str, keys: tuple[EncryptionKey, ...]) -> Encrypted:
    """Check what lies at `target`, which must still be the file that was created for it."""
    if not os.path.samestat(os.fstat(made), os.lstat(target)):
        raise OutputFault("the output is another file than the one made for it")
    size, digest = check_output(made, clear, keys)
    return Encrypted(target, size, digest)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the parts of this backend raise into the error of the port."""
    try:
        yield
    except Refused as refused:
        raise EncryptionError(refused.code, str(refused), is_permanent=True) from refused
    except WorkerLost as error:
        raise EncryptionError(
            "PGP-WORKER", f"Encryption was cut off: {error}.", is_permanent=False
        ) from error
    except WorkerRefused as error:
        if error.errno is not None:
            raise _disk_trouble(error.errno) from error
        raise EncryptionError(
            "PGP-WORKER", "Encryption to this certificate did not work.", is_permanent=False
        ) from error
    except OutputFault as error:
        raise EncryptionError(
            "PGP-OUTPUT", f"The encrypted copy was thrown away: {error}.", is_permanent=False
        ) from error
    except OSError as error:
        raise _disk_trouble(error.errno or 0) from error


def _disk_trouble(number: int) -> EncryptionError:
    """The machine's trouble rather than the file's or the certificate's."""
    reason = os.strerror(number)
    return EncryptionError(
        "PGP-DISK", f"The encrypted copy could not be made: {reason}.", is_permanent=False
    )
