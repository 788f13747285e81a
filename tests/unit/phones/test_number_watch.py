"""A SIM card that was replaced a short time ago gets no codes; other factors do (LATK-2)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from strongroom.audit.act import Act
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.contact import number_watch
from strongroom.login.contact.phone_enrolment import enrol
from strongroom.login.entry import challenges, choosing
from strongroom.login.entry.challenges import Question
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, FactorKind, Purpose
from strongroom.login.ports import NumberCheckError
from strongroom.rules.refusals import Refused

from tests.conftest import MORNING, StillClock
from tests.unit.phones.houses import new_house, with_factor

pytestmark = [pytest.mark.django_db, pytest.mark.req("LATK-2")]


class _Carrier:
    """Answers what it is told to, and counts who asks."""

    def __init__(self, swapped_at: datetime | None) -> None:
        self.answer, self.asked, self.is_down = swapped_at, 0, False

    def swapped_at(self, number: str) -> datetime | None:
        self.asked += 1
        if self.is_down:
            raise NumberCheckError
        return self.answer


def _house(carrier: _Carrier) -> LoginHouse:
    return replace(new_house(), number_check=carrier)


@pytest.fixture
def by_sms(verified: PhoneNumber, act: Callable[..., Act]) -> Enrolment:
    """The number as a factor."""
    return enrol(verified, house=new_house(), act=act(), via="phone")


def _pose(enrolment: Enrolment, house: LoginHouse, act: Callable[..., Act]) -> None:
    enrolment.refresh_from_db()
    question = Question(enrolment.user, Purpose.SIGN_IN, "sign-in", enrolment=enrolment)
    challenges.pose(question, house, act())


def test_a_card_swapped_three_hours_ago_means_no_sms_and_another_factor_is_offered(
    user: User, by_sms: Enrolment, act: Callable[..., Act], clock: StillClock
) -> None:
    other = with_factor(user, FactorKind.TOTP, act)
    house = _house(_Carrier(MORNING - timedelta(hours=3)))
    number_watch.look(user, house.number_check, act())
    offered = choosing.choices_of(user, house, clock.now()).options
    assert [(one.enrolment_id, one.kind) for one in offered] == [(other.pk, "totp")]
    for kind in (FactorKind.SMS, FactorKind.VOICE):
        question = Question(user, Purpose.SIGN_IN, "sign-in", enrolment=by_sms, kind=kind)
        with pytest.raises(Refused, match="SIM card") as refused:
            challenges.pose(question, house, act())
        assert refused.value.code == "PHONE-SWAPPED"
    clock.advance(hours=69)
    kinds = [one.kind for one in choosing.choices_of(user, house, clock.now()).options]
    assert sorted(kinds) == ["sms", "totp", "voice"]


def test_the_carrier_is_asked_before_a_code_leaves_even_when_nobody_asked_before(
    by_sms: Enrolment, act: Callable[..., Act]
) -> None:
    carrier = _Carrier(MORNING - timedelta(hours=3))
    with pytest.raises(Refused, match="SIM card"):
        _pose(by_sms, _house(carrier), act)
    assert carrier.asked == 1


def test_with_no_other_factor_the_number_is_shown_and_refused_with_the_reason(
    user: User, by_sms: Enrolment, act: Callable[..., Act], clock: StillClock
) -> None:
    house = _house(_Carrier(MORNING))
    number_watch.look(user, house.number_check, act())
    assert choosing.choices_of(user, house, clock.now()).options[0].enrolment_id == by_sms.pk


def test_a_carrier_is_asked_once_in_ten_minutes(
    user: User, by_sms: Enrolment, act: Callable[..., Act], clock: StillClock
) -> None:
    carrier = _Carrier(None)
    for _ in range(3):
        number_watch.look(user, carrier, act())
    assert carrier.asked == 1
    clock.advance(minutes=10)
    number_watch.look(user, carrier, act())
    assert carrier.asked == 2


def test_a_carrier_that_is_down_changes_nothing_that_was_known(
    user: User, by_sms: Enrolment, act: Callable[..., Act], clock: StillClock
) -> None:
    carrier = _Carrier(MORNING)
    number_watch.look(user, carrier, act())
    carrier.is_down = True
    clock.advance(hours=1)
    with pytest.raises(Refused, match="SIM card"):
        _pose(by_sms, _house(carrier), act)
    clock.advance(hours=72)
    _pose(by_sms, _house(carrier), act)


def test_without_a_carriers_service_nobody_is_asked(
    user: User, by_sms: Enrolment, act: Callable[..., Act]
) -> None:
    number_watch.look(user, None, act())
    _pose(by_sms, new_house(), act)
    assert PhoneNumber.objects.get().looked_at is None
