"""The security card: look-ahead, copies, PINs and the vendors' suites."""

from dataclasses import replace
from datetime import timedelta

import pytest
from strongroom.backends.factors.card.factor import LOOK_AHEAD, LOOK_BACK, CardFactor
from strongroom.login.ports import Asked, Kept
from strongroom.rules.ocra import Given, hashed_pin, read_suite, response
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import MORNING
from tests.contracts.factors.members import WithCard, applied, chance

CARD = CardFactor()
NUMERIC = "OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256"
VENDOR_SUITES = [
    NUMERIC,
    "OCRA-1:HOTP-SHA256-8:C-QN06-PSHA1",
    "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
    "OCRA-1:HOTP-SHA1-6:QN08",
    "OCRA-1:HOTP-SHA1-6:C-QN08",
    "OCRA-1:HOTP-SHA256-8:QN08-T1M",
    "OCRA-1:HOTP-SHA512-8:C-QA08-PSHA512-T30S",
]


def refused_by(kept: Kept, asked: Asked, answer: str) -> str:
    with pytest.raises(Refused) as refused:
        CARD.check(kept, asked, Secret(answer), chance())
    return refused.value.code


def answered(person: WithCard, kept: Kept) -> tuple[Asked, str]:
    asked = CARD.ask(kept, chance())
    return asked, person.answer(kept, asked, MORNING).reveal()


@pytest.mark.req("DSC-1")
def test_our_own_card_shows_six_digits_and_answers_with_eight() -> None:
    person = WithCard()
    kept = person.enrol()
    asked, answer = answered(person, kept)
    challenge = str(asked.shown["challenge"])
    assert (len(challenge), len(answer)) == (6, 8)
    assert challenge.isdigit()
    CARD.check(kept, asked, Secret(f"{answer[:4]} {answer[4:]}"), chance())


@pytest.mark.parametrize("suite", VENDOR_SUITES)
def test_the_vendors_suites_are_accepted_as_they_are(suite: str) -> None:
    person = WithCard(suite)
    kept = person.enrol()
    for _ in range(3):
        asked, answer = answered(person, kept)
        kept = applied(kept, CARD.check(kept, asked, Secret(answer), chance()))


def test_a_card_that_checks_its_pin_itself_leaves_no_pin_here() -> None:
    person = WithCard("OCRA-1:HOTP-SHA1-6:C-QN08")
    assert person.pin not in person.enrol().secret.reveal()


@pytest.mark.req("DSC-1", "LATK-20")
def test_a_wrong_pin_is_a_wrong_answer_and_nothing_else() -> None:
    person = WithCard()
    kept = person.enrol()
    person.pin = "7777"
    asked, answer = answered(person, kept)
    assert refused_by(kept, asked, answer) == "E-LOGIN-2"


def test_a_card_may_be_twenty_counters_ahead_and_no_more() -> None:
    person = WithCard()
    kept = person.enrol()
    person.counter += LOOK_AHEAD - 1
    asked, answer = answered(person, kept)
    accepted = CARD.check(kept, asked, Secret(answer), chance())
    assert accepted.counter == kept.counter + LOOK_AHEAD
    person.counter += 1
    asked, answer = answered(person, kept)
    assert refused_by(kept, asked, answer) == "E-LOGIN-2"


@pytest.mark.req("LATK-19")
@pytest.mark.parametrize("behind", [0, 1, LOOK_BACK - 1])
def test_an_answer_from_behind_the_counter_betrays_a_copy(behind: int) -> None:
    person = WithCard(counter=100)
    kept = person.enrol()
    person.counter = kept.counter - behind
    asked, answer = answered(person, kept)
    assert refused_by(kept, asked, answer) == "FACTOR-COPIED"


@pytest.mark.req("LATK-19")
def test_the_second_of_two_copies_trips_the_alarm() -> None:
    person, thief = WithCard(), WithCard()
    kept = person.enrol()
    thief.counter = person.counter
    asked, answer = answered(thief, kept)
    kept = applied(kept, CARD.check(kept, asked, Secret(answer), chance()))
    asked, answer = answered(person, kept)
    assert refused_by(kept, asked, answer) == "FACTOR-COPIED"


