"""Turns settings whose text has a meaning of its own into values: zone, holidays, names, retention.

Light enough for every command, so that nonsense in the file stops each of them with a sentence.
"""

import re
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from strongroom.rules import refusals
from strongroom.rules.file_names import Grammar, compile_grammar
from strongroom.rules.retention import RetentionPolicy
from strongroom.runtime.settings import Settings
from strongroom.statements.pipeline import FirmFacts

_HOUR = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def refuse_nonsense(settings: Settings) -> None:
    """Raise Refused: CONFIGURATION-VALUE, NAME-TEMPLATE or RETENTION-POLICY."""
    firm_facts(settings)
    grammar(settings)
    retention_policy(settings)
    expected_by(settings)


def expected_by(settings: Settings) -> str:
    """Return the hour of the day's statements, `HH:MM` or "". Raises CONFIGURATION-VALUE."""
    text = settings.firm.expected_by
    if text and not _HOUR.fullmatch(text):
        why = f"{text!r} is not HH:MM, such as 18:30"
        raise refusals.CONFIGURATION_VALUE.because(key="firm.expected_by", why=why)
    return text


def firm_facts(settings: Settings) -> FirmFacts:
    """Read the firm's section. Raises Refused (CONFIGURATION-VALUE)."""
    try:
        zone = ZoneInfo(settings.firm.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        why = f"{settings.firm.time_zone!r} is no time zone of this machine"
        raise refusals.CONFIGURATION_VALUE.because(key="firm.time_zone", why=why) from error
    try:
        holidays = frozenset(date.fromisoformat(day) for day in settings.firm.holidays)
    except ValueError as error:
        raise refusals.CONFIGURATION_VALUE.because(key="firm.holidays", why=error) from error
    return FirmFacts(settings.firm.name, zone, holidays, settings.firm.support)


def grammar(settings: Settings) -> Grammar:
    """Compile the file-name grammar (RPT-17). Raises Refused (NAME-TEMPLATE)."""
    return compile_grammar(settings.intake.names, frozenset(settings.intake.extensions))


def retention_policy(settings: Settings) -> RetentionPolicy:
    """Read how long copies stay (DEL-11). Raises Refused (RETENTION-POLICY)."""
    given = settings.retention
    return RetentionPolicy(
        days=given.days,
        notice_days=given.notice_days,
        unfetched_alarm_days=given.unfetched_alarm_days,
    )
