"""Allow-list networks: their spelling, their overlaps, and who they admit."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import refusals
from strongroom.rules.networks import (
    ANYWHERE,
    Address,
    Network,
    add_network,
    candidates,
    is_listed,
    normalise,
    parse_allow,
    parse_network,
    source_key,
)

v4_addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
v6_addresses = st.integers(0, 2**128 - 1).map(IPv6Address)
addresses = v4_addresses | v6_addresses


@st.composite
def networks(draw: st.DrawFn, near: Address | None = None) -> Network:
    address = near or draw(addresses)
    length = draw(st.integers(0, address.max_prefixlen))
    return ip_network(f"{address}/{length}", strict=False)


def read_or_refused(text: str) -> Network | str:
    """The network, or the code of the refusal."""
    try:
        return parse_network(text, private_allowed=True)
    except refusals.Refused as refused:
        return refused.code


@pytest.mark.req("KEY-12", "SFTP-6")
@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("  198.51.100.7\n", "198.51.100.7/32"),
        ("198.51.100.0/24", "198.51.100.0/24"),
        ("203.0.113.255/32", "203.0.113.255/32"),
        ("8.0.0.0/7", "8.0.0.0/7"),
        ("2001:DB8:0::7", "2001:db8::7/128"),
        ("2001:0db8::/32", "2001:db8::/32"),
        ("2002:c633:6407::/48", "2002:c633:6407::/48"),
        ("64:ff9b::c633:6407", "64:ff9b::c633:6407/128"),
    ],
)
def test_a_network_is_read_into_its_one_canonical_form(text: str, canonical: str) -> None:
    assert str(parse_network(text)) == canonical


WRONG = [
    ("", refusals.NETWORK_MALFORMED, "is not an IP address"),
    ("example.com", refusals.NETWORK_MALFORMED, "198.51.100.0/24"),
    ("198.51.100", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.256", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.0256", refusals.NETWORK_MALFORMED, ""),
    ("3325256711", refusals.NETWORK_MALFORMED, ""),
    ("0xc6336407", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.*", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.1-198.51.100.9", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.7:22", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.7 /32", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.7/", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.7/+9", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.7/-1", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.7/24/24", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.0/255.0.255.0", refusals.NETWORK_MALFORMED, ""),
    ("١٩٨.51.100.7", refusals.NETWORK_MALFORMED, ""),
    ("198.51.100.0/٢٤", refusals.NETWORK_MALFORMED, ""),
    ("[2001:db8::7]", refusals.NETWORK_MALFORMED, ""),
    ("2001:db8:::7", refusals.NETWORK_MALFORMED, ""),
    ("2001:db8::/ffff::", refusals.NETWORK_MALFORMED, ""),
    ("1" * 65, refusals.NETWORK_MALFORMED, "111...' is not"),
    ("198.51.100.7/33", refusals.NETWORK_PREFIX, "at most 32"),
    ("2001:db8::/129", refusals.NETWORK_PREFIX, "at most 128"),
    ("010.1.2.3", refusals.NETWORK_LEADING_ZEROS, "write 10.1.2.3."),
    ("198.051.100.007", refusals.NETWORK_LEADING_ZEROS, "write 198.51.100.7."),
    ("198.51.100.00", refusals.NETWORK_LEADING_ZEROS, "write 198.51.100.0."),
    ("198.51.100.0/024", refusals.NETWORK_LEADING_ZEROS, "write 198.51.100.0/24."),
    ("2001:db8::/032", refusals.NETWORK_LEADING_ZEROS, "write 2001:db8::/32."),
    ("fe80::1%eth0", refusals.NETWORK_ZONE, "Write fe80::1."),
    ("fe80::%eth0/64", refusals.NETWORK_ZONE, "Write fe80::/64."),
    ("198.51.100.0/255.255.255.0", refusals.NETWORK_NETMASK, "Write 198.51.100.0/24."),
    ("198.51.100.7/24", refusals.NETWORK_HOST_BITS, "198.51.100.0/24 for the whole"),
    ("198.51.100.7/24", refusals.NETWORK_HOST_BITS, "198.51.100.7/32 for the one"),
    ("2001:db8::7/64", refusals.NETWORK_HOST_BITS, "2001:db8::7/128 for the one"),
    ("0.0.0.0/0", refusals.NETWORK_EVERYONE, "write the word any"),
    ("198.51.100.7/0", refusals.NETWORK_EVERYONE, "write the word any"),
    ("::/0", refusals.NETWORK_EVERYONE, "write the word any"),
    ("::ffff:198.51.100.7", refusals.NETWORK_MAPPED, "Write 198.51.100.7."),
    ("::ffff:c633:6407", refusals.NETWORK_MAPPED, "Write 198.51.100.7."),
    ("::ffff:198.51.100.0/120", refusals.NETWORK_MAPPED, "Write 198.51.100.0/24."),
    ("::ffff:198.51.100.7/120", refusals.NETWORK_MAPPED, "Write 198.51.100.0/24."),
    ("::ffff:0:0/96", refusals.NETWORK_MAPPED, "Write any."),
    ("::fffe:0:0/95", refusals.NETWORK_MAPPED, "the IPv4 networks themselves"),
    ("224.0.0.1", refusals.NETWORK_MULTICAST, "224.0.0.0/4"),
    ("192.0.0.0/2", refusals.NETWORK_BROADCAST, "255.255.255.255"),
    ("128.0.0.0/1", refusals.NETWORK_BROADCAST, "255.255.255.255"),
    ("ff02::1", refusals.NETWORK_MULTICAST, "ff00::/8"),
    ("8000::/1", refusals.NETWORK_MULTICAST, "ff00::/8"),
    ("0.0.0.0", refusals.NETWORK_UNSPECIFIED, "the word any"),
    ("0.0.0.0/1", refusals.NETWORK_UNSPECIFIED, "0.0.0.0/8"),
    ("::", refusals.NETWORK_UNSPECIFIED, "::/128"),
    ("255.255.255.255", refusals.NETWORK_BROADCAST, "broadcast"),
    ("240.0.0.1", refusals.NETWORK_RESERVED, "240.0.0.0/4"),
]


@pytest.mark.req("ATK-32", "KEY-12")
@pytest.mark.parametrize(("text", "kind", "says"), WRONG)
@pytest.mark.parametrize("private_allowed", [False, True])
def test_a_doubtful_network_is_refused_with_its_reason_and_what_to_write(
    text: str, kind: refusals.RefusalKind, says: str, private_allowed: bool
) -> None:
    with pytest.raises(refusals.Refused) as refused:
        parse_network(text, private_allowed=private_allowed)
    assert refused.value.kind is kind
    assert says in str(refused.value)


PRIVATE = [
    "10.1.2.3",
    "172.31.0.0/16",
    "192.168.1.10",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "198.18.0.0/15",
    "8.0.0.0/5",
    "::1",
    "fd00::/8",
    "fe80::1",
    "fec0::/10",
]


@pytest.mark.req("IPR-9", "KEY-12")
@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_is_refused_because_the_public_one_is_needed(text: str) -> None:
    with pytest.raises(refusals.Refused, match="public address is needed") as refused:
        parse_network(text)
    assert refused.value.kind is refusals.NETWORK_PRIVATE


@pytest.mark.parametrize("text", PRIVATE)
def test_a_demo_may_list_private_addresses(text: str) -> None:
    assert parse_network(text, private_allowed=True) == ip_network(text)


@pytest.mark.req("ATK-32")
@given(st.text(max_size=80) | st.text("0123456789abcdef.:/%", max_size=50))
def test_any_text_at_all_is_either_a_network_or_a_refusal(text: str) -> None:
    outcome = read_or_refused(text)
    if isinstance(outcome, str):
        assert outcome.startswith("NETWORK-")
    else:
        assert outcome.prefixlen > 0
        assert parse_network(str(outcome), private_allowed=True) == outcome


@given(networks())
def test_every_network_is_read_back_from_its_canonical_text_or_refused(network: Network) -> None:
    outcome = read_or_refused(str(network))
    assert outcome == network or str(outcome).startswith("NETWORK-")


@pytest.mark.req("ATK-32")
@pytest.mark.parametrize("text", ["any", " any ", "ANY"])
def test_the_word_any_opens_a_list_to_both_internets(text: str) -> None:
    assert parse_allow(text) == ANYWHERE == (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


def test_an_entry_other_than_any_is_one_network() -> None:
    assert parse_allow("198.51.100.0/24") == (IPv4Network("198.51.100.0/24"),)
    assert parse_allow("10.0.0.1", private_allowed=True) == (IPv4Network("10.0.0.1/32"),)
    with pytest.raises(refusals.Refused, match="public address"):
        parse_allow("10.0.0.1")
    with pytest.raises(refusals.Refused, match="not an IP address"):
        parse_allow("anyone")


@pytest.mark.req("ATK-32", "SFTP-6")
def test_a_network_that_is_listed_or_covered_already_is_refused() -> None:
    listed = [IPv4Network("198.51.100.0/24"), IPv6Network("2001:db8::/32")]
    with pytest.raises(refusals.Refused, match=r"198\.51\.100\.0/24 is already on the list"):
        add_network(listed, IPv4Network("198.51.100.0/24"))
    with pytest.raises(
        refusals.Refused, match=r"^198\.51\.100\.0/24 already covers 198\.51\.100\.7/32"
    ):
        add_network(listed, IPv4Network("198.51.100.7"))
    with pytest.raises(refusals.Refused, match="already covers"):
        add_network(listed, IPv6Network("2001:db8:7::/48"))


def test_a_wider_network_names_the_ones_it_makes_redundant() -> None:
    listed = [
        IPv4Network("198.51.100.9"),
        IPv4Network("198.51.100.0/25"),
        IPv4Network("203.0.113.0/24"),
        IPv6Network("2001:db8::/32"),
    ]
    assert add_network(listed, IPv4Network("198.51.100.0/24")) == (listed[1], listed[0])
    assert add_network(listed, ANYWHERE[1]) == (listed[3],)
    assert add_network(listed, IPv4Network("192.0.2.0/24")) == ()


@given(st.lists(networks(), max_size=6), networks(), addresses)
def test_adding_a_network_and_dropping_the_redundant_ones_admits_the_union(
    existing: list[Network], new: Network, address: Address
) -> None:
    try:
        redundant = add_network(existing, new)
    except refusals.Refused:
        assert is_listed(address, [new]) <= is_listed(address, existing)
        return
    kept = [network for network in existing if network not in redundant]
    assert is_listed(address, [*kept, new]) == is_listed(address, [*existing, new])


@pytest.mark.req("ATK-32", "SFTP-5")
@given(st.data())
def test_an_address_is_admitted_if_and_only_if_a_listed_network_holds_it(
    data: st.DataObject,
) -> None:
    address = data.draw(addresses)
    listed = data.draw(st.lists(networks() | networks(near=address), max_size=6))
    plain = normalise(address)
    holds = [
        network.version == plain.version and int(network[0]) <= int(plain) <= int(network[-1])
        for network in listed
    ]
    assert is_listed(address, listed) == any(holds)


def test_an_empty_list_admits_nobody() -> None:
    assert not is_listed("198.51.100.7", [])


@pytest.mark.req("ATK-32")
@given(v4_addresses)
def test_a_mapped_address_is_the_plain_one_everywhere(plain: IPv4Address) -> None:
    mapped = IPv6Address(f"::ffff:{plain}")
    assert normalise(mapped) == normalise(f"::ffff:{plain}") == plain
    assert candidates(mapped) == candidates(plain)
    assert source_key(mapped) == source_key(plain) == f"{plain}/32"
    assert is_listed(mapped, [IPv4Network(plain)])


def test_translated_addresses_are_left_as_they_are_and_zones_are_dropped() -> None:
    for text in ("2002:c633:6407::1", "64:ff9b::c633:6407"):
        assert normalise(text) == IPv6Address(text)
    assert normalise("fe80::1%eth0") == normalise(IPv6Address("fe80::1%7")) == ip_address("fe80::1")
    assert is_listed("fe80::1%eth0", [IPv6Network("fe80::/10")])


@pytest.mark.parametrize("text", ["", "010.1.2.3", "example.com", "198.51.100.7/32", "1" * 999])
def test_text_that_is_no_address_is_never_compared(text: str) -> None:
    with pytest.raises(refusals.Refused) as refused:
        normalise(text)
    assert refused.value.kind is refusals.NETWORK_MALFORMED
    assert len(str(refused.value)) < 300


@pytest.mark.req("SFTP-6")
@given(addresses)
def test_the_candidates_are_every_network_that_holds_the_address(address: Address) -> None:
    plain = normalise(address)
    narrowest = ip_network(plain)
    expected = [str(narrowest.supernet(cut)) for cut in range(narrowest.prefixlen + 1)]
    assert list(candidates(address)) == expected
    assert len(expected) == (33 if plain.version == 4 else 129)
    assert candidates(address)[-1] in {str(network) for network in ANYWHERE}


@given(st.data())
def test_a_network_holds_an_address_exactly_when_its_text_is_a_candidate(
    data: st.DataObject,
) -> None:
    address = data.draw(addresses)
    network = data.draw(networks() | networks(near=normalise(address)))
    assert (str(network) in candidates(address)) == (normalise(address) in network)


@pytest.mark.req("ATK-35")
@given(v6_addresses, st.integers(0, 2**64 - 1))
def test_hopping_within_a_64_stays_one_source(address: IPv6Address, hop: int) -> None:
    hopped = IPv6Address(int(address) >> 64 << 64 | hop)
    if normalise(address).version == normalise(hopped).version == 6:
        assert source_key(address) == source_key(hopped)
        assert source_key(address).endswith("/64")
