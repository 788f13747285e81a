"""Reading a recipient's certificate: strict parsing here, verification in a worker process.

Whether what was read may be used is judged by `strongroom.rules.pgp_health`.
"""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from strongroom_formats.pgp_armour import is_armoured, read_public_block
from strongroom_formats.pgp_certificates import Certificate, KeyPart
from strongroom_formats.pgp_certificates import read_certificate as take_apart
from strongroom_formats.pgp_keys import ENCRYPTING
from strongroom_formats.pgp_packets import PgpFault, PgpFormatError, read_message
from strongroom_formats.pgp_secrets import find_secrets

from strongroom.backends.encryption.openpgp.workers import (
    Worker,
    WorkerLimits,
    WorkerLost,
    WorkerRefused,
)
from strongroom.rules import refusals
from strongroom.rules.pgp_health import CertificateFacts, EncryptionKey

LARGEST_CERTIFICATE = 512 << 10
"""Bytes, in whichever form; real ones have 2 to 50 KiB (ATK-58)."""

INTAKE_SECONDS = 20.0
_MOST_BINDINGS_TRIED = 16
_INTAKE_MEMORY = 1 << 30
_INTAKE_LIMITS = WorkerLimits(memory=_INTAKE_MEMORY, file=0)


@dataclass(frozen=True, slots=True)
class ReadCertificate:
    """A certificate that was read: the facts for judging, the parts, and the canonical bytes.

    The canonical bytes are what to store: binary, without other people's signatures and pictures.
    """

    facts: CertificateFacts
    parts: Certificate
    canonical: bytes

    def cut_down_to(self, keys: tuple[EncryptionKey, ...]) -> bytes:
        """The certificate with these encryption keys and no other subkeys."""
        wanted = {key.fingerprint for key in keys}
        kept = [key for key in self.parts.subkeys if key.facts.fingerprint in wanted]
        return self.parts.with_subkeys(tuple(kept)).to_bytes()


def read_certificate(data: bytes, *, time_limit: float = INTAKE_SECONDS) -> ReadCertificate:
    """Read what a recipient submitted, armoured or binary, in a process of its own.

    Raises Refused: PGP_PRIVATE (its `fingerprints` are to be burnt), PGP_SEVERAL, PGP_TOO_BIG,
    PGP_UNREADABLE, PGP_BUSY. To know whether it is usable, ask `pgp_health.usable_keys` as well.
    """
    parts = parse_certificate(data)
    deadline = time.monotonic() + time_limit
    try:
        worker = Worker(_INTAKE_LIMITS)
        try:
            return verify_certificate(parts, worker, deadline=deadline)
        finally:
            worker.kill()
    except (WorkerLost, OSError) as error:
        raise refusals.PGP_BUSY.because(seconds=time_limit) from error


def parse_certificate(data: bytes) -> Certificate:
    """Take submitted bytes apart without any cryptography. Raises Refused as `read_certificate`."""
    if len(data) > LARGEST_CERTIFICATE:
        # The alarm has to sound for a private key even in a file that nobody will read.
        _refuse_secrets(data[:LARGEST_CERTIFICATE])
        raise refusals.PGP_TOO_BIG.because()
    _refuse_secrets(data)
    with _format_refused():
        return take_apart(read_public_block(data) if is_armoured(data) else data)


def verify_certificate(parts: Certificate, worker: Worker, *, deadline: float) -> ReadCertificate:
    """Have a worker verify the signatures, key by key.

    pysequoia tells neither the subkeys nor their dates, so each key is tried alone: the whole of
    its signatures first, then its bindings one by one, to learn which of them counts.
    Raises Refused (PGP_UNREADABLE) and WorkerLost.
    """
    keys = [key for key in (parts.primary, *parts.subkeys) if _may_encrypt(parts, key)]
    request = {
        "do": "inspect",
        "certificate": encoded(parts.to_bytes()),
        "trials": [encoded(trial) for key in keys for trial in _trials(parts, key)],
    }
    try:
        answer = worker.ask(request, deadline=deadline)
    except WorkerRefused as error:
        raise refusals.PGP_UNREADABLE.because(reason="it is not put together rightly") from error
    if str(answer["fingerprint"]).upper() != parts.primary.facts.fingerprint:
        raise refusals.PGP_UNREADABLE.because(reason="its fingerprint is read in two ways")
    return ReadCertificate(_facts(parts, keys, answer), parts, parts.to_bytes())


def _refuse_secrets(data: bytes) -> None:
    findings = find_secrets(data)
    if findings.is_present:
        raise refusals.PGP_PRIVATE.because(fingerprints=findings.fingerprints)


