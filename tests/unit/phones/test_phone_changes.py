"""Changing the own numbers: with a fresh factor, told of, and slow where SMS alone vouches."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from strongroom.audit.act import Act
from strongroom.backends.factors.card.factor import CardFactor
from strongroom.directory import phones
from strongroom.directory.models import PhoneNumber, User
from strongroom.login.contact import phone_changes, phone_checks, phone_enrolment
from strongroom.login.contact.contact_guard import Changer
from strongroom.login.contact.phone_changes import Typed
from strongroom.login.entry import challenges
from strongroom.login.entry.challenges import Question
from strongroom.login.models import Enrolment, FactorKind, Purpose, Standing
from strongroom.login.safety import disavowals
from strongroom.messages.letter_texts.rendering import House, short_alert
from strongroom.messages.letter_texts.words import Language
from strongroom.messages.models import Letter
from strongroom.rules.alerts import AlertKind
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import StillClock
from tests.unit.phones.houses import (
    code_for,
    facts_of_alerts,
    new_house,
    secret_of,
    signed_in,
    with_factor,
)
from tests.unit.phones.people import MOBILE, OTHER

pytestmark = pytest.mark.django_db
Acts = Callable[..., Act]


def _refusal(verb: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def _prove(who: Changer, phone: PhoneNumber, act: Acts) -> PhoneNumber:
    phone_checks.send(who, phone.pk, house=new_house(), act=act())
    code = Secret(code_for(phone))
    return phone_checks.confirm(who, phone.pk, code, house=new_house(), act=act())


@pytest.fixture
def enrolled(user: User, phone: PhoneNumber, act: Acts, clock: StillClock) -> PhoneNumber:
    """A number that is its user's one factor."""
    _prove(signed_in(user, act().at), phone, act)
    clock.advance(hours=1)
    return phone


def _added(
    who: Changer, act: Acts, *, number: str = OTHER, replaces: int | None = None
) -> PhoneNumber:
    typed = Typed(number, "GB", replaces=replaces)
    return phone_changes.add(who, typed, house=new_house(), act=act())


def _asks(user: User, phone: PhoneNumber, act: Acts) -> str:
    enrolment = Enrolment.objects.get(user=user, phone=phone, state="active")
    question = Question(user, Purpose.SIGN_IN, "sign-in", enrolment=enrolment)
    try:
        return challenges.pose(question, new_house(), act()).kind
    except Refused as refused:
        return refused.code


@pytest.mark.req("LATK-25")
def test_a_thief_with_a_session_and_no_factor_changes_nothing(
    user: User, enrolled: PhoneNumber, act: Acts
) -> None:
    thief, house = signed_in(user, act().at), new_house()
    for verb in (
        lambda: _added(thief, act),
        lambda: _added(thief, act, replaces=enrolled.pk),
        lambda: phone_changes.remove(thief, enrolled.pk, house=house, act=act()),
        lambda: phone_changes.use_for_codes(thief, enrolled.pk, house=house, act=act()),
    ):
        assert _refusal(verb) == "STEP-UP-NEEDED"


