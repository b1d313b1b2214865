from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervals import (
    Grid,
    Interval,
    comb,
    crowded,
    fits_from,
    instant_of,
    lowest,
    runs,
    span,
    tick_ceil,
    tick_floor,
    ticks,
    ticks_of,
)

LENGTH = 60
GRID = Grid(base=1000, length=LENGTH)
spans = st.lists(st.tuples(st.integers(980, 1080), st.integers(980, 1080)).map(lambda pair: (min(pair), max(pair))), max_size=8)
bitsets = st.integers(0, (1 << LENGTH) - 1)


def is_set(bits: int, at: int) -> bool:
    return bool(bits >> at & 1)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(1000 * 300 + seconds, UTC)


@given(st.integers(0, 4_000_000_000))
def test_a_tick_is_utc_seconds_over_300(seconds):
    instant = datetime.fromtimestamp(seconds, UTC)

    assert tick_floor(instant) == seconds // 300
    assert tick_ceil(instant) == (seconds + 299) // 300
    assert instant_of(tick_floor(instant)) <= instant <= instant_of(tick_ceil(instant))


def test_a_microsecond_late_is_late():
    late = instant_of(5_984_640) + timedelta(microseconds=1)
    assert (tick_floor(late), tick_ceil(late)) == (5_984_640, 5_984_641)


def test_minutes_touch_ticks():
    assert [ticks_of(minutes) for minutes in (0, 1, 5, 6, 45)] == [0, 1, 1, 2, 9]


@given(spans)
def test_mask_holds_the_ticks_of_every_span(pairs):
    mask = GRID.mask(pairs)
    assert [is_set(mask, bit) for bit in range(LENGTH)] == [any(a <= 1000 + bit < b for a, b in pairs) for bit in range(LENGTH)]
    assert mask <= GRID.everything


@given(st.lists(st.tuples(st.integers(-900, 19_000), st.integers(1, 3_000)), max_size=6))
def test_taken_rounds_outwards_and_offered_inwards(starts):
    intervals = [Interval(at(start), at(start + length)) for start, length in starts]
    edges = [(start, start + length) for start, length in starts]
    taken, offered = GRID.taken(intervals), GRID.offered(intervals)
    for bit in range(LENGTH):
        first, last = bit * 300, bit * 300 + 300
        assert is_set(taken, bit) == any(start < last and first < end for start, end in edges)
        assert is_set(offered, bit) == any(start <= first and last <= end for start, end in edges)
    assert GRID.offered_seconds((300_000 + start, 300_000 + end) for start, end in edges) == offered


@given(bitsets, st.integers(1, 12))
def test_fits_from_finds_every_free_stretch(free, length):
    assert ticks(fits_from(free, length)) == [bit for bit in range(LENGTH) if all(is_set(free, bit + more) for more in range(length))]


@given(bitsets)
def test_runs_ticks_and_lowest_read_a_bitset(bits):
    assert ticks(bits) == [bit for bit in range(LENGTH) if is_set(bits, bit)]
    assert sum(span(first, last) for first, last in runs(bits)) == bits
    assert all(left[1] < right[0] for left, right in pairwise(runs(bits)))
    assert lowest(bits) == (ticks(bits)[0] if bits else None)


@given(bitsets)
def test_intervals_and_masks_are_each_others_inverse(bits):
    assert GRID.taken(GRID.intervals(bits)) == GRID.offered(GRID.intervals(bits)) == bits


@given(spans, st.integers(1, 4))
def test_crowded_counts_spans_that_run_at_once(pairs, count):
    crowd = GRID.mask(crowded(pairs, count))
    assert ticks(crowd) == [bit for bit in range(LENGTH) if sum(a <= 1000 + bit < b for a, b in pairs) >= count]


@given(st.integers(0, 20), st.integers(1, 9))
def test_comb_has_evenly_spaced_teeth(count, step):
    assert ticks(comb(count, step)) == [tooth * step for tooth in range(count)]


def test_since_and_bit_round_up_and_stay_on_the_grid():
    assert GRID.bit(at(1)) == 1
    assert ticks(GRID.since(at(58 * 300 - 1))) == [58, 59]
    assert GRID.since(at(-5000)) == GRID.everything
    assert GRID.since(at(90_000)) == 0


def test_a_grid_holds_its_whole_window():
    assert Grid.over(Interval(at(10), at(610))) == Grid(1000, 3)
    assert GRID.instant(2) == at(600)


def test_a_grid_is_never_empty():
    with pytest.raises(ValueError, match="at least one tick"):
        Grid(1000, 0)
