"""Whatever happens to the diary, in any order: nobody is in two places, and what is offered is what can be had."""

import os
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bookings.clashes import SlotTaken
from bookings.enums import CancelledBy, State
from bookings.models import Appointment, Booking
from bookings.selectors import Openings, Wish
from bookings.services.appointments import book_appointment, cancel_appointment, move_appointment
from bookings.services.online import HoldGone, extend_hold, hold_time, let_go
from bookings.services.tidying import tidy_up
from bookings.slots import Slot
from clinic.models import Absence, Timeline, WeeklyHours
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import OVERLAPS
from tests.factories import PractitionerFactory, slot

DAY = date(2026, 11, 26)
MORNING = datetime(2026, 11, 26, 6, tzinfo=UTC)
OPENS, CLOSES = time(9), time(12)
MINUTE = timedelta(minutes=1)
STEP, LOOKED_AT = 10, 5 * 60
STARTS = st.integers(0, 17).map(lambda number: datetime(2026, 11, 26, 9, tzinfo=UTC) + number * STEP * MINUTE)
WHO = st.integers(0, 1)


class Naive:
    """What is free, read row by row and minute by minute: slow, plain, and without anything the product uses."""

    def __init__(self, machine: "Diary"):
        self.machine, self.now = machine, machine.now
        self.begins = datetime(2026, 11, 26, 8, tzinfo=UTC)  # the clinic opens at nine and closes at noon

    def free_starts(self) -> set[tuple[datetime, int]]:
        """Every start on the step, with each practitioner's timeline, at which some room is free throughout."""
        service = self.machine.house.service
        rooms = [self.free(room.timeline_id) for room in self.machine.house.rooms]
        found = set()
        for person in self.machine.people:
            works, free, rests = self.works(person.timeline_id), self.free(person.timeline_id), self.rests(person)
            for start in range(0, LOOKED_AT, STEP):
                if self.begins + start * MINUTE >= self.now and self.fits(start, service, works, free, rests, rooms):
                    found.add((self.begins + start * MINUTE, person.timeline_id))
        return found

    @staticmethod
    def fits(start: int, service, works: list[bool], free: list[bool], rests: list[int], rooms: list[list[bool]]) -> bool:
        hands_off = start + service.hands_in
        hands_on = hands_off + service.rest
        ends = hands_on + service.hands_out
        room_until = ends + service.cleaning
        if room_until > LOOKED_AT:
            return False
        return (
            all(works[start:ends])
            and all(free[start:hands_off])
            and all(free[hands_on:ends])
            and all(count < 2 for count in rests[hands_off:hands_on])
            and any(all(room[start:room_until]) for room in rooms)
        )

    def works(self, timeline: int) -> list[bool]:
        """For each minute of the day whether it is worked."""
        hours = list(WeeklyHours.objects.filter(timeline=timeline, weekday=DAY.weekday()))
        away = list(Absence.objects.filter(timeline=timeline)) + list(Absence.objects.filter(timeline=None))
        return [
            any(row.starts <= instant.time() < row.ends for row in hours) and not any(instant in row.during for row in away)
            for instant in self.minutes()
        ]

    def free(self, timeline: int) -> list[bool]:
        """For each minute of the day whether it is worked and nobody has it."""
        rows = Timeline.objects.get(pk=timeline).occupancy_set.filter(live=True)
        taken = [row.during for row in rows if row.until is None or row.until > self.now]
        busy = [any(instant in during for during in taken) for instant in self.minutes()]
        return [works and not taken for works, taken in zip(self.works(timeline), busy, strict=True)]

    def rests(self, person) -> list[int]:
        """For each minute of the day how many of this person's patients lie at rest."""
        visits = [visit for visit in Appointment.objects.filter(practitioner=person) if visit.state in State.occupying()]
        counting = [visit for visit in visits if visit.until is None or visit.until > self.now]
        spans = [(visit.start + visit.hands_in * MINUTE, visit.start + (visit.hands_in + visit.rest) * MINUTE) for visit in counting]
        return [sum(first <= instant < last for first, last in spans) for instant in self.minutes()]

    def minutes(self) -> list[datetime]:
        return [self.begins + number * MINUTE for number in range(LOOKED_AT)]


