"""Lists of addresses: what they may hold, which version is in force, and what a dry run says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules import restrictions
from strongroom.rules.networks import Network, parse_network
from strongroom.rules.refusals import Refused
from strongroom.rules.restrictions import Phase, Seen, Version

T0 = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HALF = timedelta(minutes=30)


def nets(*texts: str) -> tuple[Network, ...]:
    return tuple(parse_network(text) for text in texts)


def _at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


@pytest.mark.req("IPR-4")
@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        (" 198.51.100.0/24 ", "198.51.100.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7/128", "2001:db8:1:2::7/128"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_an_entry_is_an_address_or_a_network_and_ipv6_lines_count_whole(
    text: str, network: str
) -> None:
    assert str(restrictions.parse_entry(text)) == network


@pytest.mark.req("IPR-9", "LATK-21")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("192.168.1.7", "RESTRICTION-PRIVATE"),
        ("10.0.0.0/24", "RESTRICTION-PRIVATE"),
        ("127.0.0.1", "RESTRICTION-PRIVATE"),
        ("::1", "RESTRICTION-PRIVATE"),
        ("fd00::7", "RESTRICTION-PRIVATE"),
        ("100.64.3.4", "RESTRICTION-PRIVATE"),
        ("", "RESTRICTION-ADDRESS"),
        ("any", "RESTRICTION-ADDRESS"),
        ("198.51.100", "RESTRICTION-ADDRESS"),
        ("198.51.100.*", "RESTRICTION-ADDRESS"),
        ("198.51.100.7:443", "RESTRICTION-ADDRESS"),
        ("example.com", "RESTRICTION-ADDRESS"),
        ("224.0.0.1", "RESTRICTION-ADDRESS"),
        ("198.51.100.7/24", "RESTRICTION-ADDRESS"),
        ("9" * 500, "RESTRICTION-ADDRESS"),
        ("198.051.100.7", "RESTRICTION-SPELLING"),
        ("::ffff:198.51.100.7", "RESTRICTION-SPELLING"),
        ("198.51.100.0/255.255.255.0", "RESTRICTION-SPELLING"),
        ("0.0.0.0/0", "RESTRICTION-WIDE"),
        ("198.0.0.0/8", "RESTRICTION-PRIVATE"),
        ("203.0.0.0/8", "RESTRICTION-WIDE"),
        ("2001::/16", "RESTRICTION-WIDE"),
    ],
)
def test_what_nobody_can_come_from_or_everybody_could_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        restrictions.parse_entry(text)
    assert no.value.code == code
    assert len(str(no.value)) < 300


@pytest.mark.req("IPR-1", "IPR-6", "LATK-21")
@pytest.mark.parametrize(
    ("listed", "address", "admitted"),
    [
        ((), "203.0.113.5", True),
        ((), "garbage", True),
        (("203.0.113.5",), "203.0.113.5", True),
        (("203.0.113.5",), "::ffff:203.0.113.5", True),
        (("203.0.113.5",), "203.0.113.6", False),
        (("203.0.113.5",), "garbage", False),
        (("203.0.113.5",), "", False),
        (("203.0.113.5",), "203.0.113.5:443", False),
        (("2001:db8:1:2::/64",), "2001:db8:1:2:aaaa::1", True),
        (("2001:db8:1:2::/64",), "2001:db8:1:3::1", False),
        (("203.0.113.0/24", "2001:db8::/48"), "203.0.113.99", True),
    ],
)
def test_a_list_admits_what_it_holds_and_an_empty_one_everybody(
    listed: tuple[str, ...], address: str, *, admitted: bool
) -> None:
    assert restrictions.admits(nets(*listed), address) is admitted


@pytest.mark.req("IPR-4")
def test_an_entry_is_listed_once_and_a_wider_one_takes_its_place() -> None:
    narrow = nets("203.0.113.5")
    wide = restrictions.with_entry(narrow, *nets("203.0.113.0/24"))
    assert wide == nets("203.0.113.0/24")
    for again in ("203.0.113.0/24", "203.0.113.7"):
        with pytest.raises(Refused) as no:
            restrictions.with_entry(wide, *nets(again))
        assert no.value.code == "RESTRICTION-LISTED"


def test_a_list_has_at_most_twenty_entries() -> None:
    full = nets(*(f"203.0.113.{n}" for n in range(restrictions.MOST)))
    with pytest.raises(Refused) as no:
        restrictions.with_entry(full, *nets("198.51.100.7"))
    assert no.value.code == "RESTRICTION-MANY"


TRIAL = Version((), T0, T0 + HALF)


@pytest.mark.req("IPR-7", "IPR-8")
@pytest.mark.parametrize(
    ("version", "minutes", "phase"),
    [
        (Version((), T0), 0, Phase.SETTLED),
        (Version((), T0), -1, Phase.PENDING),
        (TRIAL, -1, Phase.PENDING),
        (TRIAL, 0, Phase.TRIAL),
        (TRIAL, 29.9, Phase.TRIAL),
        (TRIAL, 30, Phase.ROLLED_BACK),
        (Version((), T0, T0 + HALF, confirmed_at=_at(10)), 31, Phase.SETTLED),
        (Version((), T0, T0 + HALF, confirmed_at=_at(10)), 5, Phase.TRIAL),
        (Version((), T0, T0 + HALF, cancelled_at=_at(10)), 5, Phase.TRIAL),
        (Version((), T0, T0 + HALF, cancelled_at=_at(10)), 10, Phase.CANCELLED),
        (Version((), T0, None, cancelled_at=_at(-10)), -5, Phase.CANCELLED),
    ],
)
def test_each_version_has_one_phase_at_each_moment(
    version: Version, minutes: float, phase: Phase
) -> None:
    assert restrictions.phase_of(version, _at(minutes)) is phase


@pytest.mark.req("IPR-6", "IPR-8")
def test_the_newest_version_in_force_holds_and_the_old_one_comes_back() -> None:
    old = Version(nets("203.0.113.5"), _at(-100))
    new = Version(nets("198.51.100.7"), T0, T0 + HALF)
    gone = Version((), _at(60))
    versions = [gone, new, old]
    held = [restrictions.in_force(versions, _at(m)) for m in (-200, -1, 0, 29, 30, 60)]
    assert held == [(), old.networks, new.networks, new.networks, old.networks, ()]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.booleans()), max_size=8))
def test_a_list_in_force_is_always_one_that_somebody_made(
    made: list[tuple[int, int, bool]],
) -> None:
    versions = [
        Version(
            nets(f"203.0.113.{n}"),
            _at(effective),
            _at(effective + 30) if tried else None,
            confirmed_at=_at(confirmed) if tried else None,
        )
        for n, (effective, confirmed, tried) in enumerate(made)
    ]
    for minute in (0, 25, 60):
        held = restrictions.in_force(versions, _at(minute))
        assert held == () or held in [version.networks for version in versions]


@pytest.mark.parametrize(
    ("old", "new", "tried"),
    [
        ((), ("203.0.113.5",), True),
        (("203.0.113.5",), (), False),
        (("203.0.113.5",), ("203.0.113.5", "203.0.113.6"), False),
        (("203.0.113.5",), ("203.0.113.0/24",), False),
        (("203.0.113.5", "203.0.113.6"), ("203.0.113.5",), True),
        (("203.0.113.5",), ("203.0.113.6",), True),
        (("203.0.113.5",), ("2001:db8::/32",), True),
    ],
)
def test_only_what_could_lock_somebody_out_is_on_trial(
    old: tuple[str, ...], new: tuple[str, ...], *, tried: bool
) -> None:
    assert restrictions.needs_trial(nets(*old), nets(*new)) is tried


def test_a_dry_run_tells_which_logins_would_have_been_turned_away() -> None:
    logins = [
        Seen("203.0.113.5", _at(-1)),
        Seen("198.51.100.7", _at(-3)),
        Seen("198.51.100.7", _at(-2)),
        Seen("192.0.2.1", _at(-9)),
        Seen("", _at(-99)),
    ]
    run = restrictions.dry_run(nets("203.0.113.0/24"), logins, "198.51.100.7")
    assert (run.admits_current, run.admitted) == (False, 1)
    assert [(one.address, one.times, one.last_at) for one in run.turned] == [
        ("198.51.100.7", 2, _at(-2)),
        ("192.0.2.1", 1, _at(-9)),
        ("", 1, _at(-99)),
    ]
