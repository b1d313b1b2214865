"""E1 to E7: tampering, looking, bounded answers, states that stay."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.enums import CancelledBy, State
from bookings.models import Appointment, Occupancy
from bookings.selectors import Openings, Wish, next_free
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna
from bookings.services.online import finish_booking
from bookings.services.tidying import tidy_up
from clinic.models import Absence, WeeklyHours
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import PractitionerFactory, RoomFactory, at
from tests.scenarios.people import choose, making, minutes_of
from tests.web.patients import snapshot

NOW, DAY = at("08:00"), date(2026, 11, 26)


@pytest.fixture
def house(db, clock):
    clock.set(NOW)
    house = small_clinic(slug="bloomsbury")
    house.service.first_visit = True
    house.service.save()
    return house


def openings(house, *, first=DAY, last=DAY, now=NOW, service=None):
    return Openings(Wish(service=service or house.service, first_day=first, last_day=last, now=now))


def book(house, start, **more):
    return book_appointment(session=house.session(), slot=house.slot(start, **more), by=house.desk, now=NOW)


# E1. What a page never offered is refused, whatever is sent


@pytest.mark.parametrize(
    "start",
    (
        at("07:00"),  # before anybody works, and past
        at("18:00"),
        at("10:05"),  # off the clinic's step
        at("10:00", "2026-11-25"),
        at("10:00", "2026-12-25"),  # a public holiday
        at("10:00", "2027-11-26"),  # beyond the horizon
        at("10:00", "2026-11-27"),  # a day of leave
    ),
)
def test_a_time_that_was_not_offered_is_not_held(house, start):
    Absence.objects.create(
        clinic=house.clinic,
        timeline=house.practitioner.timeline,
        during=(at("00:00", "2026-11-27"), at("00:00", "2026-11-28")),
        reason="Leave",
    )
    client, _ = making(house, 1, service=house.service, now=NOW)
    answer = choose(client, house, start)

    assert (answer.status_code, Appointment.objects.count()) == (409, 0)


@pytest.mark.parametrize("sent", ("", "x", "20261126T1000Z-", "20261126T1000Z-somebody-else", "2026-11-26T10:00", "99999999T9999Z-a"))
def test_a_value_that_names_no_time_holds_nothing(house, sent):
    client, _ = making(house, 1, service=house.service, now=NOW)
    answer = client.post("/book/bloomsbury/times/", {"time": sent})

    assert (answer.status_code in (200, 409), Appointment.objects.count()) == (True, 0)


def test_extra_fields_change_nothing(house):
    longer, stranger = minutes_of(house, 120), house.session().course.patient
    client, booking = making(house, 1, service=house.service, now=NOW)
    extra = {"service": longer.key, "patient": stranger.key, "minutes": "240", "all_day": "on", "repeat": "weekly", "price": "0"}
    client.post("/book/bloomsbury/times/", {"time": f"20261126T1000Z-{house.practitioner.key}", **extra})
    booking.refresh_from_db()
    appointment = finish_booking(booking=booking, now=NOW)

    assert (appointment.service, appointment.minutes, appointment.price) == (house.service, 45, 5800)
    assert (appointment.patient == stranger, Appointment.objects.count()) == (False, 1)


# E2. Looking does nothing, and names that could be guessed lead nowhere


def test_counting_up_leads_to_no_visit(house):
    booked = book(house, at("10:00"))
    before, client = snapshot(), Client()
    answers = {client.get(address).status_code for number in range(1, 60) for address in (f"/visit/{number}/", f"/plan/visit/{number}/")}

    assert answers <= {302, 404, 410, 429}
    assert client.get("/visit/").status_code == 404
    assert (snapshot(), booked.key.isdigit(), len(booked.key) >= 12) == (before, False, True)


def test_pieces_of_the_times_page_name_nobody_and_write_nothing(house):
    booked = book(house, at("10:00"))
    before, client = snapshot(), Client()
    day = client.get("/book/bloomsbury/times/day/", {"visit": house.service.key, "day": "2026-11-26", "all": "1"})
    month = client.get("/book/bloomsbury/times/month/", {"visit": house.service.key, "day": "2026-11-26"})

    free = openings(house).one_per_start()
    assert day.content.decode().count('type="radio"') == len(free) > 0
    assert [f'datetime="2026-11-{number}"' in month.content.decode() for number in (25, 26, 30)] == [False, True, True]
    assert booked.patient.last_name not in day.content.decode() + month.content.decode()
    assert snapshot() == before


# E3. No hours, no search without end


def test_nobody_with_hours_has_no_next_time_and_says_so_soon(house):
    WeeklyHours.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        assert next_free(service=house.service, now=NOW) is None
    assert len(queries) <= 6 * 4 + 4  # six at most for each month of the horizon


# E4. What is over stays over


@pytest.mark.parametrize("end", ("cancelled", "dna"))
def test_a_visit_that_is_over_stays_so_and_its_time_is_free(house, end):
    booked = book(house, at("10:00"))
    stale = Appointment.objects.get(pk=booked.pk)
    if end == "dna":
        mark_dna(appointment=booked, by=house.desk, now=at("10:30"))
    else:
        cancel_appointment(appointment=booked, by=house.desk, who=CancelledBy.CLINIC, because="", now=NOW)
    stale.overbook_reason = "saved from an old page"
    stale.save(update_fields=["overbook_reason"])
    for hours in (1, 24, 24 * 40):
        tidy_up(now=NOW + timedelta(hours=hours))

    booked.refresh_from_db()
    assert (booked.state, Occupancy.objects.filter(appointment=booked).exists()) == (State(end), False)
    assert book(house, at("10:00")).state == State.BOOKED


# E5. A service that grows leaves visits as they are


def test_a_longer_service_moves_nobody_and_clashes_with_nobody(house):
    half = minutes_of(house, 30)
    visits = [book(house, at(clock), service=half) for clock in ("10:00", "10:30", "11:00")]
    half.hands_in = 60
    half.save()

    for visit in visits:
        before = visit.during
        visit.refresh_from_db()
        assert (visit.during.lower, visit.minutes) == (before.lower, 30)
    assert overlaps() == 0
    assert at("11:30") in {chosen.start for chosen in openings(house, service=half).all()}


# E6. Two readers of an empty day


@pytest.mark.django_db(transaction=True)
def test_two_first_readers_of_an_empty_day_read_the_same_and_leave_nothing(clock):
    clock.set(NOW)
    house = small_clinic()
    before = snapshot()
    results = race(2, lambda number: [(chosen.start, chosen.room.pk) for chosen in openings(house).all()])

    assert results[0] == results[1] != []
    assert snapshot() == before


# E7. A month of times costs the same number of questions however much stands in the diary


def test_the_number_of_queries_does_not_grow(house):
    month = {"first": DAY, "last": DAY + timedelta(days=29)}

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert openings(house, **month).all()
        return len(queries)

    few = asked()
    for number in range(5):
        RoomFactory(clinic=house.clinic, position=3 + number)
        house.service.practitioners.add(PractitionerFactory(clinic=house.clinic))
    for hour in range(9, 17):
        book(house, datetime(2026, 11, 27, hour, tzinfo=UTC))
    assert asked() == few <= 6
