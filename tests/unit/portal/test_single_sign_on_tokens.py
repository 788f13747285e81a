"""The provider's own tokens when they come back: ours are read, whatever else comes is nothing."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from strongroom.rules.secret import Secret

from tests.unit.portal.sign_on_client import b64

_KEY = ec.generate_private_key(ec.SECP256R1())
_PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
HOUSE: Any = SimpleNamespace(
    sign_on_key=Secret(_PEM), login=SimpleNamespace(site="https://portal.example.test")
)
_NAMES = st.sampled_from(["alg", "kid", "crit", "b64", "jwk", "typ", "iss", "aud", "zip"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=6,
)


def _token(head: object, body: object, signature: bytes) -> str:
    return f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}.{b64(signature)}"


def own_claims(token: str) -> dict[str, Any]:
    from strongroom.gateways.portal.single_sign_on import signing

    return signing.own_claims(token, HOUSE)


def signed(claims: dict[str, object]) -> str:
    from strongroom.gateways.portal.single_sign_on import signing

    return signing.signed(claims, HOUSE)


@pytest.mark.req("LATK-8")
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.builds(_token, _JSON, _JSON, st.binary(max_size=70)))
def test_nonsense_is_no_token(token: str) -> None:
    assert own_claims(token) == {}


@pytest.mark.req("LATK-8")
@settings(max_examples=100, deadline=None)
@given(st.builds(lambda body, mark: f"{body}.{b64(mark)}", _JSON.map(str), st.binary(max_size=70)))
def test_our_head_does_not_help_what_we_did_not_sign(rest: str) -> None:
    assert own_claims(f"{signed({}).partition('.')[0]}.{rest}") == {}


def test_our_own_token_is_read_also_when_it_is_old() -> None:
    issuer = "https://portal.example.test"
    assert own_claims(signed({"iss": issuer, "aud": "a", "exp": 1}))["aud"] == "a"
    assert own_claims(signed({"iss": "https://elsewhere.example.test", "aud": "a"})) == {}
    assert own_claims(signed({"aud": "a"})) == {}
