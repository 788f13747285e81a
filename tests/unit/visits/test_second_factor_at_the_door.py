"""A recipient whose login asks for a person: which codes open it, and whom nothing helps."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from strongroom.audit.models import Event
from strongroom.directory import second_factors
from strongroom.login.models import (
    Attempt,
    Challenge,
    FactorKind,
    LoginEvent,
    RestrictionChange,
    Session,
    Standing,
)
from strongroom.rules.login_causes import Cause
from strongroom.rules.refusals import Refused
from strongroom.visits.ports import Question

from tests.unit.visits.house import HERE, Place, caller, offered

if TYPE_CHECKING:
    from tests.unit.visits.persons import Someone

pytestmark = pytest.mark.django_db


@pytest.fixture
def someone(place: Place) -> "Someone":
    """A user whose code the recipient asks for."""
    from tests.unit.visits.persons import make_someone

    return make_someone(place)


def test_key_and_code_open_the_visit_and_both_are_on_record(someone: "Someone") -> None:
    app = someone.enrol(FactorKind.TOTP, "My telephone")
    step = someone.knock(someone.place.key())
    assert Session.objects.count() == 0
    question = someone.ask(step)
    assert question.title == "Example Securities"
    assert question.instruction == "My telephone: open the authenticator program."
    assert [(prompt.text, prompt.is_shown) for prompt in question.prompts] == [("Code: ", False)]
    visit = someone.answer(step, someone.totp(app))
    assert not isinstance(visit, Question)
    assert visit.login == "fund"
    assert Session.objects.get().login == "fund"
    event = LoginEvent.objects.get(kind="signed-in")
    assert (event.user_id, event.address) == (someone.user.pk, HERE)
    assert event.facts == {"recipient": "fund", "factor": "totp"}


def _name(change: Callable[..., object]) -> str:
    return change.__name__


@pytest.mark.req("LATK-5")
def test_the_same_code_opens_no_second_visit(someone: "Someone") -> None:
    app = someone.enrol(FactorKind.TOTP)
    pair, code = someone.place.key(), someone.totp(app)
    first = someone.knock(pair)
    someone.ask(first)
    someone.answer(first, code)
    second = someone.knock(pair)
    someone.ask(second)
    with pytest.raises(Refused, match="login failed"):
        someone.answer(second, code)
    assert Session.objects.count() == 1


@pytest.mark.req("SLS-10")
def test_with_several_factors_an_empty_line_takes_the_preferred_one(someone: "Someone") -> None:
    someone.enrol(FactorKind.TOTP, "Telephone")
    other = someone.enrol(FactorKind.TOTP, "Tablet")
    Standing.objects.create(user=someone.user, preferred=other.row.pk)
    step = someone.knock(someone.place.key())
    question = someone.ask(step)
    assert question.instruction.splitlines()[1:] == ["1) Tablet", "2) Telephone"]
    assert [prompt.is_shown for prompt in question.prompts] == [True]
    chosen = someone.answer(step, "")
    assert isinstance(chosen, Question)
    assert chosen.instruction.startswith("Tablet:")
    assert not isinstance(someone.answer(step, someone.totp(other)), Question)


@pytest.mark.parametrize("typed", ["0", "3", "-1", "x", "1 2", "１"])
def test_a_number_that_is_not_in_the_list_is_refused(someone: "Someone", typed: str) -> None:
    someone.enrol(FactorKind.TOTP, "Telephone")
    someone.enrol(FactorKind.TOTP, "Tablet")
    step = someone.knock(someone.place.key())
    someone.ask(step)
    with pytest.raises(Refused):
        someone.answer(step, typed)


def test_a_code_by_sms_is_sent_and_a_call_stands_beside_it(someone: "Someone") -> None:
    someone.enrol_phone()
    step = someone.knock(someone.place.key())
    lines = someone.ask(step).instruction.splitlines()[1:]
    assert [line.split(" to ")[0] for line in lines] == ["1) SMS", "2) Call"]
    assert "5550143" not in "".join(lines)
    someone.answer(step, "1")
    assert len(someone.login.herald.codes) == 1
    assert not isinstance(someone.answer(step, someone.login.herald.last_code), Question)


def test_the_prompt_of_the_card_shows_its_challenge(someone: "Someone") -> None:
    someone.enrol(
        FactorKind.CARD, "Card 77", serial="77", suite="OCRA-1:HOTP-SHA256-8:QA06-PSHA1",
        key="ab" * 32, pin="1234",
    )  # fmt: skip
    step = someone.knock(someone.place.key())
    question = someone.ask(step)
    challenge = Challenge.objects.get().asked["challenge"]
    assert question.instruction == f"Card 77: type PIN and challenge {challenge} into it."


def test_the_prompt_of_the_code_card_names_both_places(someone: "Someone") -> None:
    card = someone.enrol(FactorKind.CODE_CARD, "Code card")
    step = someone.knock(someone.place.key())
    question = someone.ask(step)
    first, second = Challenge.objects.get().asked["indexes"]
    assert question.instruction == f"Code card: find the entries {first} and {second}."
    entries = card.shown["entries"]
    answer = entries[int(first) - 1] + entries[int(second) - 1]
    assert not isinstance(someone.answer(step, answer), Question)


@pytest.mark.req("TEMP-2")
def test_a_temporary_code_opens_for_two_days_and_then_no_more(someone: "Someone") -> None:
    code = someone.enrol(FactorKind.TEMPORARY).shown["code"]
    pair = someone.place.key()
    step = someone.knock(pair)
    someone.ask(step)
    assert not isinstance(someone.answer(step, code), Question)
    someone.place.firm.clock.advance(days=2)
    with pytest.raises(Refused):
        someone.ask(someone.knock(pair))


def _locked(someone: "Someone") -> None:
    Standing.objects.create(user=someone.user, locked_at=someone.place.firm.clock.now())


def _closed(someone: "Someone") -> None:
    someone.user.closed_at = someone.place.firm.clock.now()
    someone.user.save()


def _without_right(someone: "Someone") -> None:
    someone.user.rights.all().delete()


def _restricted(someone: "Someone") -> None:
    now = someone.place.firm.clock.now()
    RestrictionChange.objects.create(
        user=someone.user, networks=["192.0.2.0/24"], made_at=now, made_by="x", effective_at=now,
        confirmed_at=now,
    )  # fmt: skip


def _without_factor(someone: "Someone") -> None:
    someone.user.enrolments.all().delete()


@pytest.mark.parametrize(
    "change", [_locked, _closed, _without_right, _restricted, _without_factor], ids=_name
)
def test_a_person_who_may_not_log_in_is_asked_nothing(someone: "Someone", change: Any) -> None:
    someone.enrol(FactorKind.TOTP)
    step = someone.knock(someone.place.key())
    change(someone)
    with pytest.raises(Refused):
        someone.ask(step)
    assert Challenge.objects.count() == 0


@pytest.mark.parametrize("change", [_locked, _closed, _without_right, _restricted], ids=_name)
def test_a_right_code_does_not_help_who_lost_the_right_meanwhile(
    someone: "Someone", change: Any
) -> None:
    app = someone.enrol(FactorKind.TOTP)
    step = someone.knock(someone.place.key())
    someone.ask(step)
    change(someone)
    with pytest.raises(Refused):
        someone.answer(step, someone.totp(app))
    assert Session.objects.count() == 0


@pytest.mark.req("LATK-4", "LOGIN-4")
def test_ten_wrong_codes_lock_this_way_in_for_a_day(someone: "Someone") -> None:
    someone.enrol(FactorKind.TOTP, "Telephone")
    app = someone.enrol(FactorKind.TOTP, "Tablet")
    pair = someone.place.key()
    for number in range(10):
        step = someone.knock(pair)
        someone.ask(step)
        someone.answer(step, str(number % 2 + 1))
        with pytest.raises(Refused):
            someone.answer(step, "000000")
    with pytest.raises(Refused):
        someone.ask(someone.knock(pair))
    assert LoginEvent.objects.filter(kind="locked-out").count() == 1
    assert [one.kind for one in someone.login.herald.alerts].count("locked-out") == 1
    someone.place.firm.clock.advance(hours=24, seconds=1)
    step = someone.knock(pair)
    lines = someone.ask(step).instruction.splitlines()[1:]
    someone.answer(step, "1" if "Tablet" in lines[0] else "2")
    assert not isinstance(someone.answer(step, someone.totp(app)), Question)


@pytest.mark.req("LATK-18")
def test_a_challenge_is_answered_in_its_own_connection_alone(someone: "Someone") -> None:
    someone.enrol_phone()
    pair = someone.place.key()
    mine, other = someone.knock(pair), someone.knock(pair)
    someone.ask(mine)
    someone.answer(mine, "1")
    code = someone.login.herald.last_code
    someone.ask(other)
    someone.answer(other, "2")
    with pytest.raises(Refused):
        someone.answer(other, code)


def test_without_the_login_s_house_nobody_gets_in(place: Place) -> None:
    from tests.unit.visits.persons import make_someone

    make_someone(place)
    pair = place.key()
    found: Any = place.run(place.door.enter(caller(), "fund", offered(pair), "x"))
    with pytest.raises(Refused):
        place.run(found.step.ask())


def test_between_key_and_code_another_person_may_be_named(someone: "Someone") -> None:
    app = someone.enrol(FactorKind.TOTP)
    step = someone.knock(someone.place.key())
    someone.ask(step)
    second_factors.require_key_alone("fund", act=someone.place.firm.act())
    # The key alone would do now; the code given on top does no harm.
    assert not isinstance(someone.answer(step, someone.totp(app)), Question)


def test_who_came_in_by_the_key_alone_is_sent_away_when_a_code_is_asked_for(place: Place) -> None:
    from tests.unit.visits.persons import make_someone

    visit = place.visit("fund")
    make_someone(place)
    [session] = Session.objects.all()
    assert list(place.run(place.door.cut_off([str(session.visit)]))) == [str(session.visit)]
    assert visit.login == "fund"


def test_who_came_in_with_a_code_stays(someone: "Someone") -> None:
    app = someone.enrol(FactorKind.TOTP)
    step = someone.knock(someone.place.key())
    someone.ask(step)
    someone.answer(step, someone.totp(app))
    [session] = Session.objects.all()
    assert list(someone.place.run(someone.place.door.cut_off([str(session.visit)]))) == []


def test_the_change_is_in_the_audit_log_once(place: Place) -> None:
    from tests.unit.visits.persons import make_someone

    someone = make_someone(place)
    second_factors.require_person("fund", someone.user.name, act=place.firm.act())
    [line] = Event.objects.filter(verb="recipient.second-factor")
    assert (line.subject, "anova123" in line.record) == ("recipient:fund", True)


def test_a_user_without_a_right_at_any_account_is_not_named(someone: "Someone") -> None:
    with pytest.raises(Refused) as no:
        second_factors.require_person("other", someone.user.name, act=someone.place.firm.act())
    assert no.value.code == "SECOND-FACTOR-RIGHT"
    _closed(someone)
    with pytest.raises(Refused) as no:
        second_factors.require_person("fund", someone.user.name, act=someone.place.firm.act())
    assert no.value.code == "USER-CLOSED"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("no answer of a person", Cause.CODE_MISSING),
        ("wrong answer of a person", Cause.CODE_WRONG),
        ("nobody to answer", Cause.CODE_NOBODY),
    ],
)
def test_the_support_desk_hears_what_was_missing(someone: "Someone", said: str, cause: str) -> None:
    who = caller()
    someone.knock(someone.place.key(), who)
    place = someone.place
    reference = place.run(place.door.turned_away(who, "fund", "SSH-2.0-x", said))
    assert Attempt.objects.get(reference=reference).cause == cause
