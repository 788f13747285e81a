"""Accounts, recipients and their allow-lists: what a name may be, and that the default is no."""

from collections.abc import Callable

import pytest
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory import access, reads
from strongroom.directory.accounts import add_account
from strongroom.directory.gate import look_up_address, look_up_offer
from strongroom.directory.models import Account, AllowedNetwork, Recipient
from strongroom.directory.recipients import (
    Enrolment,
    add_recipient,
    allow_network,
    disable,
    disallow_network,
    enable,
)
from strongroom.rules.networks import candidates
from strongroom.rules.refusals import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _account(act: Callable[..., Act]) -> None:
    add_account("U1234567", name="A", act=act())


def _refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as no:
        call()
    return no.value.code


@pytest.mark.parametrize("number", ["", "1234567", "u1234567", "U12345", "U123456789", "U12345\n"])
def test_only_account_numbers_become_accounts(act: Callable[..., Act], number: str) -> None:
    assert _refusal(lambda: add_account(number, name="A", act=act())) == "ACCOUNT-NUMBER"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[1m", "x" * 201])
def test_an_account_has_a_printable_name(act: Callable[..., Act], name: str) -> None:
    assert _refusal(lambda: add_account("U7654321", name=name, act=act())) == "ACCOUNT-NAME"


def test_an_account_is_added_once(act: Callable[..., Act]) -> None:
    assert _refusal(lambda: add_account("U1234567", name="B", act=act())) == "ACCOUNT-EXISTS"
    assert Account.objects.get().name == "A"
    assert Event.objects.filter(verb="account.added").count() == 1


@pytest.mark.parametrize(
    "login",
    ["", "ab", "Fund", "1fund", "fund ", "fund\n", "fünd", "a" * 33, "../x", "a;b", "root\0"],
)
def test_only_plain_small_letters_become_logins(act: Callable[..., Act], login: str) -> None:
    enrolment = Enrolment(["U1234567"])
    assert _refusal(lambda: add_recipient(login, enrolment, act=act())) == "RECIPIENT-LOGIN"


@pytest.mark.parametrize(
    ("enrolment", "code"),
    [
        (Enrolment([]), "RECIPIENT-ACCOUNTS"),
        (Enrolment(["U7777777"]), "ACCOUNT-UNKNOWN"),
        (Enrolment(["U1234567"], ["nonsense"]), "NETWORK-MALFORMED"),
        (Enrolment(["U1234567"], ["198.51.100.0/24", "198.51.100.0/24"]), "NETWORK-DUPLICATE"),
    ],
)
def test_a_refused_enrolment_leaves_nothing(
    act: Callable[..., Act], enrolment: Enrolment, code: str
) -> None:
    assert _refusal(lambda: add_recipient("fund", enrolment, act=act())) == code
    assert (Recipient.objects.count(), AllowedNetwork.objects.count()) == (0, 0)
    assert not Event.objects.filter(verb="recipient.added").exists()


def test_a_login_is_given_once(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"]), act=act())
    again = Enrolment(["U1234567"])
    assert _refusal(lambda: add_recipient("fund", again, act=act())) == "RECIPIENT-EXISTS"


@pytest.mark.req("SFTP-6")
def test_the_allow_list_is_the_recipients_own_and_empty_at_first(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"]), act=act())
    add_recipient("other", Enrolment(["U1234567"], ["203.0.113.0/24"]), act=act())
    there, elsewhere = candidates("203.0.113.7"), candidates("198.51.100.1")
    assert not look_up_offer("fund", "x", there).is_address_own
    assert look_up_offer("fund", "x", there).is_address_listed
    assert look_up_offer("other", "x", there).is_address_own
    assert not look_up_address(elsewhere).is_listed
    assert allow_network("fund", "198.51.100.1", act=act()) == ["198.51.100.1/32"]
    assert look_up_offer("fund", "x", elsewhere).is_address_own
    assert not look_up_offer("other", "x", elsewhere).is_address_own


@pytest.mark.req("SFTP-6", "ATK-34")
def test_every_change_of_a_list_moves_the_access_clock(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"]), act=act())
    seen = [access.ticks()]
    for change in (
        lambda: allow_network("fund", "198.51.100.0/24", act=act()),
        lambda: disallow_network("fund", "198.51.100.0/24", act=act()),
        lambda: disable("fund", act=act()),
        lambda: enable("fund", act=act()),
    ):
        change()
        seen.append(access.ticks())
    assert seen == sorted(set(seen))


@pytest.mark.req("SFTP-6")
def test_any_is_both_internets_and_goes_as_it_came(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"], ["any"]), act=act())
    assert reads.every_network() == ["0.0.0.0/0", "::/0"]
    disallow_network("fund", "any", act=act())
    assert reads.every_network() == []


def test_what_is_not_on_the_list_cannot_be_taken_off(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"], ["198.51.100.0/24"]), act=act())

    def narrower() -> list[str]:
        return disallow_network("fund", "198.51.100.7", act=act())

    assert _refusal(narrower) == "NETWORK-NOT-LISTED"
    assert reads.every_network() == ["198.51.100.0/24"]


def test_private_networks_are_refused_unless_the_firm_says_so(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"]), act=act())
    assert _refusal(lambda: allow_network("fund", "10.0.0.0/8", act=act())) == "NETWORK-PRIVATE"
    assert allow_network("fund", "10.0.0.0/8", act=act(), private_allowed=True) == ["10.0.0.0/8"]


def test_a_disabled_recipients_list_admits_nobody(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"], ["198.51.100.0/24"]), act=act())
    disable("fund", act=act())
    disable("fund", act=act())
    assert not look_up_address(candidates("198.51.100.9")).is_listed
    assert reads.every_network() == []
    assert Event.objects.filter(verb="recipient.disabled").count() == 1


@pytest.mark.parametrize("verb", [enable, disable])
def test_verbs_on_nobody_are_refused(act: Callable[..., Act], verb: Callable[..., None]) -> None:
    assert _refusal(lambda: verb("nobody", act=act())) == "RECIPIENT-UNKNOWN"


@pytest.mark.req("ATK-34", "ATK-41")
def test_open_visits_are_judged_together_and_each_on_its_own(act: Callable[..., Act]) -> None:
    add_recipient("fund", Enrolment(["U1234567"], ["198.51.100.0/24"]), act=act())
    other = add_recipient("other", Enrolment(["U1234567"]), act=act())
    fund = Recipient.objects.get(login="fund")
    assert reads.lists_of({fund.pk, other.pk}) == {fund.pk: frozenset({"198.51.100.0/24"})}
    assert reads.still_open([("v", fund.pk, "SHA256:none")], act().at) == set()
