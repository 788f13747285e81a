"""A user's list of addresses on the database: changed, tried, confirmed, rolled back, obeyed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from strongroom.audit.act import Act
from strongroom.audit.models import Event
from strongroom.directory.gate import look_up_address
from strongroom.directory.models import AllowedNetwork, Recipient, Role, User
from strongroom.login import history
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import LoginEvent, RestrictionChange, Standing
from strongroom.login.safety import restricting, restrictions
from strongroom.login.safety.restricting import Asker
from strongroom.login.visitor import Visitor
from strongroom.rules.networks import Network, parse_network
from strongroom.rules.refusals import Refused
from strongroom.rules.restrictions import Phase

if TYPE_CHECKING:
    from tests.conftest import StillClock as Clock
    from tests.unit.restrictions.listening import Listener

Acts = Callable[..., Act]
Join = Callable[..., User]

HOME, OFFICE, AWAY = "203.0.113.5", "198.51.100.7", "192.0.2.99"


def _nets(*texts: str) -> tuple[Network, ...]:
    return tuple(parse_network(text) for text in texts)


def _from(user: User, address: str = HOME) -> Asker:
    return Asker(user, Visitor(address, "Firefox"))


def _refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as no:
        call()
    return no.value.code


def _gets_in(user: User, address: str, now: datetime) -> bool:
    try:
        restrictions.check(user, address, now)
    except Refused:
        return False
    return True


@pytest.fixture
def ann(join: Join) -> User:
    """The primary user."""
    return join("prima")


@pytest.mark.req("IPR-15")
def test_a_users_list_and_the_allow_list_of_sftp_are_apart(
    ann: User, house: LoginHouse, act: Acts
) -> None:
    recipient = Recipient.objects.create(login="feeds", created_at=act().at)
    listed = AllowedNetwork.objects.create(
        recipient=recipient, network=f"{AWAY}/32", added_at=act().at
    )
    assert _gets_in(ann, HOME, act().at)
    restricting.propose(_from(ann), ann, _nets(HOME), house=house, act=act())
    assert [one.network for one in AllowedNetwork.objects.all()] == [listed.network]
    known = look_up_address([f"{HOME}/32"]), look_up_address([f"{AWAY}/32"])
    assert known[0] != known[1]
    assert not _gets_in(ann, AWAY, act().at)


@pytest.mark.req("IPR-1", "LATK-21")
def test_a_restricted_user_gets_in_from_a_listed_address_only(
    ann: User, house: LoginHouse, act: Acts
) -> None:
    assert _gets_in(ann, AWAY, act().at)
    restricting.propose(_from(ann), ann, _nets(HOME, OFFICE), house=house, act=act())
    assert _refusal(lambda: restrictions.check(ann, AWAY, act().at)) == "RESTRICTED-TRIAL"
    seen = {place: _gets_in(ann, place, act().at) for place in (HOME, OFFICE, AWAY, "", "x")}
    assert seen == {HOME: True, OFFICE: True, AWAY: False, "": False, "x": False}
    assert _gets_in(ann, f"::ffff:{HOME}", act().at)


@pytest.mark.req("IPR-8", "IPR-14")
def test_a_change_that_nobody_confirms_is_rolled_back_by_itself(
    ann: User, house: LoginHouse, act: Acts, clock: "Clock", herald: "Listener"
) -> None:
    restricting.propose(_from(ann), ann, _nets(OFFICE), house=house, act=act())
    clock.advance(minutes=29)
    assert not _gets_in(ann, HOME, act().at)
    clock.advance(minutes=1)
    assert _gets_in(ann, HOME, act().at)
    assert restricting.roll_back_due(house=house, act=act("worker")) == 1
    assert restricting.roll_back_due(house=house, act=act("worker")) == 0
    assert [alert.kind for alert in herald.alerts] == [
        "restriction-changed",
        "restriction-rolled-back",
    ]
    assert restrictions.listed(ann, act().at).waiting is None


@pytest.mark.req("IPR-7")
def test_a_change_is_confirmed_from_a_listed_address_and_then_stays(
    ann: User, house: LoginHouse, act: Acts, clock: "Clock"
) -> None:
    change = restricting.propose(_from(ann), ann, _nets(OFFICE), house=house, act=act())
    assert restrictions.listed(ann, act().at).phase is Phase.TRIAL
    outside = _refusal(lambda: restricting.confirm(change.pk, _from(ann), act=act()))
    assert outside == "RESTRICTION-UNLISTED"
    restricting.confirm(change.pk, _from(ann, OFFICE), act=act())
    again = _refusal(lambda: restricting.confirm(change.pk, _from(ann, OFFICE), act=act()))
    assert again == "RESTRICTION-DONE"
    clock.advance(hours=1)
    assert restricting.roll_back_due(house=house, act=act("worker")) == 0
    assert _refusal(lambda: restrictions.check(ann, HOME, act().at)) == "RESTRICTED-ADDRESS"
    assert not _gets_in(ann, HOME, act().at)


def test_too_late_to_confirm_is_too_late(
    ann: User, house: LoginHouse, act: Acts, clock: "Clock"
) -> None:
    change = restricting.propose(_from(ann), ann, _nets(HOME), house=house, act=act())
    clock.advance(minutes=30)
    late = _refusal(lambda: restricting.confirm(change.pk, _from(ann), act=act()))
    assert late == "RESTRICTION-DONE"


@pytest.mark.req("IPR-7")
def test_a_change_that_waits_can_be_cancelled_and_keeps_others_waiting(
    ann: User, house: LoginHouse, act: Acts, herald: "Listener"
) -> None:
    change = restricting.propose(_from(ann), ann, _nets(HOME), house=house, act=act())
    second = _refusal(
        lambda: restricting.propose(_from(ann), ann, _nets(OFFICE), house=house, act=act())
    )
    assert second == "RESTRICTION-WAITING"
    restricting.cancel(change.pk, _from(ann), house=house, act=act())
    assert _gets_in(ann, AWAY, act().at)
    twice = _refusal(lambda: restricting.cancel(change.pk, _from(ann), house=house, act=act()))
    assert twice == "RESTRICTION-DONE"
    assert herald.alerts[-1].kind == "restriction-removed"


@pytest.mark.req("IPR-5", "IPR-6")
def test_when_the_last_entry_is_removed_the_user_may_come_from_anywhere(
    ann: User, house: LoginHouse, act: Acts, herald: "Listener"
) -> None:
    first = restricting.propose(_from(ann), ann, _nets(HOME), house=house, act=act())
    restricting.confirm(first.pk, _from(ann), act=act())
    none = restrictions.with_removed(ann, f"{HOME}/32", act().at)
    assert none == ()
    assert _refusal(lambda: restrictions.with_removed(ann, "x", act().at)) == "RESTRICTION-SAME"
    restricting.propose(_from(ann), ann, none, house=house, act=act())
    assert _gets_in(ann, AWAY, act().at)
    assert restrictions.listed(ann, act().at).waiting is None
    assert herald.alerts[-1].kind == "restriction-removed"


@pytest.mark.req("IPR-8")
def test_a_firm_can_let_changes_wait_for_the_night(
    ann: User, house: LoginHouse, act: Acts, clock: "Clock"
) -> None:
    slow = replace(house, policy=replace(house.policy, restriction_delay=timedelta(hours=12)))
    change = restricting.propose(_from(ann), ann, _nets(HOME), house=slow, act=act())
    assert restrictions.listed(ann, act().at).phase is Phase.PENDING
    assert _gets_in(ann, AWAY, act().at)
    restricting.confirm(change.pk, _from(ann), act=act())
    clock.advance(hours=12)
    assert not _gets_in(ann, AWAY, act().at)


@pytest.mark.req("IPR-10", "SLS-8", "USR-3")
def test_the_primary_user_lists_addresses_for_the_others_and_nobody_else_does(
    ann: User, join: Join, house: LoginHouse, act: Acts, clock: "Clock"
) -> None:
    bob = join("secon", Role.SECOND)
    with pytest.raises(Refused) as no:
        restricting.propose(_from(bob), bob, _nets(OFFICE), house=house, act=act())
    assert (no.value.code, ann.name in str(no.value)) == ("E-SEC-1", True)
    other = _refusal(
        lambda: restricting.propose(_from(bob), ann, _nets(OFFICE), house=house, act=act())
    )
    assert other == "E-SEC-1"
    change = restricting.propose(_from(ann), bob, _nets(OFFICE), house=house, act=act())
    assert restricting.managed_by(ann) == [ann, bob]
    assert restricting.managed_by(bob) == []
    clock.advance(hours=1)
    assert change.roll_back_at is None
    assert not _gets_in(bob, HOME, act().at)
    assert _gets_in(ann, HOME, act().at)


@pytest.mark.req("IPR-10")
def test_a_strangers_change_is_out_of_reach(
    ann: User, house: LoginHouse, act: Acts, db: None
) -> None:
    from strongroom.directory import users
    from strongroom.directory.accounts import add_account
    from strongroom.directory.user_invitations import Person, invite

    add_account("U7654321", name="B", act=act())
    _, code = invite(Person("B", "b@example.com"), [("U7654321", Role.PRIMARY)], act=act())
    eve = users.register(code, "evexx", act=act())
    change = restricting.propose(_from(ann), ann, _nets(HOME), house=house, act=act())
    for deed in (
        lambda: restricting.confirm(change.pk, _from(eve), act=act()),
        lambda: restricting.cancel(change.pk, _from(eve), house=house, act=act()),
        lambda: restricting.confirm(change.pk + 999, _from(ann), act=act()),
    ):
        assert _refusal(deed) == "RESTRICTION-UNKNOWN"
    own = _refusal(lambda: restricting.propose(_from(eve), ann, (), house=house, act=act()))
    assert own == "E-SEC-1"


def test_a_dry_run_looks_at_ninety_days_of_logins(ann: User, act: Acts, clock: "Clock") -> None:
    for address in (HOME, AWAY):
        history.write(ann, EventKind.SIGNED_IN, Visitor(address, "x"), act())
    history.write(ann, EventKind.PASSWORD_WRONG, Visitor("192.0.2.1", "x"), act())
    clock.advance(days=90)
    history.write(ann, EventKind.SIGNED_IN, Visitor(OFFICE, "x"), act())
    run = restrictions.dry_run(ann, _nets(HOME), OFFICE, act().at)
    assert (run.admits_current, run.admitted) == (False, 1)
    assert [one.address for one in run.turned] == [OFFICE, AWAY]
    clock.advance(seconds=1)
    run = restrictions.dry_run(ann, _nets(OFFICE), OFFICE, act().at)
    assert (run.admits_current, run.admitted, run.turned) == (True, 1, ())


@pytest.mark.req("LATK-25")
def test_after_a_change_of_contact_a_list_waits(ann: User, house: LoginHouse, act: Acts) -> None:
    Standing.objects.create(user=ann, frozen_until=act().at + timedelta(hours=1))
    frozen = _refusal(
        lambda: restricting.propose(_from(ann), ann, _nets(HOME), house=house, act=act())
    )
    assert frozen == "CHANGES-FROZEN"


@pytest.mark.req("MON-4")
def test_each_step_is_told_recorded_and_in_the_history(
    ann: User, join: Join, house: LoginHouse, act: Acts, herald: "Listener"
) -> None:
    bob = join("secon", Role.SECOND)
    restricting.propose(_from(ann), bob, _nets(HOME), house=house, act=act("user:x"))
    assert [(one.kind, one.user_id) for one in herald.alerts] == [
        ("restriction-changed", bob.pk),
        ("restriction-changed", ann.pk),
    ]
    assert herald.alerts[0].facts["networks"] == f"{HOME}/32"
    assert LoginEvent.objects.get(user=bob).facts["by"] == ann.name
    assert Event.objects.filter(verb="restriction.changed").count() == 1
    same = _refusal(
        lambda: restricting.propose(_from(ann), bob, _nets(HOME), house=house, act=act())
    )
    assert same == "RESTRICTION-SAME"
    assert RestrictionChange.objects.count() == 1


def test_a_history_is_kept_for_over_a_year_and_nobodys_for_a_week(
    ann: User, act: Acts, clock: "Clock"
) -> None:
    history.write(ann, EventKind.SIGNED_IN, None, act())
    history.write(None, EventKind.PASSWORD_WRONG, None, act())
    clock.advance(days=8)
    history.forget_old(act())
    assert [one.user for one in LoginEvent.objects.all()] == [ann]
    clock.advance(days=393)
    assert history.forget_old(act()) == 1
