"""The codes that travel by SMS and by call: six digits, all alike, and nothing kept to read."""

import json
import secrets
from collections import Counter
from collections.abc import Callable

import pytest
from strongroom.backends.factors.sms.factor import SmsFactor
from strongroom.backends.factors.voice.factor import VoiceFactor
from strongroom.login.models import FactorKind
from strongroom.login.ports import Chance, Factor, Kept, Wish
from strongroom.rules import sent_codes
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.conftest import MORNING

_KEPT = Kept(Secret(""), {"phone": 1}, counter=-1)
_WISH = Wish("alpha123", "A. Person", 1, "The firm", "https://p.example", "p.example")


def _chance(draw: Callable[[int], bytes] = secrets.token_bytes) -> Chance:
    return Chance(MORNING, draw)


def _code(factor: Factor, chance: Chance) -> str:
    delivery = factor.ask(_KEPT, chance).delivery
    assert delivery is not None
    return delivery.code.reveal()


@pytest.mark.req("SMS2FA-4", "VOICE-2", "LATK-4")
@pytest.mark.parametrize(
    ("factor", "channel"), [(SmsFactor(), "sms"), (VoiceFactor(), "voice")], ids=["sms", "voice"]
)
def test_a_code_has_six_digits_and_is_kept_as_its_hmac_alone(factor: Factor, channel: str) -> None:
    asked = factor.ask(_KEPT, _chance())
    assert asked.delivery is not None
    code = asked.delivery.code.reveal()
    assert (asked.delivery.channel, len(code), code.isdigit()) == (channel, 6, True)
    assert code not in json.dumps(dict(asked.shown) | dict(asked.hidden))
    factor.check(_KEPT, asked, Secret(f"{code[:3]} {code[3:]}"), _chance())
    for wrong in (code[:5], code + "0", f"{(int(code) + 1) % 10**6:06d}", "", "١٢٣٤٥٦"):
        with pytest.raises(Refused) as refused:
            factor.check(_KEPT, asked, Secret(wrong), _chance())
        assert refused.value.code == "E-LOGIN-2"


@pytest.mark.req("LATK-9")
def test_zeros_in_front_of_a_code_belong_to_it() -> None:
    factor = SmsFactor()
    asked = factor.ask(_KEPT, _chance(lambda count: bytes(count - 1) + b"\x2a"))
    factor.check(_KEPT, asked, Secret("000042"), _chance())
    with pytest.raises(Refused):
        factor.check(_KEPT, asked, Secret("42"), _chance())


@pytest.mark.req("LATK-4")
def test_no_digit_of_a_code_is_likelier_than_another() -> None:
    counted = Counter("".join(_code(SmsFactor(), _chance()) for _ in range(5000)))
    # 30,000 digits: 3,000 of each, with a deviation of 52.
    assert all(2700 < counted[digit] < 3300 for digit in "0123456789")


@pytest.mark.req("LATK-5")
def test_the_code_of_one_challenge_does_not_answer_another() -> None:
    factor = SmsFactor()
    first, second = factor.ask(_KEPT, _chance()), factor.ask(_KEPT, _chance())
    assert first.delivery is not None
    assert first.hidden != second.hidden
    if first.delivery != second.delivery:
        with pytest.raises(Refused):
            factor.check(_KEPT, second, first.delivery.code, _chance())


@pytest.mark.req("SMS2FA-1", "SMS2FA-2")
def test_a_proved_number_is_enrolled_at_once_and_only_with_its_label() -> None:
    given = {"phone": 7, "label": "+44 ••• ••456"}
    wish = Wish("alpha123", "A", 1, "F", "https://p.example", "p.example", given=given)
    draft = SmsFactor().draft(wish, _chance())
    assert (draft.asked, draft.label, dict(draft.kept.facts)) == (
        None,
        given["label"],
        {"phone": 7},
    )
    with pytest.raises(Refused) as refused:
        SmsFactor().draft(_WISH, _chance())
    assert refused.value.code == "PHONE-UNKNOWN"


@pytest.mark.req("VOICE-1")
def test_nobody_enrols_for_calls_alone() -> None:
    with pytest.raises(Refused, match="Set up SMS first"):
        VoiceFactor().draft(_WISH, _chance())


def test_both_kinds_say_what_they_are() -> None:
    sms, voice = SmsFactor().traits, VoiceFactor().traits
    assert (sms.kind, voice.kind) == (FactorKind.SMS, FactorKind.VOICE)
    assert (sms.amr, voice.amr) == (("otp", "sms"), ("otp", "tel"))
    assert sms.assurance == voice.assurance
    assert sent_codes.DIGITS == 6
