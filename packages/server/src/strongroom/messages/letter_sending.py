"""Takes waiting letters to the sender of their channel, and takes reports of what left before.

Notices to recipients and operators are sent in `sending`.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from strongroom.audit.act import Act
from strongroom.login.sealing import Sealing
from strongroom.messages import letter_reports, letters
from strongroom.messages.letter_kinds import is_code, purpose_of
from strongroom.messages.letter_texts import rendering
from strongroom.messages.letter_texts.rendering import House
from strongroom.messages.letter_texts.words import Language
from strongroom.messages.letters import Claimed
from strongroom.messages.models import Channel
from strongroom.messages.ports import (
    LetterSender,
    Outgoing,
    Report,
    SenderError,
    Undeliverable,
)
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.sms_failures import Failure

LetterSenders = Mapping[Channel, LetterSender]

_LEASE = timedelta(minutes=2)
_AT_ONCE = {Channel.SMS: 20, Channel.VOICE: 20, Channel.MAIL: 5}
"""Few mails in a round: a slow mail server may not keep the codes of the next one waiting."""

_MOST_UNMATCHED = 1000
_ORDER = (Channel.SMS, Channel.VOICE, Channel.MAIL)
"""Codes go first: somebody looks at a telephone and waits."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What sending works with. A channel without a sender loses its letters at once, visibly.

    `unmatched` keeps reports of letters that another process is just settling.
    """

    senders: LetterSenders
    sealing: Sealing
    house: House
    unmatched: list[Report] = field(default_factory=list)


def send_letters(room: Mailroom, act: Act) -> int:
    """Send what is due and write reports down; returns how many letters left."""
    letters.end_expired(act.at)
    sent = sum(_send_channel(room, channel, act.at) for channel in _ORDER)
    _take_reports(room, act.at)
    return sent


def _send_channel(room: Mailroom, channel: Channel, now: datetime) -> int:
    sent = 0
    for letter in letters.claim_waiting(channel, now, most=_AT_ONCE[channel], lease=_LEASE):
        try:
            sent += _send_one(room, letter, now)
        except Undeliverable as error:
            _LOG.info("letter %s cannot be delivered: %s", letter.id, error.failure)
            letters.settle_failed(letter.id, error.failure, now)
        except SenderError as error:
            # The others would wait for the same thing; the pause of this one lets them pass then.
            _LOG.warning("letter %s waits: %s", letter.id, error)
            letters.settle_passing(letter.id, now)
            break
        except (Refused, LookupError, ValueError) as error:
            # Sealed with another key, or of a kind that this release has no words for.
            _LOG.error("letter %s cannot be written: %s", letter.id, type(error).__name__)
            letters.settle_failed(letter.id, Failure.GAVE_UP, now)
    return sent


def _send_one(room: Mailroom, letter: Claimed, now: datetime) -> int:
    if not letter.address:
        letters.drop(letter.id, Failure.NOBODY, now)
        return 0
    sender = room.senders.get(letter.channel)
    if sender is None:
        raise Undeliverable(Failure.NO_SENDER)
    handle = sender.send(_outgoing(room, letter))
    letters.settle_sent(letter.id, sender=sender.name, handle=handle, now=now)
    return 1


def _outgoing(room: Mailroom, letter: Claimed) -> Outgoing:
    subject, text = _words(room, letter)
    return Outgoing(
        id=letter.id,
        handle=letter.handle,
        address=letter.address,
        language=letter.language,
        subject=subject,
        text=text,
        created_at=letter.created_at,
        expires_at=letter.expires_at,
    )


def _words(room: Mailroom, letter: Claimed) -> tuple[str, Secret]:
    language = Language.of(letter.language)
    if letter.channel is Channel.VOICE:
        purpose = purpose_of(letter.kind)
        return "", rendering.greeting(purpose, language=language, house=room.house)
    secrets = letter.secrets(room.sealing)
    facts = {"at": letter.created_at.strftime("%Y-%m-%d %H:%M UTC"), **letter.facts}
    if letter.channel is Channel.SMS and not is_code(letter.kind):
        told = AlertKind(letter.kind)
        return "", rendering.short_alert(told, facts, language=language, house=room.house)
    if letter.channel is Channel.SMS:
        code = secrets["code"]
        purpose = purpose_of(letter.kind)
        return "", rendering.sms(purpose, facts, code, language=language, house=room.house)
    if letter.full_name:
        facts["full_name"] = letter.full_name
    kind = AlertKind(letter.kind)
    return rendering.mail(kind, facts, secrets, language=language, house=room.house)


def _take_reports(room: Mailroom, now: datetime) -> None:
    known = list(room.unmatched)
    room.unmatched.clear()
    for sender in {id(one): one for one in room.senders.values()}.values():
        known += sender.reports()
    for report in known:
        try:
            letter_reports.take_report(report, now)
        except Refused:
            if len(room.unmatched) < _MOST_UNMATCHED:
                room.unmatched.append(report)
