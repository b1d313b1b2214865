"""The last deed at the desk taken back: a cancelled, missed or moved visit is again as it was, if its time is still free."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from bookings import messages
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Door, State
from bookings.models import Appointment
from bookings.services.appointments import move_appointment
from bookings.services.covering import reserve_cover
from bookings.services.freeing import unnote_stretch
from bookings.services.kept import PLAN_AGAIN, is_asked_for, is_first_of_kept, local_date_of
from bookings.services.occupying import Promise, clear_the_way, occupy, refuse_booked_twice, refuse_if_busy, slot_of, vacate
from bookings.services.states import StateChanged
from bookings.slots import Slot
from clinic import audit
from clinic.models import User
from clinic.services import settle_tasks
from intervals import Interval
from messaging.enums import State as Sent
from messaging.models import Message
from messaging.services import withdraw
from treatments.enums import CourseState

UNDO_WITHIN = timedelta(minutes=10)
GONE = State.CANCELLED, State.DNA


class NotAsItWas(Exception):
    """What was done can no longer be taken back; `str()` says why."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """A visit as it was just before a deed."""

    at: datetime
    slot: Slot
    state: State
    version: int
    overbook_reason: str
    waits_for_review: bool
    waits_for_code: bool
    waits_for_prescription: bool
    was_asked: bool  # the desk was already asked to plan the rest of the course again


def remember(appointment: Appointment, *, now: datetime) -> Before | None:
    """A visit as it is, to take back what is done with it next; None where other dates go with it that would not come back."""
    if is_first_of_kept(appointment):
        return None
    return Before(
        at=now,
        slot=slot_of(appointment),
        state=State(appointment.state),
        version=appointment.version,
        overbook_reason=appointment.overbook_reason,
        waits_for_review=appointment.waits_for_review,
        waits_for_code=appointment.waits_for_code,
        waits_for_prescription=appointment.waits_for_prescription,
        was_asked=is_asked_for(appointment.session.course),
    )


@transaction.atomic
def undo(*, appointment: Appointment, before: Before, by: User, now: datetime) -> Appointment:
    """Make a visit what it was; sent twice, it is done once.

    `SlotTaken`, `BookedAlready`, `StateChanged` or `NotAsItWas` leave everything as it is.
    """
    if now > before.at + UNDO_WITHIN:
        raise NotAsItWas("That was too long ago. Book or move the visit as usual.")
    if appointment.state == before.state and slot_of(appointment) == before.slot:
        return appointment  # pressed twice
    if appointment.state in GONE:
        _bring_back(appointment, before, by=by, now=now)
    elif (appointment.state, appointment.version) == (before.state, before.version + 1):
        _move_back(appointment, before, by=by, now=now)
    else:
        raise NotAsItWas("Somebody has changed the visit since. Look at it again.")
    unnote_stretch(before.slot.practitioner, Interval(before.slot.start, before.slot.end))
    if not before.was_asked:
        settle_tasks(about=appointment.session.course.key, by=by, now=now, kinds=(PLAN_AGAIN,))
    return appointment


def _bring_back(appointment: Appointment, before: Before, *, by: User, now: datetime) -> None:
    """Take the time again, and say what follows a promise."""
    if appointment.session.dropped_at or appointment.session.course.state not in CourseState.open():
        raise NotAsItWas("The session is no longer planned.")
    promise = Promise(
        slot=before.slot,
        session=appointment.session,
        state=before.state,
        door=Door(appointment.door),
        overbook_reason=before.overbook_reason,
        moving=appointment.pk,
    )
    with clash_means(SlotTaken):
        clear_the_way(promise.timelines, now=now)
        refuse_booked_twice([promise])
        if before.slot.start > now:  # one that should have begun only has to find its time still free: the constraint says so
            refuse_if_busy([promise], now=now)
        _restore(appointment, before, now=now)
        vacate(appointment)
        occupy(appointment, before.slot, patient=promise.patient)
    reserve_cover(session=appointment.session, on=local_date_of(appointment), key=appointment.key)
    _tell_back(appointment, now=now)
    audit.record(by, "appointment.undo", appointment, state=before.state.value)


def _restore(appointment: Appointment, before: Before, *, now: datetime) -> None:
    """Write the state it had, if nobody has written another meanwhile; a higher version, so that its reminders are new ones."""
    seen = Appointment.objects.filter(pk=appointment.pk, state=appointment.state, version=before.version)
    restored = seen.update(
        state=before.state,
        state_since=now,
        version=F("version") + 1,
        cancelled_by="",
        cancelled_because="",
        cancelled_late=False,
        waits_for_review=before.waits_for_review,
        waits_for_code=before.waits_for_code,
        waits_for_prescription=before.waits_for_prescription,
    )
    appointment.refresh_from_db()
    if not restored:
        raise StateChanged(appointment, before.state)


def _tell_back(appointment: Appointment, *, now: datetime) -> None:
    """Stop the word that it is cancelled; who has had it, or no word yet at all, is told that the visit stands."""
    unheard = withdraw(about=appointment.key, kinds=[messages.CANCELLED], reason="The cancellation was taken back")
    if appointment.start > now and not (unheard and _knows_of(appointment)):
        messages.promise(appointment, now=now)
    else:
        messages.post_reminders(appointment, now=now)


def _move_back(appointment: Appointment, before: Before, *, by: User, now: datetime) -> None:
    """Move it to where it was; a patient who has not heard of the move hears of neither."""
    unheard = Message.objects.about(appointment.key).of_kinds([messages.MOVED]).open().exists() and _knows_of(appointment)
    move_appointment(appointment=appointment, slot=before.slot, by=by, now=now, overbook_reason=before.overbook_reason)
    if unheard:
        withdraw(about=appointment.key, kinds=[messages.MOVED], reason="The move was taken back")


def _knows_of(appointment: Appointment) -> bool:
    """Whether the patient was told of this visit or of its course."""
    course = appointment.session.course
    visits = Appointment.objects.of_course(course).values_list("key", flat=True)
    return Message.objects.filter(about__in=[course.key, *visits]).in_state(Sent.SENT).exists()
