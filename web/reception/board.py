"""The room board: what happens in each room now, readable from the door."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from clinic.models import Room
from patients.models import Patient
from web.reception.words import clock_of, counted, phases_of

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Card:
    """One room, as its template takes it."""

    key: str
    name: str
    state: str
    mark: str
    word: str
    big: str
    unit: str
    who: str = ""
    with_: str = ""
    needles: int | None = None
    needles_word: str = ""
    due: str = ""
    phases: tuple[tuple[str, int], ...] = ()
    now_at: int | None = None
    acts: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {**vars(self), "with": self.with_}


@dataclass(frozen=True, kw_only=True)
class Board:
    """All rooms, with who waits."""

    cards: list[Card]
    waiting: list[str]

    @property
    def overdue(self) -> int:
        return sum(card.state == "over" for card in self.cards)

    @property
    def needles(self) -> int:
        return sum(card.needles or 0 for card in self.cards if card.state in ("resting", "hands", "over"))

    @property
    def rooms_with_needles(self) -> int:
        return sum(bool(card.needles) for card in self.cards if card.state in ("resting", "hands", "over"))


def board_of(rooms: Iterable[Room], visits: list[Appointment], *, now: datetime, may_treat: bool) -> Board:
    """The cards in the order of the rooms."""
    arrived = [visit for visit in visits if visit.state == State.ARRIVED]
    return Board(
        cards=[card_of(room, [visit for visit in visits if visit.room_id == room.pk], now, may_treat) for room in rooms],
        waiting=[waiting_words(visit, now) for visit in sorted(arrived, key=lambda visit: visit.state_since)],
    )


def card_of(room: Room, visits: list[Appointment], now: datetime, may_treat: bool) -> Card:
    """What happens in a room: a treatment, cleaning, or nothing until the next visit."""
    treated = next((visit for visit in visits if visit.state in State.in_treatment()), None)
    if treated:
        return in_use(room, treated, now, may_treat)
    left = [visit for visit in visits if visit.state == State.COMPLETED and ready_at(visit) > now]
    return cleaning(room, left[-1], now) if left else free(room, visits, now, may_treat)


def in_use(room: Room, visit: Appointment, now: datetime, may_treat: bool) -> Card:
    state = State(visit.state)
    since = minutes_since(visit.state_since, now)
    late = since - visit.rest if state == State.RESTING and since > visit.rest else 0
    kind, mark = (
        ("over", "alert") if late else ("resting", "rest") if state == State.RESTING else ("hands", "needle" if visit.rest else "hand")
    )
    word = f"Overdue by {late} min" if late else state.label if visit.rest else "In treatment"
    return Card(
        key=room.key,
        name=room.name,
        state=kind,
        mark=mark,
        word=word,
        big=str(since),
        unit="minute" if since == 1 else "minutes",
        who=short_name(visit.patient),
        with_=f"{visit.practitioner.short_name}, {visit.service.name.lower()}",
        needles=visit.needles if visit.rest else None,
        needles_word="needles to come out" if state == State.REMOVING else "needles in" if state == State.RESTING else "needles in so far",
        due=due_words(visit, late, now),
        phases=tuple(phases_of(visit)),
        now_at=min(BEFORE[state](visit) + since, visit.minutes),
        acts=acts_of(visit) if may_treat else (),
    )


BEFORE = {
    State.INSERTING: lambda visit: visit.prepare,
    State.RESTING: lambda visit: visit.prepare + visit.hands_in,
    State.REMOVING: lambda visit: visit.minutes - visit.hands_out,
}
NEXT = {
    State.ARRIVED: ("insertion", "Start"),
    State.INSERTING: ("rest", "All in, start the rest"),
    State.RESTING: ("removal", "Needles out"),
}


def acts_of(visit: Appointment) -> tuple[tuple[str, str], ...]:
    """The next step of the visit, for who treats."""
    deed, words = NEXT.get(State(visit.state), ("", ""))
    if not deed or (deed == "rest" and not visit.rest):
        return ()
    return ((reverse("practitioner:step", args=[visit.key, deed]), words),)


def due_words(visit: Appointment, late: int, now: datetime) -> str:
    clinic = visit.clinic
    if visit.state == State.RESTING:
        out = visit.state_since + timedelta(minutes=visit.rest)
        return (
            f"Should be out since {clock_of(out, clinic)}" if late else f"Out at {clock_of(out, clinic)}, in {minutes_until(out, now)} min"
        )
    if visit.state == State.INSERTING and not visit.rest:
        ends = visit.state_since + timedelta(minutes=visit.minutes)
        return f"{'Until' if ends > now else 'Was to end at'} {clock_of(ends, clinic)}"
    return ""


def cleaning(room: Room, visit: Appointment, now: datetime) -> Card:
    since = minutes_since(visit.state_since, now)
    return Card(
        key=room.key,
        name=room.name,
        state="cleaning",
        mark="broom",
        word="Cleaning",
        big=str(since),
        unit="minute" if since == 1 else "minutes",
        who=f"After {short_name(visit.patient)}",
        with_=visit.practitioner.short_name,
        due=f"Ready by {clock_of(ready_at(visit), visit.clinic)}",
    )


def free(room: Room, visits: list[Appointment], now: datetime, may_treat: bool) -> Card:
    """Free, and for whom next."""
    ahead = [visit for visit in visits if visit.state == State.ARRIVED or (visit.is_ahead and visit.end > now)]
    empty = {"key": room.key, "name": room.name, "state": "free", "mark": "check", "word": "Free"}
    if not ahead:
        return Card(**empty, big="–", unit="nobody else today")
    visit = min(ahead, key=lambda visit: (visit.state != State.ARRIVED, visit.start))
    return Card(
        **empty,
        big=clock_of(visit.start, visit.clinic),
        unit=next_words(visit.start, now),
        who=short_name(visit.patient),
        with_=visit.practitioner.short_name,
        due=arrived_words(visit, now),
        acts=acts_of(visit) if may_treat else (),
    )


def next_words(start: datetime, now: datetime) -> str:
    """How soon the next visit is."""
    wait, late = minutes_until(start, now), minutes_since(start, now)
    if wait:
        return f"next, in {span_words(wait)}"
    return f"was due {span_words(late)} ago" if late else "next, now"


def arrived_words(visit: Appointment, now: datetime) -> str:
    if visit.state != State.ARRIVED:
        return ""
    return f"Arrived {clock_of(visit.state_since, visit.clinic)}, waiting {minutes_since(visit.state_since, now)} min"


def waiting_words(visit: Appointment, now: datetime) -> str:
    clinic = visit.clinic
    since = clock_of(visit.state_since, clinic)
    return f"{short_name(visit.patient)} since {since}, {visit.room.name.lower()} at {clock_of(visit.start, clinic)}"


def ready_at(visit: Appointment) -> datetime:
    """When the room is ready again after a visit that is over."""
    return visit.state_since + timedelta(minutes=visit.cleaning)


def short_name(patient: Patient) -> str:
    """`Hannah W.`: enough to know who is meant, from the door."""
    return f"{patient.first_name} {patient.last_name[:1]}."


def minutes_since(then: datetime, now: datetime) -> int:
    return max(0, (now - then) // MINUTE)


def minutes_until(then: datetime, now: datetime) -> int:
    """Whole minutes, a begun one counted."""
    return max(0, -((now - then) // MINUTE))


def span_words(minutes: int) -> str:
    """`3 minutes`, `2 h 10 min`."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else counted(minutes, "minute")
