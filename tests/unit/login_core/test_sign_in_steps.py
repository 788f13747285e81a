"""Signing in step by step: password, choice, factor, session (F6)."""

import uuid
from datetime import timedelta

import pytest
from strongroom.audit.models import Event
from strongroom.directory.models import User
from strongroom.login.entry import signing_in
from strongroom.login.entry.signing_in import Reply
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    FactorKind,
    LoginEvent,
    Password,
    RestrictionChange,
    SignIn,
    Standing,
    WebSession,
)
from strongroom.login.visitor import Visitor
from strongroom.rules.assurance import Assurance
from strongroom.rules.refusals import Refused
from strongroom.rules.scopes import Scope
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, NAME, PASSWORD, Desk
from tests.unit.login_core.fakes import RIGHT

pytestmark = pytest.mark.django_db
_MINUTE = timedelta(minutes=1)


@pytest.mark.req("LOGIN-3", "SLS-1")
def test_password_and_factor_together_open_a_session(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    assert not WebSession.objects.exists()
    asked = desk.ask(sign_in, totp)
    person = desk.person(desk.answer(sign_in, asked.id))
    assert (person.user.name, person.scope, person.stepped_up) == (NAME, Scope.FULL, True)
    assert person.session.assurance == Assurance.TOTP
    assert person.session.proofs[0]["kind"] == "totp"


@pytest.mark.req("LOGIN-3")
def test_there_is_no_session_without_a_factor(desk: Desk, marta: User) -> None:
    sign_in = desk.begin()
    choices = signing_in.choices(sign_in, desk.house, desk.act)
    assert (choices.options, choices.preferred, choices.may_enrol) == ((), None, True)
    with pytest.raises(Refused, match="too long or was ended"):
        signing_in.choices(uuid.uuid4(), desk.house, desk.act)


@pytest.mark.req("SLS-9", "SLS-10", "VOICE-2")
def test_several_factors_are_offered_with_the_strongest_first(desk: Desk, marta: User) -> None:
    desk.add_factor(marta, FactorKind.SMS)
    desk.add_factor(marta, FactorKind.CARD)
    choices = signing_in.choices(desk.begin(), desk.house, desk.act)
    kinds = [option.kind for option in choices.options]
    assert kinds == [FactorKind.CARD, FactorKind.SMS, FactorKind.VOICE]
    assert choices.options[1].hint.endswith("78")
    assert choices.options[1].enrolment_id == choices.options[2].enrolment_id


@pytest.mark.req("SLS-10")
def test_the_factor_used_is_offered_first_next_time(desk: Desk, marta: User) -> None:
    desk.add_factor(marta, FactorKind.CARD)
    sms = desk.add_factor(marta, FactorKind.SMS)
    desk.enter(sms)
    preferred = signing_in.choices(desk.begin(), desk.house, desk.act).preferred
    assert preferred is not None
    assert preferred.enrolment_id == sms.pk


@pytest.mark.req("SLS-10")
def test_a_recovery_code_does_not_become_the_preferred_factor(desk: Desk, marta: User) -> None:
    desk.enter(desk.add_factor(marta, FactorKind.RECOVERY))
    assert Standing.objects.get(user=marta).preferred is None


@pytest.mark.req("VOICE-1", "VOICE-2")
def test_a_call_brings_the_code_of_an_sms_factor_and_of_no_other(
    desk: Desk, marta: User, totp: Enrolment
) -> None:
    sms = desk.add_factor(marta, FactorKind.SMS)
    sign_in = desk.begin()
    asked = desk.ask(sign_in, sms, FactorKind.VOICE)
    assert (asked.kind, desk.herald.codes[-1][0].channel) == (FactorKind.VOICE, "voice")
    with pytest.raises(Refused) as refused:
        desk.ask(sign_in, totp, FactorKind.VOICE)
    assert refused.value.code == "VOICE-NEEDS-SMS"
    with pytest.raises(Refused):
        desk.ask(sign_in, sms, FactorKind.TEMPORARY)
    session = WebSession.objects.get(pk=desk.answer(sign_in, asked.id).session_id)
    assert (session.proofs[0]["kind"], len(desk.herald.used)) == ("voice", 1)


def test_a_new_challenge_cancels_the_one_before(desk: Desk, marta: User) -> None:
    sms = desk.add_factor(marta, FactorKind.SMS)
    sign_in = desk.begin()
    first = desk.ask(sign_in, sms)
    second = desk.ask(sign_in, sms)
    assert signing_in.current(sign_in, desk.house, desk.act) == second
    assert second.resend_at is not None
    assert len(desk.herald.withdrawn) == 1
    with pytest.raises(Refused, match="login failed"):
        desk.answer(sign_in, first.id)
    desk.answer(sign_in, second.id)


@pytest.mark.req("E-DSC-1")
def test_an_answer_after_its_time_begins_again_with_a_new_challenge(
    desk: Desk, totp: Enrolment
) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    desk.later(minutes=5)
    with pytest.raises(Refused) as refused:
        desk.answer(sign_in, asked.id)
    assert refused.value.code == "E-DSC-1"
    with pytest.raises(Refused) as refused:
        signing_in.current(sign_in, desk.house, desk.act)
    assert refused.value.code == "E-DSC-1"
    assert desk.factors[FactorKind.TOTP].compared == []


def test_a_sign_in_lives_ten_minutes(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    desk.later(minutes=6)
    asked = desk.ask(sign_in, totp)
    desk.later(minutes=4)
    with pytest.raises(Refused) as refused:
        desk.answer(sign_in, asked.id)
    assert refused.value.code == "SIGN-IN-OVER"


def test_who_leaves_a_sign_in_cannot_go_on_with_it(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    signing_in.leave(sign_in, desk.house, desk.act)
    with pytest.raises(Refused):
        desk.answer(sign_in, asked.id)
    assert Challenge.objects.get().state == ChallengeState.CANCELLED


@pytest.mark.req("LATK-6")
def test_the_same_answer_sent_twice_opens_one_session(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    desk.answer(sign_in, asked.id)
    with pytest.raises(Refused) as refused:
        desk.answer(sign_in, asked.id)
    assert refused.value.code == "SIGN-IN-OVER"
    assert WebSession.objects.count() == 1


@pytest.mark.req("LATK-6")
def test_a_challenge_of_one_sign_in_is_not_answered_in_another(desk: Desk, totp: Enrolment) -> None:
    asked = desk.ask(desk.begin(), totp)
    with pytest.raises(Refused, match="login failed"):
        desk.answer(desk.begin(AWAY), asked.id)
    assert desk.factors[FactorKind.TOTP].compared == []


def test_a_factor_of_somebody_else_cannot_be_chosen(desk: Desk, totp: Enrolment) -> None:
    other = desk.add_factor(desk.add_user("jonas118"))
    with pytest.raises(Refused) as refused:
        desk.ask(desk.begin(), other)
    assert refused.value.code == "FACTOR-UNKNOWN"


def test_a_factor_that_has_expired_is_not_offered(desk: Desk, marta: User) -> None:
    temporary = desk.add_factor(
        marta, FactorKind.TEMPORARY, expires_at=desk.clock.now() + 2 * _MINUTE
    )
    sign_in = desk.begin()
    assert signing_in.choices(sign_in, desk.house, desk.act).options
    desk.later(minutes=2)
    choices = signing_in.choices(sign_in, desk.house, desk.act)
    assert (choices.options, choices.may_enrol) == ((), False)
    with pytest.raises(Refused):
        desk.ask(sign_in, temporary)


@pytest.mark.req("IPR-1", "LATK-21")
def test_a_right_password_from_an_unlisted_address_is_refused_and_says_so(
    desk: Desk, totp: Enrolment
) -> None:
    asked = desk.ask(sign_in := desk.begin(), totp)
    now = desk.clock.now()
    RestrictionChange.objects.create(
        user=totp.user,
        networks=["203.0.113.0/24"],
        made_at=now,
        made_by="user:marta417",
        effective_at=now,
        confirmed_at=now,
    )
    for attempt in (desk.begin, lambda: desk.answer(sign_in, asked.id)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "RESTRICTED-ADDRESS"
    desk.begin(AWAY)
    assert not WebSession.objects.exists()


@pytest.mark.req("F20")
def test_an_operators_lock_stops_a_sign_in_under_way(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    Standing.objects.create(user=totp.user, locked_at=desk.clock.now())
    with pytest.raises(Refused) as refused:
        desk.answer(sign_in, asked.id)
    assert refused.value.code == "SIGN-IN-OVER"
    with pytest.raises(Refused) as refused:
        desk.begin()
    assert refused.value.code == "E-LOGIN-1"


@pytest.mark.req("LOGIN-8")
def test_a_closed_user_needs_a_factor_and_may_only_look(desk: Desk, totp: Enrolment) -> None:
    User.objects.update(closed_at=desk.clock.now())
    assert desk.person(desk.enter(totp)).scope is Scope.READ_ONLY


@pytest.mark.req("TEMP-2", "LATK-24")
def test_a_temporary_code_opens_less_after_two_days(desk: Desk, marta: User) -> None:
    temporary = desk.add_factor(marta, FactorKind.TEMPORARY)
    desk.later(days=1, hours=20)
    entered = desk.enter(temporary)
    assert desk.person(entered).scope is Scope.FULL
    assert desk.person(entered).session.assurance == Assurance.TEMPORARY
    for _ in range(24):
        desk.later(minutes=10).person(entered)
    assert desk.person(entered).scope is Scope.CODE_CARD_ONLY
    desk.later(days=10)
    with pytest.raises(Refused):
        desk.person(entered)


def test_a_hash_with_old_parameters_is_renewed(desk: Desk, totp: Enrolment) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD.reveal())
    Password.objects.update(hash=old)
    desk.begin()
    assert Password.objects.get().hash != old
    desk.begin()


@pytest.mark.req("MON-4")
def test_a_browser_never_seen_is_told_of_and_a_known_one_is_not(
    desk: Desk, totp: Enrolment
) -> None:
    desk.enter(totp)
    desk.enter(totp)
    assert "new-browser" not in desk.herald.kinds()
    desk.enter(totp, AWAY)
    alert = desk.herald.alerts[-1]
    assert (alert.kind, alert.facts["address"]) == ("new-browser", AWAY.address)
    assert "/sign-in/not-me/" in alert.secrets["not_me"].reveal()


@pytest.mark.req("LATK-2")
def test_sms_beside_a_stronger_factor_is_told_of(desk: Desk, marta: User) -> None:
    sms = desk.add_factor(marta, FactorKind.SMS)
    desk.enter(sms)
    assert "sms-after-app" not in desk.herald.kinds()
    desk.add_factor(marta, FactorKind.CARD)
    desk.enter(sms)
    assert desk.herald.kinds()[-1] == "sms-after-app"


@pytest.mark.req("LATK-29")
def test_history_and_audit_tell_of_a_login_without_its_secrets(desk: Desk, totp: Enrolment) -> None:
    desk.enter(totp)
    kinds = set(LoginEvent.objects.values_list("kind", flat=True))
    assert kinds == {"password-right", "signed-in"}
    written = " ".join(Event.objects.values_list("record", flat=True))
    assert RIGHT not in written
    assert PASSWORD.reveal() not in written
    assert "session.opened" in written


def test_a_login_says_which_browser_it_was(desk: Desk, totp: Enrolment) -> None:
    visitor = Visitor(HOME.address, "Fire\x00fox\n" + "x" * 500)
    session = desk.person(desk.enter(totp, visitor)).session
    assert "\n" not in session.browser
    assert len(session.browser) <= 200
    assert SignIn.objects.get().browser == session.browser


def test_a_kind_that_the_firm_stopped_offering_asks_no_more(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    desk.ask(sign_in, totp)
    del desk.house.factors[FactorKind.TOTP]  # type: ignore[attr-defined]
    with pytest.raises(Refused) as refused:
        signing_in.current(sign_in, desk.house, desk.act)
    assert refused.value.code == "FACTOR-OFF"
    assert not signing_in.choices(sign_in, desk.house, desk.act).options


def test_an_endless_answer_is_refused_unread(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    reply = Reply(asked.id, Secret("1" * 20_000))
    with pytest.raises(Refused, match="login failed"):
        signing_in.answer(sign_in, reply, HOME, desk.house, desk.act)
    assert desk.factors[FactorKind.TOTP].compared == []


@pytest.mark.req("LATK-22")
def test_challenges_are_posed_so_often_and_no_more(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    for _ in range(30):
        desk.ask(sign_in, totp)
    with pytest.raises(Refused) as refused:
        desk.ask(sign_in, totp)
    assert refused.value.code == "TOO-MANY-TRIES"


@pytest.mark.req("LATK-2")
def test_a_number_that_is_no_factor_is_not_asked_without_its_number(
    desk: Desk, marta: User
) -> None:
    sms = desk.add_factor(marta, FactorKind.SMS)
    Enrolment.objects.update(phone=None)
    with pytest.raises(Refused) as refused:
        desk.ask(desk.begin(), sms)
    assert refused.value.code == "FACTOR-UNKNOWN"
