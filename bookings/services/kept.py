"""Dates kept for a course that nobody has prescribed yet go together, with one message; and the desk hears of a hole in a plan."""

from datetime import date, datetime, timedelta

from django.db import transaction

from bookings import course_messages, messages
from bookings.enums import Because, CancelledBy, State
from bookings.models import Appointment
from bookings.querysets import AppointmentQuerySet
from bookings.services.freeing import note_freed
from bookings.services.occupying import vacate
from bookings.services.states import step
from clinic import audit
from clinic.enums import Role
from clinic.models import Task, User
from clinic.services import set_task, settle_tasks
from insurers.services import release_cover
from intervals import local_date
from treatments.enums import CourseState
from treatments.models import Course

PLAN_AGAIN = "plan again"
PRESCRIBE = "prescribe"
PLAN_WITHIN = timedelta(hours=24)
HAPPENED = {Because.MISSED: "was missed", Because.CANCELLED: "was cancelled", Because.MOVED: "was moved"}


def note_change(appointment: Appointment, *, because: Because, now: datetime) -> None:
    """See to the rest of the course when one of its visits is missed, cancelled or moved: ask the desk, or let go what was only kept."""
    if appointment.session is None:
        return
    course = appointment.session.course
    if course.state == CourseState.ACTIVE and (because != Because.MOVED or is_out_of_rhythm(appointment)):
        ask_to_plan_again(appointment, because=because, now=now)
    elif is_first_of_kept(appointment):
        if because != Because.MOVED:
            release_kept(course=course, by=audit.THE_HOUSE, because="The first visit did not take place", now=now)
        elif is_out_of_rhythm(appointment):
            ask_to_plan_again(appointment, because=because, now=now)


def is_first_of_kept(appointment: Appointment) -> bool:
    """Whether dates are kept that wait for what comes out of this visit."""
    course = appointment.session.course
    is_first = course.state == CourseState.ASSESSMENT and appointment.session.number == 1
    return is_first and Appointment.objects.of_course(course).kept().exists()


def is_out_of_rhythm(appointment: Appointment) -> bool:
    """Whether a visit lies too near to its neighbours in the course, or too far from them, for the plan."""
    number, day = appointment.session.number, local_date_of(appointment)
    others = list(Appointment.objects.of_course(appointment.session.course).standing().select_related("session", "clinic"))
    before = max((other for other in others if other.session.number < number), key=lambda other: other.session.number, default=None)
    after = min((other for other in others if other.session.number > number), key=lambda other: other.session.number, default=None)
    gaps = [((day - local_date_of(before)).days, appointment.session)] if before else []
    gaps += [((local_date_of(after) - day).days, after.session)] if after else []
    return any(not max(1, session.gap_min_days) <= gap <= session.gap_max_days for gap, session in gaps)


def local_date_of(appointment: Appointment) -> date:
    """The day of the visit on the clinic's calendar."""
    return local_date(appointment.start, appointment.clinic.tz)


def locked(appointments: AppointmentQuerySet) -> list[Appointment]:
    """These visits, locked before their course is, in the one order everybody keeps: the other way round two could wait for ever.

    They are read once they are locked: a lock that joins the room loses, without a word, a visit that is moved to another one meanwhile.
    """
    keys = list(appointments.values_list("pk", flat=True))
    rows = [visit.pk for visit in Appointment.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)]
    return list(appointments.filter(pk__in=rows).order_by("pk").with_people())


def ask_to_plan_again(appointment: Appointment, *, because: Because, now: datetime) -> None:
    """Ask the desk to plan the rest again after what happened to one visit."""
    course, number = appointment.session.course, appointment.session.number
    ask_desk(course, f"{course.patient.name}: session {number} {HAPPENED[because]}, plan the rest again", now=now)


def ask_desk(course: Course, words: str, *, now: datetime) -> None:
    """Ask the desk to plan the rest of a course again; asking twice is asking once."""
    due = now + PLAN_WITHIN
    set_task(clinic=course.clinic, for_role=Role.RECEPTIONIST, kind=PLAN_AGAIN, about=course.key, words=words, due=due)


def is_asked_for(course: Course) -> bool:
    """Whether the desk was asked to plan the rest of a course again, and nobody has."""
    return Task.objects.open().filter(kind=PLAN_AGAIN, about=course.key).exists()


@transaction.atomic
def release_kept(
    *, course: Course, by: User | str, because: str, now: datetime, who: CancelledBy = CancelledBy.CLINIC
) -> list[Appointment]:
    """Let go the dates that are kept for a course, and write once; the sketch of an unprescribed course goes with them."""
    kept = locked(Appointment.objects.of_course(course).kept())
    released = [let_go_visit(appointment, by=by, because=because, now=now, who=who) for appointment in kept]
    if course.state == CourseState.ASSESSMENT:
        course.sessions.planned().beyond(1).unheld().update(dropped_at=now)
        Course.objects.filter(pk=course.pk, state=CourseState.ASSESSMENT).update(service=None, proposal={})
    if released:
        settle_tasks(about=course.key, by=None, now=now, kinds=(PRESCRIBE,))
        course_messages.tell(course_messages.RELEASED, course, now=now)
    return released


def let_go_visit(
    appointment: Appointment, *, by: User | str, because: str, now: datetime, who: CancelledBy = CancelledBy.CLINIC
) -> Appointment:
    """Take one visit of a course out of the diary without a message of its own: the mail about the course tells of it."""
    step(
        appointment=appointment,
        to=State.CANCELLED,
        by=by,
        now=now,
        cancelled_by=who,
        cancelled_because=because[:200],
        waits_for_review=False,
        waits_for_code=False,
    )
    vacate(appointment)
    note_freed(appointment, because="Cancelled", now=now)
    release_cover(key=appointment.key)
    messages.take_back(appointment, reason="The visit was cancelled")
    return appointment
