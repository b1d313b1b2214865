"""What goes on while something breaks: messages that come due, visits that are booked and cancelled; and what must be true afterwards."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from statistics import quantiles

from django.db import DatabaseError, connection, transaction

from bookings.messages import BOOKED, REMIND_BY_MAIL, REMIND_BY_SMS
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.services.occupying import SlotTaken
from clinic.clock import now
from messaging.enums import State
from messaging.models import Message
from messaging.services import draft, post_all, withdraw
from patients.addresses import address_of
from tests.bookings.cast import House, small_clinic
from tests.factories import AppointmentFactory, CourseFactory, PatientFactory, SessionFactory
from tests.faults.town import RECOVERY, Town, calm, until

VISITS = 60


@dataclass
class Verdict:
    """What one fault did, and what it broke."""

    name: str
    seed: int
    sent: int = 0
    kills: int = 0
    lost: int = 0
    duplicates: int = 0
    recovered_s: float = 0
    more: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def must(self, holds: bool, words: str) -> None:
        if not holds:
            self.broken.append(words)

    def as_line(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value not in ({}, None)}


class People:
    """A clinic, visits the day after tomorrow, and somebody at the desk who books more."""

    def __init__(self) -> None:
        self.house: House = small_clinic(slug="faults", closed_on_holidays=False, quiet_from="00:00", quiet_until="00:00")
        start = now() + timedelta(days=2)
        people = [PatientFactory(clinic=self.house.clinic, email=f"p{number}@mail.example") for number in range(VISITS)]
        self.visits = [self._visit(patient, start) for patient in people]
        self.booked: list[str] = []
        self.times: list[float] = []
        self.refused = 0
        self._start = (now() + timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0)
        self._next = 0

    def _visit(self, patient, start: datetime) -> Appointment:
        session = SessionFactory(course=CourseFactory(patient=patient))
        slot = {"service": self.house.service, "practitioner": self.house.practitioner, "room": self.house.rooms[0]}
        visit = AppointmentFactory(session=session, **slot)
        Appointment.objects.filter(pk=visit.pk).update(during=(start, start + timedelta(minutes=45)))
        return Appointment.objects.with_people().get(pk=visit.pk)

    def promise(self, count: int, *, seconds: float, kind: str = REMIND_BY_MAIL) -> list[Message]:
        """So many messages, due evenly over the next seconds."""
        first = now()
        rows = []
        for number in range(count):
            visit = self.visits[number % VISITS]
            due = first + timedelta(seconds=seconds * number / count)
            row = draft(kind, to=address_of(visit.patient), about=visit.key, due=due, useful_until=visit.start, visit=visit.key)
            row.again = number // VISITS
            rows.append(row)
        post_all(rows)
        return rows

    def book(self) -> None:
        """Book one visit at the desk, as fast as that goes; a database that is away refuses."""
        self._next += 1
        start = self._start + timedelta(days=self._next // 8, hours=self._next % 8)
        began = time.monotonic()
        try:
            visit = book_appointment(session=self.house.session(), slot=self.house.slot(start), by=self.house.desk, now=now())
        except (DatabaseError, SlotTaken):
            self.refused += 1
            connection.close()
        else:
            self.booked.append(visit.key)
            self.times.append(time.monotonic() - began)

    def booking_p95(self) -> float:
        return round(quantiles(self.times, n=20)[18], 3) if len(self.times) > 1 else 0


def meanwhile(deed: Callable[[], None], every: float) -> Callable[[], None]:
    """Do it again and again on a thread; call what is returned to end that."""
    over = threading.Event()

    def work() -> None:
        try:
            while not over.wait(every):
                deed()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end


def cancel(people: People, rows: list[Message]) -> dict[str, datetime]:
    """Take back what is promised about the last visits; return when that was acknowledged, by Message-ID."""
    acknowledged = {}
    for visit in people.visits[-3:]:
        with transaction.atomic():
            withdraw(about=visit.key, reason="The visit was cancelled")
        acknowledged |= {row.message_id: now() for row in rows if row.about == visit.key}
    return acknowledged


def settled(rows: list[Message]) -> bool:
    """Whether nothing is left to do about these rows at this time."""
    mine = Message.objects.filter(key__in=[row.key for row in rows])
    return not (mine.in_state(State.SENDING) | mine.in_state(State.DUE).filter(next_try_at__lte=now() + timedelta(seconds=1))).exists()


def judge(town: Town, verdict: Verdict, rows: list[Message], *, cancelled: dict[str, datetime] | None = None, failed: int = 0) -> None:
    """Wait until all is settled; then nothing may be lost, twice without a kill, or sent after a cancel."""
    verdict.recovered_s = round(until(lambda: settled(rows), "every message is settled", 4 * RECOVERY), 1)
    rows = {row.message_id: row for row in Message.objects.filter(key__in=[row.key for row in rows])}
    seen = Counter(number for number in town.sink.ids if number in rows)
    verdict.sent = len(seen)
    cancelled = cancelled or {}
    wanted = {number for number, row in rows.items() if number not in cancelled and row.state != State.FAILED}
    verdict.lost = len(wanted - set(seen))
    twice = [rows[number] for number, times in seen.items() if times > 1]
    verdict.duplicates = sum(times - 1 for times in seen.values())
    verdict.must(verdict.lost == 0, f"{verdict.lost} lost")
    verdict.must(all(row.attempts > 1 for row in twice), "a message went twice that nobody had taken twice")
    verdict.must(verdict.duplicates <= verdict.kills, f"{verdict.duplicates} duplicates by {verdict.kills} kills")
    verdict.must({rows[number].state for number in wanted} <= {State.SENT}, "a message that went is not marked sent")
    verdict.must(sum(row.state == State.FAILED for row in rows.values()) == failed, "others failed than were refused")
    late = [number for number, at in cancelled.items() if number in seen and rows[number].handed_at > at]
    verdict.must(late == [], f"{len(late)} began to be sent after an acknowledged cancel")


def judge_bookings(people: People, verdict: Verdict) -> None:
    """Every acknowledged visit is there once, with its confirmation; every other not at all."""
    until(lambda: calm(Appointment.objects.exists), "the database answers")
    theirs = Appointment.objects.exclude(pk__in=[visit.pk for visit in people.visits])
    there = Counter(theirs.values_list("key", flat=True))
    told = set(Message.objects.of_kinds([BOOKED]).values_list("about", flat=True))
    verdict.must(set(people.booked) <= set(there), "an acknowledged booking is missing")
    verdict.must(set(there) == told, "a booking without its message, or a message without its booking")
    verdict.must(len(set(there) - set(people.booked)) <= people.refused, "a booking that nobody was told of")
    verdict.more |= {"booked": len(people.booked), "refused": people.refused, "booking_p95_s": people.booking_p95()}


TEXT = REMIND_BY_SMS
