from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intervals import Interval, intersect, merge, overlaps, subtract

ORIGIN = datetime(2026, 11, 20, tzinfo=UTC)
SPAN = 40


def minute(number: int) -> datetime:
    return ORIGIN + timedelta(minutes=number)


def stretch(start: int, end: int) -> Interval:
    return Interval(minute(start), minute(end))


def minutes(intervals: list[Interval]) -> set[int]:
    """Brute force: every whole minute that lies in one of the intervals."""
    return {number for number in range(SPAN) if any(minute(number) in interval for interval in intervals)}


stretches = st.tuples(st.integers(0, SPAN), st.integers(0, SPAN)).filter(lambda ends: ends[0] < ends[1]).map(lambda ends: stretch(*ends))
some = st.lists(stretches, max_size=8)


def is_normal(intervals: list[Interval]) -> bool:
    return all(left.end < right.start for left, right in pairwise(intervals))


@given(some)
def test_merge_keeps_the_instants_and_takes_normal_form(intervals):
    assert minutes(merge(intervals)) == minutes(intervals)
    assert is_normal(merge(intervals))
    assert merge(merge(intervals)) == merge(intervals)


@given(some, some)
def test_intersect_is_what_both_hold(left, right):
    assert minutes(intersect(left, right)) == minutes(left) & minutes(right)
    assert is_normal(intersect(left, right))
    assert intersect(left, right) == intersect(right, left)
    assert overlaps(left, right) == bool(minutes(left) & minutes(right))


@given(some, some)
def test_subtract_is_what_the_second_leaves(left, right):
    assert minutes(subtract(left, right)) == minutes(left) - minutes(right)
    assert is_normal(subtract(left, right))
    assert merge([*subtract(left, right), *intersect(left, right)]) == merge(left)


@given(stretches, stretches)
def test_two_intervals_agree_with_their_minutes(left, right):
    assert left.overlaps(right) == bool(minutes([left]) & minutes([right]))
    assert left.covers(right) == (minutes([right]) <= minutes([left]))
    assert left.common(right) == next(iter(intersect([left], [right])), None)


def test_an_interval_holds_its_start_and_not_its_end():
    assert minute(10) in stretch(10, 20)
    assert minute(20) not in stretch(10, 20)
    assert not stretch(10, 20).overlaps(stretch(20, 30))


def test_an_interval_refuses_an_instant_without_a_zone():
    with pytest.raises(ValueError, match="needs a zone"):
        Interval(datetime(2026, 11, 20, 9), minute(0))


@pytest.mark.parametrize("end", (0, -5))
def test_an_interval_is_never_empty(end):
    with pytest.raises(ValueError, match="ends after it starts"):
        stretch(0, end)


def test_an_interval_of_a_zone_is_kept_in_utc_and_measured_in_elapsed_time():
    berlin = ZoneInfo("Europe/Berlin")
    night = Interval(datetime(2026, 10, 25, 1, tzinfo=berlin), datetime(2026, 10, 25, 4, tzinfo=berlin))

    assert night == Interval(datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC))
    assert night.start.tzinfo is UTC
    assert night.duration == timedelta(hours=4)


def test_lasting_counts_elapsed_minutes_over_a_clock_change():
    berlin = ZoneInfo("Europe/Berlin")
    visit = Interval.lasting(datetime(2027, 3, 28, 1, 30, tzinfo=berlin), 45)

    assert visit.end.astimezone(berlin).strftime("%H:%M") == "03:15"


def test_equal_instants_of_different_zones_make_equal_intervals():
    tokyo = timezone(timedelta(hours=9))
    assert Interval(minute(0).astimezone(tokyo), minute(5).astimezone(tokyo)) == stretch(0, 5)
