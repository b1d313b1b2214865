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
from bookings.slots import Slot
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
        return put(promises, now=now)


def put(promises: Sequence[Promise], *, now: datetime) -> list[Appointment]:
    """Write the promises where the way has been cleared: their timelines are locked by the caller."""
    refuse_booked_twice(promises)
    refuse_if_busy(promises, now=now)
    appointments = [Appointment.objects.create(**_fields(promise, now)) for promise in promises]
    for promise, appointment in zip(promises, appointments, strict=True):
        occupy(appointment, promise.slot, patient=promise.patient)
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
    expired = Occupancy.objects.expired(now).on(timelines).values("appointment")
    Appointment.objects.filter(pk__in=expired, state=State.HELD).delete()


def refuse_if_busy(promises: Sequence[Promise], *, now: datetime) -> None:
    """Read hours, absences and busy time again, now that nobody can change them, and raise `SlotTaken` where a visit no longer fits."""
    for promise in promises:
        if words := trouble(promise, now=now):
            raise SlotTaken(words)


def trouble(promise: Promise, *, now: datetime) -> str:
    """Say why a visit is not possible as things stand, or nothing."""
    slot = promise.slot
    if slot.start < now:
        return "That time has passed."
    found = openings_around(slot, patient=promise.patient, now=now).obstacles(slot)
    allowed = {Reason.BUSY, Reason.TOO_MANY_AT_REST} if promise.overbook_reason else set()
    return next((WORDS[obstacle.reason] for obstacle in found if obstacle.reason not in allowed), "")


def openings_around(slot: Slot, *, patient: Patient | None, now: datetime) -> Openings:
    """The diary of the days that a slot touches."""
    return Openings(
        Wish(
            service=slot.service,
            first_day=slot.local_date,
            last_day=slot.local_end.date(),
            now=now,
            practitioner=slot.practitioner,
            patient=patient,
            parts=slot.parts,
        )
    )


def occupy(appointment: Appointment, slot: Slot, *, patient: Patient | None) -> None:
    """Write the stretches that a visit takes of every timeline; the constraint has the last word."""
    visit = slot.visit(patient.timeline_id if patient else None)
    Occupancy.objects.bulk_create(
        Occupancy(
            appointment=appointment,
            timeline_id=timeline,
            during=DateTimeTZRange(stretch.start, stretch.end),
            yields=bool(appointment.overbook_reason),
            until=appointment.until,
        )
        for timeline, stretch in visit.occupied()
    )


def vacate(appointment: Appointment) -> None:
    """Give back all the time that an appointment takes."""
    Occupancy.objects.filter(appointment=appointment).delete()


def timelines_of(appointment: Appointment) -> list[int]:
    """What it takes time of, as it stands."""
    return list(Occupancy.objects.filter(appointment=appointment).values_list("timeline_id", flat=True))


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
        "hands_in": slot.parts.hands_in,
        "rest": slot.parts.rest,
        "hands_out": slot.parts.hands_out,
        "cleaning": slot.parts.cleaning,
        "price": slot.parts.price,
        "state": promise.state,
        "state_since": now,
        "until": promise.until,
        "door": promise.door,
        "overbook_reason": promise.overbook_reason,
        "waits_for_review": promise.waits_for_review,
        "waits_for_code": promise.waits_for_code,
        "created_at": now,
    }
