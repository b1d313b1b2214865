"""What a clinician's decision about answers, or a question to the patient, means for the visits that wait for it."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings import answer_messages
from bookings.enums import CancelledBy, State
from bookings.models import Appointment
from bookings.services.appointments import cancel_appointment
from bookings.services.kept import release_kept
from bookings.services.states import step
from clinic import audit
from clinic.enums import Role
from clinic.models import User
from clinic.services import set_task, settle_tasks
from patients import reviewing
from patients.enums import Decision
from patients.models import Intake, Question
from patients.reviewing import Ruling
from treatments.enums import CourseState
from treatments.models import Course
from treatments.services.courses import stop_course

AFTER_READING = "After a practitioner read the answers"
READ_ANSWERS, UNANSWERED = "review answers", "question unanswered"
READ_WITHIN, READ_REPLY_WITHIN = timedelta(hours=24), timedelta(hours=4)
ANSWER_WITHIN, BEFORE_THE_VISIT = timedelta(days=2), timedelta(hours=4)


class LimitsCloseVisit(Exception):
    """A visit that waits is for nothing but what the limits close."""

    def __init__(self, appointment: Appointment):
        super().__init__(f"The visit is for {appointment.service}, which you close. Refuse it, or leave that technique open.")


class CannotReach(Exception):
    """The patient left no address that a question could go to."""

    def __init__(self) -> None:
        super().__init__("We have no e-mail address or mobile number: please ring, and decide then.")


@transaction.atomic
def review_answers(*, intake: Intake, ruling: Ruling, as_read: str, by: User, now: datetime) -> Intake:
    """Keep a clinician's decision about the answers they read: visits that wait are sure now, or cancelled with a call to the patient."""
    intake = reviewing.review_intake(intake=intake, ruling=ruling, as_read=as_read, by=by, now=now)
    for question in intake.questions.all():
        settle_tasks(about=question.key, by=by, now=now)
    settle_tasks(about=intake.key, by=by, now=now)
    for course in Course.objects.open().with_answers(intake):
        if ruling.decision == Decision.REFUSED:
            call_off(course, by=by, now=now)
        else:
            make_sure(course, closed=frozenset(ruling.techniques), by=by, now=now)
    return intake


@transaction.atomic
def ask_about_answers(*, intake: Intake, words: str, as_read: str, by: User, now: datetime) -> Question:
    """Ask the patient before deciding: visits that wait go on waiting, and reception rings who hasn't answered in time."""
    patient = intake.patient
    if not (patient.email or patient.mobile):
        raise CannotReach
    due = answer_due(intake, now=now)
    question = reviewing.ask_patient(intake=intake, words=words, due=due, as_read=as_read, by=by, now=now)
    settle_tasks(about=intake.key, by=by, now=now, kinds=(READ_ANSWERS,))
    set_task(
        clinic=patient.clinic,
        for_role=Role.RECEPTIONIST,
        kind=UNANSWERED,
        about=question.key,
        words=f"Ring {patient.name} if they haven’t answered: a practitioner asked them something and their visit waits",
        due=due,
    )
    return question


@transaction.atomic
def take_reply(*, question: Question, words: str, urgent: bool, now: datetime) -> Question:
    """Keep the patient's answer and put it before who asked; at once where it sounds urgent. `QuestionClosed` when it came too late."""
    question = reviewing.answer_question(question=question, words=words, by=audit.HOLDER_OF_A_LINK, now=now)
    patient = question.intake.patient
    settle_tasks(about=question.key, by=None, now=now)
    set_task(
        clinic=patient.clinic,
        for_role=Role.PRACTITIONER,
        user=question.asked_by,
        kind=READ_ANSWERS,
        about=question.intake.key,
        words=f"{patient.name} answered your question" + (": read it now, and ring them" if urgent else ""),
        due=now if urgent else min([now + READ_REPLY_WITHIN, *_waiting_starts(question.intake)]),
    )
    return question


def answer_due(intake: Intake, *, now: datetime) -> datetime:
    """Two days, or less where a visit that waits comes sooner; never less than an hour."""
    return max(now + timedelta(hours=1), min([now + ANSWER_WITHIN, *(start - BEFORE_THE_VISIT for start in _waiting_starts(intake))]))


def _waiting_starts(intake: Intake) -> list[datetime]:
    return [visit.start for visit in Appointment.objects.of_intakes([intake]).waiting_for_review()]


def make_sure(course: Course, *, by: User, now: datetime, closed: frozenset[str] = frozenset()) -> None:
    """Let the course's provisional visits stand; one that waits for a code or a prescription goes on waiting for that."""
    Appointment.objects.of_course(course).arrived_unread().update(waits_for_review=False)
    sure = []
    for appointment in Appointment.objects.of_course(course).waiting_for_review().with_people():
        planned = set(appointment.service.techniques.values_list("slug", flat=True))
        if planned and planned <= closed:
            raise LimitsCloseVisit(appointment)
        if appointment.waits_for_code or appointment.waits_for_prescription:
            appointment.waits_for_review = False
            appointment.save(update_fields=["waits_for_review"])
        else:
            step(appointment=appointment, to=State.BOOKED, by=by, now=now, waits_for_review=False)
            sure.append(appointment)
    answer_messages.tell_sure(sure, now=now)


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
