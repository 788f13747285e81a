"""Opening with the GnuPG that is installed, for what pysequoia cannot read.

Signatures inside compressed data, own keys of rare kinds that have expired, GnuPG's own formats. It
works in a folder of its own that is gone afterwards and knows two things: our keys, the firm's.
"""

import contextlib
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from strongbox.opening import refusals
from strongbox.opening.gnupg_status import Status, read_status
from strongbox.opening.limits import Limits, is_full, too_much
from strongbox.opening.verdict import Job, Passphrase, Undecided, Verdict
from strongbox.opening.watch import Overrun, watching
from strongbox.refusal import Refused

_ALWAYS = (
    "--no-options",
    "--batch",
    "--no-tty",
    "--status-fd=1",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--trust-model=always",
    "--pinentry-mode=loopback",
    "--weak-digest=SHA1",
)
_END_SECONDS = 10
_VERSION = re.compile(rb"(\d+)\.(\d+)\.\d+")
_OLDEST = (2, 2)
# Without the count the agent measures the machine for seconds; no card holds these keys.
_AGENT = "s2k-count 16777216\ndisable-scdaemon\n"


@cache
def is_installed() -> bool:
    """Whether there is a GnuPG of today to fall back on; 1.4 knows none of what is needed."""
    program = shutil.which("gpg")
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 - found by the system's own search
            [program, "--version"], capture_output=True, timeout=_END_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = _VERSION.search(done.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST


class GnuPg:
    """A GnuPG home of its own, made when the first file needs it. For several threads."""

    def __init__(self, passphrase: Passphrase, key_files: Sequence[Path]) -> None:
        self._passphrase = passphrase
        self._key_files = tuple(key_files)
        self._lock = threading.Lock()
        self._home: Path | None = None
        self._is_ready = False

    def open(self, job: Job) -> Verdict:
        """Decrypt and verify. Raises Refused, or Undecided where it cannot tell either."""
        with self._lock:
            if self._home is None:
                self._home = Path(tempfile.mkdtemp(prefix="strongbox-"))
                (self._home / "gpg-agent.conf").write_text(_AGENT, "ascii")
            if not self._is_ready:
                self._import_all(job)
                self._is_ready = True
        status = self._decrypt(job, b"")
        if status.wants_passphrase or (job.is_hidden and not status.was_opened):
            status = self._decrypt(job, self._passphrase.get())
        if status.wants_passphrase:
            raise refusals.OPEN_PASSPHRASE.because(key=", ".join(_ids(job)))
        return _judged(status, job)

    def end(self) -> None:
        """End the agent and take the home away, keys and all."""
        if self._home is None:
            return
        program = shutil.which("gpgconf")
        if program is not None:
            words = [program, "--homedir", str(self._home), "--kill", "all"]
            # An agent that does not listen ends by itself when its home is gone.
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(  # noqa: S603 - the home is ours, the program the system's
                    words, capture_output=True, check=False, timeout=_END_SECONDS
                )
        shutil.rmtree(self._home, ignore_errors=True)
        self._home, self._is_ready = None, False

    def _import_all(self, job: Job) -> None:
        self._run(("--import", "--", *map(str, self._key_files)), b"", Limits())
        if job.sender is not None:
            status = self._run(("--import",), job.sender.data, Limits())
            if job.sender.fingerprint not in status.imported:
                raise Undecided(refusals.OPEN_SENDER_BROKEN.because())

    def _decrypt(self, job: Job, secret: bytes) -> Status:
        words = [
            "--passphrase-fd=0",
            f"--max-output={job.limits.largest}",
            "--yes",
            f"--output={job.target.absolute()}",
            # Without a certificate no signature means anything, and an unknown one is no failure.
            *(("--skip-verify",) if job.sender is None else ()),
            "--decrypt",
            "--",
            str(job.source.absolute()),
        ]
        try:
            return self._run(words, secret + b"\n", job.limits, job.target)
        except _Killed as killed:
            if killed.overrun is Overrun.SIZE:
                raise too_much(job.limits, name=job.name) from killed
            seconds = round(job.limits.seconds)
            raise refusals.OPEN_TIME.because(name=job.name, seconds=seconds) from killed

    def _run(
        self, words: Sequence[str], given: bytes, limits: Limits, target: Path | None = None
    ) -> Status:
        """Run GnuPG once. Raises _Killed, OSError."""
        program = shutil.which("gpg")
        if program is None:
            raise FileNotFoundError("gpg")
        process = subprocess.Popen(  # noqa: S603 - found by the system's own search
            [program, f"--homedir={self._home}", *_ALWAYS, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            umask=0o077,
        )
        with watching(process, target, seconds=limits.seconds, largest=limits.largest) as watch:
            out, _ = process.communicate(given)
        if watch.overrun is not Overrun.NOTHING:
            raise _Killed(watch.overrun)
        return read_status(out, process.returncode)


class _Killed(Exception):
    def __init__(self, overrun: Overrun) -> None:
        super().__init__(overrun.value)
        self.overrun = overrun


def _ids(job: Job) -> list[str]:
    return [key.facts.key_id for key in job.keys]


def _judged(status: Status, job: Job) -> Verdict:
    """One text, decrypted whole, signed by the firm and nobody else. Raises Refused."""
    if not status.is_decrypted:
        raise _not_decrypted(status, job)
    if job.sender is None:
        return Verdict.UNSIGNED
    _check_signatures(status, job, job.sender.fingerprint)
    if not status.is_signed:
        if job.is_unsigned_accepted:
            return Verdict.UNSIGNED
        raise refusals.OPEN_UNSIGNED.because(name=job.name)
    return Verdict.VERIFIED


def _not_decrypted(status: Status, job: Job) -> Refused:
    name = job.name
    if not status.was_opened:
        # It may be a kind of key that GnuPG does not know.
        present = ", ".join(_ids(job))
        hidden = refusals.OPEN_KEY_HIDDEN.because(name=name, present=present)
        raise Undecided(hidden if job.is_hidden else refusals.OPEN_ALTERED.because(name=name))
    # Why it could not write GnuPG does not say; what it wrote until then is still there.
    if status.is_sound and max(status.length, job.target.stat().st_size) > job.limits.largest // 2:
        return too_much(job.limits, name=name)
    if status.is_sound and is_full(job.target.parent):
        return refusals.OPEN_DISK.because(name=name, free=job.limits.free)
    return refusals.OPEN_ALTERED.because(name=name)


def _check_signatures(status: Status, job: Job, wanted: str) -> None:
    for signature in status.signatures:
        match signature.word:
            case "EXPKEYSIG":
                raise refusals.OPEN_SENDER_EXPIRED.because(wanted=wanted)
            case "REVKEYSIG":
                raise refusals.OPEN_SENDER_REVOKED.because(wanted=wanted)
            case "ERRSIG":
                facts = {"signer": signature.key, "wanted": wanted}
                raise refusals.OPEN_OTHER_SIGNER.because(name=job.name, **facts)
            case word if word != "GOODSIG":
                raise refusals.OPEN_ALTERED.because(name=job.name)
    for signer in status.signers:
        if signer != wanted:
            facts = {"signer": signer, "wanted": wanted}
            raise refusals.OPEN_OTHER_SIGNER.because(name=job.name, **facts)