@contextmanager
def _format_refused() -> Iterator[None]:
    try:
        yield
    except PgpFormatError as error:
        match error.fault:
            case PgpFault.SECRET:
                raise refusals.PGP_PRIVATE.because(fingerprints=()) from error
            case PgpFault.SEVERAL:
                raise refusals.PGP_SEVERAL.because() from error
            case PgpFault.TOO_MUCH:
                raise refusals.PGP_TOO_BIG.because() from error
            case PgpFault.BROKEN:
                raise refusals.PGP_UNREADABLE.because(reason=str(error)) from error


def _facts(parts: Certificate, keys: list[KeyPart], answer: dict[str, object]) -> CertificateFacts:
    messages = answer["messages"]
    assert isinstance(messages, list)
    expires_at = _moment(answer["expires_at"])
    return CertificateFacts(
        fingerprint=parts.primary.facts.fingerprint,
        user_ids=tuple(_printable(user_id.text) for user_id in parts.user_ids),
        algorithm=parts.primary.facts.algorithm,
        bits=parts.primary.facts.bits,
        expires_at=expires_at,
        is_revoked=bool(answer["is_revoked"]) or parts.primary.is_revoked,
        encryption_subkeys=tuple(_tried(parts, keys, iter(messages), expires_at)),
    )


def _may_encrypt(parts: Certificate, key: KeyPart) -> bool:
    """Whether the newest signature that says so leaves room for it; the verifier decides.

    What a primary key is for stands in the signatures on the user ids.
    """
    if key.facts.algorithm not in ENCRYPTING:
        return False
    signatures = list(key.signatures)
    is_primary = key is parts.primary
    if is_primary:
        signatures += [one for user_id in parts.user_ids for one in user_id.signatures]
    newest_first = sorted(signatures, key=lambda one: one.facts.created, reverse=True)
    said = [one.facts.may_encrypt for one in newest_first if one.facts.may_encrypt is not None]
    return said[0] if said else not is_primary


def _tried_bindings(key: KeyPart) -> list[KeyPart]:
    """The key with each of its newest bindings alone."""
    newest = islice(key.bindings, _MOST_BINDINGS_TRIED)
    return [KeyPart(key.facts, key.raw, (binding,)) for binding in newest]


def _trials(parts: Certificate, key: KeyPart) -> Iterator[bytes]:
    if key is parts.primary:
        yield parts.with_subkeys(()).to_bytes()
        return
    for one in (key, *_tried_bindings(key)):
        yield parts.with_subkeys((one,)).to_bytes()


def _tried(
    parts: Certificate,
    keys: list[KeyPart],
    messages: Iterator[str],
    expires_at: datetime | None,
) -> Iterator[EncryptionKey]:
    """Read the answers in the order of `_trials`."""
    for key in keys:
        is_accepted = _is_to(next(messages), key)
        if key is parts.primary:
            ends_at = expires_at
        else:
            alone = _tried_bindings(key)
            counting = [one for one in alone if _is_to(next(messages), key)]
            # Where none counts, what the newest claims explains why the key is of no use.
            said = (counting or alone)[:1]
            is_accepted = is_accepted and bool(counting)
            ends_at = _end_of_key(key, said[0]) if said else None
        yield EncryptionKey(
            key_id=key.facts.key_id,
            fingerprint=key.facts.fingerprint,
            algorithm=key.facts.algorithm,
            bits=key.facts.bits,
            expires_at=ends_at,
            is_revoked=key.is_revoked,
            is_accepted=is_accepted,
        )


def _is_to(encoded: str, key: KeyPart) -> bool:
    """Whether the trial message was encrypted to this key (and perhaps to the primary as well)."""
    message = base64.b64decode(encoded)
    try:
        shape = read_message(lambda at, size: message[at : at + size], len(message))
    except PgpFormatError:
        return False
    return any(
        recipient.is_for(key.facts.key_id, key.facts.fingerprint) for recipient in shape.recipients
    )


def _end_of_key(key: KeyPart, binding: KeyPart) -> datetime | None:
    seconds = binding.signatures[0].facts.key_seconds
    return None if seconds is None else key.facts.created + timedelta(seconds=seconds)


def _moment(seconds: object) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(str(seconds)), UTC)


def _printable(user_id: bytes) -> str:
    """A user id without line breaks and other things that act on a reader (ATK-56)."""
    text = user_id[:256].decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def encoded(data: bytes) -> str:
    """Bytes as a worker takes them."""
    return base64.b64encode(data).decode()
