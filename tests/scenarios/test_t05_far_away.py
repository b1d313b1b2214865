"""T5. All-day leave, odd hours and cut-offs at a clinic far away."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from icalendar import Calendar

from bookings.ical import calendar
from bookings.selectors import Openings, Wish
from bookings.services.absences import add_absence
from bookings.services.appointments import book_appointment
from clinic.models import WeeklyHours
from intervals import local_day
from messaging.services import deliver_next
from tests.bookings.cast import small_clinic
from tests.factories import open_daily
from tests.scenarios.people import making, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("zone")]
AUCKLAND = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 11, 13, 20, tzinfo=UTC)  # Saturday 14 November, 09:00 in Auckland


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return small_clinic(slug="bloomsbury", zone="Pacific/Auckland", closed_on_holidays=False)


def test_the_machine_stands_where_the_test_says(zone):
    assert datetime.fromtimestamp(NOW.timestamp()) == NOW.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def week(house, now=NOW, **more) -> set[datetime]:
    wish = {"service": house.service, "first_day": date(2026, 11, 14), "last_day": date(2026, 11, 20), "now": now} | more
    return {chosen.start for chosen in Openings(Wish(**wish)).all()}


def test_a_day_of_leave_is_the_clinics_day(house):
    before = week(house)
    add_absence(
        clinic=house.clinic,
        timeline=house.practitioner.timeline,
        during=local_day(AUCKLAND, date(2026, 11, 17)),
        reason="Leave",
        by=house.desk,
        now=NOW,
    )
    after = week(house)

    away = {start for start in before if datetime(2026, 11, 16, 11, tzinfo=UTC) <= start < datetime(2026, 11, 17, 11, tzinfo=UTC)}
    assert away and after == before - away
    assert {start.astimezone(AUCKLAND).date() for start in before - after} == {date(2026, 11, 17)}
    assert {start.astimezone(ZoneInfo("America/Los_Angeles")).date() for start in away} == {date(2026, 11, 16)}


def open_late(house) -> None:
    """Friday from ten to midnight, and the first quarter of an hour of Saturday."""
    for timeline in (house.practitioner.timeline, *(room.timeline for room in house.rooms)):
        timeline.hours.all().delete()
        WeeklyHours.objects.create(timeline=timeline, weekday="4", starts=time(22), ends=time(0))
        WeeklyHours.objects.create(timeline=timeline, weekday="5", starts=time(0), ends=time(0, 15))


def test_a_visit_over_midnight_stands_on_the_day_it_begins_and_takes_both(house):
    open_late(house)
    house.service.cleaning = 0
    house.service.save()
    friday = {"first_day": date(2026, 11, 20), "last_day": date(2026, 11, 20)}
    found = Openings(Wish(service=house.service, now=NOW, **friday))
    shown = [chosen.local_start.strftime("%a %H:%M") for chosen in found.one_per_start()]
    assert (shown[0], shown[-1], len(shown)) == ("Fri 22:00", "Fri 23:30", 10)

    last = found.one_per_start()[-1]
    booked = book_appointment(session=house.session(), slot=last, by=house.desk, now=NOW)
    assert (booked.start, booked.end) == (datetime(2026, 11, 20, 10, 30, tzinfo=UTC), datetime(2026, 11, 20, 11, 15, tzinfo=UTC))
    assert [booked.start.astimezone(AUCKLAND).date().day, booked.end.astimezone(AUCKLAND).date().day] == [20, 21]


@pytest.mark.parametrize("clock_time", ("08:00", "12:00", "17:00"))
def test_today_is_the_clinics_today(house, clock_time):
    """Eight in the morning in Auckland is still yesterday by the clocks of Greenwich."""
    open_daily(house.practitioner.timeline, starts=time(8), ends=time(9))
    local = datetime.combine(date(2026, 11, 14), time.fromisoformat(clock_time), AUCKLAND)
    now = local.astimezone(UTC)
    today = {start for start in week(house, now=now) if start.astimezone(AUCKLAND).date() == date(2026, 11, 14)}

    assert now.date() == date(2026, 11, 13 if clock_time < "13:00" else 14)
    assert today == {start for start in week(house, now=local.astimezone(UTC) - timedelta(days=1)) if start >= now and _is(start, 14)}


def _is(start: datetime, day: int) -> bool:
    return start.astimezone(AUCKLAND).date().day == day


def test_page_mail_and_calendar_say_the_clinics_time(house):
    client, _ = making(house, 1, service=house.service, now=NOW)
    assert "Auckland time" in text(client.get("/book/bloomsbury/times/"))

    chosen = Openings(Wish(service=house.service, first_day=date(2026, 11, 18), last_day=date(2026, 11, 18), now=NOW)).first()
    visit = book_appointment(session=house.session(), slot=chosen, by=house.desk, now=NOW)
    while deliver_next(now=NOW + timedelta(seconds=1)):
        pass
    [letter] = mail.outbox
    assert "09:00" in letter.body and "Auckland time" in letter.body and "Wed 18 Nov 2026" in letter.body
    [event] = Calendar.from_ical(calendar([visit], now=NOW)).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2026, 11, 17, 20, tzinfo=UTC)
