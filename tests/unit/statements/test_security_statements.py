"""The monthly security statement: made once, delivered like any other, only to who wants it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from strongroom.audit import reads as audit
from strongroom.audit.act import Act
from strongroom.audit.models import Event, Head
from strongroom.backends.papers.security_statement import security_statement_pdf
from strongroom.directory import users
from strongroom.directory.accounts import add_account
from strongroom.directory.models import Role, User
from strongroom.directory.user_invitations import Person, invite
from strongroom.login import history
from strongroom.login.history import EventKind
from strongroom.login.models import Enrolment
from strongroom.login.ports import Alert
from strongroom.login.safety.security_settings import want_statement
from strongroom.login.visitor import Visitor
from strongroom.rules.security_statement import SecurityStatement, moments_of, month_before
from strongroom.statements import security_statements
from strongroom.statements.intake import bring_in
from strongroom.statements.models import Arrival, SecurityIssue, Statement
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.portal_reads import reader_of, visible
from strongroom_formats.audit_record import AuditBroken, AuditHead

if TYPE_CHECKING:
    from tests.conftest import StillClock

pytestmark = pytest.mark.django_db
Acts = Callable[..., Act]

OCTOBER = datetime(2026, 10, 10, 12, tzinfo=UTC)


class Press:
    """Prints, and keeps what it was given."""

    def __init__(self) -> None:
        self.facts: list[SecurityStatement] = []
        self.alerts: list[Alert] = []

    def print_statement(self, facts: SecurityStatement) -> bytes:
        """Return a paper."""
        self.facts.append(facts)
        return security_statement_pdf(facts)

    @property
    def herald(self) -> "Press":
        """Itself."""
        return self

    def alert(self, alert: Alert, act: Act) -> None:
        """Keep an alert."""
        self.alerts.append(alert)


@pytest.fixture
def press() -> Press:
    """The press."""
    return Press()


@pytest.fixture
def ann(clock: "StillClock", act: Acts) -> User:
    """A primary user since October."""
    now = clock.now()
    clock.set(OCTOBER)
    add_account("U1234567", name="A", act=act())
    _, code = invite(Person("Ann", "a@example.com"), [("U1234567", Role.PRIMARY)], act=act())
    made = users.register(code, "annex", act=act())
    home = Visitor("203.0.113.5", "Firefox")
    history.write(made, EventKind.SIGNED_IN, home, act(), factor="totp")
    history.write(made, EventKind.PASSWORD_WRONG, Visitor("192.0.2.1", "curl"), act())
    history.write(made, EventKind.FACTOR_ADDED, home, act(), factor="totp", label="Phone")
    history.write(made, EventKind.STEPPED_UP, home, act(), factor="totp")
    Enrolment.objects.create(
        user=made, kind="totp", label="Phone", state="active", created_at=act().at,
        confirmed_at=act().at, created_via="portal",
    )  # fmt: skip
    clock.set(now)
    history.write(made, EventKind.SIGNED_IN, Visitor("203.0.113.77", "Firefox"), act())
    return made


@pytest.mark.req("LATK-34")
def test_a_statement_of_the_last_month_says_what_happened_and_anchors_the_audit_log(
    ann: User, pipeline: Pipeline, press: Press, act: Acts
) -> None:
    head = audit.head()
    assert security_statements.make_due(pipeline, press, act("worker")) == 1  # type: ignore[arg-type]
    [facts] = press.facts
    assert (facts.account, facts.user, facts.first.isoformat()) == (
        "U1234567",
        ann.name,
        "2026-10-01",
    )
    assert [one.address for one in facts.logins] == ["203.0.113.5"]
    assert [one.kind for one in facts.refused] == ["password-wrong"]
    assert [(one.kind, one.told) for one in facts.changes] == [("factor-added", "totp, Phone")]
    assert [one.label for one in facts.devices] == ["Phone"]
    assert (facts.audit_seq, facts.audit_root) == head
    assert press.alerts[0].facts == {"month": "2026-10"}


@pytest.mark.req("LATK-34")
def test_it_is_made_once_and_delivered_like_any_other(
    ann: User, pipeline: Pipeline, press: Press, act: Acts
) -> None:
    security_statements.make_due(pipeline, press, act("worker"))  # type: ignore[arg-type]
    assert security_statements.make_due(pipeline, press, act("worker")) == 0  # type: ignore[arg-type]
    assert Arrival.objects.get().file_name == "U1234567_Security_20261001_20261031.pdf"
    assert bring_in(pipeline, act("worker")) == 1
    [statement] = visible(reader_of(ann))
    assert (statement.kind, statement.revision) == ("Security", 1)


def test_a_worker_that_died_halfway_leaves_no_second_one(
    ann: User, pipeline: Pipeline, press: Press, act: Acts
) -> None:
    security_statements.make_due(pipeline, press, act("worker"))  # type: ignore[arg-type]
    bring_in(pipeline, act("worker"))
    SecurityIssue.objects.all().delete()
    security_statements.make_due(pipeline, press, act("worker"))  # type: ignore[arg-type]
    bring_in(pipeline, act("worker"))
    assert (Arrival.objects.count(), Statement.objects.count()) == (1, 1)
    assert SecurityIssue.objects.count() == 1


def test_who_does_not_want_it_or_was_not_here_yet_gets_none(
    ann: User, pipeline: Pipeline, press: Press, act: Acts, clock: "StillClock"
) -> None:
    want_statement(ann, is_wanted=False, act=act())
    add_account("U7654321", name="B", act=act())
    _, code = invite(Person("B", "b@example.com"), [("U7654321", Role.PRIMARY)], act=act())
    users.register(code, "berta", act=act())
    assert security_statements.make_due(pipeline, press, act("worker")) == 0  # type: ignore[arg-type]
    clock.set(datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert security_statements.make_due(pipeline, press, act("worker")) == 1  # type: ignore[arg-type]
    assert press.facts[0].account == "U7654321"


def test_the_statement_of_an_account_holds_nothing_of_its_second_user(
    ann: User, pipeline: Pipeline, press: Press, act: Acts, clock: "StillClock"
) -> None:
    _, code = invite(Person("C", "c@example.com"), [("U1234567", Role.SECOND)], act=act())
    second = users.register(code, "carla", act=act())
    when = Act("portal", OCTOBER)
    history.write(second, EventKind.SIGNED_IN, Visitor("203.0.113.200", "x"), when)
    assert security_statements.make_due(pipeline, press, act("worker")) == 1  # type: ignore[arg-type]
    assert "203.0.113.200" not in repr(press.facts)
    assert "carla" not in repr(press.facts)


def test_an_attacked_login_fills_no_book(
    ann: User, pipeline: Pipeline, press: Press, act: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security_statements, "MOST_LINES", 2)
    for _ in range(5):
        history.write(ann, EventKind.FACTOR_WRONG, None, Act("portal", OCTOBER))
    security_statements.make_due(pipeline, press, act("worker"))  # type: ignore[arg-type]
    assert (len(press.facts[0].refused), press.facts[0].left_out["refused"]) == (2, 4)


@pytest.mark.parametrize(
    ("now", "zone", "month"),
    [
        ("2026-11-01T00:00+00:00", "UTC", "2026-10-01"),
        ("2026-10-31T23:59+00:00", "UTC", "2026-09-01"),
        ("2026-10-31T15:00+00:00", "Asia/Tokyo", "2026-10-01"),
        ("2026-01-15T00:00+00:00", "UTC", "2025-12-01"),
    ],
)
def test_a_month_ends_by_the_firms_clock(now: str, zone: str, month: str) -> None:
    from zoneinfo import ZoneInfo

    here = ZoneInfo(zone)
    first, last = month_before(datetime.fromisoformat(now), here)
    assert first.isoformat() == month
    begin, end = moments_of(first, last, here)
    assert begin.astimezone(here).day == end.astimezone(here).day == 1
    assert begin.astimezone(here).hour == 0


@pytest.mark.req("LATK-34")
@pytest.mark.parametrize("harm", ["changed", "removed", "cut off"])
def test_with_a_statement_at_hand_nobody_rewrites_the_log_before_it(
    ann: User, pipeline: Pipeline, press: Press, act: Acts, harm: str
) -> None:
    security_statements.make_due(pipeline, press, act("worker"))  # type: ignore[arg-type]
    anchor = AuditHead(press.facts[0].audit_seq, press.facts[0].audit_root)
    audit.verify_log([anchor])
    middle = Event.objects.get(seq=2)
    if harm == "changed":
        Event.objects.filter(seq=2).update(record=middle.record.replace("U1234567", "U7654321"))
    elif harm == "removed":
        middle.delete()
    else:  # the newest head is forged as well, so only the anchor can tell
        Event.objects.filter(seq__gt=1).delete()
        first = Event.objects.get(seq=1)
        Head.objects.filter(id=1).update(seq=1, hash=first.hash)
    with pytest.raises(AuditBroken):
        audit.verify_log([anchor])
