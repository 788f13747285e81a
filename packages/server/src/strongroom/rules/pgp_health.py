"""Whether a recipient's PGP certificate may be used at a given time, and which of its keys.

Reading certificates and verifying their signatures is the work of the encryption backend.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never

from strongroom_formats.pgp_keys import KeyAlgorithm

from strongroom.rules import refusals

WARNING = timedelta(days=60)
"""How long before the end a certificate counts as expiring."""

_LEAST_BITS = {
    KeyAlgorithm.RSA: 2048,
    KeyAlgorithm.ECDH: 250,
    KeyAlgorithm.ECDSA: 250,
    KeyAlgorithm.EDDSA: 250,
}
_OUTDATED = frozenset({KeyAlgorithm.DSA, KeyAlgorithm.ELGAMAL})


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A key of a certificate that is meant for encryption.

    `key_id` and `fingerprint` are upper-case hex. `is_accepted`: a verifier found its signatures
    good and encrypted to it. `bits` is 0 where the algorithm has no size to judge.
    """

    key_id: str
    fingerprint: str
    algorithm: KeyAlgorithm
    bits: int
    expires_at: datetime | None
    is_revoked: bool
    is_accepted: bool

    @property
    def is_strong(self) -> bool:
        """Whether algorithm and size are ones to encrypt to today."""
        return _is_strong(self.algorithm, self.bits)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What is known of a public certificate. Secret keys never come this far (MAIL-2).

    `user_ids` are fit to print; `expires_at` is that of the primary key, None for never.
    """

    fingerprint: str
    user_ids: tuple[str, ...]
    algorithm: KeyAlgorithm
    bits: int
    expires_at: datetime | None
    is_revoked: bool
    encryption_subkeys: tuple[EncryptionKey, ...]


class HealthState(Enum):
    """The states of a certificate; only the first two may be encrypted to."""

    USABLE = "usable"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NO_ENCRYPTION_KEY = "no encryption key"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Health:
    """A certificate's state; the keys to encrypt to and the end of their time, where there is one.

    `days_left` counts whole days and is None when nothing ends or nothing can be used.
    """

    state: HealthState
    keys: tuple[EncryptionKey, ...] = ()
    ends_at: datetime | None = None
    days_left: int | None = None


def judge(facts: CertificateFacts, now: datetime) -> Health:
    """Judge a certificate at `now`; to be asked at every use, not only at registration (ATK-54)."""
    if facts.is_revoked:
        return Health(HealthState.REVOKED)
    if _is_over(facts.expires_at, now):
        return Health(HealthState.EXPIRED)
    if not _is_strong(facts.algorithm, facts.bits):
        return Health(HealthState.WEAK)
    usable = tuple(key for key in facts.encryption_subkeys if _is_usable(key, now))
    if not usable:
        return Health(_why_none(facts.encryption_subkeys, now))
    ends_at = _end(facts.expires_at, usable)
    if ends_at is None:
        return Health(HealthState.USABLE, usable)
    left = ends_at - now
    state = HealthState.EXPIRING if left <= WARNING else HealthState.USABLE
    return Health(state, usable, ends_at, left.days)


def usable_keys(facts: CertificateFacts, now: datetime) -> tuple[EncryptionKey, ...]:
    """The keys to encrypt to at `now`, at least one. Raises Refused when the copy must be held."""
    health = judge(facts, now)
    match health.state:
        case HealthState.USABLE | HealthState.EXPIRING:
            return health.keys
        case HealthState.EXPIRED:
            kind = refusals.PGP_EXPIRED
        case HealthState.REVOKED:
            kind = refusals.PGP_REVOKED
        case HealthState.NO_ENCRYPTION_KEY:
            kind = refusals.PGP_NO_ENCRYPTION_KEY
        case HealthState.WEAK:
            kind = refusals.PGP_WEAK
        case _:
            assert_never(health.state)
    raise kind.because(fingerprint=facts.fingerprint)


def _is_strong(algorithm: KeyAlgorithm, bits: int) -> bool:
    """What has no size to judge is left to the verifier, who accepts no curve it does not know."""
    if algorithm in _OUTDATED:
        return False
    return bits == 0 or bits >= _LEAST_BITS.get(algorithm, 0)


def _is_over(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def _is_usable(key: EncryptionKey, now: datetime) -> bool:
    is_good = key.is_accepted and key.is_strong and not key.is_revoked
    return is_good and not _is_over(key.expires_at, now)


def _why_none(keys: tuple[EncryptionKey, ...], now: datetime) -> HealthState:
    """The reason that stood last between the best of the keys and its use."""
    hurdles: tuple[tuple[HealthState, Callable[[EncryptionKey], bool]], ...] = (
        (HealthState.REVOKED, lambda key: not key.is_revoked),
        (HealthState.EXPIRED, lambda key: not _is_over(key.expires_at, now)),
    )
    if not keys:
        return HealthState.NO_ENCRYPTION_KEY
    for state, is_past in hurdles:
        keys = tuple(filter(is_past, keys))
        if not keys:
            return state
    return HealthState.WEAK


def _end(expires_at: datetime | None, keys: tuple[EncryptionKey, ...]) -> datetime | None:
    """When the last of the keys ends, or the certificate before them."""
    ends = [key.expires_at for key in keys if key.expires_at is not None]
    last = max(ends) if len(ends) == len(keys) else None
    known = [end for end in (expires_at, last) if end is not None]
    return min(known, default=None)
