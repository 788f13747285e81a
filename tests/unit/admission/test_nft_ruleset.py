"""The text of the firewall ruleset; that it silences is shown by a journey with real packets."""

import random
import re
import time
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
    summarize_address_range,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import refusals
from strongroom.rules.networks import ANYWHERE, Network
from strongroom.rules.nft_ruleset import ruleset

SOME: list[Network] = [
    IPv6Network("2001:db8::7"),
    IPv4Network("203.0.113.9"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("198.51.100.7"),
]


@st.composite
def crowded(draw: st.DrawFn) -> list[Network]:
    """Networks from a small corner, so that many overlap, touch or repeat."""
    v4 = st.builds(
        lambda low, length: ip_network((0xC6336400 | low, length), strict=False),
        st.integers(0, 255),
        st.integers(24, 32),
    )
    v6 = st.builds(
        lambda low, length: ip_network((0x20010DB8 << 96 | low, length), strict=False),
        st.integers(0, 255),
        st.integers(120, 128),
    )
    return draw(st.lists(v4 | v6, max_size=12))


def listed_in(text: str, name: str) -> list[Network]:
    """Read a set's elements back as networks."""
    found = re.search(rf"set {name} \{{[^}}]*elements = \{{([^}}]*)\}}", text)
    networks: list[Network] = []
    for element in found.group(1).split(",") if found else []:
        first, dash, last = element.strip().partition("-")
        if dash:
            networks += summarize_address_range(ip_address(first), ip_address(last))
        else:
            networks.append(ip_network(first))
    return networks


@pytest.mark.req("SFTP-5", "ATK-30")
@given(crowded())
def test_the_sets_hold_exactly_the_union_of_the_lists(networks: list[Network]) -> None:
    text = ruleset(networks, port=32)
    v4 = [network for network in networks if network.version == 4]
    v6 = [network for network in networks if network.version == 6]
    assert list(collapse_addresses(listed_in(text, "listed4"))) == list(collapse_addresses(v4))
    assert list(collapse_addresses(listed_in(text, "listed6"))) == list(collapse_addresses(v6))


@given(crowded(), st.randoms(use_true_random=False))
def test_the_order_of_the_lists_does_not_change_the_ruleset(
    networks: list[Network], chance: random.Random
) -> None:
    shuffled = [*networks, *networks]
    chance.shuffle(shuffled)
    assert ruleset(shuffled, port=32) == ruleset(networks, port=32)


def test_elements_are_written_short_and_in_order() -> None:
    text = ruleset([*SOME, IPv4Network("198.51.101.0/25"), IPv6Network("2001:db8:1::/48")], port=32)
    assert "{\n\t\t\t198.51.100.0-198.51.101.127, 203.0.113.9\n\t\t}" in text
    assert "{\n\t\t\t2001:db8::7, 2001:db8:1::/48\n\t\t}" in text


def test_the_word_any_becomes_the_whole_of_both_sets() -> None:
    text = ruleset([*SOME, *ANYWHERE], port=32)
    assert "{\n\t\t\t0.0.0.0/0\n\t\t}" in text
    assert "{\n\t\t\t::/0\n\t\t}" in text


@pytest.mark.req("SFTP-5")
def test_without_a_single_network_the_port_is_silent_for_all() -> None:
    text = ruleset([], port=32)
    assert "elements" not in text
    assert text.rstrip().endswith("drop\n\t}\n}")


@pytest.mark.req("ATK-30")
def test_the_ruleset_touches_its_own_table_only_and_replaces_it_whole() -> None:
    text = ruleset(SOME, port=32)
    commands = [line for line in text.splitlines() if line and not line.startswith(("#", "\t"))]
    assert commands == [
        "add table inet strongroom",
        "delete table inet strongroom",
        "table inet strongroom {",
        "}",
    ]


@pytest.mark.parametrize(
    "table", ["filter", "", "strong", "Strongroom", "strongroom; flush ruleset", "strongroom" * 4]
)
def test_a_table_that_could_be_anothers_is_refused(table: str) -> None:
    with pytest.raises(refusals.Refused) as refused:
        ruleset(SOME, port=32, table=table)
    assert refused.value.kind is refusals.FIREWALL_TABLE


def test_a_second_strongroom_has_a_table_of_its_own() -> None:
    assert "delete table inet strongroom_2\n" in ruleset(SOME, port=3232, table="strongroom_2")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="not a TCP port"):
        ruleset(SOME, port=port)


@pytest.mark.soak
def test_a_million_networks_become_a_ruleset_within_a_minute() -> None:
    chance = random.Random(32)
    networks = [
        ip_network((chance.getrandbits(32) >> cut << cut, 32 - cut))
        for cut in chance.choices([0, 0, 4, 8], k=1_000_000)
    ]
    begun = time.monotonic()
    text = ruleset(networks, port=32)
    assert time.monotonic() - begun < 60
    assert len(listed_in(text, "listed4")) > 900_000