@pytest.mark.req("LATK-25")
def test_a_factor_proved_six_minutes_ago_is_not_fresh(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    who = signed_in(user, act().at, proved="sms")
    clock.advance(minutes=5)
    assert _refusal(lambda: _added(who, act)) == "STEP-UP-NEEDED"
    clock.advance(minutes=-1)
    assert _added(who, act).number == OTHER


@pytest.mark.req("LATK-2", "LATK-25", "F15")
def test_a_number_changed_by_sms_alone_takes_codes_after_72_hours_and_the_old_one_until_then(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    who = signed_in(user, act().at, proved="sms")
    new = _added(who, act, replaces=enrolled.pk)
    assert _asks(user, enrolled, act) == "sms"
    _prove(who, new, act)
    clock.advance(minutes=3)
    assert (_asks(user, new, act), _asks(user, enrolled, act)) == ("PHONE-COOLING", "sms")
    clock.advance(hours=71)
    assert phone_enrolment.finish_changes(new_house(), act()) == 0
    clock.advance(hours=1)
    assert phone_enrolment.finish_changes(new_house(), act()) == 1
    assert phone_enrolment.finish_changes(new_house(), act()) == 0
    assert _asks(user, new, act) == "sms"
    assert [phone.number for phone in phones.listed(user)] == [OTHER]
    assert [kind for kind, _ in facts_of_alerts(user)][-1] == "phone-removed"


@pytest.mark.req("LATK-2", "LATK-25", "F15")
def test_a_number_changed_with_a_stronger_factor_is_usable_at_once(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    with_factor(user, FactorKind.TOTP, act)
    who = signed_in(user, act().at, proved="totp")
    new = _added(who, act, replaces=enrolled.pk)
    _prove(who, new, act)
    clock.advance(minutes=2)
    assert [phone.number for phone in phones.listed(user)] == [OTHER]
    assert Enrolment.objects.get(kind="sms", state="active").phone_id == new.pk
    assert _asks(user, new, act) == "sms"


@pytest.mark.req("LATK-25", "MON-4")
def test_a_change_is_told_and_freezes_what_a_thief_would_do_next(
    user: User, enrolled: PhoneNumber, act: Acts
) -> None:
    who, house = signed_in(user, act().at, proved="sms"), new_house()
    new = _added(who, act, replaces=enrolled.pk)
    assert not Standing.objects.filter(frozen_until__isnull=False).exists()
    _prove(who, new, act)
    assert Standing.objects.get(user=user).frozen_until == act().at + timedelta(hours=72)
    assert facts_of_alerts(user)[-1] == ("phone-added", {"number": "+44 ••• ••457"})
    assert (
        _refusal(lambda: phone_changes.remove(who, enrolled.pk, house=house, act=act()))
        == "CHANGES-FROZEN"
    )
    assert _refusal(lambda: _added(who, act, number="+447400123458", replaces=new.pk)) == (
        "CHANGES-FROZEN"
    )


@pytest.mark.req("F15")
def test_an_unverified_number_that_is_typed_anew_leaves_no_trace_among_the_numbers(
    user: User, enrolled: PhoneNumber, act: Acts
) -> None:
    who = signed_in(user, act().at, proved="sms")
    wrong = _added(who, act, replaces=enrolled.pk)
    right = _added(who, act, number="+447400123458", replaces=wrong.pk)
    assert right.replaces_id == enrolled.pk
    assert [phone.pk for phone in phones.listed(user)] == [enrolled.pk, right.pk]


@pytest.mark.req("PHN-1")
def test_the_last_number_of_the_only_factor_cannot_be_removed(
    user: User, enrolled: PhoneNumber, act: Acts
) -> None:
    who, house = signed_in(user, act().at, proved="sms"), new_house()
    remove = lambda: phone_changes.remove(who, enrolled.pk, house=house, act=act())  # noqa: E731
    assert _refusal(remove) == "PHONE-LAST"
    with_factor(user, FactorKind.RECOVERY, act)
    _added(who, act)
    assert _refusal(remove) == "PHONE-LAST"
    with_factor(user, FactorKind.TOTP, act)
    remove()
    assert not Enrolment.objects.filter(kind="sms", state="active").exists()


@pytest.mark.req("LATK-2")
def test_a_cooling_number_is_no_reason_to_let_the_last_good_one_go(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    who, house = signed_in(user, act().at, proved="sms"), new_house()
    second = _added(who, act)
    _prove(who, second, act)
    remove = lambda: phone_changes.remove(who, enrolled.pk, house=house, act=act())  # noqa: E731
    assert _refusal(remove) == "PHONE-LAST"
    clock.advance(hours=72)
    who = signed_in(user, act().at, proved="sms")
    phone_changes.remove(who, enrolled.pk, house=house, act=act())
    assert Enrolment.objects.get(kind="sms", state="active").phone_id == second.pk


def test_the_codes_go_to_the_number_that_a_person_chooses(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    who, house = signed_in(user, act().at, proved="sms"), new_house()
    second = _added(who, act)
    choose = lambda: phone_changes.use_for_codes(  # noqa: E731
        who, second.pk, house=house, act=act()
    )
    assert _refusal(choose) == "PHONE-UNVERIFIED"
    _prove(who, second, act)
    assert _refusal(choose) == "PHONE-COOLING"
    clock.advance(hours=72)
    who = signed_in(user, act().at, proved="sms")
    for _ in range(2):
        phone_changes.use_for_codes(who, second.pk, house=house, act=act())
    assert Enrolment.objects.get(state="active").phone_id == second.pk


@pytest.mark.req("SLS-3")
def test_a_number_is_not_made_a_factor_beside_a_card(
    user: User, verified: PhoneNumber, act: Acts
) -> None:
    with_factor(user, FactorKind.CARD, act)
    plain = new_house()
    house = replace(plain, factors={**plain.factors, FactorKind.CARD: CardFactor()})
    who = signed_in(user, act().at, proved="card")
    assert (
        _refusal(lambda: phone_changes.use_for_codes(who, verified.pk, house=house, act=act()))
        == "SMS-RETIRED"
    )


def test_an_unverified_number_goes_without_ceremony(
    user: User, phone: PhoneNumber, act: Acts
) -> None:
    who = signed_in(user, act().at)
    phone_changes.remove(who, phone.pk, house=new_house(), act=act())
    assert (phones.listed(user), facts_of_alerts(user)) == ([], [])
    assert not Standing.objects.exists()


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_changes_no_number(user: User, phone: PhoneNumber, act: Acts) -> None:
    user.closed_at = act().at
    who = signed_in(user, act().at)
    assert (
        _refusal(lambda: phone_changes.remove(who, phone.pk, house=new_house(), act=act()))
        == "SCOPE-READ-ONLY"
    )


@pytest.mark.req("PHN-7", "LATK-2")
def test_a_number_that_comes_back_after_a_removal_has_to_be_proved_anew(
    user: User, enrolled: PhoneNumber, act: Acts
) -> None:
    with_factor(user, FactorKind.TOTP, act)
    who = signed_in(user, act().at, proved="totp")
    phone_changes.remove(who, enrolled.pk, house=new_house(), act=act())
    assert _added(who, act, number=MOBILE).verified_at is None


def _told_by_sms(user: User) -> list[tuple[str, str]]:
    rows = Letter.objects.filter(user=user, channel="sms").exclude(kind__startswith="code-")
    return sorted(rows.values_list("address", "kind"))


@pytest.mark.req("LATK-25", "MON-4")
def test_the_old_number_is_told_by_sms_when_another_takes_its_place(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    who = signed_in(user, act().at, proved="sms")
    _prove(who, _added(who, act, replaces=enrolled.pk), act)
    assert _told_by_sms(user) == [(MOBILE, "phone-added")]
    clock.advance(hours=72)
    phone_enrolment.finish_changes(new_house(), act())
    told = _told_by_sms(user)
    assert told == [(MOBILE, "phone-added"), (MOBILE, "phone-removed"), (OTHER, "phone-removed")]


@pytest.mark.req("LATK-25")
@pytest.mark.parametrize(("hours", "is_undone"), [(71, True), (72, False)])
def test_for_72_hours_the_alerts_link_brings_the_old_number_and_its_factor_back(
    enrolled: PhoneNumber, act: Acts, clock: StillClock, hours: int, is_undone: bool
) -> None:
    user = enrolled.user
    with_factor(user, FactorKind.TOTP, act)
    who = signed_in(user, act().at, proved="totp")
    _prove(who, _added(who, act, replaces=enrolled.pk), act)
    letter = Letter.objects.filter(kind="phone-added", channel="mail").latest("created_at")
    token = Secret(secret_of(letter, "not_me").rpartition("/")[2])
    clock.advance(hours=hours)
    disavowals.disavow(token, new_house(), act())
    numbers = [phone.number for phone in phones.listed(user)]
    by_sms = Enrolment.objects.filter(user=user, kind="sms", state="active")
    if is_undone:
        assert numbers == [MOBILE]
        assert by_sms.get().phone_id == enrolled.pk
    else:
        assert numbers == [OTHER]
        assert not by_sms.exists()
    assert _refusal(lambda: disavowals.disavow(token, new_house(), act())) == "LINK-OVER"


@pytest.mark.req("LATK-25", "LATK-29")
def test_an_alert_by_sms_says_what_happened_and_has_no_link() -> None:
    house = House("The firm", "+1 555 0100", "portal.example")
    facts = {"number": "+44 ••• ••457", "at": "2026-11-23 10:00 UTC"}
    for language, words in ((Language.ENGLISH, "was added"), (Language.JAPANESE, "追加")):
        text = short_alert(AlertKind.PHONE_ADDED, facts, language=language, house=house).reveal()
        assert text.startswith("The firm: ")
        assert words in text
        assert "+44 ••• ••457" in text
        assert "http" not in text
        assert len(text) < 320


@pytest.mark.req("LATK-22")
@pytest.mark.django_db(transaction=True)
def test_of_two_good_numbers_removed_at_once_one_stays_for_the_codes(
    user: User, enrolled: PhoneNumber, act: Acts, clock: StillClock
) -> None:
    who = signed_in(user, act().at, proved="sms")
    second = _added(who, act)
    _prove(who, second, act)
    clock.advance(hours=72)
    who, moment, codes = signed_in(user, act().at, proved="sms"), act(), []

    def remove(phone_id: int) -> None:
        try:
            phone_changes.remove(who, phone_id, house=new_house(), act=moment)
        except Refused as refused:
            codes.append(refused.code)
        finally:
            connections.close_all()

    both = [threading.Thread(target=remove, args=(one.pk,)) for one in (enrolled, second)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(phones.listed(user)) == 1
    assert Enrolment.objects.get(state="active").phone == phones.listed(user)[0]
    assert codes in (["PHONE-LAST"], ["CHANGES-FROZEN"])
