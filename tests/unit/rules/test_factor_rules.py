"""Rules of code cards, temporary codes, cards, kept codes, assurance and limits."""

import os
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import cards, code_cards, kept_codes, temporary_codes
from strongroom.rules.assurance import LEVELS, Assurance, level_of, of_session
from strongroom.rules.limits import LIMITS, Limit, limit_of
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.temporary_codes import Stage, refuse_consecutive, stage_of

from tests.conftest import MORNING

LATER = MORNING + timedelta(hours=1)


@pytest.mark.req("CARD-1")
def test_a_card_has_sixty_entries_of_letter_digit_letter_that_cannot_be_misread() -> None:
    entries = code_cards.drawn_entries(os.urandom)
    assert len(entries) == 60
    for entry in entries:
        assert len(entry) == 3
        assert (entry[0].isalpha(), entry[1].isdigit(), entry[2].isalpha()) == (True, True, True)
        assert not set(entry) & set("IOLSZBUVG01")


def test_two_cards_are_not_alike() -> None:
    assert code_cards.drawn_entries(os.urandom) != code_cards.drawn_entries(os.urandom)


@pytest.mark.req("CARD-1")
@given(st.integers(0, 2**40))
def test_a_turn_asks_for_two_different_entries(turn: int) -> None:
    entries = [f"{number:03d}" for number in range(60)]
    first, second = code_cards.asked_indexes(entries, turn)
    assert first != second
    assert {first, second} <= set(range(1, 61))
    answer = code_cards.right_answer(entries, (first, second))
    assert answer == entries[first - 1] + entries[second - 1]


def test_over_the_turns_every_entry_is_asked_for() -> None:
    entries = code_cards.drawn_entries(os.urandom)
    asked = {one for turn in range(600) for one in code_cards.asked_indexes(entries, turn)}
    assert asked == set(range(1, 61))


@pytest.mark.req("TEMP-2")
@pytest.mark.parametrize(
    ("age", "stage"),
    [
        (timedelta(0), Stage.FULL),
        (timedelta(days=2, seconds=-1), Stage.FULL),
        (timedelta(days=2), Stage.CODE_CARD_ONLY),
        (timedelta(days=12, seconds=-1), Stage.CODE_CARD_ONLY),
    ],
)
def test_a_temporary_code_opens_all_for_two_days_and_the_card_for_ten_more(
    age: timedelta, stage: Stage
) -> None:
    assert stage_of(MORNING, MORNING + age) is stage


@pytest.mark.req("TEMP-2", "TEMP-4")
def test_after_twelve_days_a_temporary_code_opens_nothing() -> None:
    with pytest.raises(Refused) as refused:
        stage_of(MORNING, MORNING + timedelta(days=12))
    assert refused.value.code == "TEMPORARY-OVER"


@pytest.mark.req("TEMP-3")
def test_a_temporary_code_never_follows_another() -> None:
    def ask(last: object, other: object) -> None:
        refuse_consecutive("abcde123", last_issued_at=last, last_other_ok_at=other)  # type: ignore[arg-type]

    ask(None, None)
    ask(MORNING, LATER)
    for other in (None, MORNING, MORNING - timedelta(days=1)):
        with pytest.raises(Refused, match="abcde123") as refused:
            ask(MORNING, other)
        assert refused.value.code == "TEMPORARY-AGAIN"


@pytest.mark.req("LATK-24", "LATK-30")
def test_a_kept_code_is_salted_and_found_again() -> None:
    salt, other = kept_codes.new_salt(os.urandom), kept_codes.new_salt(os.urandom)
    code = kept_codes.drawn_code(os.urandom, 15)
    kept = kept_codes.kept_form(code, salt)
    assert code not in kept
    assert kept_codes.is_kept(code, salt, kept)
    assert not kept_codes.is_kept(code, other, kept)
    assert not kept_codes.is_kept(code[:-1], salt, kept)
    assert kept_codes.kept_form(code, other) != kept


@pytest.mark.req("TEMP-2", "LATK-24")
def test_temporary_codes_have_more_than_64_bits_and_upper_case_alone() -> None:
    assert len(kept_codes.ALPHABET) ** temporary_codes.LENGTH > 2**64
    code = kept_codes.drawn_code(os.urandom, temporary_codes.LENGTH)
    assert set(code) <= set(kept_codes.ALPHABET)
    assert code == code.upper()
    assert kept_codes.grouped("ABCDEFGHJK23456", 5) == "ABCDE-FGHJK-23456"


