"""Turns settings whose text has a meaning of its own into values: zone, holidays, names, retention.

Light enough for every command, so that nonsense in the file stops each of them with a sentence.
"""

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from strongroom.rules import refusals
from strongroom.rules.file_names import Grammar, compile_grammar
from strongroom.rules.retention import RetentionPolicy
from strongroom.runtime.settings import Settings
from strongroom.statements.pipeline import FirmFacts


def refuse_nonsense(settings: Settings) -> None:
    """Raise Refused: CONFIGURATION-VALUE, NAME-TEMPLATE or RETENTION-POLICY."""
    firm_facts(settings)
    grammar(settings)
    retention_policy(settings)


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
