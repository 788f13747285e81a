"""Opting out and in, and what the firm's other systems read of a user."""

from collections.abc import Callable
from itertools import product

import pytest
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory.models import PhoneNumber, Role, User
from strongroom.directory.users import close_user
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, EnrolmentState, LoginEvent
from strongroom.login.safety import opting_out, permissions, restricting
from strongroom.login.safety.restricting import Asker
from strongroom.login.visitor import Visitor
from strongroom.rules.networks import parse_network
from strongroom.rules.permissions import Protection, permissions_of
from strongroom.rules.refusals import Refused

from tests.unit.restrictions.listening import Listener

Acts = Callable[..., Act]
Join = Callable[..., User]
HOME = Visitor("203.0.113.5", "Firefox")


def _refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as no:
        call()
    return no.value.code


@pytest.mark.req("SLS-7", "IPR-12")
def test_penny_stocks_are_for_those_with_a_factor_or_a_list() -> None:
    for opted_out, listed in product((False, True), repeat=2):
        known = permissions_of(Protection(True, opted_out, listed))
        assert known.penny_stocks is (not opted_out or listed)
        assert known.platform_needs_factor is not opted_out


@pytest.mark.req("PHN-2", "LOGIN-8")
def test_trading_is_restricted_without_a_number_and_for_whoever_only_reads() -> None:
    assert permissions_of(Protection(False, False, False)).trading_restricted
    assert not permissions_of(Protection(True, False, False)).trading_restricted
    closed = permissions_of(Protection(True, False, False, is_read_only=True)).as_facts()
    assert closed == {
        "trading_restricted": True,
        "penny_stocks": False,
        "platform_needs_factor": True,
        "read_only": True,
    }


@pytest.mark.req("SLS-6")
@pytest.mark.parametrize(
    ("residence", "code"),
    [
        ("HK", "OPT-OUT-RESIDENCE"),
        ("IN", "OPT-OUT-RESIDENCE"),
        ("", "OPT-OUT-RESIDENCE-UNKNOWN"),
    ],
)
def test_the_law_of_some_places_lets_nobody_opt_out(
    join: Join, house: LoginHouse, act: Acts, residence: str, code: str
) -> None:
    asker = Asker(join("prima", residence=residence), HOME)
    assert _refusal(lambda: opting_out.opt_out(asker, house=house, act=act())) == code
    assert not permissions.has_opted_out(asker.user)


@pytest.mark.req("SLS-8")
def test_only_the_primary_user_opts_out_and_another_is_told_who_may(
    join: Join, house: LoginHouse, act: Acts
) -> None:
    primary, second = join("prima"), join("secon", Role.SECOND)
    for deed in (opting_out.opt_out, opting_out.opt_in):
        with pytest.raises(Refused) as no:
            deed(Asker(second, HOME), house=house, act=act())
        assert (no.value.code, primary.name in str(no.value)) == ("E-SEC-1", True)


@pytest.mark.req("SLS-7", "SLS-8", "IPR-6", "IPR-12", "MON-4")
def test_who_opts_out_loses_penny_stocks_until_addresses_are_listed(
    join: Join, house: LoginHouse, act: Acts, herald: Listener
) -> None:
    ann = Asker(join("prima"), HOME)
    PhoneNumber.objects.create(
        user=ann.user, number="+81312345678", country="JP", kind="mobile",
        added_at=act().at, verified_at=act().at,
    )  # fmt: skip
    opting_out.opt_out(ann, house=house, act=act())
    assert _refusal(lambda: opting_out.opt_out(ann, house=house, act=act())) == "OPT-OUT-DONE"
    known = permissions.permissions(ann.user, act().at)
    assert (known.platform_needs_factor, known.penny_stocks) == (False, False)
    assert not known.trading_restricted
    listed = (parse_network("203.0.113.5"),)
    change = restricting.propose(ann, ann.user, listed, house=house, act=act())
    assert permissions.permissions(ann.user, act().at).penny_stocks
    restricting.confirm(change.pk, ann, act=act())
    restricting.propose(ann, ann.user, (), house=house, act=act())
    assert not permissions.permissions(ann.user, act().at).penny_stocks
    assert herald.alerts[0].kind == "opted-out"
    assert Event.objects.filter(verb="user.opted-out").count() == 1
    assert LoginEvent.objects.filter(user=ann.user, kind="opted-out").count() == 1


@pytest.mark.req("SLS-8")
def test_opting_in_needs_a_lasting_factor_and_brings_everything_back(
    join: Join, house: LoginHouse, act: Acts, herald: Listener
) -> None:
    ann = Asker(join("prima"), HOME)
    opting_out.opt_out(ann, house=house, act=act())
    Enrolment.objects.create(
        user=ann.user, kind="temporary", label="x", state=EnrolmentState.ACTIVE,
        created_at=act().at, created_via="desk",
    )  # fmt: skip
    assert _refusal(lambda: opting_out.opt_in(ann, house=house, act=act())) == "OPT-IN-FACTOR"
    Enrolment.objects.create(
        user=ann.user, kind="totp", label="x", state=EnrolmentState.ACTIVE,
        created_at=act().at, created_via="portal",
    )  # fmt: skip
    opting_out.opt_in(ann, house=house, act=act())
    assert _refusal(lambda: opting_out.opt_in(ann, house=house, act=act())) == "OPT-OUT-DONE"
    assert permissions.permissions(ann.user, act().at).platform_needs_factor
    assert herald.alerts[-1].kind == "opted-in"


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_trades_nowhere(join: Join, act: Acts) -> None:
    closed = close_user(join("prima").name, act=act())
    known = permissions.permissions(closed, act().at)
    assert (known.read_only, known.trading_restricted, known.penny_stocks) == (True, True, False)
