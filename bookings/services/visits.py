"""What happens at a visit, from the chair to the signature, and what a clinician's decision means for visits that wait for it."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings import messages
from bookings.enums import CancelledBy, State
from bookings.models import Appointment
from bookings.services.appointments import cancel_appointment
from bookings.services.kept import release_kept
from bookings.services.states import step
from clinic.enums import Role
from clinic.models import User
from clinic.services import set_task, settle_tasks
from insurers.services import consume_cover
from patients.enums import Decision
from patients.models import Intake
from patients.services import review_intake
from treatments.enums import CourseState
from treatments.models import Course
from treatments.services.courses import stop_course
from treatments.services.records import sign_record, start_record

AFTER_READING = "After a practitioner read the answers"


class NotHere(Exception):
    """The patient has not been checked in."""

    def __init__(self) -> None:
        super().__init__("Check the patient in first.")


@transaction.atomic
def start_insertion(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Begin the hands-on part, and with it the session's record."""
    refuse_ahead(appointment)
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
    sign_record(record=record, by=by, now=now, visit=appointment.key)
    consume_cover(key=appointment.key)
    return appointment


def refuse_ahead(appointment: Appointment) -> None:
    if appointment.is_ahead:
        raise NotHere


@transaction.atomic
def review_answers(*, intake: Intake, decision: Decision, words: str, by: User, now: datetime) -> Intake:
    """Keep what a clinician decided about answers: visits that wait for it are sure now, or cancelled with a call to the patient."""
    review_intake(intake=intake, decision=decision, words=words, by=by, now=now)
    settle_tasks(about=intake.key, by=by, now=now)
    for course in Course.objects.open().with_answers(intake):
        if decision == Decision.REFUSED:
            call_off(course, by=by, now=now)
        else:
            make_sure(course, by=by, now=now)
    return intake


def make_sure(course: Course, *, by: User, now: datetime) -> None:
    """Let the course's provisional visits stand; one that waits for an insurer's code goes on waiting for that."""
    for appointment in Appointment.objects.of_course(course).waiting_for_review().with_people():
        if appointment.waits_for_code:
            appointment.waits_for_review = False
            appointment.save(update_fields=["waits_for_review"])
        else:
            step(appointment=appointment, to=State.BOOKED, by=by, now=now, waits_for_review=False)
            messages.tell_settled(appointment, now=now)


def call_off(course: Course, *, by: User, now: datetime) -> None:
    """Cancel what the course has ahead, end it if it was never prescribed, and have the patient rung."""
    release_kept(course=course, by=by, because=AFTER_READING, now=now)
    for appointment in Appointment.objects.of_course(course).ahead(now).with_people():
        cancel_appointment(appointment=appointment, by=by, who=CancelledBy.CLINIC, because=AFTER_READING, now=now)
    if course.state == CourseState.ASSESSMENT:
        stop_course(course=course, because=AFTER_READING, by=by, now=now)
    set_task(
        clinic=course.clinic,
        for_role=Role.RECEPTIONIST,
        kind="ring after review",
        about=course.key,
        words=f"Ring {course.patient.name}: the visit was cancelled, a practitioner can say what is possible",
        due=now + timedelta(hours=4),
    )
