"""Temporary codes of the desk, devices that are found again, and the face of a code card."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory.models import User
from strongroom.login.entry import challenges, choosing, failed_factors
from strongroom.login.entry.challenges import Question
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import code_cards, enrolments, temporary_codes
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import (
    Challenge,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
    Standing,
)
from strongroom.rules.alerts import AlertKind
from strongroom.rules.code_cards import right_answer
from strongroom.rules.one_time_codes import hotp, step_of
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import StillClock

pytestmark = pytest.mark.django_db


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code


def print_card(user: User, house: Any, act: Any) -> Enrolment:
    """Draw a code card and activate it."""
    begun = enrolments.begin(user, Wanted(FactorKind.CODE_CARD, "session"), house, act())
    assert begun.challenge is not None
    entries, indexes = begun.shown["entries"], begun.challenge.shown["indexes"]
    assert isinstance(entries, list)
    assert isinstance(indexes, list)
    answer = right_answer([str(one) for one in entries], [int(str(one)) for one in indexes])
    reply = Reply(begun.challenge.id, Secret(answer))
    return enrolments.confirm(begun.enrolment_id, reply, "session", house, act())


@pytest.mark.req("TEMP-1", "TEMP-2", "LATK-24")
def test_the_desk_gets_a_code_once_and_the_person_is_told(
    make_user: Callable[..., User], with_program: Callable[[User], Enrolment], house: Any, act: Any
) -> None:
    user = make_user()
    device = with_program(user)
    code = temporary_codes.issue(user, house, act("operator:desk")).reveal()
    row = Enrolment.objects.get(user=user, kind=FactorKind.TEMPORARY)
    assert (row.state, row.created_via) == (EnrolmentState.ACTIVE, "desk")
    assert code.replace("-", "") not in row.sealed + str(row.facts)
    device.refresh_from_db()
    assert (device.state, device.reason) == (EnrolmentState.SUSPENDED, temporary_codes.SUSPENDED)
    kinds = [alert.kind for alert in house.herald.alerts]
    assert kinds[-2:] == [AlertKind.FACTOR_SUSPENDED, AlertKind.TEMPORARY_CODE]
    event = Event.objects.filter(verb="temporary-code.issued").get()
    assert event.actor == "operator:desk"
    assert code not in " ".join(Event.objects.values_list("record", flat=True))
    asked = challenges.pose(Question(user, Purpose.SIGN_IN, "s", row), house, act())
    challenges.judge(asked.id, "s", Secret(code.replace("-", " ")), house, act())


@pytest.mark.req("LATK-24")
def test_high_risk_acts_wait_as_long_as_the_code_opens_all(
    make_user: Callable[..., User], house: Any, act: Any
) -> None:
    user = make_user()
    temporary_codes.issue(user, house, act())
    assert Standing.objects.get(user=user).frozen_until == act().at + timedelta(days=2)


@pytest.mark.req("TEMP-3")
def test_no_code_follows_a_code_before_another_factor_was_used(
    make_user: Callable[..., User], house: Any, act: Any, clock: StillClock
) -> None:
    user = make_user()
    temporary_codes.issue(user, house, act())
    for days in (0, 5, 60):
        clock.advance(days=days)
        refused = code_of(lambda: temporary_codes.issue(user, house, act()))
        assert refused == "TEMPORARY-AGAIN"
    print_card(user, house, act)
    clock.advance(days=22)
    temporary_codes.issue(user, house, act())


def test_a_closed_user_gets_no_code(make_user: Callable[..., User], house: Any, act: Any) -> None:
    user = make_user(closed_at=act().at)
    assert code_of(lambda: temporary_codes.issue(user, house, act())) == "USER-CLOSED"


@pytest.mark.req("TEMP-5")
def test_a_device_that_is_found_ends_the_code_once_it_has_answered(
    make_user: Callable[..., User], with_program: Callable[[User], Enrolment], house: Any, act: Any
) -> None:
    user = make_user()
    device = with_program(user)
    temporary_codes.issue(user, house, act())
    device.refresh_from_db()
    assert temporary_codes.is_resting(device)
    temporary_codes.begin_return(user, device.pk, "session", house, act())
    asked = temporary_codes.begin_return(user, device.pk, "session", house, act())
    code = Enrolment.objects.get(user=user, kind=FactorKind.TEMPORARY)
    finish = temporary_codes.finish_return
    wrong = Reply(asked.id, Secret("000000"))
    assert code_of(lambda: finish(user, wrong, "session", house, act())) == "E-LOGIN-2"
    code.refresh_from_db()
    device.refresh_from_db()
    assert (device.state, code.state) == (EnrolmentState.SUSPENDED, EnrolmentState.ACTIVE)
    key = base64.b32decode(house.sealing.open(device.sealed, row=f"enrolment:{device.pk}").reveal())
    later = Act("portal", act().at + timedelta(minutes=1))
    right = Reply(asked.id, Secret(hotp(key, step_of(later.at))))
    assert code_of(lambda: finish(user, right, "another", house, later)) == "E-LOGIN-2"
    finish(user, right, "session", house, later)
    device.refresh_from_db()
    code.refresh_from_db()
    assert (device.state, code.state) == (EnrolmentState.ACTIVE, EnrolmentState.RETIRED)
    again = code_of(lambda: temporary_codes.begin_return(user, device.pk, "s", house, later))
    assert again == "FACTOR-UNKNOWN"


@pytest.mark.req("TEMP-5", "LATK-24")
def test_the_temporary_code_alone_brings_no_lost_device_back(
    make_user: Callable[..., User], with_program: Callable[[User], Enrolment], house: Any, act: Any
) -> None:
    user = make_user()
    device = with_program(user)
    temporary_codes.issue(user, house, act())
    temporary_codes.begin_return(user, device.pk, "session", house, act())
    assert device.pk not in {one.pk for one in choosing.usable_of(user, house, act().at)}
    wanted = Wanted(FactorKind.CODE_CARD, "session")
    card = enrolments.begin(user, wanted, house, act())
    assert card.challenge is not None
    answers = (card.challenge.id, Secret("0000"))
    finish = temporary_codes.finish_return
    refused = code_of(lambda: finish(user, Reply(*answers), "session", house, act()))
    assert refused == "E-LOGIN-2"
    assert Challenge.objects.get(pk=card.challenge.id).attempts == 0


@pytest.mark.req("TEMP-5", "LATK-4")
def test_a_device_suspended_for_wrong_answers_does_not_come_back_that_way(
    make_user: Callable[..., User], with_program: Callable[[User], Enrolment], house: Any, act: Any
) -> None:
    user, other = make_user(), make_user("bnova123")
    device = with_program(user)
    failed_factors.suspend(device, "failures", house, act())
    temporary_codes.issue(user, house, act())
    for one in (user, other):
        refused = code_of(
            lambda one=one: temporary_codes.begin_return(one, device.pk, "s", house, act())
        )
        assert refused == "FACTOR-UNKNOWN"


@pytest.mark.req("CARD-2", "CARD-3")
def test_a_code_card_shows_its_face_until_it_is_active(
    make_user: Callable[..., User], house: Any, act: Any
) -> None:
    user = make_user()
    begun = enrolments.begin(user, Wanted(FactorKind.CODE_CARD, "session"), house, act())
    face = code_cards.face_of(user, begun.enrolment_id, house)
    assert list(face.entries) == begun.shown["entries"]
    assert (face.user, face.firm, face.serial) == (
        user.name,
        "Example Securities",
        begun.shown["serial"],
    )
    assert face.expires_at == act().at + timedelta(days=21)
    active = print_card(user, house, act)
    for enrolment in (begun.enrolment_id, active.pk):
        refused = code_of(lambda enrolment=enrolment: code_cards.face_of(user, enrolment, house))
        assert refused == "FACTOR-UNKNOWN"
    assert active.expires_at == face.expires_at
