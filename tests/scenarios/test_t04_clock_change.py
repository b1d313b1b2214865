"""T4. A course across the clock change, and days on which an hour is missing or comes twice."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from bookings.ical import calendar
from bookings.selectors import Openings, Wish
from bookings.services.appointments import book_appointment
from bookings.services.courses import book_course
from bookings.slots import STAMP
from intervals import local_label
from messaging.models import Message
from tests.bookings.cast import small_clinic
from tests.factories import ConditionFactory, ServiceFactory, open_daily
from tests.scenarios.people import at_the_desk, text
from treatments.enums import Chronicity, Severity
from treatments.models import Course
from treatments.services.courses import prescribe_course

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("zone")]
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
TUESDAYS = [date(2026, 10, 6) + timedelta(weeks=number) for number in range(8)]


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return small_clinic(zone="Europe/Berlin")


def eight_tuesdays(house):
    """A course of eight at nine o'clock, booked in one step."""
    course = house.session().course
    prescribe_course(
        course=course,
        condition=ConditionFactory(),
        severity=Severity.MODERATE,
        chronicity=Chronicity.CHRONIC,
        techniques=list(house.service.techniques.all()),
        service=house.service,
        sessions=8,
        reason="Eight Tuesdays",
        goal="",
        by=house.desk,
        practitioner=house.practitioner,
        now=NOW,
    )
    course = Course.objects.get(pk=course.pk)
    starts = [datetime.combine(day, time(9), BERLIN).astimezone(UTC) for day in TUESDAYS]
    values = {number: f"{start:{STAMP}}-{house.practitioner.key}" for number, start in enumerate(starts, 1)}
    return book_course(course=course, values=values, by=house.desk, now=NOW)


def test_nine_o_clock_stays_nine_o_clock(house):
    visits = eight_tuesdays(house)

    assert [visit.start.astimezone(BERLIN).strftime("%a %H:%M") for visit in visits] == ["Tue 09:00"] * 8
    assert [visit.start.hour for visit in visits] == [7] * 3 + [8] * 5
    assert {visit.end - visit.start for visit in visits} == {timedelta(minutes=45)}


def test_reminders_keep_the_wall_clock_too(house):
    visits = eight_tuesdays(house)

    due = {visit.key: visit.start for visit in visits}
    reminders = Message.objects.filter(kind="reminder-sms")
    days = {
        (message.due_at.astimezone(BERLIN).strftime("%H:%M"), _days_before(message.due_at, due[message.about])) for message in reminders
    }
    assert (reminders.count(), days) == (8, {("09:00", 1)})


def _days_before(due: datetime, start: datetime) -> int:
    return (start.astimezone(BERLIN).date() - due.astimezone(BERLIN).date()).days


def test_the_calendar_file_opens_at_nine_wherever_it_is_read(house):
    for visit in eight_tuesdays(house):
        [event] = Calendar.from_ical(calendar([visit], now=NOW)).walk("VEVENT")
        start = event.decoded("dtstart")
        for viewer in ("Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"):
            shown = start.astimezone(ZoneInfo(viewer))
            assert shown.astimezone(BERLIN).strftime("%H:%M") == "09:00"


NIGHTS = [
    ("Europe/Berlin", date(2027, 3, 28), "01:00 01:30 03:00 03:30"),
    (
        "Europe/Berlin",
        date(2026, 10, 25),
        "01:00 01:30 02:00 (UTC+2) 02:30 (UTC+2) 02:00 (UTC+1) 02:30 (UTC+1) 03:00 03:30",
    ),
    ("Australia/Lord_Howe", date(2026, 10, 4), "01:00 01:30 02:30 03:00 03:30"),
    ("America/Santiago", date(2026, 9, 6), "01:00 01:30 02:00 02:30 03:00 03:30"),
]


def night(zone: str, day: date):
    """A clinic that works from one to four in the night of a clock change, and its openings of that day."""
    house = small_clinic(zone=zone, step_minutes=30, horizon_days=365)
    timelines = [house.practitioner.timeline, *(room.timeline for room in house.rooms)]
    for timeline in timelines:
        timeline.hours.all().delete()
        open_daily(timeline, starts=time(0) if zone == "America/Santiago" else time(1), ends=time(4))
    house.half = ServiceFactory(
        clinic=house.clinic, practitioners=[house.practitioner], hands_in=30, rest=0, hands_out=0, cleaning=0, first_visit=True
    )
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=20)
    return house, now, Openings(Wish(service=house.half, first_day=day, last_day=day, now=now))


@pytest.mark.parametrize(("zone_of_clinic", "day", "labels"), NIGHTS)
def test_a_skipped_hour_is_not_offered_and_a_repeated_one_twice(zone_of_clinic, day, labels):
    house, _, found = night(zone_of_clinic, day)
    shown = [local_label(chosen.start, house.clinic.tz) for chosen in found.one_per_start()]

    assert " ".join(shown) == labels


def test_the_twins_of_a_repeated_hour_are_booked_each_on_its_own():
    house, now, found = night("Europe/Berlin", date(2026, 10, 25))
    booked = [book_appointment(session=house.session(), slot=chosen, by=house.desk, now=now) for chosen in found.one_per_start()]

    assert len({visit.start for visit in booked}) == len(booked) == 8


def test_a_typed_time_in_the_skipped_hour_is_refused(clock):
    house, now, _ = night("Europe/Berlin", date(2027, 3, 28))
    clock.set(now)
    patient = house.session().course.patient
    address = f"/diary/book/?patient={patient.key}&service={house.half.key}&day=2027-03-28"
    sent = {"clock": "02:30", "person": house.practitioner.key, "complaint": "lower_back", "payer": "self"}
    answer = at_the_desk(house).post(address, sent)

    assert (answer.status_code, patient.courses.filter(sessions__appointments__isnull=False).count()) == (200, 0)
    assert "There is no such time on that day" in text(answer)
