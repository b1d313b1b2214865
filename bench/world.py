"""A clinic for the benches: so many practitioners and rooms, a month that is half full, and years of past visits."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random

import django
from django.db import connection
from django.db.models import Model

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - Django has to be ready first
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange  # noqa: E402

from bench.measure import SEED  # noqa: E402
from bookings.enums import Door, State  # noqa: E402
from bookings.models import Appointment, Occupancy  # noqa: E402
from clinic.enums import Role, TimelineKind  # noqa: E402
from clinic.models import Clinic, Practitioner, Room, Timeline, User, WeeklyHours  # noqa: E402
from patients.models import Patient  # noqa: E402
from treatments.models import Course, Service, Session, Technique  # noqa: E402

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
FIRST_DAY, DAYS = datetime(2026, 11, 2, tzinfo=UTC), 30
VISITS_A_DAY = 5

PAST = """
INSERT INTO bookings_occupancy (appointment_id, timeline_id, during, live, yields)
SELECT %(appointment)s, t.id, tstzrange(s, s + interval '10 minutes'), true, false
FROM unnest(%(timelines)s::bigint[]) AS t(id),
     LATERAL (SELECT timestamptz '2026-10-01' - n * interval '10 minutes' AS s FROM generate_series(1, %(each)s) AS n) AS past