def test_an_answer_from_far_behind_is_only_wrong() -> None:
    person = WithCard(counter=100)
    kept = person.enrol()
    person.counter = kept.counter - LOOK_BACK
    asked, answer = answered(person, kept)
    assert refused_by(kept, asked, answer) == "E-LOGIN-2"


@pytest.mark.req("LATK-9")
def test_an_answer_with_zeros_in_front_needs_them_all() -> None:
    person = WithCard(NUMERIC.replace("QN06", "QA06"), counter=15)
    person.key = b"12345678901234567890123456789012"
    person.pin = "123456"
    person.given = {**person.given, "key": person.key.hex(), "pin": person.pin}
    kept = person.draft_of().kept
    asked = Asked(shown={"challenge": "483920"})
    for wrong in ("662599", "0662599", "000662599", "00662599.0", "٠٠٦٦٢٥٩٩"):
        assert refused_by(kept, asked, wrong) == "E-LOGIN-2"
    for right in ("00662599", "0066-2599", "００６６２５９９"):
        assert CARD.check(kept, asked, Secret(right), chance()).counter == 15


@pytest.mark.req("LATK-10")
def test_a_bought_card_accepts_one_response_for_challenges_that_collide() -> None:
    """Numeric suites map 000001, 000016 and 065536 to one input, as the RFC has it."""
    person = WithCard(NUMERIC)
    kept = person.enrol()
    asked = Asked(shown={"challenge": "000001"})
    answer = person.answer(kept, asked, MORNING)
    for challenge in ("000016", "065536"):
        CARD.check(kept, Asked(shown={"challenge": challenge}), answer, chance())
    own = WithCard()
    kept = own.enrol()
    answer = own.answer(kept, asked, MORNING)
    assert refused_by(kept, Asked(shown={"challenge": "000016"}), answer.reveal()) == "E-LOGIN-2"


def test_a_timed_card_may_be_a_step_early_or_late() -> None:
    person = WithCard("OCRA-1:HOTP-SHA256-8:QN08-T1M")
    kept = person.enrol()
    asked = CARD.ask(kept, chance())
    for seconds, is_right in ((-60, True), (60, True), (-120, False), (120, False)):
        answer = person.answer(kept, asked, MORNING + timedelta(seconds=seconds))
        if is_right:
            assert CARD.check(kept, asked, answer, chance()).counter is None
        else:
            assert refused_by(kept, asked, answer.reveal()) == "E-LOGIN-2"


@pytest.mark.req("DSC-3")
def test_a_new_pin_is_taken_over_when_the_card_answers_with_it() -> None:
    person = WithCard()
    kept = person.enrol()
    asked = replace(CARD.ask(kept, chance()), hidden={"pin": "8305"})
    with_old = person.answer(kept, asked, MORNING).reveal()
    assert refused_by(kept, asked, with_old) == "E-LOGIN-2"
    person.pin = "8305"
    accepted = CARD.check(kept, asked, person.answer(kept, asked, MORNING), chance())
    kept = applied(kept, accepted)
    asked, answer = answered(person, kept)
    CARD.check(kept, asked, Secret(answer), chance())
    person.pin = "4912"
    asked, answer = answered(person, kept)
    assert refused_by(kept, asked, answer) == "E-LOGIN-2"


@pytest.mark.req("DSC-3")
def test_a_card_that_checks_its_pin_itself_only_answers() -> None:
    person = WithCard("OCRA-1:HOTP-SHA1-6:C-QN08")
    kept = person.enrol()
    asked = replace(CARD.ask(kept, chance()), hidden={"pin": "8305"})
    accepted = CARD.check(kept, asked, person.answer(kept, asked, MORNING), chance())
    assert accepted.secret is not None
    assert "8305" not in accepted.secret.reveal()


def test_a_card_starts_at_the_counter_of_the_vendors_file() -> None:
    suite = read_suite(NUMERIC)
    person = WithCard(NUMERIC, counter=0)
    draft = person.draft_of()
    assert draft.kept.counter == -1
    assert draft.asked is not None
    given = Given(("123456",), counter=0, pin=hashed_pin(suite, person.pin))
    answer = response(suite, person.key, given)
    asked = Asked(shown={"challenge": "123456"})
    assert CARD.check(draft.kept, asked, Secret(answer), chance()).counter == 0
