"""Verifying a number: a code by SMS, five tries, once; then it is good for logging in."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connections
from strongroom.audit.act import Act
from strongroom.backends.factors.sms.factor import SmsFactor
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.directory.phones import CarrierHours
from strongroom.login.contact import phone_changes, phone_checks
from strongroom.login.contact.phone_changes import Typed
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import Question
from strongroom.login.models import Challenge, Enrolment, FactorKind, LoginEvent, Purpose
from strongroom.login.ports import Accepted, Asked, Chance, Kept
from strongroom.messages.models import Letter
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import StillClock
from tests.unit.phones.houses import (
    code_for,
    facts_of_alerts,
    new_house,
    signed_in,
    with_factor,
)
from tests.unit.phones.people import MOBILE, OTHER

pytestmark = pytest.mark.django_db


def _refusal(verb: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def _verify(user: User, phone: PhoneNumber, act: Callable[..., Act]) -> PhoneNumber:
    who, house = signed_in(user, act().at), new_house()
    phone_checks.send(who, phone.pk, house=house, act=act())
    return phone_checks.confirm(who, phone.pk, Secret(code_for(phone)), house=house, act=act())


@pytest.mark.req("PHN-1", "PHN-2", "PHN-4", "SMS2FA-2", "F15")
def test_the_first_verified_number_lifts_the_restriction_and_is_the_first_factor(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    assert not phones.has_verified(user)
    _verify(user, phone, act)
    assert phones.has_verified(user)
    enrolment = Enrolment.objects.get()
    assert (enrolment.kind, enrolment.state, enrolment.phone_id, enrolment.label) == (
        "sms",
        "active",
        phone.pk,
        "+44 ••• ••456",
    )
    assert Letter.objects.filter(phone=phone).exclude(entered_at=None).exists()
    assert facts_of_alerts(user)[0][0] == "phone-added"
    assert LoginEvent.objects.get(kind="phone-verified").facts == {"number": "+44 ••• ••456"}


@pytest.mark.req("SMS2FA-2", "SLS-3")
@pytest.mark.parametrize("kind", [FactorKind.TOTP, FactorKind.APP, FactorKind.PASSKEY])
def test_who_has_a_factor_is_not_enrolled_for_sms(
    user: User, phone: PhoneNumber, act: Callable[..., Act], kind: FactorKind
) -> None:
    with_factor(user, kind, act)
    _verify(user, phone, act)
    assert phones.has_verified(user)
    assert not Enrolment.objects.filter(kind="sms").exists()


@pytest.mark.req("LATK-4", "PHN-5")
def test_the_sixth_try_is_refused_even_with_the_right_code(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    who, house = signed_in(user, act().at), new_house()
    phone_checks.send(who, phone.pk, house=house, act=act())
    right = code_for(phone)
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    def answer(code: str) -> str:
        return _refusal(
            lambda: phone_checks.confirm(who, phone.pk, Secret(code), house=house, act=act())
        )

    assert [answer(wrong) for _ in range(5)] == ["PHONE-CODE"] * 5
    assert answer(right) == "E-DSC-1"
    assert not phones.has_verified(user)


class _Counting(SmsFactor):
    """Counts the comparisons that are made at all."""

    compared = 0

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        type(self).compared += 1
        return super().check(kept, asked, answer, chance)


@pytest.mark.req("LATK-4", "LATK-22")
@pytest.mark.django_db(transaction=True)
def test_sixty_guesses_at_once_are_compared_five_times_at_most(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    plain = new_house()
    house = replace(plain, factors={**plain.factors, FactorKind.SMS: _Counting()})
    who = signed_in(user, act().at)
    phone_checks.send(who, phone.pk, house=house, act=act())
    right, moment = code_for(phone), act()
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    def guess() -> None:
        try:
            phone_checks.confirm(who, phone.pk, Secret(wrong), house=house, act=moment)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= _Counting.compared <= 5
    assert Challenge.objects.get().attempts <= 5
    assert _refusal(
        lambda: phone_checks.confirm(who, phone.pk, Secret(right), house=house, act=act())
    ) in {"E-DSC-1", "PHONE-CODE"}
    assert not phones.has_verified(user)


@pytest.mark.req("SMS2FA-4", "LATK-5")
def test_a_code_is_good_for_five_minutes_and_once(
    user: User, phone: PhoneNumber, act: Callable[..., Act], clock: StillClock
) -> None:
    who, house = signed_in(user, act().at), new_house()
    phone_checks.send(who, phone.pk, house=house, act=act())
    code = Secret(code_for(phone))
    assert phone_checks.current(who, phone.pk, act()) is not None
    clock.advance(minutes=5)
    confirm = lambda: phone_checks.confirm(who, phone.pk, code, house=house, act=act())  # noqa: E731
    assert phone_checks.current(who, phone.pk, act()) is None
    assert _refusal(confirm) == "E-DSC-1"
    clock.advance(minutes=-1)
    confirm()
    assert _refusal(confirm) == "E-DSC-1"


@pytest.mark.req("PHN-5", "SMS2FA-3", "F15")
def test_a_new_code_can_be_asked_for_after_two_minutes_and_ends_the_old_one(
    user: User, phone: PhoneNumber, act: Callable[..., Act], clock: StillClock
) -> None:
    who, house = signed_in(user, act().at), new_house()
    first = phone_checks.send(who, phone.pk, house=house, act=act())
    old = code_for(phone)
    clock.advance(seconds=119)
    again = lambda: phone_checks.send(who, phone.pk, house=house, act=act())  # noqa: E731
    assert _refusal(again) == "SMS-SOON"
    assert phone_checks.current(who, phone.pk, act()) == first
    clock.advance(seconds=1)
    again()
    new = code_for(phone)
    if old != new:
        stale = lambda: phone_checks.confirm(  # noqa: E731
            who, phone.pk, Secret(old), house=house, act=act()
        )
        assert _refusal(stale) == "PHONE-CODE"
    phone_checks.confirm(who, phone.pk, Secret(new), house=house, act=act())


@pytest.mark.req("LATK-18")
def test_a_code_serves_the_session_that_asked_and_nobody_elses_number(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    who, thief, house = signed_in(user, act().at), signed_in(user, act().at), new_house()
    phone_checks.send(who, phone.pk, house=house, act=act())
    code = Secret(code_for(phone))
    assert (
        _refusal(lambda: phone_checks.confirm(thief, phone.pk, code, house=house, act=act()))
        == "E-DSC-1"
    )
    phone_checks.confirm(who, phone.pk, code, house=house, act=act())
    assert _refusal(lambda: phone_checks.send(who, phone.pk, house=house, act=act())) == (
        "PHONE-VERIFIED"
    )


@pytest.mark.req("PHN-6")
def test_a_number_on_the_do_not_call_register_gets_no_code(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    phones.set_do_not_call(phone, is_listed=True, act=act())
    who = signed_in(user, act().at)
    send = lambda: phone_checks.send(who, phone.pk, house=new_house(), act=act())  # noqa: E731
    assert _refusal(send) == "SMS-BLOCKED"
    assert not Letter.objects.filter(channel="sms").exists()


@pytest.mark.req("LATK-29", "LATK-30")
def test_no_code_stands_in_the_challenge_or_the_outbox(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    phone_checks.send(signed_in(user, act().at), phone.pk, house=new_house(), act=act())
    code, row, letter = code_for(phone), Challenge.objects.get(), Letter.objects.get()
    for text in (row.sealed, str(row.asked), letter.sealed, str(letter.facts)):
        assert code not in text


@pytest.mark.req("VOICE-1", "LATK-2")
def test_a_call_goes_where_sms_is_enrolled_and_a_swapped_card_gets_neither(
    user: User, phone: PhoneNumber, act: Callable[..., Act], clock: StillClock
) -> None:
    _verify(user, phone, act)
    house, enrolment = new_house(), Enrolment.objects.get()

    def ask(kind: FactorKind) -> str:
        question = Question(user, Purpose.SIGN_IN, "holder", enrolment=enrolment, kind=kind)
        return challenges.pose(question, house, act()).kind

    clock.advance(minutes=3)
    assert ask(FactorKind.VOICE) == "voice"
    assert ask(FactorKind.SMS) == "sms"
    phones.note_swap(phone, clock.now().replace(hour=7), act=act())
    enrolment.refresh_from_db()
    clock.advance(minutes=3)
    assert _refusal(lambda: ask(FactorKind.SMS)) == "PHONE-SWAPPED"
    assert _refusal(lambda: ask(FactorKind.VOICE)) == "PHONE-SWAPPED"
    clock.advance(hours=72)
    enrolment.refresh_from_db()
    assert ask(FactorKind.SMS) == "sms"


@pytest.mark.req("VOICE-1")
def test_no_call_goes_out_for_another_factor(user: User, act: Callable[..., Act]) -> None:
    enrolment = with_factor(user, FactorKind.TOTP, act)
    question = Question(user, Purpose.SIGN_IN, "holder", enrolment=enrolment, kind=FactorKind.VOICE)
    assert _refusal(lambda: challenges.pose(question, new_house(), act())) == "VOICE-NEEDS-SMS"


@pytest.mark.req("PHN-7")
def test_a_number_is_added_as_typed_and_by_the_firms_rules(
    user: User, act: Callable[..., Act]
) -> None:
    who, house = signed_in(user, act().at), new_house()
    typed = Typed("07400 123456", "GB", "Mine")
    assert phone_changes.add(who, typed, house=house, act=act()).number == MOBILE
    swiss = replace(house, policy=replace(house.policy, countries=("CH",)))
    other = Typed(OTHER, "GB")
    assert _refusal(lambda: phone_changes.add(who, other, house=swiss, act=act())) == (
        "PHONE-COUNTRY"
    )


@pytest.mark.req("PHN-6", "VOICE-2")
def test_outside_the_carriers_hours_no_sms_leaves_but_a_call_does(
    user: User, phone: PhoneNumber, act: Callable[..., Act], clock: StillClock
) -> None:
    _verify(user, phone, act)
    # It is ten in the morning in London.
    phones.set_carrier_hours(phone, CarrierHours(20, 22), act=act())
    clock.advance(minutes=3)
    enrolment, house = Enrolment.objects.get(), new_house()

    def ask(kind: FactorKind) -> str:
        question = Question(user, Purpose.SIGN_IN, "holder", enrolment=enrolment, kind=kind)
        return challenges.pose(question, house, act()).kind

    assert _refusal(lambda: ask(FactorKind.SMS)) == "SMS-BLOCKED"
    assert ask(FactorKind.VOICE) == "voice"
