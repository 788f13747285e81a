"""A weak factor does not spare itself the wait by doing away with the strong one (LATK-18)."""

import pytest
from strongroom.login.entry import failed_factors
from strongroom.login.factors import activating, enrolments
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import Enrolment, EnrolmentState, FactorKind, Standing
from strongroom.rules.assurance import Assurance
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import Desk
from tests.unit.login_core.fakes import RIGHT

pytestmark = pytest.mark.django_db

BY_SMS = Wanted(FactorKind.TOTP, "session", authority=Assurance.SMS)


def _add_by_sms(desk: Desk, totp: Enrolment) -> None:
    begun = enrolments.begin(totp.user, BY_SMS, desk.house, desk.act)
    assert begun.challenge is not None
    reply = enrolments.Reply(begun.challenge.id, Secret(RIGHT))
    enrolments.confirm(begun.enrolment_id, reply, "session", desk.house, desk.act)


def _is_frozen(desk: Desk) -> bool:
    return Standing.objects.filter(frozen_until__gt=desk.clock.now()).exists()


@pytest.mark.req("LATK-18", "LATK-24")
def test_who_removes_the_strong_factor_first_waits_all_the_same(
    desk: Desk, totp: Enrolment
) -> None:
    desk.add_factor(totp.user, FactorKind.SMS)
    enrolments.retire(totp.user, totp.pk, desk.house, desk.act)
    _add_by_sms(desk, totp)
    assert _is_frozen(desk)


@pytest.mark.req("LATK-18", "LATK-24")
def test_who_has_the_strong_factor_suspended_by_wrong_answers_waits_all_the_same(
    desk: Desk, totp: Enrolment
) -> None:
    desk.add_factor(totp.user, FactorKind.SMS)
    failed_factors.suspend(totp, "failures", desk.house, desk.act)
    _add_by_sms(desk, totp)
    assert _is_frozen(desk)


def test_a_strong_factor_that_went_long_ago_holds_nothing_back(desk: Desk, totp: Enrolment) -> None:
    desk.add_factor(totp.user, FactorKind.SMS)
    activating.withdraw(totp, "by-user", desk.house, desk.act)
    desk.clock.advance(seconds=desk.policy.factor_cool_down.total_seconds() + 1)
    _add_by_sms(desk, totp)
    assert not _is_frozen(desk)
    assert Enrolment.objects.filter(state=EnrolmentState.ACTIVE).count() == 2
