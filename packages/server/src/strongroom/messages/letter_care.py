"""What is done with letters now and then: old ones are forgotten, and codes nobody enters alarm.

Sending them is in `letter_sending`; what counts as an alarm is in `rules.sms_budgets`.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.login import allowances
from strongroom.messages import letter_reports, notices
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.letter_reports import Route
from strongroom.rules.sms_budgets import DAY, is_pumping

_STILL_TYPING = timedelta(minutes=10)


def keep_letters(act: Act) -> None:
    """Forget old letters and spent allowances, and tell of codes that nobody enters (LATK-23)."""
    letter_reports.forget_old(act)
    allowances.forget_spent(act)
    _tell_of_pumping(act)


def _tell_of_pumping(act: Act) -> None:
    until = act.at - _STILL_TYPING
    blocks = letter_reports.routes(since=until - DAY, until=until)
    countries = letter_reports.countries(since=until - DAY, until=until)
    with transaction.atomic():
        for route in _pumped((*blocks, *countries)):
            name = f"{route.block}…" if route.block else route.country
            notices.post(
                NoticeKind.CODES_UNUSED,
                recipient=notices.OPERATORS,
                sameness=f"{name}:{act.at.date()}",
                at=act.at,
                facts={
                    "route": name,
                    "country": route.country,
                    "sent": str(route.sent),
                    "entered": str(route.entered),
                },
            )


def _pumped(routes: Sequence[Route]) -> Sequence[Route]:
    return [one for one in routes if is_pumping(sent=one.sent, entered=one.entered)]
