"""Sets of byte ranges against a naive model: a Python set of byte numbers."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.ranges import ByteRanges

SPANS = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair)))
ADDITIONS = st.lists(SPANS, max_size=40)


def ranges_of(spans: list[tuple[int, int]], most: int = 1024) -> ByteRanges:
    ranges = ByteRanges(most)
    for start, end in spans:
        ranges.add(start, end)
    return ranges


def bytes_in(ranges: ByteRanges) -> set[int]:
    return {number for start, end in ranges for number in range(start, end)}


@pytest.mark.parametrize(
    ("added", "kept"),
    [
        ([], []),
        ([(0, 10)], [(0, 10)]),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(10, 20), (0, 10)], [(0, 20)]),
        ([(0, 10), (11, 20)], [(0, 10), (11, 20)]),
        ([(11, 20), (0, 10)], [(0, 10), (11, 20)]),
        ([(0, 10), (20, 30), (10, 20)], [(0, 30)]),
        ([(0, 10), (20, 30), (5, 25)], [(0, 30)]),
        ([(5, 6), (8, 9), (0, 20)], [(0, 20)]),
        ([(0, 20), (5, 6)], [(0, 20)]),
        ([(0, 10), (0, 10)], [(0, 10)]),
        ([(7, 7)], []),
    ],
)
def test_ranges_are_kept_sorted_and_merged(
    added: list[tuple[int, int]], kept: list[tuple[int, int]]
) -> None:
    assert list(ranges_of(added)) == kept


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (5, 4), (-2, -1)])
def test_what_is_no_range_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a range"):
        ByteRanges().add(start, end)


@pytest.mark.req("ATK-72")
@pytest.mark.parametrize(
    ("reads", "is_whole"),
    [
        ([(999, 1000)], False),  # The last byte only.
        ([(0, 400), (401, 1000)], False),  # A hole of one byte.
        ([(1, 1000)], False),  # All but the first byte.
        ([(0, 999)], False),  # Broken off at 99.9 %.
        ([(500, 1000), (0, 400)], False),  # Two readers at once who leave a hole,
        ([(500, 1000), (0, 501)], True),  # and two who meet.
        ([(0, 1000)], True),
        ([(0, 1000), (0, 1000)], True),
        ([(0, 500), (250, 750), (750, 1000)], True),
        ([], False),
    ],
)
def test_only_every_byte_of_a_file_makes_it_whole(
    reads: list[tuple[int, int]], is_whole: bool
) -> None:
    assert ranges_of(reads).covers(1000) is is_whole


def test_an_empty_file_is_whole_without_a_read() -> None:
    assert ByteRanges().covers(0)


def test_ranges_beyond_the_end_take_nothing_from_a_whole_file() -> None:
    assert ranges_of([(0, 1000), (2000, 2001)]).covers(1000)


@given(ADDITIONS)
def test_the_set_holds_exactly_the_bytes_that_were_added(spans: list[tuple[int, int]]) -> None:
    model = {number for start, end in spans for number in range(start, end)}
    ranges = ranges_of(spans)
    assert bytes_in(ranges) == model
    assert ranges.total() == len(model)


@given(ADDITIONS)
def test_ranges_never_touch_and_never_are_empty(spans: list[tuple[int, int]]) -> None:
    kept = list(ranges_of(spans))
    assert all(start < end for start, end in kept)
    assert all(left[1] < right[0] for left, right in pairwise(kept))


@pytest.mark.req("ATK-72")
@given(ADDITIONS, st.integers(0, 80))
def test_a_file_is_whole_when_the_model_says_so(spans: list[tuple[int, int]], size: int) -> None:
    ranges = ranges_of(spans)
    assert ranges.covers(size) is (set(range(size)) <= bytes_in(ranges))


@given(ADDITIONS)
def test_a_set_is_gapless_when_it_is_one_run_from_the_start(spans: list[tuple[int, int]]) -> None:
    ranges = ranges_of(spans)
    held = bytes_in(ranges)
    assert ranges.is_gapless() is (held == set(range(len(held))))


@given(ADDITIONS, st.randoms(use_true_random=False))
def test_the_order_of_reads_does_not_matter(spans: list[tuple[int, int]], dice: Random) -> None:
    shuffled = list(spans)
    dice.shuffle(shuffled)
    assert list(ranges_of(spans)) == list(ranges_of(shuffled))


@pytest.mark.req("ATK-25", "ATK-72")
@given(ADDITIONS, st.integers(1, 5))
def test_a_bounded_set_forgets_only_and_stays_bounded(
    spans: list[tuple[int, int]], most: int
) -> None:
    ranges = ByteRanges(most)
    model: set[int] = set()
    for start, end in spans:
        before = bytes_in(ranges)
        ranges.add(start, end)
        added = set(range(start, end))
        model |= added
        assert bytes_in(ranges) in (before, before | added)
        assert before <= bytes_in(ranges) <= model
        assert len(list(ranges)) <= most


@pytest.mark.req("ATK-25")
@given(ADDITIONS, st.integers(1, 5), st.integers(0, 60))
def test_a_full_set_still_grows_where_bytes_touch(
    spans: list[tuple[int, int]], most: int, at: int
) -> None:
    ranges = ranges_of(spans, most)
    touching = [start for start, _ in ranges] + [end for _, end in ranges]
    for edge in touching:
        ranges.add(edge, edge + at)
        assert set(range(edge, edge + at)) <= bytes_in(ranges)


@pytest.mark.req("ATK-25")
def test_a_peer_who_hops_about_costs_a_bounded_set() -> None:
    ranges = ByteRanges()
    for hop in range(5000):
        ranges.add(hop * 10, hop * 10 + 1)
    assert len(list(ranges)) == 1024


def test_a_long_sequential_read_stays_one_range() -> None:
    ranges = ByteRanges(most=1)
    for block in range(2000):
        ranges.add(block * 32768, (block + 1) * 32768)
    assert list(ranges) == [(0, 2000 * 32768)]
