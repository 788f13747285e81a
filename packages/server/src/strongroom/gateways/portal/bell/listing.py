"""The messages under the bell: what happened to the login and the account, in plain words.

Who writes them is the herald in `strongroom.messages`; the same goes out by mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.rendering import go, page
from strongroom.messages import bell
from strongroom.messages.letter_texts.bell_lines import line
from strongroom.messages.letter_texts.rendering import House
from strongroom.messages.letter_texts.words import Language
from strongroom.messages.models import BellNotice
from strongroom.rules.alerts import AlertKind

_PAGE = 30
_LONGEST_NUMBER = 18
_SECURITY = "security-check-up"
_WHERE: Mapping[AlertKind, str] = {
    AlertKind.DELIVERY_FAILED: "statements-list",
    AlertKind.EMAIL_CHANGED_NEW: "communication",
    AlertKind.EMAIL_CHANGED_OLD: "communication",
    AlertKind.FACTOR_ADDED: "login-settings",
    AlertKind.FACTOR_RETIRED: "login-settings",
    AlertKind.FACTOR_SHARED: "login-settings",
    AlertKind.FACTOR_SUSPENDED: "login-settings",
    AlertKind.CODE_CARD: "login-settings",
    AlertKind.CARD_ORDERED: "login-settings",
    AlertKind.CARD_SHIPPED: "login-settings",
    AlertKind.NEW_BROWSER: "security",
    AlertKind.PHONE_ADDED: "communication",
    AlertKind.PHONE_REMOVED: "communication",
    AlertKind.RECOVERY_CODES: "login-settings",
    AlertKind.SECURITY_STATEMENT: "statements-list",
}
"""The page where what happened can be looked at; a page that is not there is left out."""

_KNOWN = frozenset(kind.value for kind in AlertKind)
_GRAVE = frozenset(
    {
        AlertKind.BROWSER_STOLEN,
        AlertKind.FACTOR_SUSPENDED,
        AlertKind.LOCKED_OUT,
        AlertKind.OPERATOR_LOCKED,
        AlertKind.LAST_TRY,
        AlertKind.KEY_REFUSED,
        AlertKind.DELIVERY_FAILED,
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One message."""

    title: str
    text: str
    at: datetime
    is_unread: bool
    is_grave: bool
    page: str


def show(request: PortalRequest) -> HttpResponse:
    """Show the newest messages, or those behind `before`."""
    before = _number(request.GET.get("before", ""))
    rows = bell.listed(request.known.user, before=before, most=_PAGE + 1)
    shown = {
        "lines": [_line(request, row) for row in rows[:_PAGE]],
        "is_first": before is None,
        "next": rows[_PAGE - 1].pk if len(rows) > _PAGE else None,
        "newest": rows[0].at.isoformat() if rows else "",
        "has_unread": any(row.read_at is None for row in rows),
    }
    return page(request, "bell/list.html", shown)


def mark_read(request: PortalRequest) -> HttpResponseRedirect:
    """Mark what the page showed as read."""
    until = _moment(request.POST.get("until", ""))
    if until is not None:
        bell.mark_read(request.known.user, until=until, act=request.act)
    return go("messages-list")


def _line(request: PortalRequest, row: BellNotice) -> Line:
    house = House(request.portal.firm, request.portal.support)
    at = date_format(localtime(row.at), "DATETIME_FORMAT")
    language = Language.of(translation.get_language() or "")
    facts = {name: str(value) for name, value in row.facts.items()}
    title, text = line(row.kind, {**facts, "at": at}, language=language, house=house)
    kind = AlertKind(row.kind) if row.kind in _KNOWN else None
    return Line(
        title=title,
        text=text,
        at=row.at,
        is_unread=row.read_at is None,
        is_grave=kind in _GRAVE,
        page=_WHERE.get(kind, _SECURITY) if kind else "",
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER else None


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text[:40])
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