"""


PAST_VISITS = """
WITH visits AS (
    INSERT INTO bookings_appointment ({columns})
    SELECT {values} FROM bookings_appointment AS first, treatments_session AS s, LATERAL (
        SELECT timestamptz '2026-10-30 08:00Z' - row_number * interval '1 hour' AS starts FROM (SELECT s.id - %(from)s AS row_number) AS r
    ) AS at
    WHERE first.id = %(first)s AND s.id > %(from)s
    RETURNING id, lower(during) AS starts
)
INSERT INTO bookings_occupancy (appointment_id, timeline_id, during, live, yields)
SELECT id, timeline, tstzrange(starts + opens * interval '1 minute', starts + closes * interval '1 minute'), true, false
FROM visits, (VALUES (%(person)s, 0, 15), (%(person)s, 40, 45), (%(room)s, 0, 50)) AS part(timeline, opens, closes)
"""


@dataclass
class World:
    """Everything a bench asks questions about."""

    clinic: Clinic
    service: Service
    desk: User

    @property
    def timelines(self) -> list[int]:
        people = self.service.practitioners.values_list("timeline_id", flat=True)
        return [*people, *self.clinic.rooms.values_list("timeline_id", flat=True)]


def world(*, practitioners: int = 20, rooms: int = 8, busy: bool = True) -> World:
    """Make a clinic in an empty database; with `busy`, each timeline has ten stretches taken on each of thirty days."""
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    clinic = Clinic.objects.create(
        slug="bench",
        name="Bench",
        place="London",
        zone="Europe/London",
        country="GB",
        currency="GBP",
        closed_on_holidays=False,
        max_resting=2,
    )
    desk = User.objects.create(email="desk@bench.example", name="Desk", role=Role.RECEPTIONIST, password="!")
    desk.clinics.add(clinic)
    service = Service.objects.create(
        clinic=clinic, slug="acu", name="Acupuncture", short_name="Acu", hands_in=15, rest=25, hands_out=5, price=5800, first_visit=True
    )
    service.techniques.add(Technique.objects.create(slug="traditional_acupuncture", name="Acupuncture", family="needling", needles=True))
    for number in range(rooms):
        Room.objects.create(clinic=clinic, timeline=open_daily(TimelineKind.ROOM), name=f"Room {number}", position=number)
    people = [
        Practitioner.objects.create(clinic=clinic, timeline=open_daily(TimelineKind.PRACTITIONER), name=f"Person {number}")
        for number in range(practitioners)
    ]
    service.practitioners.set(people)
    made = World(clinic, service, desk)
    if busy:
        fill(made, people)
    analyse()
    return made


def add_all(model: type[Model]) -> Callable[[Iterable[Model]], list]:
    """A function that writes rows, by the thousand: one statement takes no more than 65,535 values."""
    return partial(model.objects.bulk_create, batch_size=1000)


def open_daily(kind: TimelineKind) -> Timeline:
    timeline = Timeline.objects.create(kind=kind)
    add_all(WeeklyHours)(WeeklyHours(timeline=timeline, weekday=str(day), starts=time(8), ends=time(18)) for day in range(7))
    return timeline


def new_patient(clinic: Clinic, number: int) -> Patient:
    return Patient.objects.create(
        clinic=clinic,
        timeline=Timeline.objects.create(kind=TimelineKind.PATIENT),
        first_name=f"Patient{number}",
        last_name="Bench",
        date_of_birth=datetime(1980, 1, 1, tzinfo=UTC).date(),
        email=f"patient{number}@bench.example",
        created_at=NOW,
    )


def new_session(clinic: Clinic, number: int) -> Session:
    """A session of somebody who has no other."""
    course = Course.objects.create(patient=new_patient(clinic, number), clinic=clinic, complaint="lower_back", opened_at=NOW)
    return Session.objects.create(course=course, number=1)


def many_sessions(clinic: Clinic, count: int) -> list[Session]:
    """First sessions of so many different people."""
    timelines = add_all(Timeline)(Timeline(kind=TimelineKind.PATIENT) for _ in range(count))
    people = add_all(Patient)(
        Patient(
            clinic=clinic,
            timeline=timeline,
            first_name=f"Patient{timeline.pk}",
            last_name="Bench",
            date_of_birth=datetime(1980, 1, 1, tzinfo=UTC).date(),
            email=f"patient{timeline.pk}@bench.example",
            mobile="07700 900142",
            created_at=NOW,
        )
        for timeline in timelines
    )
    courses = add_all(Course)(Course(patient=person, clinic=clinic, complaint="lower_back", opened_at=NOW) for person in people)
    return add_all(Session)(Session(course=course, number=1) for course in courses)


def fill(made: World, people: list[Practitioner]) -> None:
    """Five visits a day for each practitioner (two stretches each), ten stretches a day for each room, most of the morning."""
    random = Random(SEED)
    course = new_session(made.clinic, 0).course
    rooms = list(made.clinic.rooms.all())
    days = [FIRST_DAY + timedelta(days=day, hours=8) for day in range(DAYS)]
    starts = [
        (person, day + timedelta(hours=2 * hour, minutes=5 * random.randrange(0, 12)))
        for person in people
        for day in days
        for hour in range(VISITS_A_DAY)
    ]
    sessions = add_all(Session)(Session(course=course, number=number) for number in range(2, len(starts) + 2))
    visits = add_all(Appointment)(
        visit(made, person, rooms[0], start, session) for (person, start), session in zip(starts, sessions, strict=True)
    )
    rows = [row for (person, start), visit in zip(starts, visits, strict=True) for row in hands(visit, person, start)]
    rows += [
        stretch(visits[0], room.timeline_id, day + timedelta(minutes=45 * part + 5 * random.randrange(0, 3)), 30)
        for room in rooms
        for day in days
        for part in range(10)
    ]
    add_all(Occupancy)(rows)


def visit(made: World, person: Practitioner, room: Room, start: datetime, session: Session) -> Appointment:
    return Appointment(
        clinic=made.clinic,
        session=session,
        service=made.service,
        practitioner=person,
        room=room,
        during=DateTimeTZRange(start, start + timedelta(minutes=45)),
        hands_in=15,
        rest=25,
        hands_out=5,
        cleaning=5,
        price=5800,
        state=State.BOOKED,
        state_since=NOW,
        door=Door.DESK,
        created_at=NOW,
    )


def hands(visit: Appointment, person: Practitioner, start: datetime) -> list[Occupancy]:
    return [stretch(visit, person.timeline_id, start, 15), stretch(visit, person.timeline_id, start + timedelta(minutes=40), 5)]


def stretch(visit: Appointment, timeline: int, start: datetime, minutes: int) -> Occupancy:
    return Occupancy(appointment=visit, timeline_id=timeline, during=DateTimeTZRange(start, start + timedelta(minutes=minutes)))


def add_past(made: World, *, rows: int) -> None:
    """Let the table hold at least `rows` rows, the new ones in the years before."""
    missing = rows - Occupancy.objects.count()
    timelines = made.timelines
    if missing > 0:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM bookings_occupancy WHERE upper(during) <= '2026-10-01'")
            each = -(-(rows - Occupancy.objects.count()) // len(timelines))
            first = Appointment.objects.order_by("pk").first()
            cursor.execute(PAST, {"appointment": first.pk, "timelines": timelines, "each": each})
    analyse()


def add_past_visits(made: World, count: int) -> None:
    """So many completed visits of the first practitioner in the years before, one an hour."""
    first = Appointment.objects.order_by("pk").first()
    courses = [new_session(made.clinic, number).course for number in range(1, count // 10_000 + 1)]
    before = Session.objects.order_by("pk").last().pk
    numbers = range(2, count // len(courses) + 2)
    add_all(Session)(Session(course=course, number=number) for course in courses for number in numbers)
    changed = {"key": "md5(random()::text)", "session_id": "s.id", "state": "'completed'"}
    changed["during"] = "tstzrange(starts, starts + interval '45 minutes')"
    columns = [field.column for field in Appointment._meta.concrete_fields if not field.primary_key and not field.generated]
    listed = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changed.get(column, f'first."{column}"') for column in columns)
    given = {"first": first.pk, "from": before, "person": first.practitioner.timeline_id, "room": first.room.timeline_id}
    with connection.cursor() as cursor:
        cursor.execute(PAST_VISITS.format(columns=listed, values=values), given)
    analyse()


def analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
