"""A course is prescribed while dates are kept for it: those that fit become sure, the others are let go or planned again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bookings import course_messages, messages
from bookings.enums import Because, State
from bookings.models import Appointment
from bookings.services.course_online import kept_until
from bookings.services.kept import PRESCRIBE, ask_desk, let_go_visit, locked, release_kept
from bookings.services.replans import Fate, propose_changes
from bookings.services.states import step
from clinic import audit
from clinic.models import Practitioner, User
from clinic.services import settle_tasks
from treatments.enums import Chronicity, Severity
from treatments.models import Condition, Course, Service, Technique
from treatments.services.courses import prescribe_course


@dataclass(frozen=True, kw_only=True)
class Prescribed:
    """A prescribed course, the kept dates that are sure now, and whether the rest has to be planned again."""

    course: Course
    sure: tuple[Appointment, ...] = ()
    plan_again: bool = False


@transaction.atomic
def prescribe(
    *,
    course: Course,
    condition: Condition,
    severity: Severity,
    chronicity: Chronicity,
    techniques: Iterable[Technique],
    service: Service,
    sessions: int,
    reason: str,
    goal: str,
    by: User,
    practitioner: Practitioner,
    now: datetime,
    safety_override: str = "",
) -> Prescribed:
    """Prescribe a course, and see to the dates that are kept for it; `NotPrescribed` or `CourseOver` leave everything as it was."""
    kept = locked(Appointment.objects.of_course(course).kept())
    course = prescribe_course(
        course=course,
        condition=condition,
        severity=severity,
        chronicity=chronicity,
        techniques=techniques,
        service=service,
        sessions=sessions,
        reason=reason,
        goal=goal,
        by=by,
        practitioner=practitioner,
        now=now,
        safety_override=safety_override,
    )
    settle_tasks(about=course.key, by=by, now=now, kinds=(PRESCRIBE,))
    return _settle(course, by=by, now=now) if kept else Prescribed(course=course)


def _settle(course: Course, *, by: User, now: datetime) -> Prescribed:
    """Make sure what fits the plan, let go what is no longer planned, and have the rest planned again."""
    changes = propose_changes(course=course, because=Because.PRESCRIBED, now=now)
    for line in changes.those(Fate.GOES):
        if line.visit:
            let_go_visit(line.visit, by=by, because="It is not part of the plan", now=now)
    fitting = [line.visit for line in changes.those(Fate.STAYS) if line.visit.waits_for_prescription]
    sure = tuple(step(appointment=visit, to=State.BOOKED, by=by, now=now, waits_for_prescription=False) for visit in fitting)
    plan_again = any(line.fate not in (Fate.GOES, Fate.STAYS) for line in changes.lines)
    if plan_again:
        ask_desk(course, f"{course.patient.name}: the course is prescribed, plan the rest again", now=now)
        for visit in sure:
            messages.post_reminders(visit, now=now)
    elif sure:
        messages.promise_course(sure, now=now)
    else:
        course_messages.tell(course_messages.RELEASED, course, now=now)
    return Prescribed(course=course, sure=sure, plan_again=plan_again)


def release_unprescribed(*, now: datetime) -> int:
    """Let go the dates that were kept long enough without a prescription; one message each course. Return how many courses."""
    waiting = Course.objects.filter(sessions__appointments__in=Appointment.objects.kept()).distinct().select_related("clinic")
    return sum(release_if_over(course=course, now=now) for course in waiting)


@transaction.atomic
def release_if_over(*, course: Course, now: datetime) -> bool:
    """Let go one course's kept dates, unless they may still wait, or somebody prescribed it meanwhile."""
    kept = locked(Appointment.objects.of_course(course).kept())
    first = Appointment.objects.of_course(course).standing().filter(session__number=1).select_related("clinic").first()
    if not kept or (first and now < kept_until(first, kept)):
        return False
    release_kept(course=course, by=audit.THE_HOUSE, because="Nobody has prescribed the course", now=now)
    return True
