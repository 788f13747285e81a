"""OCRA against every vector of RFC 6287 appendix C, and against vectors of our own suites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.ocra import Given, Suite, hashed_pin, read_suite, response, steps_of
from strongroom.rules.refusals import Refused

from tests.conftest import MORNING

KEY_20 = b"12345678901234567890"
KEY_32 = b"12345678901234567890123456789012"
KEY_64 = b"1234567890123456789012345678901234567890123456789012345678901234"
STEPS = 0x132D0B6
"""25 March 2008, 12:06 UTC in minutes, the time of appendix C."""


def _repeated(responses: str) -> list[tuple[str, str]]:
    """Challenges 00000000, 11111111 … with their responses."""
    return [(str(digit) * 8, text) for digit, text in enumerate(responses.split())]


def _numbered(responses: str) -> list[tuple[int, str]]:
    return list(enumerate(responses.split()))


def answer(
    text: str,
    *questions: str,
    key: bytes = KEY_32,
    counter: int | None = None,
    pin: str = "1234",
    steps: int | None = None,
) -> str:
    suite = read_suite(text)
    hashed = hashed_pin(suite, pin) if suite.pin else None
    return response(suite, key, Given(questions, counter=counter, pin=hashed, steps=steps))


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("challenge", "expected"),
    _repeated("237653 243178 653583 740991 608993 388898 816933 224598 750600 294470"),
)
def test_one_way_responses_are_those_of_the_rfc(challenge: str, expected: str) -> None:
    assert answer("OCRA-1:HOTP-SHA1-6:QN08", challenge, key=KEY_20) == expected


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("counter", "expected"),
    _numbered(
        "65347737 86775851 78192410 71565254 10104329 65983500 70069104 91771096 75011558 08522129"
    ),
)
def test_responses_with_counter_and_pin_are_those_of_the_rfc(counter: int, expected: str) -> None:
    suite = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
    assert answer(suite, "12345678", counter=counter) == expected


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("challenge", "expected"), _repeated("83238735 01501458 17957585 86776967 86807031")
)
def test_responses_with_a_pin_are_those_of_the_rfc(challenge: str, expected: str) -> None:
    assert answer("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", challenge) == expected


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("challenge", "expected"),
    _repeated(
        "07016083 63947962 70123924 25341727 33203315 34205738 44343969 51946085 20403879 31409299"
    ),
)
def test_responses_with_a_counter_are_those_of_the_rfc(challenge: str, expected: str) -> None:
    counter = int(challenge[0])
    assert answer("OCRA-1:HOTP-SHA512-8:C-QN08", challenge, key=KEY_64, counter=counter) == expected


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("challenge", "expected"), _repeated("95209754 55907591 22048402 24218844 36209546")
)
def test_responses_with_the_time_are_those_of_the_rfc(challenge: str, expected: str) -> None:
    assert answer("OCRA-1:HOTP-SHA512-8:QN08-T1M", challenge, key=KEY_64, steps=STEPS) == expected


MUTUAL = [
    ("OCRA-1:HOTP-SHA256-8:QA08", KEY_32, True, "28247970 01984843 65387857 03351211 83412541"),
    ("OCRA-1:HOTP-SHA256-8:QA08", KEY_32, False, "15510767 90175646 33777207 95285278 28934924"),
    ("OCRA-1:HOTP-SHA512-8:QA08", KEY_64, True, "79496648 76831980 12250499 90856481 12761449"),
    (
        "OCRA-1:HOTP-SHA512-8:QA08-PSHA1",
        KEY_64,
        False,
        "18806276 70020315 01600026 18951020 32528969",
    ),
]


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(("suite", "key", "is_server", "responses"), MUTUAL)
def test_mutual_responses_are_those_of_the_rfc(
    suite: str, key: bytes, is_server: bool, responses: str
) -> None:
    for number, expected in enumerate(responses.split()):
        parts = (f"CLI2222{number}", f"SRV1111{number}")
        assert answer(suite, *(parts if is_server else parts[::-1]), key=key) == expected


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("number", "expected"), _numbered("53095496 04110475 31331128 76028668 46554205")
)
def test_signatures_are_those_of_the_rfc(number: int, expected: str) -> None:
    assert answer("OCRA-1:HOTP-SHA256-8:QA08", f"SIG1{number}000") == expected


@pytest.mark.req("LATK-9")
@pytest.mark.parametrize(
    ("number", "expected"), _numbered("77537423 31970405 10235557 95213541 65360607")
)
def test_timed_signatures_are_those_of_the_rfc(number: int, expected: str) -> None:
    suite = "OCRA-1:HOTP-SHA512-8:QA10-T1M"
    assert answer(suite, f"SIG1{number}00000", key=KEY_64, steps=STEPS) == expected


@pytest.mark.req("DSC-1", "LATK-9")
@pytest.mark.parametrize(
    ("suite", "challenge", "counter", "pin", "expected"),
    [
        ("C-QN06-PSHA256", "000000", 0, "123456", "18220562"),
        ("C-QN06-PSHA256", "483920", 1, "123456", "28065974"),
        ("C-QN06-PSHA256", "999999", 3, "123456", "44192311"),
        ("C-QN06-PSHA256", "483920", 1, "1234", "42779996"),
        ("C-QA06-PSHA256", "483920", 15, "123456", "00662599"),
        ("C-QH40-PSHA256", "ab" * 20, 7, "123456", "91304008"),
    ],
)
def test_our_own_suites_have_vectors_too(
    suite: str, challenge: str, counter: int, pin: str, expected: str
) -> None:
    text = f"OCRA-1:HOTP-SHA256-8:{suite}"
    assert answer(text, challenge, counter=counter, pin=pin) == expected


def test_a_signed_change_has_a_vector_too() -> None:
    suite = "OCRA-1:HOTP-SHA256-8:QA10-T1M"
    assert answer(suite, "A1B2C3D4E5", steps=STEPS) == "71964818"


@pytest.mark.req("LATK-10")
def test_challenges_that_collide_in_numeric_suites_differ_in_ours() -> None:
    def three(suite: str) -> list[str]:
        challenges = ("000001", "000016", "065536")
        return [
            answer(f"OCRA-1:HOTP-SHA256-8:{suite}", one, counter=2, pin="123456")
            for one in challenges
        ]

    assert three("C-QN06-PSHA256") == ["33967956"] * 3
    assert three("C-QA06-PSHA256") == ["18720136", "62796683", "10862334"]


@pytest.mark.req("LATK-9")
@given(st.integers(0, 10**6), st.integers(4, 10))
def test_a_response_always_has_all_its_digits(counter: int, digits: int) -> None:
    text = answer(f"OCRA-1:HOTP-SHA1-{digits}:C-QN08", "1", key=KEY_20, counter=counter)
    assert len(text) == digits
    assert text.isascii()
    assert text.isdigit()


def test_a_suite_of_no_digits_gives_the_whole_code() -> None:
    whole = answer("OCRA-1:HOTP-SHA1-0:QN08", "00000000", key=KEY_20)
    assert len(whole) == 40
    assert whole != answer("OCRA-1:HOTP-SHA256-0:QN08", "00000000", key=KEY_20)


def test_session_data_is_filled_up_to_its_length() -> None:
    suite = read_suite("OCRA-1:HOTP-SHA256-8:QN08-S064")
    short = response(suite, KEY_32, Given(("12345678",), session=b"abc"))
    full = response(suite, KEY_32, Given(("12345678",), session=b"abc".rjust(64, b"\0")))
    assert short == full


def test_what_a_suite_leaves_out_has_the_defaults_of_the_rfc() -> None:
    suite = read_suite("OCRA-1:HOTP-SHA1-6:QN08-S-T")
    assert (suite.session, suite.step) == (64, 60)
    assert steps_of(suite, MORNING) == int(MORNING.timestamp()) // 60
    assert steps_of(read_suite("OCRA-1:HOTP-SHA1-6:QN08"), MORNING) is None


@pytest.mark.parametrize(
    ("text", "step"), [("T30S", 30), ("T59S", 59), ("T5M", 300), ("T1H", 3600), ("T48H", 172_800)]
)
def test_time_steps_are_read_in_seconds_minutes_and_hours(text: str, step: int) -> None:
    assert read_suite(f"OCRA-1:HOTP-SHA1-6:QN08-{text}").step == step


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OCRA-2:HOTP-SHA1-6:QN08",
        "OCRA-1:HOTP-MD5-6:QN08",
        "OCRA-1:HOTP-SHA1-3:QN08",
        "OCRA-1:HOTP-SHA1-11:QN08",
        "OCRA-1:HOTP-SHA1-6:C",
        "OCRA-1:HOTP-SHA1-6:QN03",
        "OCRA-1:HOTP-SHA1-6:QN65",
        "OCRA-1:HOTP-SHA1-6:QB08",
        "OCRA-1:HOTP-SHA1-6:QN08-PMD5",
        "OCRA-1:HOTP-SHA1-6:QN08-S64",
        "OCRA-1:HOTP-SHA1-6:QN08-S000",
        "OCRA-1:HOTP-SHA1-6:QN08-S513",
        "OCRA-1:HOTP-SHA1-6:QN08-T0M",
        "OCRA-1:HOTP-SHA1-6:QN08-T0H",
        "OCRA-1:HOTP-SHA1-6:QN08-T60M",
        "OCRA-1:HOTP-SHA1-6:QN08-T49H",
        "OCRA-1:HOTP-SHA1-6:QN08-T1M-S064",
        "OCRA-1:HOTP-SHA1-6:QN08\n",
        "ocra-1:hotp-sha1-6:qn08",
        "OCRA-1:HOTP-SHA1-6:QN08" + "0" * 100,
    ],
)
def test_a_suite_that_the_rfc_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="suite") as refused:
        read_suite(text)
    assert refused.value.code == "OCRA-SUITE"


PLAIN = read_suite("OCRA-1:HOTP-SHA1-6:QN08")
WHOLE = read_suite("OCRA-1:HOTP-SHA256-8:C-QH08-PSHA1-S004-T1M")
FITTING = Given(("ABCDEF01",), counter=1, pin=bytes(20), session=b"abcd", steps=5)


@pytest.mark.parametrize(
    ("suite", "given"),
    [
        (PLAIN, Given(())),
        (PLAIN, Given(("",))),
        (PLAIN, Given(("123456789",))),
        (PLAIN, Given(("12x",))),
        (PLAIN, Given(("１２３",))),
        (PLAIN, Given(("1", "2", "3"))),
        (PLAIN, Given(("1",), counter=1)),
        (PLAIN, Given(("1",), pin=bytes(20))),
        (PLAIN, Given(("1",), session=b"")),
        (PLAIN, Given(("1",), steps=1)),
        (WHOLE, Given(("AB",), counter=-1, pin=bytes(20), session=b"", steps=5)),
        (WHOLE, Given(("AB",), counter=2**64, pin=bytes(20), session=b"", steps=5)),
        (WHOLE, Given(("AB",), counter=1, pin=bytes(19), session=b"", steps=5)),
        (WHOLE, Given(("AB",), counter=1, pin=bytes(20), session=b"abcde", steps=5)),
        (WHOLE, Given(("XY",), counter=1, pin=bytes(20), session=b"", steps=5)),
        (WHOLE, Given(("AB",))),
    ],
)
def test_what_does_not_fit_the_suite_is_refused(suite: Suite, given: Given) -> None:
    assert len(response(WHOLE, KEY_32, FITTING)) == 8
    with pytest.raises(Refused) as refused:
        response(suite, KEY_32, given)
    assert refused.value.code == "OCRA-INPUT"


def test_an_odd_hexadecimal_challenge_is_padded_on_the_right() -> None:
    suite = "OCRA-1:HOTP-SHA1-6:QH08"
    assert answer(suite, "ABC", key=KEY_20) == answer(suite, "abc0", key=KEY_20)
