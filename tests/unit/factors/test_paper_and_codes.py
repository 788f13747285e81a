"""Authenticator programs, recovery codes, temporary codes and code cards, beyond the contract."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from strongroom.login.ports import Accepted, Asked, Kept
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.temporary_codes import Stage

from tests.conftest import MORNING
from tests.contracts.factors.members import (
    OnTheTelephone,
    Person,
    WithCodesInTheDrawer,
    WithPaper,
    WithProgram,
    applied,
    chance,
)


def check(person: Person, kept: Kept, answer: str, **later: float) -> Accepted:
    asked = person.factor.ask(kept, chance(**later))
    return person.factor.check(kept, asked, Secret(answer), chance(**later))


def refusal_of(person: Person, kept: Kept, answer: str, **later: float) -> str:
    with pytest.raises(Refused) as refused:
        check(person, kept, answer, **later)
    return refused.value.code


@pytest.mark.req("LATK-5")
def test_another_implementation_makes_the_same_time_codes() -> None:
    person = WithProgram()
    draft = person.draft_of()
    program = pyotp.parse_uri(str(draft.shown["uri"]))
    assert isinstance(program, pyotp.TOTP)
    assert (program.issuer, program.name) == ("Example Securities", "abcde123")
    for minutes in range(1, 20):
        code = program.at(MORNING + timedelta(minutes=minutes))
        check(person, draft.kept, code, minutes=minutes)


def test_the_address_to_scan_has_the_key_of_160_bits() -> None:
    draft = WithProgram().draft_of()
    query = parse_qs(urlsplit(str(draft.shown["uri"])).query)
    assert query["secret"] == [draft.shown["secret"]]
    assert len(base64.b32decode(query["secret"][0])) == 20
    assert draft.asked == Asked()


@pytest.mark.req("LATK-5")
def test_a_time_code_is_taken_once_although_it_is_good_for_a_minute_and_a_half() -> None:
    person = WithProgram()
    kept = person.draft_of().kept
    code = person.answer(kept, Asked(), MORNING).reveal()
    kept = applied(kept, check(person, kept, code))
    for seconds in (0, 29, 31, 61):
        assert refusal_of(person, kept, code, seconds=seconds) == "E-LOGIN-2"


@pytest.mark.parametrize(
    ("seconds", "is_right"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)]
)
def test_a_clock_may_be_one_step_off(seconds: int, is_right: bool) -> None:
    person = WithProgram()
    kept = person.draft_of().kept
    code = person.answer(kept, Asked(), MORNING).reveal()
    if is_right:
        assert check(person, kept, code, seconds=seconds).counter
    else:
        assert refusal_of(person, kept, code, seconds=seconds) == "E-LOGIN-2"


@pytest.mark.req("LATK-5")
def test_an_older_step_than_the_last_is_refused() -> None:
    person = WithProgram()
    kept = person.draft_of().kept
    before = person.answer(kept, Asked(), MORNING - timedelta(seconds=30)).reveal()
    kept = applied(kept, check(person, kept, person.answer(kept, Asked(), MORNING).reveal()))
    assert refusal_of(person, kept, before) == "E-LOGIN-2"


@pytest.mark.req("LATK-24")
def test_ten_recovery_codes_of_80_bits_work_once_each() -> None:
    person = WithCodesInTheDrawer()
    kept = person.enrol()
    codes = person.draft.shown["codes"]
    assert isinstance(codes, list)
    assert len({str(code) for code in codes}) == 10
    for left, code in enumerate(reversed(codes)):
        text = str(code)
        assert len(base64.b32decode(text.replace("-", ""))) == 10
        kept = applied(kept, check(person, kept, text.lower()))
        assert kept.facts == {"left": 9 - left}
        if left < 9:
            assert refusal_of(person, kept, text) == "E-LOGIN-2"
    with pytest.raises(Refused) as refused:
        person.factor.ask(kept, chance())
    assert refused.value.code == "RECOVERY-SPENT"


@pytest.mark.req("LATK-24", "LATK-30")
def test_of_recovery_codes_only_salted_digests_are_kept() -> None:
    person = WithCodesInTheDrawer()
    kept = person.enrol()
    codes = person.draft.shown["codes"]
    assert isinstance(codes, list)
    for code in codes:
        assert str(code).replace("-", "") not in kept.secret.reveal()
    assert kept.secret != WithCodesInTheDrawer().enrol().secret


def test_digits_that_base32_lacks_are_read_as_their_letters() -> None:
    person = WithCodesInTheDrawer()
    kept = person.enrol()
    codes = person.draft.shown["codes"]
    assert isinstance(codes, list)
    written = str(codes[0]).translate(str.maketrans("OIB", "018"))
    check(person, kept, written)


@pytest.mark.req("TEMP-2", "LATK-24")
def test_a_temporary_code_is_upper_case_and_works_again_and_again() -> None:
    person = OnTheTelephone()
    kept = person.enrol()
    code = str(person.draft.shown["code"])
    assert code == code.upper()
    assert [len(part) for part in code.split("-")] == [5, 5, 5]
    for hours in (0, 1, 47):
        assert check(person, kept, code, hours=hours) == Accepted()
    assert check(person, kept, code.replace("-", " "), hours=1) == Accepted()
    assert code not in kept.secret.reveal()
    assert code.replace("-", "") not in kept.secret.reveal()


@pytest.mark.req("TEMP-2")
def test_a_temporary_code_says_how_much_it_opens_and_ends_after_twelve_days() -> None:
    person = OnTheTelephone()
    kept = person.enrol()
    assert kept.expires_at == MORNING + timedelta(days=12)
    for days, stage in ((1, Stage.FULL), (2, Stage.CODE_CARD_ONLY), (11, Stage.CODE_CARD_ONLY)):
        assert person.factor.ask(kept, chance(days=days)).shown == {"stage": stage.value}
    asked = person.factor.ask(kept, chance())
    answer = Secret(str(person.draft.shown["code"]))
    for act in (
        lambda: person.factor.ask(kept, chance(days=12)),
        lambda: person.factor.check(kept, asked, answer, chance(days=12)),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "TEMPORARY-OVER"


@pytest.mark.req("CARD-1", "CARD-2")
def test_a_code_card_is_activated_by_two_entries_and_lives_21_days() -> None:
    person = WithPaper()
    draft = person.draft_of()
    assert draft.asked is not None
    assert draft.kept.expires_at == MORNING + timedelta(days=21)
    entries, indexes = draft.shown["entries"], draft.asked.shown["indexes"]
    assert isinstance(entries, list)
    assert isinstance(indexes, list)
    assert len(entries) == 60
    assert entries == json.loads(draft.kept.secret.reveal())
    kept = applied(
        draft.kept,
        person.factor.check(
            draft.kept, draft.asked, person.answer(draft.kept, draft.asked, MORNING), chance()
        ),
    )
    asked = person.factor.ask(kept, chance(days=20))
    answer = person.answer(kept, asked, MORNING).reveal()
    person.factor.check(kept, asked, Secret(answer.lower()), chance(days=20))
    for days in (21, 300):
        with pytest.raises(Refused) as refused:
            person.factor.check(kept, asked, Secret(answer), chance(days=days))
        assert refused.value.code == "FACTOR-OVER"
        with pytest.raises(Refused):
            person.factor.ask(kept, chance(days=days))


@pytest.mark.req("CARD-1")
def test_the_same_two_entries_are_asked_for_until_they_were_answered() -> None:
    """Who saw two entries cannot ask again and again until just these come up."""
    person = WithPaper()
    kept = person.enrol()
    first = person.factor.ask(kept, chance())
    assert all(person.factor.ask(kept, chance(hours=hour)) == first for hour in range(5))
    assert refusal_of(person, kept, "A2AA2A") == "E-LOGIN-2"
    kept = applied(
        kept, person.factor.check(kept, first, person.answer(kept, first, MORNING), chance())
    )
    assert person.factor.ask(kept, chance()) != first


@pytest.mark.req("CARD-1")
def test_one_entry_is_not_enough_and_their_order_counts() -> None:
    person = WithPaper()
    kept = person.enrol()
    asked = person.factor.ask(kept, chance())
    answer = person.answer(kept, asked, MORNING).reveal()
    assert refusal_of(person, kept, answer[:3]) == "E-LOGIN-2"
    if answer[:3] != answer[3:]:
        assert refusal_of(person, kept, answer[3:] + answer[:3]) == "E-LOGIN-2"