class Diary(RuleBasedStateMachine):
    """A small clinic's morning, to which things happen."""

    def __init__(self):
        super().__init__()
        self.now = MORNING
        self.undo = transaction.atomic()
        self.undo.__enter__()

    @initialize()
    def open(self):
        self.house = small_clinic()
        self.people = [self.house.practitioner, PractitionerFactory(clinic=self.house.clinic)]
        self.house.service.practitioners.set(self.people)
        WeeklyHours.objects.update(starts=OPENS, ends=CLOSES)

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # What happens

    def slot(self, start: datetime, who: int, room: int) -> Slot:
        return slot(start, service=self.house.service, practitioner=self.people[who], room=self.house.rooms[room])

    def ahead(self) -> list[Appointment]:
        return list(Appointment.objects.filter(state__in=State.ahead()).order_by("pk"))

    def try_to(self, deed, **what):
        """Do something that may be refused; a refusal leaves no row behind."""
        before = self.rows()
        try:
            with transaction.atomic():
                return deed(**what, now=self.now)
        except (SlotTaken, HoldGone):
            assert self.rows() == before
            return None

    @staticmethod
    def rows() -> list[tuple]:
        return sorted(Appointment.objects.values_list("key", "state", "during", "version", "until"))

    @rule(start=STARTS, who=WHO, room=WHO, reason=st.sampled_from(["", "", "", "Came in pain"]))
    def book(self, start, who, room, reason):
        offered = (start, self.people[who].timeline_id) in self.offered()
        booked = self.try_to(
            book_appointment, session=self.house.session(), slot=self.slot(start, who, room), by=self.house.desk, overbook_reason=reason
        )
        if booked and not reason:
            assert offered

    @rule(start=STARTS, who=WHO)
    def book_what_is_offered(self, start, who):
        """A time that is offered can be had, with the room that was chosen for it."""
        for chosen in Openings(self.wish()).all():
            if (chosen.start, chosen.practitioner.pk) == (start, self.people[who].pk):
                assert self.try_to(book_appointment, session=self.house.session(), slot=chosen, by=self.house.desk)
                return

    @precondition(lambda self: self.ahead())
    @rule(start=STARTS, who=WHO, room=WHO, which=st.integers(0, 50))
    def move(self, start, who, room, which):
        visits = self.ahead()
        self.try_to(move_appointment, appointment=visits[which % len(visits)], slot=self.slot(start, who, room), by=self.house.desk)

    @precondition(lambda self: self.ahead())
    @rule(which=st.integers(0, 50))
    def cancel(self, which):
        visits = self.ahead()
        appointment = visits[which % len(visits)]
        cancel_appointment(appointment=appointment, by=self.house.desk, who=CancelledBy.CLINIC, because="", now=self.now)
        assert not appointment.occupancies.exists()

    @rule(start=STARTS, who=WHO, room=WHO, which=st.integers(0, 3))
    def hold(self, start, who, room, which):
        booking, _ = Booking.objects.get_or_create(
            key=f"booking-{which}", defaults={"clinic": self.house.clinic, "service": self.house.service, "created_at": self.now}
        )
        self.try_to(hold_time, booking=booking, slot=self.slot(start, who, room))

    @rule(which=st.integers(0, 3))
    def keep_holding(self, which):
        for booking in Booking.objects.filter(key=f"booking-{which}").select_related("appointment", "clinic"):
            self.try_to(extend_hold, booking=booking)

    @rule(which=st.integers(0, 3))
    def let_go(self, which):
        for booking in Booking.objects.filter(key=f"booking-{which}"):
            let_go(booking=booking)

    @rule(minutes=st.sampled_from([1, 4, 11, 45]))
    def time_passes(self, minutes):
        self.now += minutes * MINUTE

    @rule()
    def tidy(self):
        tidy_up(now=self.now)
        assert not Appointment.objects.filter(state=State.HELD, until__lte=self.now).exists()

    @rule(start=STARTS, minutes=st.sampled_from([7, 20, 45]), whose=st.integers(0, 4))
    def be_away(self, start, minutes, whose):
        timelines = [None, *(each.timeline for each in (*self.people, *self.house.rooms))]
        during = DateTimeTZRange(start + 2 * MINUTE, start + (2 + minutes) * MINUTE)
        Absence.objects.create(clinic=self.house.clinic, timeline=timelines[whose], during=during, reason="Away")

    @rule()
    def come_back(self):
        Absence.objects.all().delete()

    @rule(parts=st.sampled_from([(15, 25, 5), (10, 20, 5), (30, 0, 0), (60, 0, 0)]))
    def edit_the_service(self, parts):
        before = self.rows()
        service = self.house.service
        service.hands_in, service.rest, service.hands_out = parts
        service.save()
        assert self.rows() == before

    # What always holds

    @invariant()
    def nobody_is_in_two_places(self):
        with connection.cursor() as cursor:
            cursor.execute(OVERLAPS)
            assert cursor.fetchone()[0] == 0

    @invariant()
    def what_is_offered_is_what_is_free(self):
        if hasattr(self, "house"):
            assert self.offered() == Naive(self).free_starts()

    def offered(self) -> set[tuple[datetime, int]]:
        return {(chosen.start, chosen.practitioner.timeline_id) for chosen in Openings(self.wish()).all()}

    def wish(self) -> Wish:
        return Wish(service=self.house.service, first_day=DAY, last_day=DAY, now=self.now)


Diary.TestCase.settings = settings(
    max_examples=int(os.environ.get("MORNINGS", "12")),
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.mark.django_db
class TestDiary(Diary.TestCase):
    """Many mornings, each with its own order of deeds."""
