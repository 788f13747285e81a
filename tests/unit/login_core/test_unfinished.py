"""What was begun with an old password ends with it: logins on their way, links in letters."""

import pytest
from strongroom.login import forgetting
from strongroom.login.credentials import passwords, resets
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import enrolments
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import Enrolment, FactorKind
from strongroom.login.safety import disavowals, suspicion
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, NAME, PASSWORD, Desk
from tests.unit.login_core.fakes import RIGHT

pytestmark = pytest.mark.django_db
NEW = Secret("Pale moon over 9 hills")


def _proved_link(desk: Desk, totp: Enrolment) -> Secret:
    """A reset that needs nothing but the new password."""
    resets.ask(NAME, AWAY, desk.house, desk.act)
    link = Secret(desk.herald.mails[-1][1].secrets["link"].reveal().rpartition("/")[2])
    asked = resets.choose(link, totp.pk, desk.house, desk.act)
    resets.prove(link, Reply(asked.id, Secret(RIGHT)), desk.house, desk.act)
    return link


def _refuse_link(desk: Desk, link: Secret) -> None:
    with pytest.raises(Refused) as refused:
        resets.finish(link, Secret("Another 7 pale moons"), AWAY, desk.house, desk.act)
    assert refused.value.code == "RESET-OVER"


@pytest.mark.req("PWD-2", "LATK-24")
def test_a_login_begun_with_the_old_password_does_not_go_on_after_its_change(
    desk: Desk, totp: Enrolment
) -> None:
    session = desk.person(desk.enter(totp)).session
    thief = desk.begin(AWAY)
    passwords.change_password(session, PASSWORD, NEW, desk.house, desk.act)
    with pytest.raises(Refused) as refused:
        desk.ask(thief, totp)
    assert refused.value.code == "SIGN-IN-OVER"


@pytest.mark.req("PWD-8", "LATK-24")
def test_a_changed_password_is_not_changed_again_by_an_older_link(
    desk: Desk, totp: Enrolment
) -> None:
    session = desk.person(desk.enter(totp)).session
    link = _proved_link(desk, totp)
    passwords.change_password(session, PASSWORD, NEW, desk.house, desk.act)
    _refuse_link(desk, link)


@pytest.mark.req("MON-3", "LATK-24")
def test_a_proved_link_does_not_outlive_that_it_was_not_me(desk: Desk, totp: Enrolment) -> None:
    desk.enter(totp)
    link = _proved_link(desk, totp)
    desk.enter(totp, AWAY)
    alarm = desk.herald.alerts[-1].secrets["not_me"].reveal().rpartition("/")[2]
    disavowals.disavow(Secret(alarm), desk.house, desk.act)
    _refuse_link(desk, link)


@pytest.mark.req("F20", "LATK-24")
def test_a_proved_link_does_not_outlive_the_desks_suspicion(desk: Desk, totp: Enrolment) -> None:
    link = _proved_link(desk, totp)
    suspicion.suspect(totp.user, desk.clock.now(), desk.house, desk.act)
    _refuse_link(desk, link)


@pytest.mark.req("PWD-8")
def test_the_link_of_a_person_who_changed_nothing_stays_good(desk: Desk, totp: Enrolment) -> None:
    link = _proved_link(desk, totp)
    desk.enter(totp)
    resets.finish(link, NEW, HOME, desk.house, desk.act)


def test_factors_that_were_begun_again_and_again_are_forgotten(desk: Desk, totp: Enrolment) -> None:
    for _ in range(3):
        enrolments.begin(totp.user, Wanted(FactorKind.CARD, "session"), desk.house, desk.act)
    forgetting.forget_old(desk.later(days=8).act)
    assert list(Enrolment.objects.all()) == [totp]
