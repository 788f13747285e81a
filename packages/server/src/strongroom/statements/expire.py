"""The last step: notices, alarms, and the removal of copies whose time is over (DEL-11).

What is due is decided in `rules.retention`. A tombstone, the copy's row, stays for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import OPERATORS, post
from strongroom.rules.retention import (
    Alarm,
    Clock,
    CopyFacts,
    Decision,
    Expire,
    Keep,
    Notice,
    RetentionPolicy,
    decide,
    judge_clock,
)
from strongroom.statements.models import ClockLook, Copy, CopyState, Statement
from strongroom.statements.pipeline import Pipeline

_SHOWN = (CopyState.PUBLISHED, CopyState.HIDDEN)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that retention does, or would do in a dry run."""

    login: str
    name: str
    decision: Notice | Alarm | Expire


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """What a run did or would do, and whether the clock was believed."""

    clock: Clock
    due: tuple[Due, ...]

    @property
    def is_clock_believed(self) -> bool:
        """Whether the clock has gone on as clocks do since the last run."""
        return self.clock is Clock.STEADY


def due_row(due: Due) -> dict[str, object]:
    """Return one thing that is due, for people and programs."""
    match due.decision:
        case Notice(kind=kind, removed_at=at):
            what, detail = "notice", f"{kind.value}; to be removed on {at.date().isoformat()}"
        case Alarm(days=days):
            what, detail = "alarm", f"never fetched for {days} days"
        case Expire():
            what, detail = "remove", "its time is over"
        case _:
            assert_never(due.decision)
    return {"do": what, "recipient": due.login, "name": due.name, "detail": detail}


def run_retention(
    pipeline: Pipeline, act: Act, *, is_dry: bool = False, is_clock_confirmed: bool = False
) -> RetentionReport:
    """Act on every copy that is due at `act.at`; safe to repeat and to kill anywhere.

    When the clock has jumped since the last run, nothing is removed and the operators are told,
    until one of them confirms the time (ATK-70).
    """
    clock = Clock.STEADY if is_clock_confirmed else look_at_clock(act)
    if clock is not Clock.STEADY:
        if not is_dry:
            _tell_clock(clock, act)
        return RetentionReport(clock, ())
    done: list[Due] = []
    for copy in _candidates(pipeline.retention, act.at):
        done.extend(_follow(pipeline, copy, act, is_dry=is_dry))
    if not is_dry:
        ClockLook.objects.update_or_create(id=1, defaults={"believed_at": act.at})
        remove_spent_objects(pipeline, act)
    return RetentionReport(clock, tuple(done))


def look_at_clock(act: Act) -> Clock:
    """Judge the clock by the time that was believed last."""
    last = ClockLook.objects.filter(id=1).values_list("believed_at", flat=True).first()
    return judge_clock(last_seen=_utc(last), now=act.at)


def _tell_clock(clock: Clock, act: Act) -> None:
    post(
        NoticeKind.CLOCK_JUMPED,
        recipient=OPERATORS,
        sameness=act.at.date().isoformat(),
        at=act.at,
        facts={"what": clock.value, "now": act.at.isoformat()},
    )


def _candidates(policy: RetentionPolicy, now: datetime) -> Iterator[Copy]:
    """Yield the copies for which anything may be due, found through the indexes."""
    near_end = now - timedelta(days=policy.days - policy.notice_days)
    question = Q(state__in=_SHOWN, published_at__lte=near_end)
    if policy.unfetched_alarm_days:
        first = now - timedelta(days=policy.unfetched_alarm_days[0])
        question |= Q(
            state=CopyState.PUBLISHED,
            first_fetched_at=None,
            published_at__lte=first,
            alarmed_days__lt=policy.unfetched_alarm_days[-1],
        )
    last = 0
    while True:
        rows = Copy.objects.filter(question, id__gt=last).select_related("recipient", "statement")
        page = list(rows.order_by("id")[:_PAGE])
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1].pk


def _follow(pipeline: Pipeline, copy: Copy, act: Act, *, is_dry: bool) -> Iterator[Due]:
    """Do the one next thing, and ask again until there is none."""
    policy = pipeline.retention
    while True:
        decision = _decide(copy, policy, act.at)
        if isinstance(decision, Keep):
            return
        if is_dry:
            yield Due(copy.recipient.login, copy.name, decision)
            return
        if not _carry_out(pipeline, copy.pk, act):
            return
        yield Due(copy.recipient.login, copy.name, decision)
        if isinstance(decision, Expire):
            return
        copy = Copy.objects.select_related("recipient", "statement").get(id=copy.pk)


