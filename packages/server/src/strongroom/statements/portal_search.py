"""A user's statements, searched and in pages: by keyset, so that page 900 costs what page 1 does.

Which statements a user may see at all is decided in `portal_reads`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from django.db.models import Q, QuerySet

from strongroom.statements.models import Statement
from strongroom.statements.portal_reads import Reader, described, unread, visible

PAGE = 50
_MOST_WORDS = 5
_LONGEST_WORD = 40
_HEX = frozenset("0123456789abcdef")


class Order(Enum):
    """How a list is sorted; each order ends in a unique column."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PERIOD = "period"
    ACCOUNT = "account"


_COLUMNS: Mapping[Order, tuple[str, ...]] = {
    Order.NEWEST: ("-arrived_at", "-pk"),
    Order.OLDEST: ("arrived_at", "pk"),
    Order.PERIOD: ("-period_to", "-pk"),
    Order.ACCOUNT: ("account__number", "-arrived_at", "-pk"),
}


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; an empty field asks nothing. `words` all have to be found."""

    account: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""
    is_unread: bool = False
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and the mark with which the next begins; empty on the last."""

    statements: tuple[Statement, ...]
    next_mark: str


def search(reader: Reader, wanted: Search, mark: str = "", *, most: int = PAGE) -> Page:
    """Return the page that begins behind `mark`; a mark that nobody made begins at the start."""
    found = matching(reader, wanted)
    values = _values_of(mark, wanted.order)
    if values is not None:
        found = found.filter(_behind(_COLUMNS[wanted.order], values))
    rows = list(found.order_by(*_COLUMNS[wanted.order])[: most + 1])
    next_mark = _mark_of(rows[most - 1], wanted.order) if len(rows) > most else ""
    return Page(tuple(rows[:most]), next_mark)


def matching(reader: Reader, wanted: Search) -> QuerySet[Statement]:
    """Return all statements that fit, in no order."""
    found = described(visible(reader), reader)
    if wanted.account:
        found = found.filter(account__number=wanted.account)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.since:
        found = found.filter(period_to__gte=wanted.since)
    if wanted.until:
        found = found.filter(period_from__lte=wanted.until)
    if wanted.is_unread:
        found = unread(found, reader)
    for word in wanted.words.split()[:_MOST_WORDS]:
        found = found.filter(_holds(word[:_LONGEST_WORD]))
    return found


def _holds(word: str) -> Q:
    """A word of the file's name, the kind or the account, or the beginning of a SHA-256."""
    fits = (
        Q(file_name__icontains=word)
        | Q(kind__icontains=word)
        | Q(account__number__icontains=word)
        | Q(account__name__icontains=word)
    )
    if len(word) >= 8 and set(word.lower()) <= _HEX:
        fits |= Q(sha256__startswith=word.lower())
    return fits


Value = str | date | datetime | UUID


def _mark_of(row: Statement, order: Order) -> str:
    """The values of the last row's sorted columns, as text for an address."""
    parts = {
        "arrived_at": row.arrived_at.isoformat(),
        "period_to": row.period_to.isoformat(),
        "account__number": row.account.number,
        "pk": str(row.pk),
    }
    return "~".join(parts[column.lstrip("-")] for column in _COLUMNS[order])


def _values_of(mark: str, order: Order) -> tuple[Value, ...] | None:
    columns = _COLUMNS[order]
    parts = mark[:120].split("~")
    if len(parts) != len(columns):
        return None
    try:
        return tuple(
            _value(column.lstrip("-"), part) for column, part in zip(columns, parts, strict=True)
        )
    except ValueError:
        return None


def _value(column: str, text: str) -> Value:
    """Read one value of a mark. Raises ValueError."""
    match column:
        case "arrived_at":
            at = datetime.fromisoformat(text)
            if at.tzinfo is None:
                raise ValueError("a time without its zone")
            return at
        case "period_to":
            return date.fromisoformat(text)
        case "pk":
            return UUID(text)
        case _:
            return text


def _behind(columns: tuple[str, ...], values: tuple[Value, ...]) -> Q:
    """The rows that come after `values` in the order of the columns."""
    after = Q()
    equal: dict[str, Value] = {}
    for column, value in zip(columns, values, strict=True):
        name = column.lstrip("-")
        further = f"{name}__{'lt' if column.startswith('-') else 'gt'}"
        after |= Q(**equal, **{further: value})
        equal[name] = value
    return after
