"""What happens when a factor becomes active or goes: others leave, people are told (SLS-3).

Setting one up and judging its first answer is in `enrolments`.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.login import history, standings
from strongroom.login.contact import mail_tokens
from strongroom.login.entry.kept_secrets import factor_of
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
    FactorKind,
)
from strongroom.login.ports import Alert
from strongroom.rules import login_refusals
from strongroom.rules.alerts import AlertKind

PASSING = (FactorKind.TEMPORARY, FactorKind.RECOVERY)
"""Kinds that run out by themselves, and so are nobody's only factor."""

_OWN_ALERTS = {
    FactorKind.TEMPORARY: AlertKind.TEMPORARY_CODE,
    FactorKind.RECOVERY: AlertKind.RECOVERY_CODES,
    FactorKind.CODE_CARD: AlertKind.CODE_CARD,
}


def activate(row: Enrolment, house: LoginHouse, act: Act) -> None:
    """Make a factor that was answered active; what it replaces goes.

    Raises Refused (FACTOR-UNKNOWN) when it waits no longer.
    """
    traits = factor_of(row.kind, house).traits
    with transaction.atomic():
        standings.hold(row.user)
        waiting = Enrolment.objects.filter(pk=row.pk, state=EnrolmentState.PENDING)
        if not waiting.update(state=EnrolmentState.ACTIVE, confirmed_at=act.at):
            raise login_refusals.FACTOR_UNKNOWN.because()
        if traits.is_one_of:
            _withdraw_others(row, FactorKind(row.kind), "replaced", house, act)
        if traits.is_permanent:
            _withdraw_others(row, FactorKind.SMS, "stronger factor", house, act)
        if row.cools_down:
            standings.freeze(row.user, act.at + house.policy.factor_cool_down)
        _tell(row, EventKind.FACTOR_ADDED, AlertKind.FACTOR_ADDED, house, act)
        record(act, "factor.activated", f"user:{row.user.name}",
               factor=row.kind, enrolment=str(row.pk))  # fmt: skip
    row.refresh_from_db()


def withdraw(row: Enrolment, reason: str, house: LoginHouse, act: Act) -> None:
    """Retire a factor, whoever decided so, and what is shared from it. Safe to repeat."""
    shared = list(Enrolment.objects.select_related("user").filter(shared_from=row))
    with transaction.atomic():
        standings.hold(row.user, *(one.user for one in shared))
        there = Enrolment.objects.filter(pk=row.pk).exclude(state=EnrolmentState.RETIRED)
        was_seen = there.exclude(state=EnrolmentState.PENDING).exists()
        if not there.update(state=EnrolmentState.RETIRED, ended_at=act.at, reason=reason[:200]):
            return
        end_challenges(row)
        for one in shared:
            withdraw(one, reason, house, act)
        if was_seen:
            _tell(row, EventKind.FACTOR_RETIRED, AlertKind.FACTOR_RETIRED, house, act)
        record(act, "factor.retired", f"user:{row.user.name}",
               factor=row.kind, enrolment=str(row.pk), reason=reason)  # fmt: skip


def restore(row: Enrolment, act: Act) -> None:
    """Let a suspended factor be used again, after the identity was verified (LATK-4).

    Raises Refused (FACTOR-UNKNOWN) when it is not suspended.
    """
    with transaction.atomic():
        standings.hold(row.user)
        suspended = Enrolment.objects.filter(pk=row.pk, state=EnrolmentState.SUSPENDED)
        if not suspended.update(state=EnrolmentState.ACTIVE, failures=0, ended_at=None, reason=""):
            raise login_refusals.FACTOR_UNKNOWN.because()
        history.write(row.user, EventKind.FACTOR_RESTORED, None, act, factor=row.kind)
        record(act, "factor.restored", f"user:{row.user.name}",
               factor=row.kind, enrolment=str(row.pk))  # fmt: skip


def end_challenges(row: Enrolment) -> None:
    """Let no open challenge of a factor be answered any more."""
    Challenge.objects.filter(enrolment=row, state=ChallengeState.PENDING).update(
        state=ChallengeState.CANCELLED
    )


def _withdraw_others(
    row: Enrolment, kind: FactorKind, reason: str, house: LoginHouse, act: Act
) -> None:
    others = Enrolment.objects.filter(
        user=row.user,
        kind=kind,
        state__in=(EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED),
    )
    for other in others.exclude(pk=row.pk).select_related("user"):
        withdraw(other, reason, house, act)


def _tell(row: Enrolment, event: EventKind, alert: AlertKind, house: LoginHouse, act: Act) -> None:
    facts = {"factor": row.kind, "label": row.label}
    history.write(row.user, event, None, act, **facts)
    kind = alert
    if event is EventKind.FACTOR_ADDED:
        kind = _OWN_ALERTS.get(FactorKind(row.kind), alert)
        if row.expires_at is not None:
            facts["until"] = f"{row.expires_at:%Y-%m-%d %H:%M} UTC"
    link = mail_tokens.not_me(row.user, house, act)
    house.herald.alert(Alert(kind, row.user_id, facts, link), act)
