"""T1. Overlapping, not identical, through every door: twenty-four people want parts of one morning at one instant."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.services.tidying import tidy_up
from messaging.models import Message
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import CourseFactory, PatientFactory, SessionFactory, at, slot
from tests.scenarios.people import at_the_desk, choose, making, minutes_of, move, text

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("08:00")
EACH = 6
TIMES = 5
MANY_TIMES = 45  # with the five above: fifty


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


class Morning:
    """A practitioner's free morning, and everybody who is about to want a part of it."""

    def __init__(self):
        self.house = house = small_clinic(slug="bloomsbury", step_minutes=15)
        self.hour, self.half, self.long = (minutes_of(house, minutes) for minutes in (60, 30, 45))
        self.movers = [self.visit_at(number) for number in range(EACH)]
        doors = [lambda n: self.hold(n, self.hour, "10:00"), lambda n: self.hold(n, self.half, "10:30"), self.move, self.book]
        self.acts = [door(number * EACH + one) for number, door in enumerate(doors) for one in range(EACH)]
        self.told = Message.objects.count()

    def visit_at(self, number: int) -> Appointment:
        """A visit of forty-five minutes in the afternoon of the day after, to be moved."""
        house = self.house
        start = at("09:00", "2026-11-27") + timedelta(hours=number)
        session = SessionFactory(course=CourseFactory(patient=PatientFactory(clinic=house.clinic)))
        chosen = slot(start, service=self.long, practitioner=house.practitioner, room=house.rooms[0])
        return book_appointment(session=session, slot=chosen, by=house.desk, now=NOW)

    def hold(self, number: int, service, clock: str):
        client, _ = making(self.house, number, service=service, now=NOW)
        return lambda: choose(client, self.house, at(clock))

    def move(self, number: int):
        client, mover = at_the_desk(self.house), self.movers[number % EACH]
        return lambda: move(client, mover, at("10:15"), self.house.practitioner)

    def book(self, number: int):
        """A first visit at the desk: 09:45, half an hour."""
        client, patient = at_the_desk(self.house), PatientFactory(clinic=self.house.clinic)
        address = f"/diary/book/?patient={patient.key}&service={self.half.key}&day=2026-11-26"
        sent = {"clock": "09:45", "person": self.house.practitioner.key, "complaint": "lower_back", "payer": "self"}
        return lambda: client.post(address, sent)

    def run(self) -> list:
        return race(len(self.acts), lambda number: self.acts[number]())


def one_morning(clock) -> None:
    clock.set(NOW)
    morning, before = Morning(), deadlocks()
    answers = morning.run()

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {302, 409}
    assert (overlaps(), deadlocks()) == (0, before)
    taken = Appointment.objects.filter(during__overlap=(at("09:00"), at("12:00")))
    assert taken.count() == statuses[302] >= 1
    assert all("gone" in text(answer) or "taken" in text(answer) for answer in answers if answer.status_code == 409)

    for mover, answer in zip(morning.movers, answers[2 * EACH : 3 * EACH], strict=True):
        was = mover.start
        mover.refresh_from_db()
        moved = answer.status_code == 302
        assert (mover.start, mover.version) == ((at("10:15"), 2) if moved else (was, 1))
        assert Message.objects.filter(about=mover.key, kind="appointment-moved").count() == moved
    told = {"appointment-moved", "appointment-booked", "reminder-mail", "reminder-sms"}
    assert set(Message.objects.values_list("kind", flat=True)) <= told
    booked = Appointment.objects.filter(state=State.BOOKED).count()
    assert Message.objects.filter(kind="appointment-booked").count() == booked

    clock.move(minutes=11)
    tidy_up(now=NOW + timedelta(minutes=11))
    assert not Appointment.objects.filter(state=State.HELD).exists()


@pytest.mark.parametrize("time", range(TIMES))
def test_whoever_wins_nothing_overlaps_and_losers_read_why(clock, time):
    one_morning(clock)


@pytest.mark.slow
@pytest.mark.parametrize("time", range(MANY_TIMES))
def test_and_so_it_is_every_time(clock, time):
    one_morning(clock)
