"""Looks up what there is to know about an offered key; the judgement is in `rules.login`."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from strongroom_formats.one_line import clean_text
from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import read_blob, sha256_fingerprint

from strongroom.directory.gate import KnownKey, KnownLogin, look_up_offer
from strongroom.rules import networks
from strongroom.rules.key_strength import allowed_signature_algorithms
from strongroom.rules.login import OfferFacts, judge_offer
from strongroom.rules.login_causes import Cause
from strongroom.visits.ports import Caller, OfferedKey


@dataclass(frozen=True, slots=True)
class Offer:
    """A judged offer. `key` and `recipient` are there only when the offer opens the login."""

    fingerprint: str
    algorithm: str
    cause: Cause | None
    recipient: KnownLogin | None
    key: KnownKey | None


def look_up(caller: Caller, login: str, offered: OfferedKey, now: datetime) -> Offer:
    """Judge an offered key, with one look-up, the same whoever asks (ATK-21)."""
    fingerprint = sha256_fingerprint(offered.blob)
    # Cleaned, because PostgreSQL raises an error for a NUL, and an error is an answer too.
    name = clean_text(login, 64)
    found = look_up_offer(name, fingerprint, networks.candidates(caller.address))
    recipient, key = found.login, found.key
    facts = OfferFacts(
        is_login_known=recipient is not None,
        is_login_enabled=recipient is not None and recipient.is_enabled,
        key_state=key.state if key else None,
        is_key_own=bool(key and recipient and key.recipient_id == recipient.id),
        is_key_burnt=found.is_key_burnt,
        expires_at=key.expires_at if key else None,
        is_algorithm_accepted=_is_accepted(offered),
        is_address_own=found.is_address_own,
        is_address_listed=found.is_address_listed,
    )
    cause = judge_offer(facts, now=now)
    opens = cause is None
    return Offer(
        fingerprint,
        offered.signature_algorithm,
        cause,
        recipient if opens else None,
        key if opens or cause is Cause.KEY_PENDING else None,
    )


@lru_cache(maxsize=1024)
def _is_accepted(offered: OfferedKey) -> bool:
    try:
        key = read_blob(offered.blob)
    except KeyFault:
        return False
    return offered.signature_algorithm in allowed_signature_algorithms(key)
