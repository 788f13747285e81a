"""Which address a request came from: X-Forwarded-For is believed of named proxies alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.forwarded import client_address
from strongroom.rules.networks import parse_network
from strongroom.rules.refusals import Refused

PROXIES = tuple(
    parse_network(text, private_allowed=True) for text in ("10.0.0.0/8", "2001:db8:1::/48")
)


@pytest.mark.req("LATK-21")
@pytest.mark.parametrize(
    "forged", ["203.0.113.5", "203.0.113.5, 203.0.113.6", "203.0.113.5, 10.0.0.1", "", "x", ","]
)
def test_a_direct_connection_cannot_forge_its_address(forged: str) -> None:
    assert client_address("198.51.100.7", forged, PROXIES) == "198.51.100.7"
    assert client_address("10.0.0.1", forged, ()) == "10.0.0.1"


@pytest.mark.req("LATK-21")
@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("1.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("1.1.1.1, 2.2.2.2, 203.0.113.5, 10.1.1.1", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("[2001:db8:2::5]:4711", "2001:db8:2::5"),
        ("[2001:db8:2::5]", "2001:db8:2::5"),
        ("2001:db8:2::5", "2001:db8:2::5"),
        ("203.0.113.5, 2001:db8:1::9", "203.0.113.5"),
        ("", "10.0.0.1"),
        (" , ", "10.0.0.1"),
        ("garbage", "10.0.0.1"),
        ("203.0.113.5, garbage", "10.0.0.1"),
        ("203.0.113.5:99999999", "10.0.0.1"),
        ("2130706433", "10.0.0.1"),
        ("010.1.2.3", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_of_what_a_trusted_proxy_forwards_the_last_stranger_counts(chain: str, client: str) -> None:
    assert client_address("10.0.0.1", chain, PROXIES) == client
    assert client_address("::ffff:10.0.0.1", chain, PROXIES) == client


@pytest.mark.req("LATK-21")
def test_a_chain_of_any_length_is_walked_from_its_end() -> None:
    chain = ", ".join(["1.1.1.1"] * 5000 + ["203.0.113.5"])
    assert client_address("10.0.0.1", chain, PROXIES) == "203.0.113.5"


@pytest.mark.req("LATK-21")
@given(st.text(max_size=80))
def test_whatever_stands_before_a_proxys_own_entry_changes_nothing(forged: str) -> None:
    assert client_address("10.0.0.1", f"{forged},203.0.113.5", PROXIES) == "203.0.113.5"


@pytest.mark.req("LATK-21")
@pytest.mark.parametrize("peer", ["", "garbage", "1.2.3", "unix:"])
def test_a_peer_without_an_address_is_refused(peer: str) -> None:
    with pytest.raises(Refused):
        client_address(peer, "203.0.113.5", PROXIES)
