"""A forgotten password: a link by mail and a factor, and nothing but the password changes."""

import pytest
from strongroom.directory.models import User
from strongroom.login import standings
from strongroom.login.credentials import resets
from strongroom.login.entry.signing_in import Reply
from strongroom.login.models import (
    Enrolment,
    EnrolmentState,
    FactorKind,
    LoginEvent,
    Standing,
    Token,
    WebSession,
)
from strongroom.login.safety import disavowals
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, NAME, PASSWORD, Desk, trusting
from tests.unit.login_core.fakes import RIGHT, WRONG

pytestmark = pytest.mark.django_db
NEW = Secret("Pale moon over 9 hills")


def _link(desk: Desk, name: str = NAME) -> Secret:
    """Ask for a reset and read the mail."""
    resets.ask(name, HOME, desk.house, desk.act)
    _, alert = desk.herald.mails[-1]
    return Secret(alert.secrets["link"].reveal().rpartition("/")[2])


def _prove(desk: Desk, token: Secret, enrolment: Enrolment, text: str = RIGHT) -> None:
    asked = resets.choose(token, enrolment.pk, desk.house, desk.act)
    resets.prove(token, Reply(asked.id, Secret(text)), desk.house, desk.act)


def _finish(desk: Desk, token: Secret, new: Secret = NEW) -> None:
    resets.finish(token, new, HOME, desk.house, desk.act)


@pytest.mark.req("PWD-3", "PWD-8", "F14", "LATK-24")
def test_link_and_factor_change_the_password_and_end_all_that_is_open(
    desk: Desk, totp: Enrolment
) -> None:
    entered = desk.enter(totp, trust=True)
    half = desk.begin()
    token = _link(desk)
    opened = resets.open_link(token, desk.house, desk.act)
    assert (opened.needs_factor, opened.choices.options[0].enrolment_id) == (True, totp.pk)
    _prove(desk, token, totp)
    assert not resets.open_link(token, desk.house, desk.act).needs_factor
    sessions = WebSession.objects.count()
    _finish(desk, token)
    assert WebSession.objects.count() == sessions
    assert WebSession.objects.get().end_reason == "password-reset"
    with pytest.raises(Refused, match="too long or was ended"):
        desk.ask(half, totp)
    with pytest.raises(Refused):
        desk.begin()
    desk.begin(trusting(HOME, entered.trusted_cookie), NEW)
    totp.refresh_from_db()
    assert totp.state == EnrolmentState.ACTIVE
    assert desk.herald.kinds()[-1] == "password-reset"
    assert LoginEvent.objects.filter(kind="password-reset").count() == 1


@pytest.mark.req("PWD-8", "LATK-24")
def test_the_link_alone_changes_nothing_where_there_is_a_factor(
    desk: Desk, totp: Enrolment
) -> None:
    token = _link(desk)
    with pytest.raises(Refused) as refused:
        _finish(desk, token)
    assert refused.value.code == "RESET-UNPROVED"
    with pytest.raises(Refused, match="login failed"):
        _prove(desk, token, totp, "000000")
    with pytest.raises(Refused):
        _finish(desk, token)
    desk.begin()


@pytest.mark.req("LATK-24")
def test_wrong_answers_do_not_do_away_with_the_factor_that_a_reset_needs(
    desk: Desk, totp: Enrolment
) -> None:
    for _ in range(3):
        token = _link(desk)
        for _ in range(4):
            asked = resets.choose(token, totp.pk, desk.house, desk.act) if _active(totp) else None
            if asked is None:
                break
            reply = Reply(asked.id, WRONG)
            with pytest.raises(Refused):
                resets.prove(token, reply, desk.house, desk.act)
    assert not _active(totp)
    assert resets.open_link(token, desk.house, desk.act).needs_factor
    with pytest.raises(Refused) as refused:
        _finish(desk, token)
    assert refused.value.code == "RESET-UNPROVED"


def _active(enrolment: Enrolment) -> bool:
    return Enrolment.objects.get(pk=enrolment.pk).state == EnrolmentState.ACTIVE


def test_a_user_without_a_factor_resets_by_the_link(desk: Desk, marta: User) -> None:
    desk.add_factor(marta, FactorKind.TEMPORARY, expires_at=desk.clock.now())
    token = _link(desk)
    assert not resets.open_link(token, desk.house, desk.act).needs_factor
    _finish(desk, token)
    desk.begin(HOME, NEW)


