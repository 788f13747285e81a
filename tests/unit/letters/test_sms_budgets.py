"""Toll fraud pays nobody: codes per number, block and country are counted, pauses are kept."""

from datetime import timedelta

import pytest
from strongroom.messages import letter_care
from strongroom.messages.herald import OutboxHerald
from strongroom.messages.models import Letter, Notice
from strongroom.rules.refusals import Refused
from strongroom.rules.sms_budgets import SmsBudgets, is_pumping

from tests.unit.letters.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.mark.req("LATK-23")
def test_of_twenty_numbers_of_one_block_not_all_get_a_code(desk: Desk) -> None:
    refused = []
    for number in range(20):
        phone = desk.person(f"pump{number:03}", number=f"+81901234{number:04}", is_verified=False)
        try:
            desk.code(phone)
        except Refused as error:
            refused.append(error.code)
    assert refused == ["SMS-BUDGET"] * 8
    assert Letter.objects.count() == 12
    desk.code(desk.person("other123", number="+818055551234"))


@pytest.mark.req("SMS2FA-3", "PHN-5", "LATK-23")
def test_a_second_code_is_refused_for_two_minutes_and_told_for_how_long(desk: Desk) -> None:
    phone = desk.person()
    desk.code(phone)
    desk.clock.advance(seconds=50)
    with pytest.raises(Refused) as refused:
        desk.code(phone)
    assert (refused.value.code, refused.value.facts) == ("SMS-SOON", {"seconds": 70})
    desk.clock.advance(seconds=70)
    desk.code(phone)
    assert Letter.objects.count() == 2


@pytest.mark.req("VOICE-2")
def test_a_call_can_follow_an_sms_at_once(desk: Desk) -> None:
    phone = desk.person()
    desk.code(phone)
    desk.code(phone, channel="voice")
    with pytest.raises(Refused, match="just sent"):
        desk.code(phone, channel="voice")


@pytest.mark.req("LATK-23", "LATK-22")
def test_a_number_gets_so_many_codes_an_hour(desk: Desk) -> None:
    phone = desk.person()
    most = SmsBudgets().number_hour
    for _ in range(most):
        desk.code(phone)
        desk.clock.advance(seconds=120)
    with pytest.raises(Refused) as refused:
        desk.code(phone)
    assert refused.value.code == "SMS-BUDGET"
    assert refused.value.facts["minutes"] == 60 - 2 * most


@pytest.mark.req("LATK-22", "LATK-23")
def test_an_unproved_number_cannot_be_pestered_from_many_users(desk: Desk) -> None:
    most = SmsBudgets().unverified_day
    for user in range(most):
        desk.code(desk.person(f"pest{user:04}", is_verified=False))
    with pytest.raises(Refused, match="Too many codes"):
        desk.code(desk.person("pest9999", is_verified=False))
    desk.code(desk.person("marie123"))


@pytest.mark.req("LATK-23")
def test_a_country_that_the_firm_does_not_serve_gets_nothing(desk: Desk) -> None:
    desk.herald = OutboxHerald(desk.sealing, SmsBudgets(countries=("JP",)))
    with pytest.raises(Refused) as refused:
        desk.code(desk.person("anita789", number="+447400123456", country="GB"))
    assert refused.value.code == "SMS-BLOCKED"
    desk.code(desk.person())


@pytest.mark.req("PHN-6", "LATK-2")
@pytest.mark.parametrize(
    "known",
    [{"is_do_not_call": True}, {"swapped_at": timedelta(hours=-3)}, {"hours": (1, 2)}],
    ids=str,
)
def test_what_is_known_of_a_number_keeps_codes_back(desk: Desk, known: dict[str, object]) -> None:
    phone = desk.person()
    phone.is_do_not_call = bool(known.get("is_do_not_call"))
    if "swapped_at" in known:
        phone.swapped_at = desk.clock.now() + known["swapped_at"]
    phone.hours_from, phone.hours_to = known.get("hours", (None, None))
    phone.save()
    with pytest.raises(Refused) as refused:
        desk.code(phone)
    assert refused.value.code == "SMS-BLOCKED"
    assert not Letter.objects.exists()


@pytest.mark.req("LATK-23")
def test_what_was_refused_used_no_budget_up(desk: Desk) -> None:
    phone = desk.person()
    desk.code(phone)
    for _ in range(30):
        with pytest.raises(Refused, match="just sent"):
            desk.code(phone)
    desk.clock.advance(seconds=120)
    desk.code(phone)


@pytest.mark.req("LATK-23")
@pytest.mark.parametrize(
    ("sent", "entered", "expected"),
    [(19, 0, False), (20, 3, True), (20, 4, False), (500, 90, True)],
)
def test_codes_that_nobody_enters_are_an_alarm(sent: int, entered: int, expected: bool) -> None:
    assert is_pumping(sent=sent, entered=entered) is expected


@pytest.mark.req("LATK-23")
def test_operators_hear_of_codes_that_nobody_enters_once_a_day(desk: Desk) -> None:
    for number in range(20):
        phone = desk.person(f"pump{number:03}", number=f"+8190123{number:02}0000")
        desk.code(phone)
    desk.round()
    letter_care.keep_letters(desk.act("worker"))
    assert not Notice.objects.exists(), "somebody may still be typing"
    desk.clock.advance(minutes=11)
    for _ in range(2):
        letter_care.keep_letters(desk.act("worker"))
    (notice,) = Notice.objects.all()
    assert (notice.kind, notice.recipient) == ("codes-unused", "")
    assert notice.facts == {"route": "JP", "country": "JP", "sent": "20", "entered": "0"}