def _decide(copy: Copy, policy: RetentionPolicy, now: datetime) -> Decision:
    published = _utc(copy.published_at)
    assert published is not None
    facts = CopyFacts(
        published_at=published,
        # A copy that its recipient deleted was seen: there is nothing to raise an alarm about.
        fetched_at=_utc(copy.first_fetched_at)
        or (published if copy.state == CopyState.HIDDEN else None),
        is_held=copy.statement.is_held,
        released_at=_utc(copy.statement.released_at),
        notified_at=_utc(copy.notified_at),
        alarmed_days=copy.alarmed_days,
    )
    return decide(facts, policy, now=now, clock=Clock.STEADY)


def _carry_out(pipeline: Pipeline, copy_id: int, act: Act) -> bool:
    """Decide again under the row's lock, so that a hold that came between is honoured."""
    with transaction.atomic():
        copy = (
            Copy.objects.select_for_update(of=("self", "statement"), no_key=True)
            .select_related("recipient", "statement")
            .get(id=copy_id)
        )
        if copy.state not in _SHOWN:
            return False
        decision = _decide(copy, pipeline.retention, act.at)
        match decision:
            case Keep():
                return False
            case Notice():
                _notify(copy, decision, act)
            case Alarm():
                _raise_alarm(copy, decision, act)
            case Expire():
                _expire(copy, act)
            case _:
                assert_never(decision)
    return True


def _notify(copy: Copy, notice: Notice, act: Act) -> None:
    day = notice.removed_at.date()
    Copy.objects.filter(id=copy.pk).update(notified_at=act.at, remove_on=day)
    login = copy.recipient.login
    post(
        NoticeKind.REMOVAL_SOON,
        recipient=login,
        sameness=f"{copy.pk}:{act.at.date().isoformat()}",
        at=act.at,
        facts={
            "login": login,
            "name": copy.name,
            "on": day.isoformat(),
            "fetched": notice.kind.value,
        },
    )
    _record(copy, "copy.removal-announced", act, on=day.isoformat())


def _raise_alarm(copy: Copy, alarm: Alarm, act: Act) -> None:
    Copy.objects.filter(id=copy.pk).update(alarmed_days=alarm.days)
    for recipient in (copy.recipient.login, OPERATORS):
        post(
            NoticeKind.NEVER_FETCHED,
            recipient=recipient,
            sameness=f"{copy.pk}:{alarm.days}",
            at=act.at,
            facts={"login": copy.recipient.login, "name": copy.name, "days": str(alarm.days)},
        )
    _record(copy, "copy.never-fetched", act, days=alarm.days)


def _expire(copy: Copy, act: Act) -> None:
    Copy.objects.filter(id=copy.pk).update(state=CopyState.EXPIRED, ended_at=act.at)
    _record(copy, "copy.expired", act, sha256=copy.sha256, number=copy.number)


def _record(copy: Copy, verb: str, act: Act, **data: str | int | None) -> None:
    subject = f"statement:{copy.statement_id}"
    record(act, verb, subject, recipient=copy.recipient.login, name=copy.name, **data)


def remove_spent_objects(pipeline: Pipeline, act: Act) -> int:
    """Remove the files of expired copies and of statements without a copy left; returns how many.

    The row lets go first and the file goes after, so a kill between leaves a file, which
    `orphans` removes, and never a row without its file.
    """
    removed = 0
    for copy in Copy.objects.filter(state=CopyState.EXPIRED).exclude(storage_key="")[:_PAGE]:
        key = copy.storage_key
        changed = Copy.objects.filter(id=copy.pk, storage_key=key).update(storage_key="")
        if changed and key.startswith("copies/"):
            pipeline.storage.remove(key)
            removed += 1
    unseen = act.at - timedelta(days=pipeline.retention.days)
    for statement in _spent_statements(unseen)[:_PAGE]:
        # Asked again in the update, for a hold may have come between (ATK-70).
        free = Statement.objects.filter(id=statement.pk, is_held=False, removed_at=None)
        if free.update(removed_at=act.at, storage_key=""):
            pipeline.storage.remove(statement.storage_key)
            removed += 1
    return removed


def _spent_statements(arrived: datetime) -> QuerySet[Statement]:
    """The statements that had copies, and all of them are expired.

    One that was for the portal alone has none; it is spent when it came at `arrived` or before.
    """
    copies = Copy.objects.filter(statement=OuterRef("pk"))
    return Statement.objects.filter(
        Q(Exists(copies)) | Q(arrived_at__lte=arrived),
        ~Exists(copies.exclude(state=CopyState.EXPIRED)),
        removed_at=None,
        is_held=False,
    )


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at is not None else None
