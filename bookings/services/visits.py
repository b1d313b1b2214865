"""What happens around a visit, from the patient's answers before it to the signature after it."""

from datetime import datetime

from django.db import transaction

from bookings.enums import State
from bookings.models import Appointment
from bookings.nudges import promise_nudge
from bookings.services.kept import locked
from bookings.services.rescreening import Rescreened, rescreen_visits, techniques_of
from bookings.services.states import step
from clinic import audit
from clinic.models import User
from insurers.services import ask_in_time, consume_cover
from patients.asking import fold_the_day_in, lock_answers_of, lock_newest_answers
from patients.models import Intake
from patients.services import screen_intake, screening_of
from treatments.models import CheckBack
from treatments.services.records import sign_record, start_record


class CannotTreat(Exception):
    """The treatment can't begin; `str()` says why."""


class NotHere(CannotTreat):
    """The patient has not been checked in."""

    def __init__(self) -> None:
        super().__init__("Check the patient in first.")


class AnswersUnread(CannotTreat):
    """What the patient answered today has to be read first."""

    def __init__(self) -> None:
        super().__init__("Read today’s answers first: they wait for a clinician’s decision.")


class NotWellUnread(CannotTreat):
    """The patient was not well after an earlier session, and no clinician has looked."""

    def __init__(self) -> None:
        super().__init__("They were not well after a visit: read what they said, and write what you found, before the first needle.")


@transaction.atomic
def take_answers(*, intake: Intake, by: User | str, now: datetime) -> Rescreened:
    """Read a patient's new answers, and look again at every visit they have ahead: all in one transaction, once.

    A visit that something new speaks against turns provisional and keeps its cover; its practitioner gets a task, the patient one mail.
    """
    lock_answers_of(intake.patient)
    fresh = Intake.objects.with_people().get(pk=intake.pk)
    if fresh.screened_at is not None:
        return Rescreened(fresh, [])
    earlier = lock_newest_answers(fresh.patient)
    visits = locked(Appointment.objects.of_patient(fresh.patient).still_to_treat(now))
    fold_the_day_in(fresh, earlier=earlier, now=now)
    planned = set().union(*map(techniques_of, visits)) if visits else set()
    screened = screen_intake(intake=fresh, techniques=planned, now=now)
    screening = screening_of(screened, techniques=planned, now=now)
    audit.record(by, "answers.give", screened, form=screened.form)
    return rescreen_visits(intake=screened, screening=screening, earlier=earlier, visits=visits, by=by, now=now)


@transaction.atomic
def start_insertion(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Begin the hands-on part, and with it the session's record; `AnswersUnread` or `NotWellUnread` while a clinician has to read first."""
    refuse_ahead(appointment)
    if CheckBack.objects.of_patient(appointment.patient).that_stop_needling().exists():
        raise NotWellUnread
    step(appointment=appointment, to=State.INSERTING, by=by, now=now)
    start_record(session=appointment.session, practitioner=appointment.practitioner, now=now)
    return appointment


@transaction.atomic
def start_rest(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Leave the patient resting: the needle clock runs from here."""
    return step(appointment=appointment, to=State.RESTING, by=by, now=now)


@transaction.atomic
def start_removal(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Come back to take the needles out."""
    return step(appointment=appointment, to=State.REMOVING, by=by, now=now)


@transaction.atomic
def finish_visit(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Sign the session's record, complete the visit and use its unit: all of it, or `NotReady` with what is missing."""
    refuse_ahead(appointment)
    if appointment.state != State.COMPLETED:
        step(appointment=appointment, to=State.COMPLETED, by=by, now=now)
    record = start_record(session=appointment.session, practitioner=appointment.practitioner, now=now)
    record = sign_record(record=record, by=by, now=now, visit=appointment.key)
    promise_nudge(record, now=now)
    consume_cover(key=appointment.key)
    ask_in_time(course=appointment.session.course, now=now)
    return appointment


def refuse_ahead(appointment: Appointment) -> None:
    """Treat nobody who has not come, or whose answers of today nobody has read."""
    if appointment.is_ahead:
        raise NotHere
    if appointment.state == State.ARRIVED and appointment.waits_for_review:
        raise AnswersUnread
