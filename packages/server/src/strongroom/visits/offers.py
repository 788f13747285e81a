"""Looks up what there is to know about an offered key; the judgement is in `rules.login`."""

from dataclasses import dataclass
from datetime import datetime

from strongroom_formats.ssh_faults import KeyFault
from strongroom_formats.ssh_public_key import read_blob, sha256_fingerprint

from strongroom.directory import reads
from strongroom.directory.burnt_keys import is_burnt
from strongroom.rules import networks
from strongroom.rules.key_strength import allowed_signature_algorithms
from strongroom.rules.login import OfferFacts, judge_offer
from strongroom.rules.login_causes import Cause
from strongroom.visits.ports import Caller, OfferedKey

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Offer:
    """A judged offer. `key` and `recipient` are there only when the offer opens the login."""

    fingerprint: str
    algorithm: str
    cause: Cause | None
    recipient: reads.LoginFacts | None
    key: reads.KeyFacts | None


def look_up(caller: Caller, login: str, offered: OfferedKey, now: datetime) -> Offer:
    """Judge an offered key, with the same look-ups whoever asks (ATK-21)."""
    fingerprint = sha256_fingerprint(offered.blob)
    recipient = reads.login_facts(login[:64])
    key = reads.key_by_fingerprint(fingerprint)
    candidates = networks.candidates(caller.address)
    recipient_id = recipient.id if recipient else _NOBODY
    facts = OfferFacts(
        is_login_known=recipient is not None,
        is_login_enabled=recipient is not None and recipient.is_enabled,
        key_state=str(key.state) if key else None,
        is_key_own=key is not None and key.recipient_id == recipient_id,
        is_key_burnt=is_burnt(fingerprint),
        expires_at=key.expires_at if key else None,
        is_algorithm_accepted=_is_accepted(offered),
        is_address_own=reads.is_listed(candidates, recipient_id=recipient_id),
        is_address_listed=reads.is_listed(candidates),
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


def _is_accepted(offered: OfferedKey) -> bool:
    try:
        key = read_blob(offered.blob)
    except KeyFault:
        return False
    return offered.signature_algorithm in allowed_signature_algorithms(key)
