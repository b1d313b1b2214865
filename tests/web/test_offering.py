"""Which free times a page shows, and how it names them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from clinic.models import Absence
from tests.factories import PractitionerFactory, at
from tests.web.patients import NOW, booking_house
from web.patient.offering import Part, Pieces, Times, Wanted, comes_twice, first_of_each_hour

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


def times(wanted, query="", **more) -> Times:
    return Times(wanted, QueryDict(query), pieces=Pieces(day="/day/", month="/month/", visit="first"), **more)


def test_a_quiet_day_shows_one_time_in_each_hour_with_a_way_to_all_of_them(wanted):
    page = times(wanted)
    assert (len(page.slots), [slot.start.minute for slot in page.shown]) == (50, [0] * 9)
    assert (page.more["count"], page.more["href"]) == (50, "?day=2026-11-26&all=1")
    assert page.more["piece"] == "/day/?day=2026-11-26&all=1&visit=first"
    every = times(wanted, "day=2026-11-26&all=1")
    assert (len(every.times), every.more) == (50, None)


def test_the_time_that_was_chosen_is_among_the_few(wanted):
    slots = times(wanted).slots
    chosen = next(slot for slot in slots if slot.start.minute == 20)
    shown = first_of_each_hour(slots, chosen.value)
    assert [slot.start.minute for slot in shown] == [0, 20, *[0] * 8]
    assert shown[1] == chosen


def test_a_day_with_few_times_shows_them_all(wanted):
    wanted.clinic.step_minutes = 30
    page = times(wanted)
    assert (len(page.times), page.more) == (17, None)


def test_the_calendar_has_every_day_of_its_month_and_links_those_with_times(wanted):
    wanted.service.practitioners.get().timeline.hours.filter(weekday="6").delete()
    cells = [cell for week in times(wanted).weeks() for cell in week]
    assert [cell and cell["date"].day for cell in cells] == [*range(23, 31), *[None] * 6]  # today is the 26th: no week that has passed
    assert [cell["date"].day for cell in cells if cell and "href" in cell] == [26, 27, 28, 30]
    assert [cell["date"].day for cell in cells if cell and cell["shown"]] == [26]
    cells = [cell for week in times(wanted, "month=2026-12").weeks() for cell in week]
    assert [cell and cell["date"].day for cell in cells] == [None, *range(1, 32), *[None] * 3]  # begins on a Tuesday


def test_a_full_month_leads_to_the_first_month_with_a_time(wanted):
    away = (NOW, at("00:00", "2026-12-09"))
    Absence.objects.create(clinic=wanted.clinic, timeline=wanted.service.practitioners.get().timeline, during=away, reason="Away")
    page = times(wanted)
    assert (page.first, page.shown_day, page.next_free.local_date) == (date(2026, 12, 1), date(2026, 12, 9), date(2026, 12, 9))
    november = times(wanted, "month=2026-11")
    assert (november.days_in_month, november.shown_day, november.earlier) == ([], None, None)


def test_without_hours_nothing_is_free_and_nobody_comes_next(wanted):
    wanted.service.practitioners.get().timeline.hours.all().delete()
    page = times(wanted)
    assert (page.days_in_month, page.shown_day, page.next_free, page.slots) == ([], None, None, [])
    assert [choice["next"] for choice in page.who()] == [None, None]


def test_months_end_with_what_can_be_booked(wanted):
    horizon = NOW.date() + timedelta(days=wanted.clinic.horizon_days)
    last = times(wanted, f"day={horizon + timedelta(days=99)}")
    assert (last.first, last.later) == (horizon.replace(day=1), None)
    assert last.earlier["href"] == f"?month={last.first - timedelta(days=1):%Y-%m}"
    assert times(wanted).earlier is None


def test_each_practitioner_has_a_next_free_time_of_their_own(wanted):
    colleague = PractitionerFactory(clinic=wanted.clinic, name="Ben Okafor", position=9)
    wanted.service.practitioners.add(colleague)
    away = (NOW, at("12:30", "2026-11-30"))
    Absence.objects.create(clinic=wanted.clinic, timeline=colleague.timeline, during=away, reason="Away")
    page = times(wanted, f"with={colleague.key}")
    assert [(choice["name"], choice["next"], choice["current"]) for choice in page.who()] == [
        ("Anyone", at("09:00"), False),
        (f"{wanted.people[0].short_name}, {wanted.people[0].letters}", at("09:00"), False),
        (f"B.\xa0Okafor, {colleague.letters}", at("12:30", "2026-11-30"), True),
    ]
    assert (page.shown_day, page.next_free.start) == (date(2026, 11, 30), at("12:30", "2026-11-30"))
    assert page.later["href"] == f"?month=2026-12&with={colleague.key}"


@pytest.mark.parametrize("part", (Part.DAY, Part.MONTH))
def test_a_piece_shows_what_the_whole_page_shows(wanted, part):
    asked = "day=2026-11-27"
    whole, piece = times(wanted, asked), times(wanted, asked, part=part)
    assert (piece.shown_day, piece.times, piece.more) == (whole.shown_day, whole.times, whole.more)
    if part == Part.MONTH:
        assert list(piece.weeks()) == list(whole.weeks())


def test_a_time_that_is_held_is_shown_on_its_day_and_marked(wanted):
    held = times(wanted, "day=2026-12-03").slots[5]
    page = times(wanted, held=held, chosen=held.value)
    assert (page.first, page.shown_day) == (date(2026, 12, 1), date(2026, 12, 3))
    assert [time["value"] for time in page.times if time["checked"]] == [held.value]


@pytest.mark.parametrize("query", ("day=soon&month=9999-99&all=x", "day=0001-01-01", "day=9999-12-31", "with=nobody"))
def test_what_cannot_be_read_or_booked_shows_what_can(wanted, query):
    assert times(wanted, query).days_in_month != []
