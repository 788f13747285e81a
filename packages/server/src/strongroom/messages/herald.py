"""The herald of the login: codes, alerts and mails become letters in the caller's transaction.

Nothing is sent here; the worker's round is in `sending`, the words in `letter_texts`.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.directory import contacts
from strongroom.login.ports import Alert, Delivery
from strongroom.login.sealing import Sealing
from strongroom.messages import letter_reports, letters, sms_counting
from strongroom.messages.letter_kinds import kind_of
from strongroom.messages.letters import NewLetter
from strongroom.messages.models import BellNotice, Channel
from strongroom.rules.alerts import AlertKind
from strongroom.rules.sms_budgets import SmsBudgets
from strongroom.rules.sms_failures import Failure

_ENGLISH = "en"
_TEXT_LIFETIME = timedelta(days=1)


class OutboxHerald:
    """Implements `login.ports.Herald` on the tables of this app."""

    __slots__ = ("_budgets", "_sealing")

    def __init__(self, sealing: Sealing, budgets: SmsBudgets) -> None:
        self._sealing = sealing
        self._budgets = budgets

    def code(
        self, delivery: Delivery, *, phone_id: int, purpose: str, lifetime: timedelta, act: Act
    ) -> UUID:
        """Post a code for a number; see the port for what is refused."""
        line, channel = contacts.line(phone_id, act.at), Channel(delivery.channel)
        with transaction.atomic():
            sms_counting.count(line, channel, self._budgets, act)
            return letters.post(
                NewLetter(
                    channel=channel,
                    address=line.number,
                    language=line.person.language,
                    kind=kind_of(purpose),
                    user_id=line.person.user_id,
                    phone_id=line.id,
                    facts={"minutes": str(int(lifetime.total_seconds() // 60))},
                    secrets={"code": delivery.code},
                    lifetime=lifetime,
                ),
                self._sealing,
                act,
            )

    def entered(self, letter: UUID, act: Act) -> None:
        """Count a code that was used."""
        letter_reports.mark_entered(letter, act.at)

    def withdraw(self, letter: UUID, act: Act) -> None:
        """Keep a code back whose challenge is over."""
        letters.drop(letter, Failure.WITHDRAWN, act.at)

    def alert(self, alert: Alert, act: Act) -> None:
        """Post a mail to each address, and a line under the bell."""
        person = contacts.contact(alert.user_id)
        with transaction.atomic():
            BellNotice.objects.create(
                user_id=person.user_id,
                kind=AlertKind(alert.kind),
                facts=alert.facts,
                at=act.at,
            )
            for address in alert.addresses or (person.email,):
                self.mail(alert, to=address, language=person.language, act=act)
            for phone_id in alert.phones:
                self._text(alert, phone_id, act)

    def _text(self, alert: Alert, phone_id: int, act: Act) -> None:
        """Post an SMS that tells of the alert; it has no link, and no code."""
        line = contacts.line(phone_id, act.at)
        if line.is_do_not_call:
            return
        new = NewLetter(
            channel=Channel.SMS,
            address=line.number,
            language=line.person.language,
            kind=AlertKind(alert.kind),
            user_id=line.person.user_id,
            facts=alert.facts,
            lifetime=_TEXT_LIFETIME,
        )
        letters.post(new, self._sealing, act)

    def mail(self, alert: Alert, *, to: str, language: str, act: Act) -> None:
        """Post one mail. With an empty address it is a letter to nobody."""
        new = NewLetter(
            channel=Channel.MAIL,
            address=to,
            language=language or _ENGLISH,
            kind=AlertKind(alert.kind),
            user_id=alert.user_id or None,
            facts=alert.facts,
            secrets=alert.secrets,
        )
        letters.post(new, self._sealing, act)
