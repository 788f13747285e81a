"""Opening with pysequoia, in a worker process: the first of the engines, and mostly the only one.

It reads everything that Strongroom sends. What it cannot read is left to `gnupg`.
"""

import base64
from datetime import UTC, datetime

from strongroom_formats.pgp_secret_packets import PassphraseWrong

from strongbox.opening import refusals
from strongbox.opening.limits import Limits, too_much
from strongbox.opening.renewal import NotRenewable, renewed
from strongbox.opening.secret_keys import OpeningKey
from strongbox.opening.sender import Sender
from strongbox.opening.verdict import Job, Passphrase, Undecided, Verdict
from strongbox.opening.watch import Overrun
from strongbox.opening.worker import Worker, WorkerLost
from strongbox.refusal import Refused

_QUESTION = Limits()

# pysequoia tells its errors apart by text alone; `tests/unit/strongbox_opening` holds these.
_LOCKED = "secret key material is encrypted"
_UNUSABLE = "No suitable decryption subkey"
_NOT_VERIFIED = "Signature verification failed"
_ALTERED = "has been manipulated"
_NO_KEY = "No key to decrypt"
_FULL = ("os error 28", "os error 112", "os error 122")
_OVER_SIZE = "os error 27"
_FOREIGN = ("Unexpected message structure", "Malformed", "not considered secure", "nsupported")


class Sequoia:
    """One worker process with the keys that it has unlocked. Not for two threads at once."""

    def __init__(self, passphrase: Passphrase) -> None:
        self._passphrase = passphrase
        self._worker = Worker()
        self._unlocked: set[str] = set()
        self._sender: Sender | None = None

    def open(self, job: Job) -> Verdict:
        """Decrypt and verify. Raises Refused for what is certain, else Undecided."""
        try:
            if job.sender is not None:
                self._keep(job.sender)
            return self._first_success(job)
        except WorkerLost as lost:
            if lost.overrun is Overrun.SIZE:
                raise too_much(job.limits, name=job.name) from lost
            seconds = round(job.limits.seconds)
            raise refusals.OPEN_TIME.because(name=job.name, seconds=seconds) from lost

    @property
    def is_alive(self) -> bool:
        """Whether it can open another file."""
        return self._worker.is_alive

    def end(self) -> None:
        """End the worker; it forgets its keys."""
        self._worker.end()

    def _keep(self, sender: Sender) -> None:
        if self._sender is sender:
            return
        request = {"do": "sender", "certificate": _encoded(sender.data)}
        answer = self._worker.ask(request, _QUESTION)
        if "fault" in answer or answer["fingerprint"] != sender.fingerprint:
            raise Undecided(refusals.OPEN_SENDER_BROKEN.because())
        if answer["is_revoked"]:
            raise refusals.OPEN_SENDER_REVOKED.because(wanted=sender.fingerprint)
        ends = answer["expires_at"]
        if isinstance(ends, int) and datetime.fromtimestamp(ends, UTC) <= datetime.now(UTC):
            raise refusals.OPEN_SENDER_EXPIRED.because(wanted=sender.fingerprint)
        self._sender = sender

    def _first_success(self, job: Job) -> Verdict:
        undecided = Undecided(refusals.OPEN_NEEDS_GNUPG.because(name=job.name))
        for key in job.keys:
            try:
                self._unlock(key, job)
                return self._open_with(key, job, is_checked=job.sender is not None)
            except Undecided as error:
                undecided = undecided.or_then(error)
        raise undecided

    def _unlock(self, key: OpeningKey, job: Job) -> None:
        if key.facts.fingerprint in self._unlocked:
            return
        fault = self._try_unlock(key, key.alone, None)
        if _LOCKED in fault:
            passphrase = self._passphrase.get().decode(errors="replace")
            fault = self._try_unlock(key, key.alone, passphrase)
        if _UNUSABLE in fault:
            fault = self._try_renewed(key, job)
        if fault:
            raise Undecided(refusals.OPEN_PASSPHRASE.because(key=key.facts.key_id))
        self._unlocked.add(key.facts.fingerprint)

    def _try_renewed(self, key: OpeningKey, job: Job) -> str:
        try:
            data = renewed(key, self._passphrase.get() if key.is_locked else b"")
        except NotRenewable as error:
            expired = refusals.OPEN_KEY_EXPIRED.because(name=job.name, key=key.facts.key_id)
            raise Undecided(expired) from error
        except PassphraseWrong as error:
            return str(error)
        return self._try_unlock(key, data, None)

    def _try_unlock(self, key: OpeningKey, data: bytes, passphrase: str | None) -> str:
        request = {
            "do": "unlock",
            "id": key.facts.fingerprint,
            "key": _encoded(data),
            "passphrase": passphrase,
        }
        return str(self._worker.ask(request, _QUESTION).get("fault", ""))

    def _open_with(self, key: OpeningKey, job: Job, *, is_checked: bool) -> Verdict:
        request = {
            "do": "open",
            "id": key.facts.fingerprint,
            "source": str(job.source.absolute()),
            "target": str(job.target.absolute()),
            "is_checked": is_checked,
            "largest": job.limits.largest,
            "memory": job.limits.memory,
        }
        answer = self._worker.ask(request, job.limits, job.target)
        if "fault" not in answer:
            return _verdict(answer, job) if is_checked else Verdict.UNSIGNED
        refused = _refused(str(answer["fault"]), _texts(answer.get("issuers")), job)
        if refused.kind is refusals.OPEN_UNSIGNED and job.is_unsigned_accepted:
            return self._open_with(key, job, is_checked=False)
        raise refused


def _verdict(answer: dict[str, object], job: Job) -> Verdict:
    """A good signature that the firm's certificate made, or no verdict at all."""
    assert job.sender is not None
    if job.sender.fingerprint not in _texts(answer["signers"]):
        raise refusals.OPEN_UNSIGNED.because(name=job.name)
    return Verdict.VERIFIED


def _refused(fault: str, issuers: list[str], job: Job) -> Refused:
    """Say what a fault means; raises Undecided where GnuPG may know more."""
    name = job.name
    if _OVER_SIZE in fault:
        return too_much(job.limits, name=name)
    if any(words in fault for words in _FULL):
        return refusals.OPEN_DISK.because(name=name, free=job.limits.free)
    if _NOT_VERIFIED in fault and job.sender is not None:
        if not issuers:
            return refusals.OPEN_UNSIGNED.because(name=name)
        if not job.sender.is_any_of(issuers):
            facts = {"signer": ", ".join(issuers), "wanted": job.sender.fingerprint}
            return refusals.OPEN_OTHER_SIGNER.because(name=name, **facts)
        return refusals.OPEN_ALTERED.because(name=name)
    if _ALTERED in fault:
        return refusals.OPEN_ALTERED.because(name=name)
    if any(words in fault for words in _FOREIGN):
        raise Undecided(refusals.OPEN_NEEDS_GNUPG.because(name=name))
    if _NO_KEY in fault and job.is_hidden:
        present = ", ".join(key.facts.key_id for key in job.keys)
        raise Undecided(refusals.OPEN_KEY_HIDDEN.because(name=name, present=present))
    raise Undecided(refusals.OPEN_ALTERED.because(name=name))


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
