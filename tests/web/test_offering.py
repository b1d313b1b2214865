"""Which free times a page shows, and how it names them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from tests.web.patients import NOW, booking_house
from web.patient.offering import Times, Wanted, comes_twice, first_of_each_hour

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("local", "twice"),
    (
        ("2026-10-25T00:59", False),
        ("2026-10-25T01:00", True),
        ("2026-10-25T01:59", True),
        ("2026-10-25T02:00", False),
        ("2026-11-26T10:00", False),
    ),
)
def test_an_hour_that_comes_twice_is_known(local, twice):
    assert comes_twice(datetime.fromisoformat(local).replace(tzinfo=LONDON)) is twice


@pytest.fixture
def wanted(db):
    house = booking_house()
    return Wanted(service=house.service, now=NOW)


def test_one_time_in_each_hour_is_shown_and_the_one_that_was_chosen(wanted):
    slots = Times(wanted, QueryDict()).by_day[NOW.date()]
    chosen = next(slot for slot in slots if slot.start.minute == 20)
    shown = first_of_each_hour(slots, chosen.value)
    assert [slot.start.minute for slot in shown] == [0, 20, *[0] * 8]
    assert shown[1] == chosen


def test_a_full_week_leads_to_the_first_day_with_a_time(wanted):
    wanted.service.practitioners.get().timeline.hours.all().delete()
    assert Times(wanted, QueryDict()).by_day == {}
    assert (Times(wanted, QueryDict()).next_free, Times(wanted, QueryDict()).earlier) == (None, "")


def test_the_strip_ends_with_what_can_be_booked(wanted):
    horizon = NOW.date() + timedelta(days=wanted.clinic.horizon_days)
    last = Times(wanted, QueryDict(f"from={horizon + timedelta(days=9)}"))
    assert (last.first_day, last.later) == (horizon, "")
    assert last.earlier == f"?from={horizon - timedelta(days=7)}"


def test_a_day_is_full_where_somebody_works_and_closed_where_nobody_does(wanted):
    wanted.service.practitioners.get().timeline.hours.filter(weekday="6").delete()
    words = {day["date"].isoweekday(): day["words"] for day in Times(wanted, QueryDict()).days()}
    assert (words[7], words[1]) == ("closed", "9 times")
