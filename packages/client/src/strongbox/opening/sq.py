"""Opening with Sequoia's program sq, where there is no GnuPG: for data that is compressed inside.

The unlocked key goes through a pipe and touches no disk. Tried with sq 0.27; a release whose
options have other names is left alone.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from strongroom_formats.pgp_packets import PgpFormatError
from strongroom_formats.pgp_secret_packets import PassphraseWrong, ProtectionUnknown
from strongroom_formats.pgp_transferable import unlocked

from strongbox.opening import refusals
from strongbox.opening.limits import too_much
from strongbox.opening.secret_keys import OpeningKey
from strongbox.opening.verdict import Job, Passphrase, Undecided, Verdict
from strongbox.opening.watch import Overrun, watching
from strongbox.refusal import Refused

_DESCRIPTORS = Path("/dev/fd")
_PIPE = 60_000
"""Bytes that fit into a pipe which nobody reads yet."""

_OPTIONS = (b"--recipient-key", b"--signer-cert", b"--signatures")
_UNKNOWN = re.compile(r"No key to check \w+ from ([0-9A-F]{16,64})")
_GOOD = re.compile(r"^(\d+) good signature", re.MULTILINE)
_SECONDS = 20


@cache
def is_installed() -> bool:
    """Whether there is a sq that takes the options used here."""
    program = shutil.which("sq")
    if program is None or not _DESCRIPTORS.is_dir():
        return False
    try:
        done = subprocess.run(  # noqa: S603 - found by the system's own search
            [program, "decrypt", "--help"], capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return all(option in done.stdout for option in _OPTIONS)


class Sq:
    """Opens one file a call; nothing is kept between two."""

    def __init__(self, passphrase: Passphrase) -> None:
        self._passphrase = passphrase

    def open(self, job: Job) -> Verdict:
        """Decrypt and verify. Raises Refused, or Undecided where it cannot tell either."""
        undecided = Undecided(refusals.OPEN_NEEDS_GNUPG.because(name=job.name))
        for key in job.keys:
            try:
                return self._open_with(self._unlocked(key), job)
            except Undecided as error:
                undecided = undecided.or_then(error)
        raise undecided

    def _unlocked(self, key: OpeningKey) -> bytes:
        try:
            data = unlocked(key.alone, self._passphrase.get() if key.is_locked else b"")
        except PassphraseWrong as error:
            wrong = refusals.OPEN_PASSPHRASE.because(key=key.facts.key_id)
            raise Undecided(wrong) from error
        except (PgpFormatError, ProtectionUnknown) as error:
            raise Undecided(refusals.OPEN_NEEDS_GNUPG.because(name=key.facts.key_id)) from error
        if len(data) > _PIPE:
            raise Undecided(refusals.OPEN_NEEDS_GNUPG.because(name=key.facts.key_id))
        return data

    def _open_with(self, key: bytes, job: Job) -> Verdict:
        if job.sender is None:
            self._run(key, (), job)
            return Verdict.UNSIGNED
        with tempfile.NamedTemporaryFile(prefix="strongbox-") as file:
            file.write(job.sender.data)
            file.flush()
            words = ("--signer-cert", file.name, "--signatures", "1")
            try:
                said = self._run(key, words, job)
            except Refused as refused:
                if refused.kind is not refusals.OPEN_UNSIGNED or not job.is_unsigned_accepted:
                    raise
                self._run(key, (), job)
                return Verdict.UNSIGNED
        if _GOOD.search(said) is None:
            raise refusals.OPEN_UNSIGNED.because(name=job.name)
        return Verdict.VERIFIED

    def _run(self, key: bytes, words: tuple[str, ...], job: Job) -> str:
        """Run sq once; what it said. Raises Refused, Undecided, OSError."""
        program = shutil.which("sq")
        if program is None:
            raise FileNotFoundError("sq")
        limits = job.limits
        with _piped(key) as descriptor:
            files = ["-o", str(job.target.absolute()), str(job.source.absolute())]
            secret = ["--recipient-key", f"{_DESCRIPTORS}/{descriptor}"]
            process = subprocess.Popen(  # noqa: S603 - found by the system's own search
                [program, "--force", "decrypt", *secret, *words, *files],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[descriptor],
                umask=0o077,
                start_new_session=True,
            )
            with watching(
                process, job.target, seconds=limits.seconds, largest=limits.largest
            ) as watch:
                _, err = process.communicate()
        if watch.overrun is Overrun.SIZE:
            raise too_much(limits, name=job.name)
        if watch.overrun is Overrun.TIME:
            raise refusals.OPEN_TIME.because(name=job.name, seconds=round(limits.seconds))
        said = err.decode(errors="replace")
        if process.returncode:
            raise _refused(said, job)
        return said


@contextmanager
def _piped(data: bytes) -> Iterator[int]:
    """A descriptor from which the data can be read once."""
    reading, writing = os.pipe()
    try:
        with open(writing, "wb") as pipe:
            pipe.write(data)
        yield reading
    finally:
        os.close(reading)


def _refused(said: str, job: Job) -> Refused:
    """Say what sq complained of; raises Undecided where that is not clear."""
    if "os error 28" in said:
        return refusals.OPEN_DISK.because(name=job.name, free=job.limits.free)
    if "Verification failed" in said and job.sender is not None:
        unknown = _UNKNOWN.search(said)
        if unknown is not None:
            facts = {"signer": unknown[1], "wanted": job.sender.fingerprint}
            return refusals.OPEN_OTHER_SIGNER.because(name=job.name, **facts)
        if "signature" not in said and "checksum" not in said:
            return refusals.OPEN_UNSIGNED.because(name=job.name)
    raise Undecided(refusals.OPEN_ALTERED.because(name=job.name))
