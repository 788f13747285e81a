"""The monthly security statement: read together, printed, and handed to intake like any other.

One for an account and a month, about its primary user's login: an account's other users see it as
they see its other statements, so it holds nothing of theirs. What stands on it is
`rules.security_statement`; the paper is a backend's.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from strongroom_formats.one_line import clean_text

from strongroom.audit import reads as audit
from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import Right, Role, User
from strongroom.login.history import EventKind
from strongroom.login.models import Enrolment, LoginEvent, Standing
from strongroom.login.ports import Alert, Herald
from strongroom.login.safety import restrictions
from strongroom.rules.alerts import AlertKind
from strongroom.rules.browser_names import browser_name
from strongroom.rules.file_names import StatementName
from strongroom.rules.refusals import Refused
from strongroom.rules.security_statement import (
    KIND,
    Device,
    Entry,
    SecurityStatement,
    moments_of,
    month_before,
)
from strongroom.statements.models import SecurityIssue
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.submitting import submit_bytes

AT_ONCE = 50
MOST_LINES = 300
"""Lines of one section; a login that has more in a month is an attack, and says so by the count."""

_NAMES = uuid.UUID("6c0d3a0e-4f8c-4c57-9f3e-6f1b5d1f6c11")
_LOGINS = (EventKind.SIGNED_IN,)
_REFUSED = (
    EventKind.PASSWORD_WRONG,
    EventKind.FACTOR_WRONG,
    EventKind.REFUSED_LOCKED,
    EventKind.REFUSED_ADDRESS,
    EventKind.LOCKED_OUT,
    EventKind.BROWSER_STOLEN,
)
_QUIET = (
    *_LOGINS,
    *_REFUSED,
    EventKind.PASSWORD_RIGHT,
    EventKind.SIGNED_OUT,
    EventKind.SESSION_ENDED,
    EventKind.STEPPED_UP,
)
_TOLD = ("label", "networks", "number", "new")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Press:
    """What makes the paper and tells of it."""

    print_statement: Callable[[SecurityStatement], bytes]
    herald: Herald


def make_due(pipeline: Pipeline, press: Press, act: Act) -> int:
    """Make some of the statements of the last whole month; returns how many. Safe to repeat."""
    first, last = month_before(act.at, pipeline.firm.zone)
    made = 0
    for right in _due(first, last, pipeline)[:AT_ONCE]:
        try:
            _make(right, first, pipeline, press, act)
        except Refused as refused:  # the firm's grammar has no name for it: told once a round
            _LOG.warning("no security statements: %s", refused)
            break
        made += 1
    return made


def _due(first: date, last: date, pipeline: Pipeline) -> QuerySet[Right]:
    """Those of primary users who were here in that month, want it and have it not yet."""
    begin, end = moments_of(first, last, pipeline.firm.zone)
    issued = SecurityIssue.objects.filter(account=OuterRef("account"), month=first)
    unwanted = Standing.objects.filter(user=OuterRef("user"), wants_security_statement=False)
    rights = Right.objects.filter(role=Role.PRIMARY, user__created_at__lt=end)
    still = Q(account__closed_at=None) | Q(account__closed_at__gte=begin)
    open_ones = rights.filter(still).filter(~Exists(issued), ~Exists(unwanted))
    return open_ones.select_related("user", "account").order_by("pk")


def _make(right: Right, month: date, pipeline: Pipeline, press: Press, act: Act) -> None:
    facts = gather(right, pipeline, act)
    name = pipeline.intake.grammar.spell(
        StatementName(facts.account, KIND, facts.first, facts.last, "pdf")
    )
    arrival = uuid.uuid5(_NAMES, f"{facts.user} {name}")
    submit_bytes(arrival, name, press.print_statement(facts), pipeline.folders, act=act)
    with transaction.atomic():
        _, is_new = SecurityIssue.objects.get_or_create(
            account=right.account, month=month, defaults={"arrival": arrival, "made_at": act.at}
        )
        if is_new:
            told = {"month": f"{month:%Y-%m}"}
            press.herald.alert(Alert(AlertKind.SECURITY_STATEMENT, right.user_id, told), act)
            record(
                act,
                "security-statement.made",
                f"account:{facts.account}",
                user=facts.user,
                month=f"{month:%Y-%m}",
                audit_seq=facts.audit_seq,
                audit_root=facts.audit_root,
            )


def gather(right: Right, pipeline: Pipeline, act: Act) -> SecurityStatement:
    """Read together what a primary user's statement of the last whole month says."""
    user, zone = right.user, pipeline.firm.zone
    first, last = month_before(act.at, zone)
    begin, end = moments_of(first, last, zone)
    events = LoginEvent.objects.filter(user=user, at__gte=begin, at__lt=end)
    sections = {
        "logins": events.filter(kind__in=_LOGINS),
        "refused": events.filter(kind__in=_REFUSED),
        "changes": events.exclude(kind__in=_QUIET),
    }
    left_out = {name: max(0, rows.count() - MOST_LINES) for name, rows in sections.items()}
    seq, root = audit.head()
    return SecurityStatement(
        firm=pipeline.firm.name,
        support=pipeline.firm.support,
        language=user.language,
        zone=str(zone),
        account=right.account.number,
        user=user.name,
        full_name=user.full_name,
        first=first,
        last=last,
        devices=_devices(user, begin, end),
        addresses=tuple(str(one) for one in restrictions.in_force(user, act.at)),
        logins=_entries(sections["logins"].order_by("at")[:MOST_LINES], zone),
        refused=_entries(sections["refused"].order_by("at")[:MOST_LINES], zone),
        changes=_entries(sections["changes"].order_by("at")[:MOST_LINES], zone),
        left_out=left_out,
        audit_seq=seq,
        audit_root=root,
        made_at=act.at.astimezone(zone),
    )


def _devices(user: User, begin: datetime, end: datetime) -> tuple[Device, ...]:
    """Those that could be used at any time in the month."""
    rows = Enrolment.objects.filter(user=user, confirmed_at__lt=end)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=begin))
    return tuple(
        Device(one.kind, one.label, one.state, one.created_at, one.last_ok_at)
        for one in rows.order_by("created_at")[:MOST_LINES]
    )


def _entries(events: Iterable[LoginEvent], zone: ZoneInfo) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            at=event.at.astimezone(zone),
            kind=event.kind,
            address=event.address,
            browser=browser_name(event.browser),
            told=clean_text(_told(event), 200),
        )
        for event in events
    )


def _told(event: LoginEvent) -> str:
    parts = [str(event.facts[name]) for name in ("factor", *_TOLD) if event.facts.get(name)]
    return ", ".join(parts)
