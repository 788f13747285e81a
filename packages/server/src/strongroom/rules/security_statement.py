"""What a monthly security statement says of one login; each anchors the audit log at the client's.

Reading it together is `statements.security_statements`' business, printing it a backend's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

KIND = "Security"
"""The statement's kind in file names, as U1234567_Security_20261001_20261031.pdf."""


@dataclass(frozen=True, slots=True)
class Device:
    """A second factor: `kind` and `state` are the login's stable words."""

    kind: str
    label: str
    state: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history; `kind` is its stable word."""

    at: datetime
    kind: str
    address: str
    browser: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class SecurityStatement:
    """All that stands on it. `audit_seq` and `audit_root` are the newest event of the audit log.

    `left_out` says how many lines of a section there was no room for.
    """

    firm: str
    support: str
    language: str
    zone: str
    account: str
    user: str
    full_name: str
    first: date
    last: date
    devices: tuple[Device, ...]
    addresses: tuple[str, ...]
    logins: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    changes: tuple[Entry, ...]
    left_out: Mapping[str, int]
    audit_seq: int
    audit_root: str
    made_at: datetime


def month_before(now: datetime, zone: tzinfo) -> tuple[date, date]:
    """Return the first and the last day of the last whole month, by the firm's clock."""
    last = now.astimezone(zone).date().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def moments_of(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when a period begins, and when the one after it does."""
    begin = datetime.combine(first, time(), zone)
    return begin, datetime.combine(last + timedelta(days=1), time(), zone)
