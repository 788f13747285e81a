"""A statement as a line of a list.

Its own page is in `one`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from strongroom.gateways.portal.statements.words import kind_name
from strongroom.rules.previews import Look, look_of
from strongroom.statements.models import Statement


@dataclass(frozen=True, slots=True)
class Row:
    """What a list says about a statement."""

    id: UUID
    account: str
    account_name: str
    kind: str
    period_from: date
    period_to: date
    extension: str
    revision: int
    size: int
    arrived_at: datetime
    is_read: bool
    is_new: bool
    is_replaced: bool

    @property
    def is_one_day(self) -> bool:
        """Whether the period is a single day."""
        return self.period_from == self.period_to

    @property
    def can_be_shown(self) -> bool:
        """Whether there is a preview."""
        return look_of(self.extension) is not Look.NOTHING


def row_of(statement: Statement, *, since: datetime | None) -> Row:
    """Make the line of a statement that was described (`portal_reads.described`)."""
    return Row(
        id=statement.pk,
        account=statement.account.number,
        account_name=statement.account.name,
        kind=kind_name(statement.kind),
        period_from=statement.period_from,
        period_to=statement.period_to,
        extension=statement.extension,
        revision=statement.revision,
        size=statement.size,
        arrived_at=statement.arrived_at,
        is_read=bool(getattr(statement, "is_read", True)),
        is_new=since is not None and statement.arrived_at > since,
        is_replaced=bool(getattr(statement, "is_replaced", False)),
    )
