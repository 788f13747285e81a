"""A user's numbers: five at most, none of a joint holder's, and when codes may go to one."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connections
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory import phones
from strongroom.directory.models import Account, PhoneNumber, User
from strongroom.directory.numbering import read_number
from strongroom.directory.phones import CarrierHours, NewNumber
from strongroom.rules.refusals import Refused

from tests.conftest import MORNING
from tests.unit.phones.people import MOBILE, OTHER, user_of

pytestmark = pytest.mark.django_db
WAIT = timedelta(hours=72)


def _new(number: str = MOBILE, **changed: object) -> NewNumber:
    return NewNumber(read_number(number, country="GB"), **changed)  # type: ignore[arg-type]


def _refusal(verb: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


@pytest.mark.req("PHN-7")
def test_a_sixth_number_is_refused_until_one_is_removed(
    user: User, act: Callable[..., Act]
) -> None:
    for last in range(5):
        phones.add(user, _new(f"+44740012345{last}"), act=act())
    assert _refusal(lambda: phones.add(user, _new(OTHER), act=act())) == "PHONE-MANY"
    phones.remove(phones.listed(user)[0], act=act())
    phones.add(user, _new(OTHER), act=act())
    assert len(phones.listed(user)) == 5


@pytest.mark.req("PHN-7")
@pytest.mark.django_db(transaction=True)
def test_five_is_the_most_even_when_ten_are_added_at_once(
    user: User, act: Callable[..., Act]
) -> None:
    def add(last: int) -> None:
        try:
            phones.add(user, _new(f"+44740012345{last}"), act=act())
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=(last,)) for last in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PhoneNumber.objects.count() == 5


@pytest.mark.req("F15")
def test_a_new_number_in_the_place_of_one_of_five_is_not_a_sixth(
    user: User, act: Callable[..., Act]
) -> None:
    for last in range(5):
        phones.add(user, _new(f"+44740012345{last}"), act=act())
    old = phones.listed(user)[0]
    first = phones.add(user, _new(OTHER, replaces=old), act=act())
    second = phones.add(user, _new("+447400123458", replaces=old), act=act())
    first.refresh_from_db()
    assert (first.removed_at, second.removed_at) == (MORNING, None)
    assert _refusal(lambda: phones.add(user, _new(), act=act())) == "PHONE-MANY"


@pytest.mark.req("PHN-7")
def test_the_same_number_twice_is_refused(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    assert _refusal(lambda: phones.add(user, _new(), act=act())) == "PHONE-TWICE"


@pytest.mark.req("PHN-7", "F15")
def test_joint_holders_cannot_use_the_same_number(
    account: Account, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    joint = user_of("bravo456", account)
    assert _refusal(lambda: phones.add(joint, _new(), act=act())) == "PHONE-JOINT"
    stranger = user_of("stran789")
    assert phones.add(stranger, _new(), act=act()).number == MOBILE


@pytest.mark.req("PHN-7")
def test_one_person_with_two_users_has_one_number_for_both(
    account: Account, act: Callable[..., Act]
) -> None:
    first = user_of("first123", account, identity="P-1")
    second = user_of("secon123", account, identity="P-1")
    third = user_of("third123", account, identity="P-2")
    phones.add(first, _new(), act=act())
    phones.add(second, _new(), act=act())
    assert _refusal(lambda: phones.add(third, _new(), act=act())) == "PHONE-JOINT"


@pytest.mark.req("PHN-7")
def test_who_becomes_a_joint_holder_later_cannot_verify_the_others_number(
    account: Account, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    later = user_of("later123")
    theirs = phones.add(later, _new(), act=act())
    account.rights.create(user=later, role="second", given_at=MORNING, given_by="operator:x")
    verify = lambda: phones.mark_verified(theirs, usable_from=MORNING, act=act())  # noqa: E731
    assert _refusal(verify) == "PHONE-JOINT"


@pytest.mark.req("PHN-2")
def test_only_a_verified_number_that_was_not_removed_lifts_the_restriction(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    assert not phones.has_verified(user)
    phones.mark_verified(phone, usable_from=MORNING, act=act())
    assert phones.has_verified(user)
    assert phones.remove(phone, act=act())
    assert not phones.remove(phone, act=act())
    assert not phones.has_verified(user)
    phones.restore(phone, act=act())
    assert phones.has_verified(user)


def test_a_number_cannot_come_back_beside_itself(
    user: User, phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    phones.remove(phone, act=act())
    phones.add(user, _new(), act=act())
    assert _refusal(lambda: phones.restore(phone, act=act())) == "PHONE-TWICE"


def test_nobody_finds_the_numbers_of_others(user: User, phone: PhoneNumber) -> None:
    assert phones.find(user, phone.pk) == phone
    assert _refusal(lambda: phones.find(user_of("other123"), phone.pk)) == "PHONE-UNKNOWN"


@pytest.mark.req("LATK-2", "LATK-25")
def test_codes_go_to_no_number_that_is_unverified_cooling_or_swapped(
    verified: PhoneNumber, act: Callable[..., Act]
) -> None:
    def outcome(at: datetime) -> str:
        try:
            phones.refuse_unusable(verified, at, wait=WAIT)
        except Refused as refused:
            return refused.code if MOBILE[-6:] not in str(refused) else "not masked"
        return "usable"

    assert outcome(MORNING) == "usable"
    phones.note_swap(verified, MORNING - timedelta(hours=3), act=act())
    assert outcome(MORNING) == "PHONE-SWAPPED"
    assert outcome(MORNING + WAIT) == "usable"
    verified.usable_from = MORNING + WAIT * 2
    assert outcome(MORNING + WAIT) == "PHONE-COOLING"
    assert outcome(MORNING + WAIT * 2) == "usable"
    verified.verified_at = None
    assert outcome(MORNING) == "PHONE-UNVERIFIED"


@pytest.mark.req("PHN-6")
@pytest.mark.parametrize(
    ("hours", "open_at"),
    [
        (None, set(range(24))),
        (CarrierHours(9, 21), set(range(9, 21))),
        (CarrierHours(22, 6), {22, 23, 0, 1, 2, 3, 4, 5}),
        (CarrierHours(0, 24), set(range(24))),
    ],
)
def test_a_carrier_delivers_in_its_own_hours(
    phone: PhoneNumber, act: Callable[..., Act], hours: CarrierHours | None, open_at: set[int]
) -> None:
    phones.set_carrier_hours(phone, hours, act=act())
    phone.refresh_from_db()
    # In November London's hour is UTC's.
    found = {hour for hour in range(24) if phones.delivers_at(phone, MORNING.replace(hour=hour))}
    assert found == open_at


@pytest.mark.parametrize("hours", [(-1, 5), (24, 5), (5, 5), (5, 25), (5, 0)])
def test_hours_that_no_day_has_are_refused(
    phone: PhoneNumber, act: Callable[..., Act], hours: tuple[int, int]
) -> None:
    change = lambda: phones.set_carrier_hours(phone, CarrierHours(*hours), act=act())  # noqa: E731
    assert _refusal(change) == "PHONE-HOURS"


@pytest.mark.req("PHN-6")
def test_a_register_of_numbers_not_to_call_is_noted_once(
    phone: PhoneNumber, act: Callable[..., Act]
) -> None:
    for _ in range(2):
        phones.set_do_not_call(phone, is_listed=True, act=act())
    phone.refresh_from_db()
    assert phone.is_do_not_call
    assert Event.objects.filter(verb="phone.do-not-call").count() == 1


@pytest.mark.parametrize("label", ["x" * 41, "a\nb", "a\u202eb"])
def test_a_name_that_could_mislead_is_refused(
    user: User, phone: PhoneNumber, act: Callable[..., Act], label: str
) -> None:
    phones.rename(phone, "  My work phone ", act=act())
    assert phones.listed(user)[0].label == "My work phone"
    assert _refusal(lambda: phones.rename(phone, label, act=act())) == "PHONE-LABEL"


@pytest.mark.req("LATK-29")
def test_the_audit_never_holds_a_whole_number(
    verified: PhoneNumber, act: Callable[..., Act]
) -> None:
    phones.remove(verified, act=act())
    assert not Event.objects.filter(record__contains="7400123456").exists()
    assert Event.objects.filter(verb__startswith="phone.").count() == 3
