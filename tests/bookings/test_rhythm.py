"""Visits of a course that need a new time keep the rhythm of the course."""

from datetime import date
from itertools import pairwise

import pytest

from bookings.worklist import worklist
from intervals import Interval, local_day
from tests.bookings.cast import small_clinic
from tests.bookings.test_absences import NOW, book, join, sick
from tests.bookings.test_courses import prescribed
from tests.factories import at


@pytest.fixture
def house(db):
    return small_clinic()


def in_a_course(house, *days):
    """The first visits of a course with needles, on these days at ten, planned at least three days apart and at most a week."""
    course = prescribed(house, booked=False)
    course.sessions.update(gap_min_days=3, gap_max_days=7)
    sessions = course.sessions.order_by("number")
    return [book(house, day=day, session=session) for day, session in zip(days, sessions, strict=False)]


def days_of(item):
    return {each.slot.local_date for each in item.proposals}


def test_a_new_time_keeps_its_distance_from_the_visits_of_the_course_that_stay(house):
    _, visit, _ = in_a_course(house, "2026-11-26", "2026-12-01", "2026-12-04")
    sick(house, local_day(house.clinic.tz, date(2026, 12, 1)))

    [item] = worklist(house.clinic, now=NOW)

    assert item.appointment == visit
    assert days_of(item) == {date(2026, 11, 29), date(2026, 11, 30)}  # the 2nd and 3rd are too near to the 4th


def test_a_longer_gap_than_planned_costs_more(house):
    _, visit = in_a_course(house, "2026-11-26", "2026-12-03")
    sick(house, local_day(house.clinic.tz, date(2026, 12, 3)))
    [item] = worklist(house.clinic, now=NOW)
    assert item.appointment == visit
    assert max(days_of(item)) == date(2026, 12, 2)  # the 4th is as near, but more than a week after the visit before


def test_visits_of_one_course_that_move_together_stay_in_order_and_apart(house):
    visits = in_a_course(house, "2026-11-30", "2026-12-03", "2026-12-07", "2026-12-10")
    away = Interval(at("00:00", "2026-11-30"), at("00:00", "2026-12-12"))
    sick(house, away)

    items = worklist(house.clinic, now=NOW)

    assert [item.appointment for item in items] == visits
    proposed = [item.proposed.slot.local_date for item in items if item.proposed]
    assert len(proposed) == 4
    assert all((later - earlier).days >= 3 for earlier, later in pairwise(proposed))


def test_visits_that_stand_too_near_come_no_nearer(house):
    join(house)
    first, second = in_a_course(house, "2026-11-30", "2026-12-01")
    sick(house, local_day(house.clinic.tz, date(2026, 12, 1)))
    [item] = worklist(house.clinic, now=NOW)
    assert item.proposed.slot.start == second.start
    assert min(days_of(item)) > first.start.date()
