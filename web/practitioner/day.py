"""A practitioner's day as its page shows it: who is where, what comes next, and the patient in hand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from bookings.enums import State
from bookings.models import Appointment
from treatments.models import SessionRecord
from treatments.selectors import Standing
from web.practitioner.words import count_words, flag_chips, phases_of, state_words

LOOKS = {State.COMPLETED: "done", State.DNA: "done", State.PROVISIONAL: "wait"}
SOON = timedelta(minutes=15)


@dataclass(frozen=True)
class Visit:
    """One visit of the day, with what is known about its patient."""

    appointment: Appointment
    standing: Standing
    planned: int
    now: datetime
    is_current: bool = False

    @property
    def key(self) -> str:
        return self.appointment.key

    @property
    def starts(self) -> datetime:
        return self.appointment.start

    @property
    def ends(self) -> datetime:
        return self.appointment.end

    @property
    def name(self) -> str:
        return self.appointment.patient.name

    @property
    def href(self) -> str:
        return f"?visit={self.key}#in-hand"

    @property
    def count(self) -> str:
        return count_words(self.appointment.session, self.planned)

    @property
    def phases(self) -> list[tuple[str, int]]:
        return phases_of(self.appointment)

    @property
    def look(self) -> str:
        return LOOKS.get(self.appointment.state, "")

    @property
    def room(self) -> str:
        return self.appointment.room.name

    @property
    def what(self) -> str:
        course = self.appointment.session.course
        return ", ".join(part for part in (self.appointment.service.name, course.condition and course.condition.name.lower()) if part)

    @property
    def chips(self) -> list[tuple[str, str]]:
        session = self.appointment.session
        marks = [("info", "New patient")] if session.number == 1 and session.course.prescribed_at is None else []
        marks += [("info", "Review due today")] if session.review and not self.done else []
        return flag_chips(self.standing) + marks

    @property
    def state(self) -> tuple[str, str]:
        return state_words(self.appointment, self.now)

    @property
    def done(self) -> bool:
        return self.appointment.state in (State.COMPLETED, State.DNA)

    @property
    def current(self) -> bool:
        return self.is_current

    @property
    def now_at(self) -> int | None:
        """The minute of the visit that is now, while the patient is treated."""
        visit = self.appointment
        hands_on = visit.prepare + visit.hands_in
        before = {State.INSERTING: visit.prepare, State.RESTING: hands_on, State.REMOVING: hands_on + visit.rest}
        if visit.state not in before:
            return None
        return min(before[State(visit.state)] + minutes_since(visit.state_since, self.now), visit.minutes)

    @property
    def record(self) -> SessionRecord | None:
        return getattr(self.appointment.session, "record", None)

    @property
    def out_at(self) -> datetime:
        """When hands are needed to take the needles out."""
        visit = self.appointment
        if visit.state == State.RESTING:
            return visit.state_since + timedelta(minutes=visit.rest)
        return visit.end - timedelta(minutes=visit.hands_out)


@dataclass(frozen=True)
class Hand:
    """One moment at which hands are needed."""

    at: datetime
    words: str
    now: datetime

    @property
    def when(self) -> str:
        """How soon that is, while it is close."""
        left = self.at - self.now
        if left < timedelta(minutes=-1):
            return f"{-left // timedelta(minutes=1)} min late"
        minutes = max(0, left // timedelta(minutes=1))
        return ("now" if not minutes else f"in {minutes} min") if left <= SOON else ""


@dataclass(frozen=True)
class Day:
    """All visits of one practitioner on one day."""

    date: date
    today: date
    now: datetime
    visits: list[Visit] = field(default_factory=list)

    @property
    def is_today(self) -> bool:
        return self.date == self.today

    @property
    def before(self) -> date:
        return self.date - timedelta(days=1)

    @property
    def after(self) -> date:
        return self.date + timedelta(days=1)

    @cached_property
    def here(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.appointment.state in State.in_the_house()]

    @cached_property
    def later(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.appointment.is_ahead]

    @cached_property
    def finished(self) -> list[Visit]:
        return [visit for visit in reversed(self.visits) if visit.done]

    @cached_property
    def to_sign(self) -> list[Visit]:
        return [visit for visit in self.finished if needs_signature(visit)]

    @property
    def current(self) -> Visit | None:
        return next((visit for visit in self.visits if visit.is_current), None)

    @property
    def summary(self) -> str:
        """Rooms, visits and flags in one line."""
        rooms = sorted({visit.room for visit in self.visits})
        flagged = sum(bool(visit.standing.findings) for visit in self.visits)
        parts = [counted(len(self.visits), "visit")]
        parts += [f"{len(self.finished)} finished"] if self.finished else []
        parts += [f"{flagged} with a flag"] if flagged else []
        return f"{listed(rooms)}. {', '.join(parts)}."

    @cached_property
    def hands(self) -> list[Hand]:
        """The next three moments at which hands are needed."""
        if not self.is_today:
            return []
        return sorted((hand for visit in self.visits for hand in hands_of(visit)), key=lambda hand: hand.at)[:3]


def hands_of(visit: Visit) -> Iterable[Hand]:
    appointment = visit.appointment
    place = f"{visit.name}, {visit.room[:1].lower()}{visit.room[1:]}"
    if appointment.is_ahead or appointment.state == State.ARRIVED:
        yield Hand(appointment.start, f"start {place}", visit.now)
    if appointment.rest and (appointment.is_ahead or appointment.state in (State.ARRIVED, State.INSERTING, State.RESTING)):
        yield Hand(visit.out_at, f"needles out, {place}", visit.now)


def needs_signature(visit: Visit) -> bool:
    return visit.appointment.state == State.COMPLETED and not (visit.record and visit.record.is_signed)


def day_of(
    appointments: Iterable[Appointment],
    *,
    standings: dict[int, Standing],
    planned: dict[int, int],
    chosen: str,
    on: date,
    today: date,
    now: datetime,
) -> Day:
    """The day with the chosen visit in hand, or whoever needs hands first."""
    appointments = list(appointments)
    in_hand = chosen_of(appointments, chosen)
    visits = [
        Visit(
            appointment=appointment,
            standing=standings.get(appointment.patient.pk, Standing()),
            planned=planned.get(appointment.session.course_id, 1),
            now=now,
            is_current=appointment is in_hand,
        )
        for appointment in appointments
    ]
    return Day(date=on, today=today, now=now, visits=visits)


def chosen_of(appointments: list[Appointment], chosen: str) -> Appointment | None:
    """The visit that was asked for; else one in treatment, one waiting, the next one, the last one."""
    orders = [
        lambda visit: visit.key == chosen,
        lambda visit: visit.state in (State.REMOVING, State.INSERTING),
        lambda visit: visit.state == State.ARRIVED,
        lambda visit: visit.state == State.RESTING,
        lambda visit: visit.is_ahead,
    ]
    found = (visit for wanted in orders for visit in appointments if wanted(visit))
    return next(found, appointments[-1] if appointments else None)


def minutes_since(then: datetime, now: datetime) -> int:
    return max(0, (now - then) // timedelta(minutes=1))


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def listed(words: list[str]) -> str:
    """Room 1, Room 2 and Room 3."""
    *most, last = words or [""]
    return f"{', '.join(most)} and {last}" if most else last