@pytest.mark.req("LATK-24")
def test_a_session_is_worth_its_weakest_factor() -> None:
    assert of_session([Assurance.CARD, Assurance.TEMPORARY]) is Assurance.TEMPORARY
    assert of_session([Assurance.PASSKEY]) is Assurance.PASSKEY
    assert of_session([]) is Assurance.NONE


@given(st.lists(st.sampled_from(list(Assurance)), min_size=1), st.sampled_from(list(Assurance)))
def test_one_more_proof_never_raises_a_session(proofs: list[Assurance], more: Assurance) -> None:
    assert of_session([*proofs, more]) <= of_session(proofs)


def test_every_level_has_a_name_of_its_own() -> None:
    assert len(Assurance.__members__) == len(list(Assurance))
    assert set(LIMITS) == set(Assurance)
    assert set(LEVELS.values()) == set(Assurance) - {Assurance.NONE}
    assert level_of("horoscope") is Assurance.NONE


@pytest.mark.req("LIM-1", "LIM-2", "SLS-11")
@pytest.mark.parametrize(
    ("kind", "per_day", "per_five"),
    [
        ("temporary", 50_000, 100_000),
        ("recovery", 50_000, 100_000),
        ("sms", 200_000, 600_000),
        ("voice", 200_000, 600_000),
        ("code-card", 200_000, 600_000),
        ("totp", 200_000, 600_000),
        ("app", 1_000_000, 1_000_000),
        ("passkey", 1_000_000, 1_000_000),
        ("card", None, None),
        ("horoscope", 50_000, 100_000),
    ],
)
def test_limits_follow_the_factor(kind: str, per_day: int | None, per_five: int | None) -> None:
    assert limit_of(level_of(kind)) == Limit(per_day, per_five)


def test_a_stronger_level_never_has_the_lower_limit() -> None:
    amounts = [
        (limit.per_day or 10**12, limit.per_five_business_days or 10**12)
        for _, limit in sorted(LIMITS.items())
    ]
    assert amounts == sorted(amounts)


@pytest.mark.req("DSC-2")
def test_a_soft_pin_has_four_digits_typed_twice() -> None:
    assert cards.soft_pin("4912", "4912") == "4912"
    for bad in ("", "491", "49123", "49l2", "４９１２", "0000", "1234", "9876", "7890"):
        with pytest.raises(Refused) as refused:
            cards.soft_pin(bad, bad)
        assert refused.value.code == "CARD-PIN"
    with pytest.raises(Refused) as refused:
        cards.soft_pin("4912", "4921")
    assert refused.value.code == "CARD-PIN-TWICE"


@pytest.mark.req("SLS-2", "DSC-4")
def test_a_card_needs_the_firms_threshold() -> None:
    cards.refuse_low_equity(Decimal(500_000), least=500_000)
    for equity in (None, Decimal("499999.99")):
        with pytest.raises(Refused, match="500,000") as refused:
            cards.refuse_low_equity(equity, least=500_000)
        assert refused.value.code == "CARD-EQUITY"


@pytest.mark.req("DSC-4")
@pytest.mark.parametrize(
    ("ordered", "ships"),
    [
        (date(2026, 11, 23), date(2026, 11, 26)),
        (date(2026, 11, 26), date(2026, 12, 1)),
        (date(2026, 11, 28), date(2026, 12, 2)),
    ],
)
def test_a_card_ships_on_the_third_business_day(ordered: date, ships: date) -> None:
    assert cards.ships_on(ordered) == ships


@pytest.mark.parametrize(
    "suite",
    [
        "OCRA-1:HOTP-SHA256-8:C-QH40-PSHA256",
        "OCRA-1:HOTP-SHA256-8:QA10-T1M",
        "OCRA-1:HOTP-SHA1-4:QN08",
        "OCRA-1:HOTP-SHA1-0:QN08",
        "OCRA-1:HOTP-SHA1-6:QN08-S064",
    ],
)
def test_a_suite_that_nobody_can_type_is_no_cards_suite(suite: str) -> None:
    with pytest.raises(Refused) as refused:
        cards.card_suite(suite)
    assert refused.value.code == "CARD-SUITE"


@pytest.mark.req("LATK-29", "LATK-30")
def test_a_cards_secret_does_not_print() -> None:
    secret = cards.CardSecret(key="00ff00ff", pin="4912")
    assert "00ff" not in repr(secret)
    assert "4912" not in repr(secret)
    assert cards.CardSecret.read(Secret(secret.sealed_form().reveal())) == secret
