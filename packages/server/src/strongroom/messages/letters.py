"""Verbs of the outbox for persons: post a letter, claim what waits, settle what became of it.

A letter is posted inside the transaction that causes it. What nobody may read in the queue is
sealed for its row and wiped once it left. Reports and figures are in `letter_reports`.
"""

import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.login.sealing import Sealing
from strongroom.messages.models import Channel, Letter, LetterState
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

_LONGEST_PAUSE = timedelta(hours=6)
_MOST_TRIES = 40
_LONGEST_FACT = 500


@dataclass(frozen=True, slots=True)
class NewLetter:
    """What is posted. With an empty address it is a letter to nobody (LATK-12)."""

    channel: Channel
    address: str
    language: str
    kind: str
    user_id: int | None = None
    phone_id: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter on its way out. `handle` is fresh and unguessable; `sealed` opens for this row."""

    id: UUID
    channel: Channel
    kind: str
    address: str
    language: str
    full_name: str
    facts: dict[str, str]
    sealed: str
    handle: str
    created_at: datetime
    expires_at: datetime | None

    def secrets(self, sealing: Sealing) -> dict[str, Secret]:
        """Open what was sealed. Raises Refused (SEAL-BROKEN)."""
        return opened(self.id, self.sealed, sealing)


def post(new: NewLetter, sealing: Sealing, act: Act) -> UUID:
    """Put a letter into the outbox; returns its id."""
    letter = uuid.uuid4()
    plain = json.dumps({name: secret.reveal() for name, secret in new.secrets.items()})
    Letter.objects.create(
        id=letter,
        user_id=new.user_id,
        phone_id=new.phone_id,
        channel=new.channel,
        address=new.address,
        language=new.language,
        kind=new.kind,
        facts={name: clean_text(text, _LONGEST_FACT) for name, text in new.facts.items()},
        # Sealed for nobody too, so that a letter to nobody costs what any other does (LATK-12).
        sealed=sealing.seal(Secret(plain), row=_row(letter)),
        created_at=act.at,
        expires_at=act.at + new.lifetime if new.lifetime else None,
        next_try_at=act.at,
    )
    return letter


def opened(letter: UUID, sealed: str, sealing: Sealing) -> dict[str, Secret]:
    """Open a letter's secrets. Raises Refused (SEAL-BROKEN)."""
    plain = json.loads(sealing.open(sealed, row=_row(letter)).reveal())
    return {name: Secret(text) for name, text in plain.items()}


def claim_waiting(
    channel: Channel, now: datetime, *, most: int, lease: timedelta
) -> Iterator[Claimed]:
    """Claim letters of one channel that are due, each when it is asked for.

    A claim that is not settled is free again after `lease`; what was not asked for stays free.
    """
    # What would have to wait longer than any pause was posted while the clock was ahead.
    is_due = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + 2 * _LONGEST_PAUSE)
    due = Letter.objects.filter(is_due, state=LetterState.WAITING, channel=channel)
    for letter in due.select_related("user").order_by("next_try_at")[:most]:
        handle = secrets.token_urlsafe(24)
        taken = Letter.objects.filter(
            id=letter.id, state=LetterState.WAITING, next_try_at=letter.next_try_at
        ).update(next_try_at=now + lease, tries=F("tries") + 1, handle=handle)
        if taken:
            yield _claimed(letter, handle)


def settle_sent(letter: UUID, *, sender: str, handle: str, now: datetime) -> None:
    """A sender took the letter. The code of a call stays sealed until a key is pressed."""
    mine = Letter.objects.filter(id=letter, state=LetterState.WAITING)
    sent = {"state": LetterState.SENT, "sender": sender, "handle": handle, "sent_at": now}
    if not mine.filter(channel=Channel.VOICE).update(**sent):
        mine.update(**sent, sealed="", settled_at=now)


def settle_passing(letter: UUID, now: datetime) -> None:
    """No sender took it now: try again, each time later, and give up in the end.

    A letter that expires is tried more often, for it has minutes and not days.
    """
    mine = Letter.objects.filter(id=letter, state=LetterState.WAITING)
    found = mine.values_list("tries", "expires_at").first()
    if found is None:  # another process took it over, and was heard
        return
    tries, expires_at = found
    if tries >= _MOST_TRIES:
        settle_failed(letter, Failure.GAVE_UP, now)
        return
    first = timedelta(seconds=2 if expires_at else 15)
    mine.update(next_try_at=now + min(first * 2 ** min(tries, 12), _LONGEST_PAUSE))


def settle_failed(letter: UUID, failure: Failure, now: datetime) -> None:
    """It will never be taken."""
    waiting = Letter.objects.filter(id=letter, state=LetterState.WAITING)
    waiting.update(state=LetterState.FAILED, failure=failure, settled_at=now, sealed="")


def drop(letter: UUID, failure: Failure, now: datetime) -> None:
    """It never leaves, and that is nobody's fault."""
    waiting = Letter.objects.filter(id=letter, state=LetterState.WAITING)
    waiting.update(state=LetterState.DROPPED, failure=failure, settled_at=now, sealed="")


def end_expired(now: datetime) -> None:
    """Drop what waits beyond its time, and wipe the codes of calls that nobody took."""
    over = Letter.objects.filter(expires_at__lte=now, settled_at__isnull=True)
    over.filter(state=LetterState.WAITING).update(
        state=LetterState.DROPPED, failure=Failure.EXPIRED, settled_at=now, sealed=""
    )
    over.filter(state=LetterState.SENT).update(
        state=LetterState.FAILED, failure=Failure.NOT_ANSWERED, settled_at=now, sealed=""
    )


def waiting() -> int:
    """Return how many letters wait to leave."""
    return Letter.objects.filter(state=LetterState.WAITING).count()


def _claimed(letter: Letter, handle: str) -> Claimed:
    return Claimed(
        id=letter.id,
        channel=Channel(letter.channel),
        kind=letter.kind,
        address=letter.address,
        language=letter.language,
        full_name=letter.user.full_name if letter.user else "",
        facts=letter.facts,
        sealed=letter.sealed,
        handle=handle,
        created_at=letter.created_at,
        expires_at=letter.expires_at,
    )


def _row(letter: UUID) -> str:
    return f"letter:{letter}"
