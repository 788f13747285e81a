"""Which systems may use this login, and to which addresses a browser may be sent back."""

from collections.abc import Callable
from typing import Any

import pytest
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

pytestmark = pytest.mark.django_db


def _add(act: Any, *addresses: str, party: str = "trading", name: str = "Trading") -> Any:
    from strongroom.login.parties.relying_parties import add_party

    return add_party(party, name, addresses, is_platform=True, act=act())


@pytest.mark.parametrize(
    "address",
    [
        "https://trade.example.com/back",
        "https://trade.example.com:8443/back?x=1",
        "http://localhost:7000/back",
        "http://127.0.0.1/back",
    ],
)
def test_an_exact_secure_address_is_registered(act: Callable[..., Any], address: str) -> None:
    assert _add(act, address).redirect_uris == [address]


@pytest.mark.parametrize(
    "address",
    [
        "http://trade.example.com/back",
        "http://localhost.example.com/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "com.example.app:/back",
        "https://trade.example.com/back#part",
        "https://user@trade.example.com/back",
        "https://*.example.com/back",
        "https://",
        "https://[::1",
        "https://trade.example.com:x/back",
        "https://trade.example.com/" + "x" * 500,
        "https://tradé.example.com/",
        "https://trade.example.com/\r\nX: y",
        "",
    ],
)
def test_an_address_that_could_betray_a_code_is_refused(
    act: Callable[..., Any], address: str
) -> None:
    with pytest.raises(Refused) as no:
        _add(act, address)
    assert no.value.code == "PARTY-ADDRESS"


@pytest.mark.parametrize("party", ["", "ab", "Trading", "1st", "a" * 49, "a b c", "a_b"])
def test_an_id_that_is_none_is_refused(act: Callable[..., Any], party: str) -> None:
    with pytest.raises(Refused) as no:
        _add(act, "https://a.example.com/", party=party)
    assert no.value.code == "PARTY-ID"


def test_a_system_needs_a_name_and_an_address(act: Callable[..., Any]) -> None:
    with pytest.raises(Refused) as no:
        _add(act, "https://a.example.com/", name="a\nb")
    assert no.value.code == "PARTY-NAME"
    with pytest.raises(Refused) as no:
        _add(act)
    assert no.value.code == "PARTY-ADDRESS"


def test_an_id_is_never_given_twice_not_even_after_its_end(act: Callable[..., Any]) -> None:
    from strongroom.login.parties.relying_parties import find_party, remove_party

    _add(act, "https://a.example.com/")
    remove_party("trading", act=act())
    with pytest.raises(Refused) as no:
        _add(act, "https://a.example.com/")
    assert no.value.code == "PARTY-EXISTS"
    with pytest.raises(Refused) as no:
        find_party("trading")
    assert no.value.code == "PARTY-UNKNOWN"


def test_a_new_secret_ends_the_old_one(act: Callable[..., Any]) -> None:
    from strongroom.login.parties.relying_parties import find_party, is_secret_of, renew_secret

    _add(act, "https://a.example.com/")
    assert not is_secret_of(find_party("trading"), Secret(""))
    renew_secret("trading", Secret("one"), act=act())
    renew_secret("trading", Secret("two"), act=act())
    found = find_party("trading")
    assert [is_secret_of(found, Secret(text)) for text in ("one", "two")] == [False, True]
    assert "two" not in found.secret_hash
