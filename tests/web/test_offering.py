"""Which free times a page shows, and how it names them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from clinic.models import Absence
from tests.factories import PractitionerFactory, at
from tests.web.patients import NOW, booking_house, shown_in
from web.patient.offering import Part, Pieces, Times, Wanted, comes_twice, day_words, first_of_each_hour

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
    assert (len(page.slots), [slot.start.minute for slot in page.shown]) == (50, [*[0] * 8, 10])  # 17:10 ends the day
    assert (page.more["count"], page.more["href"]) == (50, "?day=2026-11-26&all=1")
    assert page.more["piece"] == "/day/?day=2026-11-26&all=1&visit=first"
    every = times(wanted, "day=2026-11-26&all=1")
    assert (len(shown_in(every)), every.more) == (50, None)


def test_the_time_that_was_chosen_is_among_the_few(wanted):
    slots = times(wanted).slots
    chosen = next(slot for slot in slots if slot.start.minute == 20)
    shown = first_of_each_hour(slots, chosen.value)
    assert [slot.start.minute for slot in shown] == [0, 20, *[0] * 7, 10]
    assert shown[1] == chosen


def test_a_day_with_few_times_shows_them_all(wanted):
    wanted.clinic.step_minutes = 30
    page = times(wanted)
    assert (len(shown_in(page)), page.more) == (17, None)


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
    assert (piece.shown_day, piece.groups, piece.more) == (whole.shown_day, whole.groups, whole.more)
    if part == Part.MONTH:
        assert list(piece.weeks()) == list(whole.weeks())


def test_a_time_that_is_held_is_shown_on_its_day_and_marked(wanted):
    held = times(wanted, "day=2026-12-03").slots[5]
    page = times(wanted, held=held, chosen=held.value)
    assert (page.first, page.shown_day) == (date(2026, 12, 1), date(2026, 12, 3))
    assert [time["value"] for time in shown_in(page) if time["checked"]] == [held.value]


@pytest.mark.parametrize("query", ("day=soon&month=9999-99&all=x", "day=0001-01-01", "day=9999-12-31", "with=nobody"))
def test_what_cannot_be_read_or_booked_shows_what_can(wanted, query):
    assert times(wanted, query).days_in_month != []


# What packs the day well


def clocks(page) -> list[tuple[str, list[str]]]:
    return [(words, [time["at"] for time in group]) for words, group in page.groups]


def occupy(wanted, start: str, end: str) -> None:
    """Take the practitioner away for a stretch: as good as a visit to whoever looks for a gap."""
    timeline = wanted.service.practitioners.get().timeline
    Absence.objects.create(clinic=wanted.clinic, timeline=timeline, during=(at(start), at(end)), reason="A talk")


@pytest.fixture
def short_day(wanted):
    """A day of which 09:00 to 10:30 and 11:30 to 13:30 are left."""
    wanted.clinic.step_minutes = 15
    occupy(wanted, "10:30", "11:30")
    occupy(wanted, "13:30", "18:00")
    return wanted


def test_times_that_touch_what_is_there_are_suggested_before_the_others_and_none_comes_twice(short_day):
    assert clocks(times(short_day)) == [
        ("Suggested", ["09:00", "09:45", "11:30", "12:45"]),
        ("Other times", ["09:15", "09:30", "11:45", "12:00", "12:15", "12:30"]),
    ]


def test_what_counts_as_a_lost_gap_is_the_clinics_to_say(short_day):
    short_day.clinic.least_useful_minutes = 60
    assert clocks(times(short_day))[0] == ("Suggested", ["11:30", "12:45"])  # 09:00 and 09:45 leave three quarters of an hour
    short_day.clinic.least_useful_minutes = 15
    assert clocks(times(short_day))[0] == ("Suggested", ["09:00", "09:45", "11:30", "12:45"])


def test_a_clinic_that_suggests_nothing_lists_by_the_clock(short_day):
    short_day.clinic.packs_days = False
    assert clocks(times(short_day)) == [
        ("", ["09:00", "09:15", "09:30", "09:45", "11:30", "11:45", "12:00", "12:15", "12:30", "12:45"]),
    ]


def test_the_next_free_time_is_the_earliest_whatever_packs_well(short_day):
    page = times(replace(short_day, now=at("09:05")))
    assert (page.next_free.start, page.next_free.packs) == (at("09:15"), False)
    assert clocks(page)[0] == ("Suggested", ["09:45", "11:30", "12:45"])


def test_a_quiet_day_shows_of_each_hour_the_time_that_packs_well(wanted):
    occupy(wanted, "09:00", "09:20")
    occupy(wanted, "12:00", "12:30")
    page = times(wanted)
    assert (len(page.slots) > 24, clocks(page)) == (
        True,
        [("Suggested", ["09:20", "11:10", "12:30", "17:10"]), ("Other times", ["10:00", "13:00", "14:00", "15:00", "16:00"])],
    )


def test_a_time_that_is_held_keeps_its_place_among_the_suggested(short_day):
    held = next(slot for slot in times(short_day).slots if slot.start == at("11:30"))
    page = times(short_day, held=replace(held, packs=False), chosen=held.value)
    assert clocks(page)[0] == ("Suggested", ["09:00", "09:45", "11:30", "12:45"])


def test_a_day_is_named_in_the_language_of_the_page():
    day = date(2026, 11, 26)
    assert day_words(day, "en-gb") == {"iso": "2026-11-26", "weekday": "Thursday", "number": "26", "month": "November"}
    assert day_words(day, "ja") == {"iso": "2026-11-26", "weekday": "木曜日", "number": "26", "month": "11月"}
