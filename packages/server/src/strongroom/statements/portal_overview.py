"""The figures that a user sees first: what is new, what is unread, and how each account stands.

One statement and all about it is in `portal_reads`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Q

from strongroom.directory.models import Account
from strongroom.statements.models import Copy, CopyState, Statement
from strongroom.statements.portal_reads import Reader, described, unread, visible

COUNTED_MOST = 1000
"""No figure counts further: more is shown as "999+"."""

_LATEST = 6
_MOST_ACCOUNTS = 30
_MOST_TROUBLES = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """How many statements an account has, and up to when."""

    statements: int = 0
    unread: int = 0
    latest_period: date | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How many copies of an account wait for a key, and when one was fetched last."""

    held: int = 0
    last_fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """One account; `recipients` are the delivery end points in use."""

    number: str
    name: str
    is_closed: bool
    recipients: int
    counts: Counts
    sent: Sent


@dataclass(frozen=True, slots=True)
class Trouble:
    """Copies of an account that wait for a recipient's key; `code` says why."""

    account: str
    recipient: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the first page says about statements."""

    latest: tuple[Statement, ...]
    new: int
    unread: int
    accounts: tuple[AccountFigures, ...]
    accounts_more: int
    troubles: tuple[Trouble, ...]


def overview(reader: Reader, *, since: datetime | None) -> Overview:
    """Count a user's statements; `since` is the last visit, None for the first."""
    mine = visible(reader)
    new = mine.filter(arrived_at__gt=since) if since else mine
    return Overview(
        latest=tuple(described(mine, reader).order_by("-arrived_at", "-pk")[:_LATEST]),
        new=new[:COUNTED_MOST].count(),
        unread=unread(mine, reader)[:COUNTED_MOST].count(),
        accounts=_accounts(reader),
        accounts_more=max(0, len(reader.accounts) - _MOST_ACCOUNTS),
        troubles=_troubles(reader),
    )


def _accounts(reader: Reader) -> tuple[AccountFigures, ...]:
    rows = list(
        Account.objects.filter(pk__in=reader.accounts)
        .annotate(targets=Count("recipients", filter=Q(recipients__is_enabled=True)))
        .order_by("number")[:_MOST_ACCOUNTS]
    )
    ids = [row.pk for row in rows]
    counted, sent = _counted(reader, ids), _sent(ids)
    return tuple(
        AccountFigures(
            number=row.number,
            name=row.name,
            is_closed=row.closed_at is not None,
            recipients=row.targets,
            counts=counted.get(row.pk, Counts()),
            sent=sent.get(row.pk, Sent()),
        )
        for row in rows
    )


def _counted(reader: Reader, accounts: list[int]) -> dict[int, Counts]:
    mine = visible(reader).filter(account_id__in=accounts)
    unseen = dict(
        unread(mine, reader).values_list("account_id").annotate(count=Count("pk")).order_by()
    )
    rows = mine.values_list("account_id").annotate(Count("pk"), Max("period_to"))
    return {
        account: Counts(count, unseen.get(account, 0), period)
        for account, count, period in rows.order_by()
    }


def _sent(accounts: list[int]) -> dict[int, Sent]:
    rows = (
        Copy.objects.filter(statement__account_id__in=accounts, statement__removed_at=None)
        .values_list("statement__account_id")
        .annotate(
            waiting=Count("pk", filter=Q(state=CopyState.HELD)), fetched=Max("last_fetched_at")
        )
        .order_by()
    )
    return {account: Sent(held, fetched) for account, held, fetched in rows}


def _troubles(reader: Reader) -> tuple[Trouble, ...]:
    rows = (
        Copy.objects.filter(
            state=CopyState.HELD,
            statement__account_id__in=reader.accounts,
            statement__removed_at=None,
            statement__is_held=False,
        )
        .values_list("statement__account__number", "recipient__login", "code")
        .annotate(count=Count("pk"))
        .order_by("statement__account__number", "recipient__login")
    )
    return tuple(Trouble(*row) for row in rows[:_MOST_TROUBLES])
