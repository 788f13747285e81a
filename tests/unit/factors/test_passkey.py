"""Passkeys: every way in which an answer can be from the wrong place is refused (LATK-26)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from strongroom.backends.factors.passkey.client_data import LONGEST_ANSWER
from strongroom.backends.factors.passkey.factor import PasskeyFactor
from strongroom.login.ports import Accepted, Asked, Draft, Kept
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.contracts.factors.authenticator import Authenticator
from tests.contracts.factors.members import SITE, WISH, applied, chance

PASSKEY = PasskeyFactor()
PARTY = "portal.example.com"


def drafted() -> tuple[Draft, Asked]:
    draft = PASSKEY.draft(WISH, chance())
    assert draft.asked is not None
    return draft, draft.asked


def enrolled(device: Authenticator) -> Kept:
    draft, asked = drafted()
    options: Any = asked.shown["options"]
    accepted = PASSKEY.check(draft.kept, asked, Secret(device.create(options)), chance())
    return applied(draft.kept, accepted)


def used(device: Authenticator, kept: Kept) -> Accepted:
    asked = PASSKEY.ask(kept, chance())
    options: Any = asked.shown["options"]
    return PASSKEY.check(kept, asked, Secret(device.get(options)), chance())


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.code


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("a sub-domain", {"origin": "https://evil.portal.example.com"}),
    ("the domain above", {"origin": "https://example.com"}),
    ("a port", {"origin": f"{SITE}:8443"}),
    ("http", {"origin": f"http://{PARTY}"}),
    ("a look-alike", {"origin": "https://portal.example.com.evil.test"}),
    ("a slash", {"origin": f"{SITE}/"}),
    ("a frame", {"cross_origin": True}),
    ("a frame, as text", {"cross_origin": "true"}),
    ("a frame, by its top", {"top_origin": "https://evil.test"}),
    ("no verification", {"is_user_verified": False}),
    ("another party", {"party": "example.com"}),
    ("the other ceremony", {"ceremony": "payment.get"}),
]


@pytest.mark.req("LATK-26", "LATK-27")
@pytest.mark.parametrize(("case", "told"), WRONG)
def test_a_passkey_is_not_registered_from(case: str, told: dict[str, Any]) -> None:
    device = replace(Authenticator(SITE, PARTY), **told)
    assert code_of(lambda: enrolled(device)) == "PASSKEY-REFUSED", case


@pytest.mark.req("LATK-26", "LATK-27")
@pytest.mark.parametrize(("case", "told"), WRONG)
def test_a_passkey_is_not_used_from(case: str, told: dict[str, Any]) -> None:
    device = Authenticator(SITE, PARTY)
    kept = enrolled(device)
    assert used(device, kept).counter == 2
    for name, value in told.items():
        setattr(device, name, value)
    assert code_of(lambda: used(device, kept)) == "PASSKEY-REFUSED", case


@pytest.mark.req("LATK-26")
def test_the_ceremonies_are_not_taken_for_each_other() -> None:
    device = Authenticator(SITE, PARTY)
    kept = enrolled(device)
    device.ceremony = "webauthn.create"
    assert code_of(lambda: used(device, kept)) == "PASSKEY-REFUSED"
    device.ceremony = "webauthn.get"
    assert code_of(lambda: enrolled(device)) == "PASSKEY-REFUSED"


@pytest.mark.req("LATK-19", "LATK-26")
@pytest.mark.parametrize("count", [1, 4, 5])
def test_an_old_count_betrays_a_copy(count: int) -> None:
    device = Authenticator(SITE, PARTY, count=4)
    kept = enrolled(device)
    kept = applied(kept, used(device, kept))
    assert kept.counter == 5
    device.count = count
    assert code_of(lambda: used(device, kept)) == "FACTOR-COPIED"


@pytest.mark.req("LATK-26")
def test_a_stranger_cannot_have_a_passkey_suspended_by_a_low_count() -> None:
    """Only a true signature with an old count says that there is a copy."""
    device = Authenticator(SITE, PARTY, count=9)
    kept = enrolled(device)
    stranger = Authenticator(SITE, PARTY, count=1, credential=device.credential)
    assert code_of(lambda: used(stranger, kept)) == "PASSKEY-REFUSED"


@pytest.mark.req("LATK-26")
def test_a_synced_passkey_need_not_count() -> None:
    device = Authenticator(SITE, PARTY, count=None, is_synced=True)
    kept = enrolled(device)
    assert used(device, kept) == Accepted()
    assert used(device, kept).counter is None


@pytest.mark.req("LATK-26")
def test_a_device_that_is_not_synced_has_to_count() -> None:
    device = Authenticator(SITE, PARTY, count=None)
    kept = enrolled(device)
    assert code_of(lambda: used(device, kept)) == "PASSKEY-REFUSED"


@pytest.mark.req("LATK-26")
def test_a_passkey_does_not_become_synced_later() -> None:
    device = Authenticator(SITE, PARTY)
    kept = enrolled(device)
    device.is_synced = True
    assert code_of(lambda: used(device, kept)) == "PASSKEY-REFUSED"


@pytest.mark.req("LATK-6")
def test_the_answer_to_one_challenge_is_none_to_the_next() -> None:
    device = Authenticator(SITE, PARTY, count=None, is_synced=True)
    kept = enrolled(device)
    first, second = PASSKEY.ask(kept, chance()), PASSKEY.ask(kept, chance())
    options: Any = first.shown["options"]
    answer = Secret(device.get(options))
    PASSKEY.check(kept, first, answer, chance())
    assert code_of(lambda: PASSKEY.check(kept, second, answer, chance())) == "PASSKEY-REFUSED"


def test_another_persons_passkey_is_a_wrong_answer() -> None:
    mine, theirs = Authenticator(SITE, PARTY), Authenticator(SITE, PARTY)
    kept = enrolled(mine)
    enrolled(theirs)
    assert code_of(lambda: used(theirs, kept)) == "E-LOGIN-2"
    mine.handle = "AAAA"
    assert code_of(lambda: used(mine, kept)) == "E-LOGIN-2"
    mine.handle = None
    assert used(mine, kept).counter


@pytest.mark.req("LATK-7")
def test_a_signature_in_its_other_form_is_of_no_further_use() -> None:
    """(r, n-s) is as true as (r, s); the challenge is what can be used once, not the bytes."""
    from cryptography.hazmat.primitives.asymmetric.utils import (
        decode_dss_signature,
        encode_dss_signature,
    )
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    device = Authenticator(SITE, PARTY)
    kept = enrolled(device)
    asked = PASSKEY.ask(kept, chance())
    options: Any = asked.shown["options"]
    answer = json.loads(device.get(options))
    kept = applied(kept, PASSKEY.check(kept, asked, Secret(json.dumps(answer)), chance()))
    r, s = decode_dss_signature(base64url_to_bytes(answer["response"]["signature"]))
    twin = bytes_to_base64url(encode_dss_signature(r, order - s))
    answer["response"]["signature"] = twin
    again = Secret(json.dumps(answer))
    assert code_of(lambda: PASSKEY.check(kept, asked, again, chance())) == "FACTOR-COPIED"


def test_what_is_asked_is_exact() -> None:
    draft = PASSKEY.draft(replace(WISH, given={"known": ["AQID", 5]}), chance())
    assert draft.asked is not None
    options: Any = draft.asked.shown["options"]
    assert options["rp"] == {"name": "Example Securities", "id": PARTY}
    assert options["user"]["name"] == "abcde123"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [one["id"] for one in options["excludeCredentials"]] == ["AQID"]
    device = Authenticator(SITE, PARTY)
    kept = enrolled(device)
    asked: Any = PASSKEY.ask(kept, chance()).shown["options"]
    assert asked["rpId"] == PARTY
    assert asked["userVerification"] == "required"
    assert [one["id"] for one in asked["allowCredentials"]] == [kept.facts["credential"]]
    assert asked["challenge"] != options["challenge"]


def test_an_answer_is_bounded_and_has_to_be_an_object() -> None:
    kept = enrolled(Authenticator(SITE, PARTY))
    asked = PASSKEY.ask(kept, chance())
    for text in ("[" * 5000, '"' + "x" * LONGEST_ANSWER + '"', "1", "[{}]"):
        assert code_of(lambda text=text: PASSKEY.check(kept, asked, Secret(text), chance())) == (
            "E-LOGIN-2"
        )


def test_a_damaged_credential_is_refused_whatever_is_damaged() -> None:
    device = Authenticator(SITE, PARTY)
    draft, asked = drafted()
    options: Any = asked.shown["options"]
    good = json.loads(device.create(options))
    for part in ("clientDataJSON", "attestationObject"):
        for value in ("", "AAAA", "!!", None, 5, good["response"][part][:-20]):
            bad = {**good, "response": {**good["response"], part: value}}
            answer = Secret(json.dumps(bad))
            code = code_of(lambda answer=answer: PASSKEY.check(draft.kept, asked, answer, chance()))
            assert code in ("PASSKEY-REFUSED", "E-LOGIN-2")
