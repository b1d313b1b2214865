"""Lock, look again, insert: the one way in which time is taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.availability import Reason
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Door, State
from bookings.models import Appointment, Occupancy
from bookings.selectors import Openings, Wish
from bookings.slots import Parts, Slot
from clinic.locks import lock
from patients.models import Patient
from treatments.models import Session

WORDS = {
    Reason.NOT_OFFERED: "That person or room can’t be booked for this visit.",
    Reason.NOT_WORKING: "That lies outside working hours.",
    Reason.BUSY: "That time has just gone.",
    Reason.TOO_MANY_AT_REST: "Too many patients would be resting at once.",
}


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One visit that is to be promised: for a session, or held for somebody not known yet."""

    slot: Slot
    session: Session | None
    state: State
    door: Door
    until: datetime | None = None
    overbook_reason: str = ""
    waits_for_review: bool = False
    waits_for_code: bool = False
    waits_for_prescription: bool = False
    moving: int | None = None  # the visit that this is the new time of

    @property
    def patient(self) -> Patient | None:
        return self.session.course.patient if self.session else None

    @property
    def timelines(self) -> list[int]:
        return self.slot.visit(self.patient.timeline_id if self.patient else None).timelines


def take(promises: Sequence[Promise], *, now: datetime) -> list[Appointment]:
    """Take the time of every promise, all or none, inside the caller's transaction; raise `SlotTaken` if any is gone.

    It is the transaction's one call for locks on timelines: nothing may be locked before it.
    """
    with clash_means(SlotTaken):
        clear_the_way((timeline for promise in promises for timeline in promise.timelines), now=now)
        refuse_booked_twice(promises)
        refuse_if_busy(promises, now=now)
        return put(promises, now=now)


def put(promises: Sequence[Promise], *, now: datetime) -> list[Appointment]:
    """Write the promises where the way is clear: their timelines are locked and looked at by the caller."""
    appointments = Appointment.objects.bulk_create(Appointment(**_fields(promise, now)) for promise in promises)
    Occupancy.objects.bulk_create(
        row
        for promise, appointment in zip(promises, appointments, strict=True)
        for row in stretches(appointment, promise.slot, patient=promise.patient)
    )
    return appointments


def clear_the_way(timelines: Iterable[int], *, now: datetime) -> None:
    """Lock the timelines, in the one order everybody keeps, and drop the holds on them that have run out."""
    sweep_expired_holds(lock(timelines), now=now)


class BookedAlready(Exception):
    """A session has its time already: it is moved, not booked again."""

    def __init__(self) -> None:
        super().__init__("This session has its time already. Move that visit instead.")


def refuse_booked_twice(promises: Sequence[Promise]) -> None:
    sessions = [promise.session.pk for promise in promises if promise.session]
    if Appointment.objects.standing().filter(session__in=sessions).exists():
        raise BookedAlready


def sweep_expired_holds(timelines: Iterable[int], *, now: datetime) -> None:
    """Drop the holds on these (locked) timelines that have run out."""
    expired = set(Occupancy.objects.expired(now).on(timelines).values_list("appointment", flat=True))
    if expired:
        Appointment.objects.filter(pk__in=expired, state=State.HELD).delete()


def refuse_if_busy(promises: Sequence[Promise], *, now: datetime) -> None:
    """Raise `SlotTaken` where a visit no longer fits."""
    for words in troubles(promises, now=now):
        if words:
            raise SlotTaken(words)


def troubles(promises: Sequence[Promise], *, now: datetime) -> list[str]:
    """Read hours, absences and busy time again, now that nobody can change them: for each promise why it is not possible, or nothing.

    Promises of one kind and patient are looked up together: a course costs no more queries than a visit.
    """
    together: dict[tuple, list[Promise]] = {}
    for promise in promises:
        together.setdefault((promise.slot.service.pk, promise.slot.parts, promise.patient), []).append(promise)
    moving = tuple(promise.moving for promise in promises if promise.moving)
    found = {
        key: openings_around([promise.slot for promise in group], patient=key[2], now=now, moving=moving) for key, group in together.items()
    }
    return [_trouble(promise, found[(promise.slot.service.pk, promise.slot.parts, promise.patient)], now=now) for promise in promises]


def _trouble(promise: Promise, openings: Openings, *, now: datetime) -> str:
    if promise.slot.start < now:
        return "That time has passed."
    allowed = {Reason.BUSY, Reason.TOO_MANY_AT_REST} if promise.overbook_reason else set()
    obstacles = openings.obstacles(promise.slot)
    return next((WORDS[obstacle.reason] for obstacle in obstacles if obstacle.reason not in allowed), "")


def openings_around(slots: Sequence[Slot], *, patient: Patient | None, now: datetime, moving: tuple[int, ...] = ()) -> Openings:
    """The diary of the days that some slots of one kind touch."""
    people = {slot.practitioner.pk: slot.practitioner for slot in slots}
    return Openings(
        Wish(
            service=slots[0].service,
            first_day=min(slot.local_date for slot in slots),
            last_day=max(slot.local_end.date() for slot in slots),
            now=now,
            practitioner=slots[0].practitioner if len(people) == 1 else None,
            patient=patient,
            parts=slots[0].parts,
            moving=moving,
        )
    )


def occupy(appointment: Appointment, slot: Slot, *, patient: Patient | None) -> None:
    """Write the stretches that a visit takes of every timeline; the constraint has the last word."""
    Occupancy.objects.bulk_create(stretches(appointment, slot, patient=patient))


def stretches(appointment: Appointment, slot: Slot, *, patient: Patient | None) -> list[Occupancy]:
    visit = slot.visit(patient.timeline_id if patient else None)
    return [
        Occupancy(
            appointment=appointment,
            timeline_id=timeline,
            during=DateTimeTZRange(stretch.start, stretch.end),
            yields=bool(appointment.overbook_reason),
            until=appointment.until,
        )
        for timeline, stretch in visit.occupied()
    ]


def vacate(appointment: Appointment) -> None:
    """Give back all the time that an appointment takes."""
    Occupancy.objects.filter(appointment=appointment).delete()


def timelines_of(appointment: Appointment) -> list[int]:
    """What it takes time of, as it stands."""
    return list(Occupancy.objects.filter(appointment=appointment).values_list("timeline_id", flat=True))


def slot_of(appointment: Appointment) -> Slot:
    """The people, room and time an appointment has, to take them again."""
    return Slot(
        service=appointment.service,
        parts=Parts.of(appointment),
        practitioner=appointment.practitioner,
        room=appointment.room,
        equipment=appointment.equipment,
        start=appointment.start,
    )


def during(slot: Slot) -> DateTimeTZRange:
    return DateTimeTZRange(slot.start, slot.start + timedelta(minutes=slot.parts.shape.total))


def _fields(promise: Promise, now: datetime) -> dict[str, object]:
    slot = promise.slot
    return {
        "clinic": slot.clinic,
        "session": promise.session,
        "service": slot.service,
        "practitioner": slot.practitioner,
        "room": slot.room,
        "equipment": slot.equipment,
        "during": during(slot),
        **slot.parts.as_fields(),
        "state": promise.state,
        "state_since": now,
        "until": promise.until,
        "door": promise.door,
        "overbook_reason": promise.overbook_reason,
        "waits_for_review": promise.waits_for_review,
        "waits_for_code": promise.waits_for_code,
        "waits_for_prescription": promise.waits_for_prescription,
        "created_at": now,
    }