@pytest.mark.req("F14")
def test_a_link_is_good_once_and_for_half_an_hour(desk: Desk, totp: Enrolment) -> None:
    old, used = _link(desk), _link(desk)
    _prove(desk, used, totp)
    _finish(desk, used)
    late = _link(desk)
    desk.later(minutes=30)
    for token in (old, used, late, Secret("never-made"), Secret("x" * 9999)):
        with pytest.raises(Refused) as refused:
            resets.open_link(token, desk.house, desk.act)
        assert refused.value.code == "RESET-OVER"


@pytest.mark.req("F14", "PWD-1")
def test_a_new_password_that_is_refused_leaves_the_link_good(desk: Desk, totp: Enrolment) -> None:
    token = _link(desk)
    _prove(desk, token, totp)
    for bad, code in (("short", "PASSWORD-SHORT"), (PASSWORD.reveal(), "PASSWORD-SAME")):
        with pytest.raises(Refused) as refused:
            _finish(desk, token, Secret(bad))
        assert refused.value.code == code
    _finish(desk, token)


@pytest.mark.req("F14", "LOGIN-4")
def test_a_reset_does_not_lift_a_lock(desk: Desk, totp: Enrolment) -> None:
    for _ in range(10):
        with pytest.raises(Refused):
            desk.begin(AWAY, WRONG)
    token = _link(desk)
    _prove(desk, token, totp)
    _finish(desk, token)
    with pytest.raises(Refused) as refused:
        desk.begin(HOME, NEW)
    assert refused.value.code == "E-LOGIN-1"
    desk.later(hours=24).begin(HOME, NEW)


@pytest.mark.req("LATK-22")
def test_a_mailbox_gets_three_links_an_hour_and_a_source_asks_twenty_times(
    desk: Desk, totp: Enrolment
) -> None:
    for _ in range(20):
        resets.ask(NAME, HOME, desk.house, desk.act)
    assert [to for to, _ in desk.herald.mails].count(totp.user.email) == 3
    assert len(desk.herald.mails) == 20
    with pytest.raises(Refused) as refused:
        resets.ask(NAME, HOME, desk.house, desk.act)
    assert refused.value.code == "TOO-MANY-TRIES"


@pytest.mark.req("LATK-30")
def test_the_link_is_kept_as_a_digest(desk: Desk, totp: Enrolment) -> None:
    token = _link(desk)
    assert len(token.reveal()) == 43
    assert token.reveal() not in str(Token.objects.values().get())


@pytest.mark.req("F20", "MON-3")
def test_whoever_says_it_was_not_me_is_signed_out_and_needs_a_new_password(
    desk: Desk, totp: Enrolment
) -> None:
    desk.enter(totp)
    desk.later(minutes=1)
    thief = desk.enter(totp, AWAY, trust=True)
    half = desk.begin(AWAY)
    alert = next(one for one in desk.herald.alerts if one.kind == "new-browser")
    link = Secret(alert.secrets["not_me"].reveal().rpartition("/")[2])
    assert disavowals.find(link, desk.act) == totp.user
    desk.person(thief, AWAY)
    assert disavowals.disavow(link, desk.house, desk.act) == totp.user
    with pytest.raises(Refused):
        desk.person(thief, AWAY)
    with pytest.raises(Refused):
        desk.ask(half, totp)
    with pytest.raises(Refused):
        desk.begin()
    assert Standing.objects.get().frozen_until == desk.clock.now() + desk.policy.change_freeze
    with pytest.raises(Refused) as refused:
        disavowals.disavow(link, desk.house, desk.act)
    assert refused.value.code == "LINK-OVER"
    token = _link(desk)
    _prove(desk, token, totp)
    _finish(desk, token)
    desk.begin(HOME, NEW)


def test_a_reset_link_is_no_other_link(desk: Desk, totp: Enrolment) -> None:
    token = _link(desk)
    with pytest.raises(Refused) as refused:
        disavowals.find(token, desk.act)
    assert refused.value.code == "LINK-OVER"


def test_two_finishes_of_one_link_change_the_password_once(desk: Desk, marta: User) -> None:
    from strongroom.login.contact import mail_tokens
    from strongroom.rules import login_refusals

    token = _link(desk)
    over = login_refusals.RESET_OVER
    row, _ = mail_tokens.find(token, "reset", desk.act, otherwise=over)
    mail_tokens.use(row, desk.act, otherwise=over)
    with pytest.raises(Refused):
        mail_tokens.use(row, desk.act, otherwise=over)


def test_a_user_without_a_standing_gets_one(desk: Desk, marta: User) -> None:
    standings.hold(marta, marta)
    assert standings.of(marta) == Standing.objects.get(user=marta)
