"""What it costs to take time: single visits by many at once, and a whole course."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from statistics import median
from time import perf_counter

from django.db import connection, connections

from bench.floor import bare_booker
from bench.measure import RUNS, WARM_UP, ratio
from bench.world import FIRST_DAY, NOW, World, analyse, many_sessions, world
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.services.courses import book_course
from bookings.slots import STAMP, Parts, Slot
from clinic.models import Practitioner, Room
from treatments.enums import CourseState
from treatments.models import Condition, Course, Session

PROCESSES, SECONDS = 8, 20
EACH = 1000  # visits ready for each process
OPENS, VISIT, VISITS_A_DAY = timedelta(hours=8), timedelta(minutes=50), 12
OVERLAPS = """
SELECT count(*) FROM bookings_occupancy a JOIN bookings_occupancy b
ON a.timeline_id = b.timeline_id AND a.id < b.id AND a.during && b.during WHERE a.live AND b.live AND NOT a.yields AND NOT b.yields
"""
WRITTEN = "bookings_appointment, bookings_occupancy, bookings_booking, insurers_cover, messaging_message, clinic_auditentry"

Book = Callable[[Session, Slot], object]
fork = get_context("fork")


@dataclass(frozen=True)
class Seat:
    """One process's own practitioner, room and people: it meets the others in the tables only."""

    made: World
    person: Practitioner
    room: Room
    sessions: list[Session]

    def slot(self, number: int) -> Slot:
        """Its n-th time: twelve a day, one after the other."""
        day, place = divmod(number, VISITS_A_DAY)
        start = FIRST_DAY + timedelta(days=day) + OPENS + place * VISIT
        return Slot(
            service=self.made.service,
            parts=Parts.of(self.made.service),
            practitioner=self.person,
            room=self.room,
            equipment=None,
            start=start,
        )


def booking_rate() -> dict[str, object]:
    """Eight processes book different free times for twenty seconds: through the service, and with bare statements."""
    made = world(practitioners=PROCESSES, rooms=PROCESSES, busy=False)
    people, rooms = made.service.practitioners.order_by("pk"), made.clinic.rooms.order_by("pk")
    sessions = iter(many_sessions(made.clinic, PROCESSES * EACH + 1))
    one = next(sessions)
    seats = [Seat(made, person, room, list(islice(sessions, EACH))) for person, room in zip(people, rooms, strict=True)]
    analyse()
    served, overlaps = rate(seats, lambda seat: through_the_service(seat))
    sweep()
    book_appointment(session=one, slot=seats[0].slot(EACH), by=made.desk, now=NOW)
    timelines = [room.timeline_id for room in rooms]
    like = Appointment.objects.get()
    bare, _ = rate(seats, lambda seat: bare_booker(like, timelines))
    return {
        "processes": PROCESSES,
        "seconds": SECONDS,
        "per_second": round(served, 1),
        "bare_per_second": round(bare, 1),
        "ratio_to_insert": ratio(bare, served),
        "overlaps": overlaps,
    }


def through_the_service(seat: Seat) -> Book:
    """Book as the desk does."""
    return lambda session, slot: book_appointment(session=session, slot=slot, by=seat.made.desk, now=NOW)


def rate(seats: list[Seat], booker: Callable[[Seat], Book]) -> tuple[float, int]:
    """Bookings per second of all seats together, and how many occupancies overlap afterwards."""
    connections.close_all()
    results, start = fork.SimpleQueue(), fork.Barrier(len(seats))
    children = [fork.Process(target=sit, args=(seat, booker, start, results)) for seat in seats]
    for child in children:
        child.start()
    done = [results.get() for _ in children]
    for child in children:
        child.join()
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return sum(count / seconds for count, seconds in done), cursor.fetchone()[0]


def sit(seat: Seat, booker: Callable[[Seat], Book], start, results) -> None:
    """Book one time after the other until the time is up or nobody is left; say how many, and in how many seconds."""
    book = booker(seat)
    start.wait()
    began, count = perf_counter(), 0
    for number, session in enumerate(seat.sessions):
        book(session, seat.slot(number))
        count = number + 1
        if perf_counter() - began > SECONDS:
            break
    results.put((count, perf_counter() - began))


def sweep() -> None:
    """Empty what bookings write."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {WRITTEN} CASCADE")


COURSE = 12


def book_a_course() -> dict[str, object]:
    """Twelve sessions, a week apart, in one transaction."""
    made = world(practitioners=5, rooms=8, busy=False)
    people = list(made.service.practitioners.order_by("pk"))
    courses = [a_course(made, first) for first in many_sessions(made.clinic, RUNS + WARM_UP)]
    analyse()
    times = []
    for number, course in enumerate(courses):
        values = dates(people[number % len(people)], number // len(people))
        began = perf_counter()
        booked = book_course(course=course, values=values, by=made.desk, now=NOW)
        times.append((perf_counter() - began) * 1000)
        assert len(booked) == COURSE
    return {"runs": RUNS, "sessions": COURSE, "median_ms": round(median(times[WARM_UP:]), 3), "slowest_ms": round(max(times[WARM_UP:]), 3)}


def a_course(made: World, first: Session) -> Course:
    """A prescribed course of twelve sessions, of which none has a date."""
    course = first.course
    course.service, course.practitioner = made.service, made.service.practitioners.first()
    course.state, course.prescribed_at = CourseState.ACTIVE, NOW
    course.condition, _ = Condition.objects.get_or_create(slug="back", defaults={"name": "Back pain"})
    course.save()
    Session.objects.bulk_create(Session(course=course, number=number, gap_min_days=5, gap_max_days=9) for number in range(2, COURSE + 1))
    return Course.objects.select_related("patient__clinic", "clinic", "service__clinic").get(pk=course.pk)


def dates(person: Practitioner, place: int) -> dict[int, str]:
    """A date a week with one person, as a form names them."""
    starts = (FIRST_DAY + OPENS + place * VISIT + timedelta(weeks=week) for week in range(COURSE))
    return {number: f"{start:{STAMP}}-{person.key}" for number, start in enumerate(starts, 1)}
