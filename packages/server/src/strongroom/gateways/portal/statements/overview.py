"""The page that an account holder sees first: what is new, and how each account stands.

Searching all statements is in `listing`.
"""

from dataclasses import dataclass

from django.http import HttpResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.rendering import page
from strongroom.gateways.portal.statements.rows import Row, row_of
from strongroom.gateways.portal.statements.words import held_reason
from strongroom.login.entry.last_visits import last_visit
from strongroom.login.factors import reminding
from strongroom.rules.scopes import Scope
from strongroom.statements.portal_overview import COUNTED_MOST, overview
from strongroom.statements.portal_reads import reader_of


@dataclass(frozen=True, slots=True)
class _Held:
    """Files of a recipient that wait for a key, in words."""

    account: str
    recipient: str
    count: int
    reason: str


def show(request: PortalRequest) -> HttpResponse:
    """Show the overview."""
    person = request.known
    before = last_visit(person.session)
    since = before.seen_at if before else None
    seen = overview(reader_of(person.user), since=since)
    rows: list[Row] = [row_of(one, since=since) for one in seen.latest]
    held = [
        _Held(one.account, one.recipient, one.count, held_reason(one.code)) for one in seen.troubles
    ]
    shown = {
        "before": before,
        "asks_to_enrol": person.scope is Scope.FULL
        and reminding.is_asked(person.user, request.act.at),
        "rows": rows,
        "seen": seen,
        "new": counted(seen.new),
        "unread": counted(seen.unread),
        "held": held,
        "held_count": sum(one.count for one in held),
    }
    return page(request, "statements/overview.html", shown)


def counted(figure: int) -> str:
    """Say a figure; nothing is counted further than anyone reads."""
    return f"{COUNTED_MOST - 1}+" if figure >= COUNTED_MOST else str(figure)
