"""Which passwords are good enough, by the two profiles of section 26."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import passwords
from strongroom.rules.passwords import Lengths, Owner, Profile, Strength
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

OWNER = Owner(("marta417", "marta.ek@example.test", "marta.ek", "Example Securities", "ek"))


def _judge(text: str, profile: Profile = Profile.CORE, owner: Owner = OWNER) -> str:
    common = {"password1", "qwerty123456", "correct horse staple"}
    try:
        passwords.judge(Secret(text), profile, owner, is_common=common.__contains__)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.req("PWD-1")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("abc12", "PASSWORD-SHORT"),
        ("abcd12", ""),
        ("a1" * 20, ""),
        ("a1" * 20 + "x", "PASSWORD-LONG"),
        ("123456", "PASSWORD-LETTER"),
        ("abcdefg", "PASSWORD-DIGIT"),
        ("日本語のパスワード7", ""),
        ("ａｂｃｄｅ７", ""),
        ("with space 1", ""),
        ("tab\there1", "PASSWORD-CHARACTERS"),
        ("nul\0here1", "PASSWORD-CHARACTERS"),
        ("\ud800 lone1", "PASSWORD-CHARACTERS"),
        ("line\u2028here1", "PASSWORD-CHARACTERS"),
        ("xMARTA417x", "PASSWORD-NAMED"),
        ("marta.ek@example.test1", "PASSWORD-NAMED"),
        ("1 Marta.Ek 1", "PASSWORD-NAMED"),
        ("example securities 5", "PASSWORD-NAMED"),
        ("weekly 5 boats", ""),
        ("Password1", "PASSWORD-COMMON"),
        ("password1", "PASSWORD-COMMON"),
        ("👨‍👩‍👧‍👦1", "PASSWORD-LETTER"),
    ],
)
def test_core_takes_six_to_forty_with_a_letter_and_a_digit(text: str, code: str) -> None:
    assert _judge(text) == code


@pytest.mark.req("PWD-1")
@pytest.mark.parametrize(
    ("text", "has_factor", "code"),
    [
        ("only letters", True, ""),
        ("only letters", False, "PASSWORD-SHORT"),
        ("eleven char", True, "PASSWORD-SHORT"),
        ("fifteen letters", False, ""),
        ("correct horse staple", True, "PASSWORD-COMMON"),
        ("x y" * 43, True, "PASSWORD-LONG"),
    ],
)
def test_nist_asks_for_length_and_no_composition(text: str, has_factor: bool, code: str) -> None:
    assert _judge(text, Profile.NIST, Owner((), has_factor)) == code


@pytest.mark.req("PWD-1")
def test_the_limits_are_those_of_section_26() -> None:
    assert passwords.lengths(Profile.CORE, has_factor=False) == Lengths(6, 40)
    assert passwords.lengths(Profile.NIST, has_factor=True) == Lengths(12, 128)
    assert passwords.lengths(Profile.NIST, has_factor=False) == Lengths(15, 128)


def test_the_same_letters_from_two_keyboards_are_one_password() -> None:
    composed, decomposed = "caf\u00e9 7", "cafe\u0301 7"
    assert passwords.normal(Secret(composed)) == passwords.normal(Secret(decomposed))
    assert _judge(decomposed) == ""
    assert _judge("e\u0301" * 5 + "1") == ""
    assert _judge("e\u0301" * 4 + "1") == "PASSWORD-SHORT"


@given(st.text(max_size=150), st.sampled_from(Profile))
def test_every_text_is_judged_and_never_breaks_the_rules(text: str, profile: Profile) -> None:
    if _judge(text, profile) == "":
        allowed = passwords.lengths(profile, has_factor=True)
        assert allowed.least <= len(passwords.normal(Secret(text)).reveal()) <= allowed.most
    assert passwords.strength(Secret(text)) in Strength


@pytest.mark.req("PWD-7")
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", Strength.WEAK),
        ("aaaaaaaaaaaaaaaa1", Strength.WEAK),
        ("abcdefgh1234", Strength.WEAK),
        ("Sunflower 17", Strength.FAIR),
        ("Pale moon over 9 wet hills", Strength.STRONG),
        ("青い月が丘の上に9回のぼる夜", Strength.STRONG),
    ],
)
def test_the_hint_grows_with_what_has_to_be_guessed(text: str, hint: Strength) -> None:
    assert passwords.strength(Secret(text)) is hint
