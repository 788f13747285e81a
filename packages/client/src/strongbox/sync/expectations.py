"""What is missing after a run: listed and not there, or overdue by the firm's calendar.

The calendar's own rule is in `expected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from strongbox.profiles.profile import Profile
from strongbox.sync.expected import LOOK_BACK, Pair, absent_pairs, due
from strongbox.sync.ledger import Ledger
from strongbox.sync.planning import Plan


class Reason(Enum):
    """Why something is called missing."""

    LISTED = "listed-and-not-there"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Missing:
    """One statement that should be there; "" stands for what is not known of it."""

    day: date
    account: str
    kind: str
    name: str
    reason: Reason

    def facts(self) -> dict[str, object]:
        """What an event says about it."""
        return {
            "date": self.day.isoformat(),
            "account": self.account,
            "kind": self.kind,
            "name": self.name,
            "reason": self.reason.value,
        }


def find_missing(
    profile: Profile, ledger: Ledger, plan: Plan, *, now: datetime, began_at: datetime
) -> list[Missing]:
    """Everything that is missing now. Raises Refused (CALENDAR-BROKEN)."""
    listed = [
        Missing(one.day, one.account, one.kind, one.name, Reason.LISTED)
        for one in (record.statement for record in plan.missing)
    ]
    moment = due(profile.calendar, now)
    if moment is None or moment < began_at:
        return listed  # What was due before the first run, the firm never promised us.
    day = moment.date()
    return listed + [
        Missing(day, account, kind, "", Reason.OVERDUE)
        for account, kind in _absent(profile, ledger, moment)
    ]


def _absent(profile: Profile, ledger: Ledger, moment: datetime) -> list[Pair]:
    day = moment.date()
    if profile.folders.manifests:
        return absent_pairs(day, _days(ledger, profile.login, day - LOOK_BACK))
    zone = moment.tzinfo
    times = (one.statement.modified for one in ledger.records(profile.login))
    if any(one is not None and one.astimezone(zone).date() >= day for one in times):
        return []
    return [("", "")]


def _days(ledger: Ledger, login: str, since: date) -> Mapping[date, set[Pair]]:
    days: dict[date, set[Pair]] = {
        one.day: set() for one in ledger.manifests(login) if one.day >= since
    }
    days.update(ledger.pairs_since(login, since))
    return days
