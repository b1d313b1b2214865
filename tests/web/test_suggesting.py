"""Which times are suggested: the words and the order."""

from dataclasses import replace

import pytest

from tests.bookings.cast import small_clinic
from tests.factories import at
from web.suggesting import by_fit


@pytest.fixture
def slots(db):
    house = small_clinic()
    return [house.slot(at(f"{hour:02}:00")) for hour in (9, 10, 11)]


def packing(slots, *wanted: int):
    return [replace(slot, packs=number in wanted) for number, slot in enumerate(slots)]


def test_each_time_stands_in_one_group_in_order(slots):
    assert by_fit(packing(slots, 0, 2)) == [("Suggested", [slots[0], slots[2]]), ("Other times", [slots[1]])]


@pytest.mark.parametrize("wanted", ((), (0, 1, 2)))
def test_names_that_tell_nothing_apart_are_left_out(slots, wanted):
    assert by_fit(packing(slots, *wanted)) == [("", slots)]


def test_no_times_no_names(db):
    assert by_fit([]) == [("", [])]


def test_a_suggestion_is_no_part_of_what_a_slot_is(slots):
    assert replace(slots[0], packs=True) == slots[0]
