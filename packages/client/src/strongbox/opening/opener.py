"""Opening an encrypted statement: decrypted and the firm's signature proved, or nothing at all.

Hash and manifest are checked before, and the final name is given after, by `strongbox.sync`.
"""

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from strongbox.opening import gnupg, refusals, sq
from strongbox.opening.armour import NoArmour, is_armoured_message, unwrapped
from strongbox.opening.envelope import HEAD, Envelope, is_openpgp, look
from strongbox.opening.gnupg import GnuPg
from strongbox.opening.limits import limits_for
from strongbox.opening.secret_keys import OpeningKey, read_opening_keys
from strongbox.opening.sender import read_sender
from strongbox.opening.sequoia import Sequoia
from strongbox.opening.sq import Sq
from strongbox.opening.verdict import Job, Passphrase, Undecided, Verdict
from strongbox.refusal import Refused

__all__ = ["Keyring", "Opened", "Opener", "Verdict", "is_openpgp", "open_file"]

_BLOCK = 1 << 20
_BIG = 256 << 20
"""From this size on GnuPG goes first where it is installed: its memory does not grow."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out: the verdict, who signed (fingerprint), bytes and hex SHA-256 of the target."""

    verdict: Verdict
    signer: str | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Keyring:
    """What files are opened with.

    `secret_keys` are files, each tried; `sender` is the firm's certificate, armoured or binary.
    `ask` gives the passphrase and is called when a locked key is needed, once an `Opener`.
    """

    secret_keys: tuple[Path, ...]
    sender: bytes | None
    is_signature_needed: bool
    ask: Callable[[], bytes] = field(repr=False)

    @property
    def is_clear_accepted(self) -> bool:
        """Whether a file may come in clear: only where nothing says that the firm encrypts."""
        return self.sender is None and (not self.secret_keys or not self.is_signature_needed)


def open_file(source: Path, target: Path, keyring: Keyring) -> Opened:
    """Open one file; to open many, keep an `Opener`. See `Opener.open`."""
    with Opener(keyring) as opener:
        return opener.open(source, target)


class Opener:
    """Opens files, several at once in threads; its programs keep the unlocked keys till `close`.

    Making one raises Refused for a certificate or key file that cannot be read.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._sender = None if keyring.sender is None else read_sender(keyring.sender)
        self._keys = tuple(key for path in keyring.secret_keys for key in read_opening_keys(path))
        self._passphrase = Passphrase(keyring.ask)
        self._lock = threading.Lock()
        self._idle: list[Sequoia] = []
        self._is_closed = False
        self._gnupg = GnuPg(self._passphrase, keyring.secret_keys)
        self._sq = Sq(self._passphrase)

    def __enter__(self) -> "Opener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the programs that hold keys. What is being opened meanwhile fails."""
        with self._lock:
            idle, self._idle, self._is_closed = self._idle, [], True
        for engine in idle:
            engine.end()
        self._gnupg.end()

    def open(self, source: Path, target: Path) -> Opened:
        """Open `source` into `target`, which must not exist: made 0600, durable, gone on failure.

        It blocks, for seconds with a big file; the interpreter lock is free meanwhile. Raises
        Refused (OPEN-…), OSError, and what `ask` raises.
        """
        with _made(target):
            verdict = self._opened(source, target)
            size, digest = _settled(target)
        signer = self._sender.fingerprint if verdict is Verdict.VERIFIED and self._sender else None
        return Opened(verdict, signer, size, digest)

    def _opened(self, source: Path, target: Path) -> Verdict:
        with source.open("rb") as file:
            head = file.read(HEAD)
        if not is_openpgp(head) and self._keyring.is_clear_accepted:
            _copy(source, target)
            return Verdict.CLEAR
        if not is_armoured_message(head):
            return self._decrypted(source, target, source.name)
        with _beside(target) as binary:
            try:
                unwrapped(source, binary)
            except NoArmour as error:
                raise refusals.OPEN_TRUNCATED.because(name=source.name) from error
            return self._decrypted(binary, target, source.name)

    def _decrypted(self, source: Path, target: Path, name: str) -> Verdict:
        envelope = look(source, name=name)
        if self._sender is None and self._keyring.is_signature_needed:
            raise refusals.OPEN_SENDER_UNKNOWN.because(name=name)
        job = Job(
            source,
            target,
            name=name,
            keys=self._keys_for(envelope, name),
            sender=self._sender,
            is_unsigned_accepted=not self._keyring.is_signature_needed,
            is_hidden=envelope.is_hidden,
            limits=limits_for(envelope.size, target.parent, name=name),
        )
        undecided: Undecided | None = None
        for engine in self._engines(envelope, name):
            try:
                return engine(job)
            except Undecided as error:
                undecided = undecided.or_then(error) if undecided else error
        assert undecided is not None
        raise undecided.refused from undecided

    def _engines(self, envelope: Envelope, name: str) -> list[Callable[[Job], Verdict]]:
        """The engines for a file, the one to try first in front. Raises Refused for none."""
        if not gnupg.is_installed():
            if envelope.is_gnupgs_own:
                raise refusals.OPEN_NEEDS_GNUPG.because(name=name)
            return [self._by_sequoia, *([self._sq.open] if sq.is_installed() else [])]
        if envelope.is_gnupgs_own:
            return [self._gnupg.open]
        if envelope.size > _BIG:
            return [self._gnupg.open, self._by_sequoia]
        return [self._by_sequoia, self._gnupg.open]

    def _keys_for(self, envelope: Envelope, name: str) -> tuple[OpeningKey, ...]:
        """The keys that a file names, then all others if it hides one. Raises Refused."""
        named = [key for key in self._keys if any(key.opens(one) for one in envelope.recipients)]
        if envelope.is_hidden and self._keys:
            return (*named, *(key for key in self._keys if key not in named))
        if not named:
            present = ", ".join(key.facts.key_id for key in self._keys) or "-"
            raise refusals.OPEN_KEY_MISSING.because(
                name=name, wanted=envelope.names or "?", present=present
            )
        return tuple(named)

    def _by_sequoia(self, job: Job) -> Verdict:
        with self._lock:
            engine = self._idle.pop() if self._idle else None
        engine = engine or Sequoia(self._passphrase)
        try:
            verdict = engine.open(job)
        except (Refused, Undecided):
            self._keep(engine)
            raise
        except BaseException:
            engine.end()  # it may be in the middle of something
            raise
        self._keep(engine)
        return verdict

    def _keep(self, engine: Sequoia) -> None:
        with self._lock:
            if engine.is_alive and not self._is_closed:
                self._idle.append(engine)
                return
        engine.end()


@contextmanager
def _made(target: Path) -> Iterator[None]:
    """Make a private file, and take it away again if what is done within fails."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A private file that is gone afterwards, on the same disk as the target."""
    handle, name = tempfile.mkstemp(prefix=".strongbox-", dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(_BLOCK):
            writing.write(block)


def _settled(target: Path) -> tuple[int, str]:
    """Size and hex SHA-256 of the target, which is on the disk when this returns."""
    digest, size = hashlib.sha256(), 0
    with target.open("rb+") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
        os.fsync(file.fileno())
    return size, digest.hexdigest()
