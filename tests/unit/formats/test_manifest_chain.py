"""The chain of manifests: a gap, a fork and an alteration are found where they are."""

from dataclasses import replace
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom_formats.audit_record import AuditHead
from strongroom_formats.manifest import Manifest, ManifestInvalid
from strongroom_formats.manifest_chain import ChainBroken, ChainFault, verify_chain

from tests.unit.formats.samples import digest, following, manifest


def a_chain() -> list[bytes]:
    """Six manifests: three editions of a day, a day without statements, two more days."""
    chain = [manifest(1, 2).to_bytes()]
    for days, *numbers in ((0, 3), (0, 4, 5), (1,), (1, 6), (3, 7, 8)):
        chain.append(following(chain[-1], days, *numbers).to_bytes())
    return chain


CHAIN = a_chain()


def rechained(chain: list[bytes], place: int, **change: object) -> list[bytes]:
    """The chain with one manifest changed and every later one made again after it."""
    made = chain[:place]
    for number, data in enumerate(chain[place:], place):
        known = Manifest.from_bytes(data)
        changes = {"previous_sha256": sha256(made[-1]).hexdigest()} if made else {}
        changes |= change if number == place else {}
        made.append(replace(known, **changes).to_bytes())
    return made


def broken(documents: list[bytes], after: bytes | None = None) -> tuple[int, ChainFault]:
    with pytest.raises(ChainBroken) as caught:
        verify_chain(documents, after=after)
    assert str(caught.value).startswith(f"manifest {caught.value.number}, ")
    return caught.value.number, caught.value.what


@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_a_whole_chain_is_accepted_in_any_order(dice: Random, again: int) -> None:
    documents = [*CHAIN, CHAIN[again]]
    dice.shuffle(documents)
    assert [found.to_bytes() for found in verify_chain(documents)] == CHAIN


def test_no_manifests_are_a_chain() -> None:
    assert verify_chain([]) == ()
    assert verify_chain([], after=CHAIN[2]) == ()


@pytest.mark.parametrize("start", range(1, 6))
def test_a_chain_goes_on_after_a_trusted_manifest(start: int) -> None:
    later = verify_chain(CHAIN[start:], after=CHAIN[start - 1])
    assert [found.number for found in later] == list(range(start + 1, 7))
    assert verify_chain(CHAIN[start - 1 :], after=CHAIN[start - 1]) == later


@pytest.mark.parametrize("missing", range(5))
def test_a_missing_manifest_is_named(missing: int) -> None:
    assert broken(CHAIN[:missing] + CHAIN[missing + 1 :]) == (missing + 1, ChainFault.GAP)


@pytest.mark.parametrize("place", range(6))
def test_two_manifests_in_one_place_are_a_fork(place: int) -> None:
    other = Manifest.from_bytes(CHAIN[place])
    later = replace(other, made_at=other.made_at.replace(second=1)).to_bytes()
    assert broken([*CHAIN, later]) == (place + 1, ChainFault.FORK)
    assert broken([later, *CHAIN]) == (place + 1, ChainFault.FORK)


@pytest.mark.parametrize("place", range(1, 6))
def test_a_second_history_after_a_trusted_manifest_is_a_fork(place: int) -> None:
    other = Manifest.from_bytes(CHAIN[place])
    forged = replace(other, made_at=other.made_at.replace(second=1)).to_bytes()
    assert broken([forged], after=CHAIN[place]) == (place + 1, ChainFault.FORK)
    assert broken([CHAIN[place - 1]], after=CHAIN[place]) == (place, ChainFault.FORK)


@pytest.mark.parametrize("place", range(5))
def test_an_altered_manifest_is_named(place: int) -> None:
    other = Manifest.from_bytes(CHAIN[place])
    altered = replace(other, made_at=other.made_at.replace(second=1)).to_bytes()
    documents = [*CHAIN[:place], altered, *CHAIN[place + 1 :]]
    assert broken(documents) == (place + 1, ChainFault.ALTERED)


