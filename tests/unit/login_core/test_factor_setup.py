"""Factors are set up, confirmed, replaced, suspended and retired (SLS-3, SLS-9, LATK-4)."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from strongroom.directory.models import User
from strongroom.login.contact.contact_guard import Changer, need_fresh_factor
from strongroom.login.contact.phone_enrolment import take_up
from strongroom.login.entry import (
    answers,
    challenges,
    entering,
    failed_factors,
    signing_in,
    step_up,
)
from strongroom.login.entry.challenges import Question
from strongroom.login.entry.entering import Entry, proof_of
from strongroom.login.entry.kept_secrets import asked_of, seal_secret
from strongroom.login.entry.signing_in import Reply
from strongroom.login.factors import activating, enrolments
from strongroom.login.factors.enrolments import Wanted
from strongroom.login.models import (
    Challenge,
    ChallengeState,
    Enrolment,
    EnrolmentState,
    FactorKind,
    Purpose,
    Standing,
    WebSession,
)
from strongroom.login.ports import Asked
from strongroom.rules.assurance import Assurance
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.unit.login_core.desk import AWAY, HOME, Desk
from tests.unit.login_core.fakes import RIGHT

pytestmark = pytest.mark.django_db


def _set_up(desk: Desk, user: User, wanted: Wanted) -> Enrolment:
    begun = enrolments.begin(user, wanted, desk.house, desk.act)
    assert begun.challenge is not None
    reply = Reply(begun.challenge.id, Secret(RIGHT))
    return enrolments.confirm(begun.enrolment_id, reply, wanted.holder, desk.house, desk.act)


def _state(enrolment: Enrolment) -> str:
    return Enrolment.objects.get(pk=enrolment.pk).state


@pytest.mark.req("F6", "SMS2FA-2", "F15")
def test_a_new_users_number_becomes_the_first_factor_and_finishes_the_sign_in(
    desk: Desk, marta: User
) -> None:
    phone = desk.add_phone(marta)
    phone.verified_at = None
    phone.save()
    sign_in = desk.begin()
    made = _set_up(desk, marta, Wanted(FactorKind.SMS, str(sign_in), phone=phone))
    assert desk.herald.codes[-1][1] == "enrol"
    entered = signing_in.finish_with(sign_in, made.pk, HOME, desk.house, desk.act)
    person = desk.person(entered)
    assert not person.is_restricted
    assert person.session.assurance == Assurance.SMS
    phone.refresh_from_db()
    assert phone.verified_at == desk.clock.now()
    assert desk.herald.kinds() == ["factor-added"]


@pytest.mark.req("LATK-24")
def test_a_password_alone_sets_up_no_second_factor(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    wanted = Wanted(FactorKind.CARD, str(sign_in))
    with pytest.raises(Refused) as refused:
        enrolments.begin(totp.user, wanted, desk.house, desk.act)
    assert refused.value.code == "FACTOR-ENROLLED"
    Enrolment.objects.update(state=EnrolmentState.RETIRED)
    assert not signing_in.choices(sign_in, desk.house, desk.act).may_enrol
    with pytest.raises(Refused):
        enrolments.begin(totp.user, wanted, desk.house, desk.act)


@pytest.mark.req("LATK-24")
def test_a_sign_in_is_not_finished_with_a_factor_that_it_did_not_set_up(
    desk: Desk, totp: Enrolment
) -> None:
    sign_in = desk.begin()
    for enrolment_id in (totp.pk, uuid.uuid4()):
        with pytest.raises(Refused) as refused:
            signing_in.finish_with(sign_in, enrolment_id, HOME, desk.house, desk.act)
        assert refused.value.code == "FACTOR-ENROLLED"
    assert not WebSession.objects.exists()


@pytest.mark.req("LATK-24")
def test_two_sign_ins_of_a_new_user_do_not_both_set_up_a_first_factor(
    desk: Desk, marta: User
) -> None:
    first, second = desk.begin(), desk.begin()
    wanted = Wanted(FactorKind.TOTP, str(first))
    one = enrolments.begin(marta, wanted, desk.house, desk.act)
    other = enrolments.begin(
        marta, replace(wanted, kind=FactorKind.CARD, holder=str(second)), desk.house, desk.act
    )
    assert one.challenge is not None
    assert other.challenge is not None
    reply = Reply(one.challenge.id, Secret(RIGHT))
    enrolments.confirm(one.enrolment_id, reply, str(first), desk.house, desk.act)
    reply = Reply(other.challenge.id, Secret(RIGHT))
    with pytest.raises(Refused) as refused:
        enrolments.confirm(other.enrolment_id, reply, str(second), desk.house, desk.act)
    assert refused.value.code == "FACTOR-ENROLLED"
    assert [row.pk for row in enrolments.listed(marta)] == [one.enrolment_id]
    for sign_in in (first, second):
        choices = signing_in.choices(sign_in, desk.house, desk.act)
        assert [option.enrolment_id for option in choices.options] == [one.enrolment_id]
    with pytest.raises(Refused):
        signing_in.finish_with(second, one.enrolment_id, HOME, desk.house, desk.act)


@pytest.mark.req("SLS-3", "ACT-4")
def test_an_app_or_a_card_ends_sms(desk: Desk, marta: User) -> None:
    sms = desk.add_factor(marta, FactorKind.SMS)
    session = desk.person(desk.enter(sms)).session
    _set_up(desk, marta, Wanted(FactorKind.CARD, str(session.pk)))
    assert _state(sms) == EnrolmentState.RETIRED
    assert desk.herald.kinds()[-2:] == ["factor-retired", "factor-added"]


@pytest.mark.req("SLS-3")
def test_totp_beside_sms_ends_nothing(desk: Desk, marta: User) -> None:
    sms = desk.add_factor(marta, FactorKind.SMS)
    _set_up(desk, marta, Wanted(FactorKind.TOTP, "session"))
    assert _state(sms) == EnrolmentState.ACTIVE


@pytest.mark.req("SLS-9", "KEYAPP-1")
def test_several_of_most_kinds_are_active_and_one_of_some(desk: Desk, totp: Enrolment) -> None:
    _set_up(desk, totp.user, Wanted(FactorKind.TOTP, "session"))
    assert _state(totp) == EnrolmentState.ACTIVE
    app = desk.add_factor(totp.user, FactorKind.APP)
    newer = _set_up(desk, totp.user, Wanted(FactorKind.APP, "session"))
    assert (_state(app), _state(newer)) == (EnrolmentState.RETIRED, EnrolmentState.ACTIVE)
    kinds = [one.kind for one in enrolments.listed(totp.user)]
    assert sorted(kinds) == ["app", "totp", "totp"]


@pytest.mark.req("LATK-18", "LATK-25")
def test_a_new_factor_holds_changes_back_unless_as_strong_a_one_vouched_for_it(
    desk: Desk, totp: Enrolment
) -> None:
    user = totp.user
    strong = Wanted(FactorKind.CARD, "session", authority=Assurance.TOTP)
    _set_up(desk, user, strong)
    assert not Standing.objects.exclude(frozen_until=None).exists()
    weak = Wanted(FactorKind.TOTP, "session", authority=Assurance.SMS)
    _set_up(desk, user, weak)
    day = desk.clock.now() + timedelta(hours=24)
    assert Standing.objects.get(user=user).frozen_until == day
    desk.clock.advance(hours=-1)
    _set_up(desk, user, weak)
    assert Standing.objects.get(user=user).frozen_until == day


def test_recovery_codes_are_active_at_once_and_shown_once(desk: Desk, totp: Enrolment) -> None:
    begun = enrolments.begin(
        totp.user, Wanted(FactorKind.RECOVERY, "session"), desk.house, desk.act
    )
    assert (begun.challenge, begun.shown) == (None, {"seed": "once"})
    row = enrolments.find(totp.user, begun.enrolment_id)
    assert row.state == EnrolmentState.ACTIVE
    assert "seed" not in row.sealed
    assert desk.herald.kinds() == ["recovery-codes"]


def test_a_factor_that_waits_is_asked_again_and_replaced_by_a_new_beginning(
    desk: Desk, totp: Enrolment
) -> None:
    user, house = totp.user, desk.house
    first = enrolments.begin(user, Wanted(FactorKind.CARD, "session"), house, desk.act)
    again = enrolments.ask_again(user, first.enrolment_id, "session", house, desk.act)
    assert first.challenge is not None
    reply = Reply(first.challenge.id, Secret(RIGHT))
    with pytest.raises(Refused):
        enrolments.confirm(first.enrolment_id, reply, "session", house, desk.act)
    second = enrolments.begin(user, Wanted(FactorKind.CARD, "session"), house, desk.act)
    assert second.challenge is not None
    with pytest.raises(Refused) as refused:
        enrolments.ask_again(user, first.enrolment_id, "session", house, desk.act)
    assert refused.value.code == "FACTOR-UNKNOWN"
    for enrolment_id, challenge_id in (
        (first.enrolment_id, again.id),
        (first.enrolment_id, second.challenge.id),
    ):
        reply = Reply(challenge_id, Secret(RIGHT))
        with pytest.raises(Refused, match="login failed"):
            enrolments.confirm(enrolment_id, reply, "session", house, desk.act)
    reply = Reply(second.challenge.id, Secret(RIGHT))
    enrolments.confirm(second.enrolment_id, reply, "session", house, desk.act)
    with pytest.raises(Refused):
        activating.activate(enrolments.find(user, second.enrolment_id), house, desk.act)


@pytest.mark.req("SLS-1")
def test_the_last_factor_cannot_be_given_up(desk: Desk, totp: Enrolment) -> None:
    user = totp.user
    desk.add_factor(user, FactorKind.RECOVERY)
    with pytest.raises(Refused) as refused:
        enrolments.retire(user, totp.pk, desk.house, desk.act)
    assert refused.value.code == "FACTOR-LAST"
    desk.add_factor(user, FactorKind.CARD)
    asked = desk.ask(desk.begin(), totp)
    enrolments.retire(user, totp.pk, desk.house, desk.act)
    enrolments.retire(user, totp.pk, desk.house, desk.act)
    assert desk.herald.kinds() == ["factor-retired"]
    assert Challenge.objects.get(pk=asked.id).state == ChallengeState.CANCELLED


def test_a_factor_of_another_user_cannot_be_retired(desk: Desk, totp: Enrolment) -> None:
    other = desk.add_user("jonas118")
    desk.add_factor(other)
    with pytest.raises(Refused) as refused:
        enrolments.retire(other, totp.pk, desk.house, desk.act)
    assert refused.value.code == "FACTOR-UNKNOWN"


def test_a_factor_that_never_was_active_goes_without_a_word(desk: Desk, totp: Enrolment) -> None:
    begun = enrolments.begin(totp.user, Wanted(FactorKind.CARD, "s"), desk.house, desk.act)
    enrolments.retire(totp.user, begun.enrolment_id, desk.house, desk.act)
    assert desk.herald.kinds() == []


@pytest.mark.req("SLS-10")
def test_a_factor_is_preferred_by_hand(desk: Desk, totp: Enrolment) -> None:
    card = desk.add_factor(totp.user, FactorKind.CARD)
    enrolments.prefer(totp.user, totp.pk, desk.act)
    desk.enter(card)
    first = signing_in.choices(desk.begin(), desk.house, desk.act).options[0]
    assert first.enrolment_id == totp.pk
    Enrolment.objects.filter(pk=totp.pk).update(state=EnrolmentState.SUSPENDED)
    with pytest.raises(Refused):
        enrolments.prefer(totp.user, totp.pk, desk.act)
    desk.enter(card)
    assert Standing.objects.get().preferred == card.pk


@pytest.mark.req("LATK-4")
def test_a_factor_is_suspended_after_ten_wrong_answers_in_a_row_and_warned_of_before(
    desk: Desk, totp: Enrolment
) -> None:
    desk = desk.with_policy(failures_most=100)
    for number in range(10):
        sign_in = desk.begin()
        asked = desk.ask(sign_in, totp)
        with pytest.raises(Refused):
            desk.answer(sign_in, asked.id, "000000")
        if number == 8:
            assert desk.herald.kinds() == ["last-try"]
    assert desk.herald.kinds() == ["last-try", "factor-suspended"]
    assert not signing_in.choices(sign_in, desk.house, desk.act).options
    with pytest.raises(Refused):
        desk.answer(sign_in, asked.id)
    activating.restore(Enrolment.objects.get(), desk.act)
    with pytest.raises(Refused):
        activating.restore(Enrolment.objects.get(), desk.act)
    desk.enter(totp)


@pytest.mark.req("LATK-4")
def test_a_new_challenge_does_not_reset_a_factors_failures_and_a_right_answer_does(
    desk: Desk, totp: Enrolment
) -> None:
    for _ in range(4):
        sign_in = desk.begin()
        asked = desk.ask(sign_in, totp)
        with pytest.raises(Refused):
            desk.answer(sign_in, asked.id, "000000")
    assert Enrolment.objects.get().failures == 4
    desk.enter(totp)
    assert Enrolment.objects.get().failures == 0


@pytest.mark.req("LATK-4")
def test_failures_count_across_all_factors_of_a_user(desk: Desk, totp: Enrolment) -> None:
    desk = desk.with_policy(failures_most=100, factor_failures_most=4)
    both = [totp, desk.add_factor(totp.user), desk.add_factor(totp.user)]
    for number in range(9):
        sign_in = desk.begin()
        asked = desk.ask(sign_in, both[number % 3])
        with pytest.raises(Refused):
            desk.answer(sign_in, asked.id, "000000")
    assert len(desk.factors[FactorKind.TOTP].compared) == 8
    with pytest.raises(Refused):
        desk.enter(totp)


@pytest.mark.req("LATK-19")
def test_a_copied_device_is_suspended_at_once(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    with pytest.raises(Refused) as refused:
        desk.answer(sign_in, asked.id, "copied")
    assert refused.value.code == "FACTOR-COPIED"
    assert _state(totp) == EnrolmentState.SUSPENDED
    failed_factors.suspend(totp, "again", desk.house, desk.act)
    assert desk.herald.kinds() == ["factor-suspended"]


@pytest.mark.req("LATK-5")
def test_a_code_of_a_time_step_is_taken_once(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    desk.answer(sign_in, desk.ask(sign_in, totp).id, "step-7")
    for step in ("step-7", "step-6"):
        sign_in = desk.begin()
        asked = desk.ask(sign_in, totp)
        with pytest.raises(Refused, match="login failed"):
            desk.answer(sign_in, asked.id, step)
    row = Enrolment.objects.get()
    assert (row.counter, row.facts) == (7, {"used": "step-7"})
    sign_in = desk.begin()
    desk.answer(sign_in, desk.ask(sign_in, totp).id, "step-8")


@pytest.mark.req("LATK-4")
def test_a_challenge_takes_five_answers(desk: Desk, totp: Enrolment) -> None:
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    for _ in range(5):
        with pytest.raises(Refused):
            desk.answer(sign_in, asked.id, "000000")
    with pytest.raises(Refused, match="login failed"):
        desk.answer(sign_in, asked.id)
    assert Challenge.objects.get().state == ChallengeState.FAILED
    assert len(desk.factors[FactorKind.TOTP].compared) == 5


@pytest.mark.req("SHARE-1")
def test_a_shared_device_answers_with_its_owners_secret_and_goes_with_it(
    desk: Desk, totp: Enrolment
) -> None:
    other = desk.add_user("jonas118")
    shared = desk.add_factor(other, shared_from=totp)
    sign_in = desk.begin(name="jonas118")
    desk.answer(sign_in, desk.ask(sign_in, shared).id, "step-3")
    sign_in = desk.begin()
    asked = desk.ask(sign_in, totp)
    with pytest.raises(Refused):
        desk.answer(sign_in, asked.id, "step-3")
    totp.refresh_from_db()
    assert (totp.counter, totp.failures) == (3, 1)
    activating.withdraw(totp, "lost", desk.house, desk.act)
    assert _state(shared) == EnrolmentState.RETIRED
    with pytest.raises(Refused):
        desk.ask(desk.begin(name="jonas118"), shared)


@pytest.mark.req("LATK-30")
def test_a_factors_secret_opens_for_its_own_row_alone(desk: Desk, marta: User) -> None:
    one = _set_up(desk, marta, Wanted(FactorKind.TOTP, "session"))
    other = _set_up(desk, marta, Wanted(FactorKind.TOTP, "session"))
    Enrolment.objects.filter(pk=other.pk).update(sealed=one.sealed)
    with pytest.raises(Refused) as refused:
        desk.ask(desk.begin(), other)
    assert refused.value.code == "SEAL-BROKEN"


def test_a_temporary_code_says_until_when(desk: Desk, totp: Enrolment) -> None:
    wanted = Wanted(FactorKind.TEMPORARY, "desk", via="operator:ann")
    begun = enrolments.begin(totp.user, wanted, desk.house, desk.act)
    alert = desk.herald.alerts[-1]
    assert (alert.kind, alert.facts["until"]) == ("temporary-code", "2026-12-05 10:00 UTC")
    assert enrolments.find(totp.user, begun.enrolment_id).created_via == "operator:ann"


@pytest.mark.req("PHN-4", "F15")
def test_a_number_that_is_no_factor_is_asked_and_judged(desk: Desk, totp: Enrolment) -> None:
    question = Question(totp.user, Purpose.VERIFY_PHONE, "s", phone=desk.add_phone(totp.user))
    asked = challenges.pose(question, desk.house, desk.act)
    with pytest.raises(Refused, match="login failed"):
        challenges.judge(asked.id, "s", Secret("000000"), desk.house, desk.act)
    proved = challenges.judge(asked.id, "s", Secret(RIGHT), desk.house, desk.act)
    assert (proved.kind, proved.enrolment) == (FactorKind.SMS, None)
    assert proof_of(proved, desk.clock.now()).keys() == {"kind", "at"}


def test_a_factor_that_is_pending_or_over_is_not_asked_to_sign_in(
    desk: Desk, totp: Enrolment
) -> None:
    for changed in (
        {"state": EnrolmentState.PENDING},
        {"state": EnrolmentState.ACTIVE, "expires_at": desk.clock.now()},
    ):
        Enrolment.objects.update(**changed)
        totp.refresh_from_db()
        with pytest.raises(Refused) as refused:
            challenges.pose(Question(totp.user, Purpose.SIGN_IN, "s", totp), desk.house, desk.act)
        assert refused.value.code == "FACTOR-UNKNOWN"


def test_a_factor_without_secrets_keeps_none(desk: Desk, totp: Enrolment) -> None:
    assert seal_secret(totp.pk, Secret(""), desk.house) == ""
    asked = challenges.put(
        Question(totp.user, Purpose.SIGN_IN, "s", totp), Asked({"a": 1}), desk.house, desk.act
    )
    row = Challenge.objects.get(pk=asked.id)
    assert (row.sealed, dict(asked_of(row, desk.house).hidden)) == ("", {})


@pytest.mark.req("LATK-6")
def test_a_sign_in_opens_one_session_with_two_right_factors(desk: Desk, totp: Enrolment) -> None:
    sign_in = signing_in.find(desk.begin(), desk.act)
    asked = desk.ask(sign_in.pk, totp)
    proved = challenges.judge(asked.id, str(sign_in.pk), Secret(RIGHT), desk.house, desk.act)
    entry = Entry(sign_in, proved, HOME, trust=False)
    entering.enter(entry, desk.house, desk.act)
    with pytest.raises(Refused) as refused:
        entering.enter(entry, desk.house, desk.act)
    assert refused.value.code == "SIGN-IN-OVER"


@pytest.mark.req("LATK-6")
def test_an_answer_is_used_up_once_even_if_two_were_compared(desk: Desk, totp: Enrolment) -> None:
    asked = desk.ask(desk.begin(), totp)
    challenge = Challenge.objects.select_related("user", "enrolment__shared_from").get(pk=asked.id)
    answers.prove(challenge, Secret(RIGHT), desk.house, desk.act)
    with pytest.raises(Refused, match="login failed"):
        answers.prove(challenge, Secret(RIGHT), desk.house, desk.act)


@pytest.mark.req("LATK-18")
def test_setting_up_a_factor_does_not_sign_in(desk: Desk, marta: User) -> None:
    sign_in = desk.begin()
    wanted = Wanted(FactorKind.CARD, str(sign_in))
    begun = enrolments.begin(marta, wanted, desk.house, desk.act)
    assert begun.challenge is not None
    with pytest.raises(Refused, match="login failed"):
        desk.answer(sign_in, begun.challenge.id)
    assert not WebSession.objects.exists()


@pytest.mark.req("LATK-24", "LATK-4")
def test_suspending_every_factor_does_not_make_a_number_the_next_one(
    desk: Desk, totp: Enrolment
) -> None:
    failed_factors.suspend(totp, "failures", desk.house, desk.act)
    phone = desk.add_phone(totp.user)
    with pytest.raises(Refused) as refused:
        need_fresh_factor(Changer(totp.user, AWAY), desk.house, desk.act)
    assert refused.value.code == "STEP-UP-NEEDED"
    with pytest.raises(Refused) as refused:
        take_up(Changer(totp.user, AWAY), phone, house=desk.house, act=desk.act)
    assert refused.value.code == "FACTOR-ENROLLED"
    assert not Enrolment.objects.filter(kind="sms").exists()


@pytest.mark.req("LATK-18")
def test_a_login_code_does_not_set_up_a_factor(desk: Desk, totp: Enrolment) -> None:
    session = desk.person(desk.enter(totp)).session
    begun = enrolments.begin(
        totp.user, Wanted(FactorKind.CARD, str(session.pk)), desk.house, desk.act
    )
    asked = step_up.begin(session, totp.pk, desk.house, desk.act)
    with pytest.raises(Refused):
        enrolments.confirm(
            begun.enrolment_id, Reply(asked.id, Secret(RIGHT)), str(session.pk), desk.house,
            desk.act,
        )  # fmt: skip
    assert desk.factors[FactorKind.CARD].compared == []
