"""Sessions at each request: alive, over, listed, ended; and the fresh factor inside them."""

import uuid
from datetime import timedelta

import pytest
from strongroom.directory.models import User
from strongroom.login.entry import step_up
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.models import (
    Enrolment,
    FactorKind,
    RestrictionChange,
    Standing,
    WebSession,
)
from strongroom.login.presence import web_sessions
from strongroom.login.presence.web_sessions import Person
from strongroom.rules.assurance import Assurance
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, Desk
from tests.unit.login_core.fakes import RIGHT, WRONG

pytestmark = pytest.mark.django_db


def _reason(desk: Desk, session_id: uuid.UUID) -> str:
    with pytest.raises(Refused) as refused:
        web_sessions.find(session_id, HOME, desk.house, desk.act)
    assert refused.value.code == "SESSION-OVER"
    return WebSession.objects.get(pk=session_id).end_reason


@pytest.mark.req("LATK-28")
def test_a_session_that_is_idle_is_over(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    for _ in range(5):
        desk.later(minutes=14).person(entered)
    desk.later(minutes=15)
    assert _reason(desk, entered.session_id) == "idle"


@pytest.mark.req("LATK-28")
def test_a_session_is_over_after_twelve_hours_however_busy(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    for _ in range(71):
        desk.later(minutes=10).person(entered)
    desk.later(minutes=10)
    assert _reason(desk, entered.session_id) == "absolute"


def test_a_session_that_never_was_is_over(desk: Desk) -> None:
    with pytest.raises(Refused, match="signed out"):
        web_sessions.find(uuid.uuid4(), HOME, desk.house, desk.act)


@pytest.mark.req("LATK-21")
def test_a_session_ends_at_the_first_request_from_an_unlisted_address(
    desk: Desk, totp: Enrolment
) -> None:
    entered = desk.enter(totp)
    now = desk.clock.now()
    RestrictionChange.objects.create(
        user=totp.user,
        networks=["198.51.100.0/24"],
        made_at=now,
        made_by="user:marta417",
        effective_at=now,
        confirmed_at=now,
    )
    desk.person(entered)
    with pytest.raises(Refused):
        desk.person(entered, AWAY)
    assert _reason(desk, entered.session_id) == "restricted-address"


@pytest.mark.req("F20")
def test_an_operators_lock_ends_a_session_at_its_next_request(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    Standing.objects.update(locked_at=desk.clock.now())
    assert _reason(desk, entered.session_id) == "locked"


@pytest.mark.req("PHN-2")
def test_a_person_is_restricted_until_a_number_is_verified(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    assert desk.person(entered).is_restricted
    desk.add_phone(totp.user)
    assert not desk.person(entered).is_restricted


@pytest.mark.req("LATK-25")
def test_a_freeze_is_known_while_it_lasts(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    until = desk.clock.now() + timedelta(minutes=5)
    Standing.objects.update(frozen_until=until)
    assert desk.person(entered).frozen_until == until
    assert desk.later(minutes=5).person(entered).frozen_until is None


def test_sessions_are_listed_and_ended_one_by_one(desk: Desk, totp: Enrolment) -> None:
    here, there = desk.enter(totp), desk.enter(totp, AWAY)
    listed = web_sessions.listed(totp.user, desk.policy, desk.clock.now())
    assert {one.pk for one in listed} == {here.session_id, there.session_id}
    web_sessions.end_own(totp.user, there.session_id, desk.house, desk.act)
    web_sessions.end_own(totp.user, there.session_id, desk.house, desk.act)
    assert desk.herald.kinds().count("sessions-ended") == 1
    assert _reason(desk, there.session_id) == "by-user"
    desk.person(here)
    web_sessions.end(here.session_id, "signed-out", desk.act)
    web_sessions.end(here.session_id, "again", desk.act)
    assert _reason(desk, here.session_id) == "signed-out"
    assert web_sessions.listed(totp.user, desk.policy, desk.clock.now()) == ()


def test_nobody_ends_the_session_of_another_user(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    web_sessions.end_own(desk.add_user("jonas118"), entered.session_id, desk.house, desk.act)
    desk.person(entered)


def test_all_sessions_but_ones_own_are_ended(desk: Desk, totp: Enrolment) -> None:
    mine, other = desk.enter(totp), desk.enter(totp, AWAY)
    assert web_sessions.end_all(totp.user, "by-user", desk.act, but=mine.session_id) == 1
    desk.person(mine)
    assert _reason(desk, other.session_id) == "by-user"
    assert web_sessions.end_all(totp.user, "by-user", desk.act) == 1
    assert web_sessions.end_all(totp.user, "by-user", desk.act) == 0


def _ask(desk: Desk, person: Person, enrolment: Enrolment) -> ChallengeView:
    return step_up.begin(person.session, enrolment.pk, desk.house, desk.act)


@pytest.mark.req("LATK-25", "F10")
def test_a_factor_is_fresh_for_five_minutes_and_can_be_proved_again(
    desk: Desk, totp: Enrolment
) -> None:
    entered = desk.enter(totp)
    step_up.require(desk.person(entered).session, desk.house, desk.act)
    person = desk.later(minutes=5).person(entered)
    assert not person.stepped_up
    with pytest.raises(Refused) as refused:
        step_up.require(person.session, desk.house, desk.act)
    assert refused.value.code == "STEP-UP-NEEDED"
    assert step_up.options(person.session, desk.house, desk.act).options
    asked = _ask(desk, person, totp)
    assert step_up.current(person.session, desk.act) == asked
    step_up.answer(person.session, asked.id, Secret(RIGHT), desk.house, desk.act)
    assert desk.person(entered).stepped_up
    with pytest.raises(Refused, match="expired"):
        step_up.current(person.session, desk.act)


@pytest.mark.req("LATK-24")
def test_the_weakest_factor_used_decides_what_a_session_is_worth(
    desk: Desk, totp: Enrolment
) -> None:
    sms = desk.add_factor(totp.user, FactorKind.SMS)
    person = desk.person(desk.enter(totp))
    asked = _ask(desk, person, sms)
    step_up.answer(person.session, asked.id, Secret(RIGHT), desk.house, desk.act)
    assert (person.session.assurance, person.session.stepped_up_by) == (Assurance.SMS, "sms")
    asked = _ask(desk, person, totp)
    step_up.answer(person.session, asked.id, Secret(RIGHT), desk.house, desk.act)
    assert person.session.assurance == Assurance.SMS
    assert len(person.session.proofs) == 3


@pytest.mark.req("LATK-4")
def test_wrong_answers_inside_a_session_end_it(desk: Desk, totp: Enrolment) -> None:
    desk = desk.with_policy(failures_most=3)
    entered = desk.enter(totp)
    person = desk.person(entered)
    for _ in range(3):
        asked = _ask(desk, person, totp)
        with pytest.raises(Refused, match="login failed"):
            step_up.answer(person.session, asked.id, WRONG, desk.house, desk.act)
    assert _reason(desk, entered.session_id) == "factor-wrong"
    asked = _ask(desk, person, totp)
    with pytest.raises(Refused, match="login failed"):
        step_up.answer(person.session, asked.id, Secret(RIGHT), desk.house, desk.act)


def test_a_code_that_came_too_late_is_no_wrong_answer(desk: Desk, totp: Enrolment) -> None:
    desk = desk.with_policy(failures_most=2)
    entered = desk.enter(totp)
    person = desk.person(entered)
    asked = _ask(desk, person, totp)
    desk.later(minutes=6)
    for _ in range(3):
        with pytest.raises(Refused, match="expired"):
            step_up.answer(person.session, asked.id, Secret(RIGHT), desk.house, desk.act)
    desk.person(entered)


def test_a_session_that_ended_meanwhile_is_not_stepped_up(desk: Desk, totp: Enrolment) -> None:
    person = desk.person(desk.enter(totp))
    asked = _ask(desk, person, totp)
    web_sessions.end(person.session.pk, "by-user", desk.act)
    with pytest.raises(Refused, match="signed out"):
        step_up.answer(person.session, asked.id, Secret(RIGHT), desk.house, desk.act)


@pytest.mark.req("LATK-24")
def test_a_proof_that_another_request_added_is_not_lost(desk: Desk, totp: Enrolment) -> None:
    sms = desk.add_factor(totp.user, FactorKind.SMS)
    entered = desk.enter(totp)
    stale = desk.person(entered)
    asked = _ask(desk, stale, sms)
    other = desk.person(entered)
    step_up.answer(other.session, asked.id, Secret(RIGHT), desk.house, desk.act)
    asked = _ask(desk, stale, totp)
    step_up.answer(stale.session, asked.id, Secret(RIGHT), desk.house, desk.act)
    assert [proof["kind"] for proof in stale.session.proofs] == ["totp", "sms", "totp"]
    assert stale.session.assurance == Assurance.SMS


@pytest.mark.req("LATK-18")
def test_an_answer_for_setting_up_a_factor_is_no_step_up(desk: Desk, totp: Enrolment) -> None:
    from strongroom.login.factors import enrolments
    from strongroom.login.factors.enrolments import Wanted

    entered = desk.enter(totp)
    person = desk.later(minutes=10).person(entered)
    wanted = Wanted(FactorKind.CARD, str(person.session.pk))
    begun = enrolments.begin(totp.user, wanted, desk.house, desk.act)
    assert begun.challenge is not None
    with pytest.raises(Refused, match="login failed"):
        step_up.answer(person.session, begun.challenge.id, Secret(RIGHT), desk.house, desk.act)
    assert not desk.person(entered).stepped_up


@pytest.mark.req("LOGIN-8")
def test_closing_a_user_makes_its_open_sessions_read_only(desk: Desk, totp: Enrolment) -> None:
    entered = desk.enter(totp)
    User.objects.update(closed_at=desk.clock.now())
    assert desk.person(entered).scope.value == "read-only"