def test_the_last_manifest_is_protected_by_its_signature_alone() -> None:
    other = Manifest.from_bytes(CHAIN[5])
    altered = replace(other, made_at=other.made_at.replace(second=1)).to_bytes()
    assert len(verify_chain([*CHAIN[:5], altered])) == 6


def test_an_edition_that_drops_an_earlier_entry_is_found() -> None:
    entries = Manifest.from_bytes(CHAIN[2]).entries
    assert broken(rechained(CHAIN, 2, entries=entries[1:])) == (3, ChainFault.ALTERED)
    changed = (replace(entries[0], sha256=digest("other")), *entries[1:])
    assert broken(rechained(CHAIN, 2, entries=changed)) == (3, ChainFault.ALTERED)


def test_a_copy_that_is_listed_nowhere_is_found() -> None:
    last = Manifest.from_bytes(CHAIN[5]).entries
    assert broken(rechained(CHAIN, 5, entries=last[1:])) == (6, ChainFault.GAP)
    first = Manifest.from_bytes(manifest(2, 3).to_bytes())
    assert broken([first.to_bytes()]) == (1, ChainFault.GAP)
    hole = manifest(1, 3).to_bytes()
    assert broken([hole]) == (1, ChainFault.GAP)


def test_a_copy_that_is_listed_on_two_days_is_found() -> None:
    repeated = following(CHAIN[5], 1, 8).to_bytes()
    assert broken([*CHAIN, repeated]) == (7, ChainFault.GAP)


def test_copies_are_counted_on_over_a_day_without_statements() -> None:
    assert broken([following(CHAIN[4], 1, 8).to_bytes()], after=CHAIN[4]) == (6, ChainFault.GAP)
    silent = CHAIN[3]
    assert Manifest.from_bytes(silent).nothing_today
    assert len(verify_chain([following(silent, 1, 77, 78).to_bytes()], after=silent)) == 1


@pytest.mark.parametrize(("days", "edition"), [(0, 2), (0, 5), (1, 2), (-1, 1)])
def test_days_and_editions_stand_in_their_order(days: int, edition: int) -> None:
    last = replace(following(CHAIN[2], days, 6), edition=edition)
    if days == 0:
        last = replace(last, entries=Manifest.from_bytes(CHAIN[2]).entries)
    assert broken([*CHAIN[:3], last.to_bytes()]) == (4, ChainFault.DISORDER)


def test_a_chain_starts_with_a_first_edition() -> None:
    assert broken([replace(manifest(1), edition=2).to_bytes()]) == (1, ChainFault.DISORDER)


@pytest.mark.parametrize("change", [{"firm": "Another"}, {"recipient": "oaktree"}])
def test_a_manifest_of_somebody_else_is_found(change: dict[str, str]) -> None:
    assert broken(rechained(CHAIN, 4, **change)) == (5, ChainFault.FOREIGN)


@pytest.mark.req("ATK-68")
@pytest.mark.parametrize("head", [AuditHead(43, digest("audit 3")), AuditHead(44, digest("x"))])
def test_an_audit_head_that_goes_back_or_changes_is_found(head: AuditHead) -> None:
    second = replace(following(CHAIN[5], 1, 9), audit_head=AuditHead(44, digest("audit 4")))
    chain = [*CHAIN[:5], rechained(CHAIN, 5, audit_head=AuditHead(44, digest("audit 4")))[5]]
    assert len(verify_chain([*chain, rechained([*chain, second.to_bytes()], 6)[6]])) == 7
    forged = rechained([*chain, second.to_bytes()], 6, audit_head=head)
    assert broken(forged) == (7, ChainFault.ALTERED)


def test_what_is_no_manifest_is_refused() -> None:
    with pytest.raises(ManifestInvalid):
        verify_chain([*CHAIN, b"{}"])
    with pytest.raises(ManifestInvalid):
        verify_chain([], after=b"")


@given(st.integers(0, 4), st.data())
def test_no_changed_byte_leaves_a_chain(place: int, data: st.DataObject) -> None:
    changed = bytearray(CHAIN[place])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((ChainBroken, ManifestInvalid)):
        verify_chain([*CHAIN[:place], bytes(changed), *CHAIN[place + 1 :]])
