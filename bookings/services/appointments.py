"""One appointment: booked, moved, cancelled. Every door comes through here."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from bookings import code_messages, messages
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Because, CancelledBy, Door, State
from bookings.models import Appointment
from bookings.services.covering import move_cover, reserve_cover, settle_dna, settle_late_cancel
from bookings.services.freeing import note_freed, note_stretch
from bookings.services.kept import local_date_of, note_change
from bookings.services.occupying import Promise, clear_the_way, during, occupy, refuse_if_busy, take, timelines_of, vacate
from bookings.services.states import StateChanged, step
from bookings.slots import Slot
from clinic import audit
from clinic.models import User
from insurers.services import release_cover
from intervals import Interval, local_date
from treatments.models import Session


class TooLate(Exception):
    """The clinic asks for more notice than there is; `str()` says how much."""


class NotToday(Exception):
    """The visit is on another day."""

    def __init__(self) -> None:
        super().__init__("This visit is on another day: look at the date again.")


@transaction.atomic
def book_appointment(
    *, session: Session, slot: Slot, by: User | str, now: datetime, door: Door = Door.DESK, overbook_reason: str = ""
) -> Appointment:
    """Book a session into the people, room and time of `slot`: all of it, or `SlotTaken`. With a reason it may overlap others."""
    promise = Promise(slot=slot, session=session, state=State.BOOKED, door=door, overbook_reason=overbook_reason)
    [appointment] = take([promise], now=now)
    settle(appointment, by=by, now=now)
    return appointment


def settle(appointment: Appointment, *, by: User | str, now: datetime) -> None:
    """Do what follows a promise, in its transaction: cover, messages, audit."""
    reserve_cover(session=appointment.session, on=local_date_of(appointment), key=appointment.key)
    messages.promise(appointment, now=now)
    audit.record(by, "appointment.book", appointment, door=appointment.door)


@transaction.atomic
def move_appointment(*, appointment: Appointment, slot: Slot, by: User | str, now: datetime, overbook_reason: str = "") -> Appointment:
    """Move a visit in one step: the old time is kept until the new one is sure. `SlotTaken` leaves everything as it was."""
    seen, who, was = appointment.version, appointment.practitioner, Interval(appointment.start, appointment.end)
    promise = Promise(
        slot=slot,
        session=appointment.session,
        state=State(appointment.state),
        door=Door(appointment.door),
        overbook_reason=overbook_reason,
        moving=appointment.pk,
    )
    with clash_means(SlotTaken):
        clear_the_way([*promise.timelines, *timelines_of(appointment)], now=now)
        moved = Appointment.objects.filter(pk=appointment.pk, version=seen, state__in=State.ahead()).update(
            during=during(slot),
            practitioner=slot.practitioner,
            room=slot.room,
            equipment=slot.equipment,
            overbook_reason=overbook_reason,
            version=F("version") + 1,
        )
        if not moved:
            appointment.refresh_from_db()
            raise StateChanged(appointment, State.BOOKED)
        vacate(appointment)
        refuse_if_busy([promise], now=now)
        appointment.refresh_from_db()
        occupy(appointment, slot, patient=promise.patient)
    note_stretch(who, was, because="Moved", now=now)
    note_change(appointment, because=Because.MOVED, now=now)
    move_cover(key=appointment.key, on=local_date_of(appointment))
    messages.tell_moved(appointment, now=now)
    code_messages.move_reminder(appointment, now=now)
    audit.record(by, "appointment.move", appointment, version=appointment.version)
    return appointment


@transaction.atomic
def cancel_appointment(
    *, appointment: Appointment, by: User | str, who: CancelledBy, because: str, now: datetime, waived: str = ""
) -> Appointment:
    """Cancel a visit that has not begun: its time is free at once, its unit released; late is by the clinic's notice, as of `now`.

    What follows from a late one is the clinic's rule, or nothing where `waived` says why.
    """
    late = who == CancelledBy.PATIENT and not in_time(appointment, now=now)
    step(
        appointment=appointment,
        to=State.CANCELLED,
        by=by,
        now=now,
        cancelled_by=who,
        cancelled_because=because,
        cancelled_late=late,
        waits_for_prescription=False,
        waits_for_review=False,
        waits_for_code=False,
    )
    vacate(appointment)
    note_freed(appointment, because="Cancelled", now=now)
    note_change(appointment, because=Because.CANCELLED, now=now)
    if late:
        settle_late_cancel(appointment, waived=waived)
    else:
        release_cover(key=appointment.key)
    messages.tell_cancelled(appointment, now=now)
    return appointment


@transaction.atomic
def mark_dna(*, appointment: Appointment, by: User, now: datetime, waived: str = "") -> Appointment:
    """Note that the patient did not come: what follows is the clinic's rule, or nothing where `waived` says why."""
    step(appointment=appointment, to=State.DNA, by=by, now=now)
    vacate(appointment)
    note_freed(appointment, because="Not coming", now=now)
    note_change(appointment, because=Because.MISSED, now=now)
    settle_dna(appointment, waived=waived)
    messages.take_back(appointment, reason="The patient did not attend")
    return appointment


@transaction.atomic
def check_in(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the patient has arrived: on the day of the visit, or `NotToday`."""
    if local_date_of(appointment) != local_date(now, appointment.clinic.tz):
        raise NotToday
    return step(appointment=appointment, to=State.ARRIVED, by=by, now=now)


@transaction.atomic
def undo_check_in(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Take back a check-in that was a mistake."""
    return step(appointment=appointment, to=State.BOOKED, by=by, now=now)


def in_time(appointment: Appointment, *, now: datetime) -> bool:
    """Say whether a patient may still move or cancel free of charge; what is only kept for a course can always be let go."""
    return appointment.waits_for_prescription or now <= appointment.start - timedelta(hours=appointment.clinic.cancel_notice_hours)
