"""The least that a booking costs: the reads, the locks and the rows of `book_appointment`, as plain statements on a bare connection."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
from django.db import connection
from django.db.models import Model

from bench.world import NOW
from bookings.models import Appointment
from bookings.models.appointments import LONGEST_TICKS
from bookings.reading import AWAY, BUSY, HOURS, QUESTION, RESTS
from bookings.slots import Slot
from clinic.models import AuditEntry
from insurers.models import Cover
from intervals import tick_floor, ticks_of
from messaging.models import Message
from treatments.models import Session

A_DAY = timedelta(days=1)
READS = [
    "SELECT set_config('lock_timeout', '3s', true)",
    "SELECT id FROM clinic_timeline WHERE id = ANY(%(mine)s) ORDER BY id FOR NO KEY UPDATE",
    "SELECT appointment_id FROM bookings_occupancy WHERE live AND timeline_id = ANY(%(mine)s) AND until <= %(now)s",
    "SELECT 1 FROM bookings_appointment WHERE state NOT IN ('cancelled', 'dna') AND session_id = %(session)s LIMIT 1",
    "SELECT * FROM clinic_practitioner WHERE id = %(practitioner)s AND active",
    "SELECT * FROM clinic_room WHERE clinic_id = %(clinic)s AND active ORDER BY position",
    QUESTION.format(hours=HOURS, away=AWAY, busy=BUSY.format(but_own=""), rests=RESTS.format(but_moving="")),
]
STRETCHES = """
INSERT INTO bookings_occupancy (appointment_id, timeline_id, during, live, yields)
SELECT currval('bookings_appointment_id_seq'), timeline,
       tstzrange(%(start)s + first * interval '1 minute', %(start)s + last * interval '1 minute'), true, false
FROM (VALUES (%(person)s, 0, 15), (%(person)s, 40, 45), (%(room)s, 0, 50), (%(patient)s, 0, 45)) AS part(timeline, first, last)
"""
PAYER = [
    "SELECT id FROM treatments_course WHERE id = %(course)s FOR NO KEY UPDATE",
    "SELECT policy_id FROM insurers_funding WHERE course_id = %(course)s",
]
NEW_KEY = "md5(random()::text)"


def statements(like: Appointment) -> list[str]:
    """All that one booking asks of PostgreSQL; its rows are made like those of a booking that is there."""
    about = f"about = '{like.key}'"
    return [
        *READS,
        made_like(
            Appointment, f"id = {like.pk}", key="%(key)s", session_id="%(session)s", during="tstzrange(%(start)s, %(end)s)",
            practitioner_id="%(practitioner)s", room_id="%(room_id)s",
        ),
        STRETCHES,
        *PAYER,
        made_like(Cover, f"key = '{like.key}'", key="%(key)s", session_id="%(session)s"),
        made_like(Message, about, key=NEW_KEY, message_id=NEW_KEY, about="%(key)s", visit="%(key)s", recipient="%(key)s"),
        made_like(AuditEntry, f"{about} AND verb = 'appointment.book'", about="%(key)s"),
    ]  # fmt: skip


def made_like(model: type[Model], where: str, **changed: str) -> str:
    """A statement that writes rows like some that are there, but for what changed."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key and not field.generated]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {model._meta.db_table} WHERE {where}"


def bare_booker(like: Appointment, rooms: list[int]) -> Callable[[Session, Slot], None]:
    """A function that books over a connection of its own, without the service."""
    settings = connection.settings_dict
    line = psycopg.connect(dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], **settings["OPTIONS"])
    asked = statements(like)

    def book(session: Session, slot: Slot) -> None:
        given = values(session, slot, rooms)
        with line.transaction(), line.cursor() as cursor:
            for statement in asked:
                cursor.execute(statement, given)
                if cursor.description:
                    cursor.fetchall()

    return book


def values(session: Session, slot: Slot, rooms: list[int]) -> dict[str, object]:
    """What one booking's statements are filled with."""
    day = slot.start.replace(hour=0, minute=0)
    person, room, patient = slot.practitioner.timeline_id, slot.room.timeline_id, session.course.patient.timeline_id
    return {
        "mine": sorted((person, room, patient)),
        "timelines": [person, *rooms, patient],
        "person": person,
        "room": room,
        "patient": patient,
        "practitioner": slot.practitioner.pk,
        "room_id": slot.room.pk,
        "clinic": slot.clinic.pk,
        "session": session.pk,
        "course": session.course_id,
        "key": f"{session.pk:016}",
        "now": NOW,
        "start": slot.start,
        "end": slot.end,
        "opens": day,
        "closes": day + A_DAY,
        "first": tick_floor(day),
        "last": tick_floor(day) + ticks_of(24 * 60),
        "earliest": tick_floor(day) - LONGEST_TICKS,
    }
