"""What is done with an episode of care: opened, prescribed, stopped, finished."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.models import Clinic, Practitioner, User
from patients.models import Intake, Patient
from treatments.course_rules import Proposal, Step, edit_problem, propose, resize, widen
from treatments.enums import Chronicity, CourseState, Severity
from treatments.models import Condition, Course, Service, Session, Technique
from treatments.readiness import against_techniques
from treatments.selectors import standing_of


class NotPrescribed(Exception):
    """The plan can't stand as it is; `str()` says what is missing."""


class TechniqueClosed(NotPrescribed):
    """A technique is closed for this patient, or waits for a review, and nobody said why it should be all the same."""


class CourseOver(Exception):
    """The course has ended: what was to be done with it is too late."""

    def __init__(self) -> None:
        super().__init__("This course has ended. Open a new one for what comes next.")


@transaction.atomic(savepoint=False)  # it stands or falls with the visit it is for
def open_assessment(*, patient: Patient, clinic: Clinic, intake: Intake | None, complaint: str, now: datetime) -> Session:
    """Open an episode of care; the answer is its first session, the assessment."""
    course = Course.objects.create(patient=patient, clinic=clinic, intake=intake, complaint=complaint, opened_at=now)
    return Session.objects.create(course=course, number=1)


@transaction.atomic
def prescribe_course(
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
) -> Course:
    """Plan the sessions of a course as the table proposes them, or another number of them with a reason; or `NotPrescribed`."""
    course = lock_open(course)
    proposal = proposal_for(condition=condition, severity=severity, chronicity=chronicity, service=service)
    if problem := edit_problem(proposal, sessions, reason):
        raise NotPrescribed(problem)
    techniques = list(techniques)
    standing = standing_of(course.patient)
    against = against_techniques(techniques, standing.limits, reviewed=standing.is_cleared)
    if against and not safety_override.strip():
        raise TechniqueClosed(" ".join([*against, "Choose another, or say why all the same."]))
    plan_sessions(course, resize(proposal, sessions).steps, now)
    course.condition, course.severity, course.chronicity = condition, severity, chronicity
    course.service, course.practitioner, course.goal = service, practitioner, goal.strip()
    course.proposal = {**proposal.as_data(), "planned": sessions}
    course.reason = reason.strip() if sessions != proposal.sessions else ""
    course.safety_override = safety_override.strip() if against else ""
    course.state, course.prescribed_at = CourseState.ACTIVE, course.prescribed_at or now
    course.save()
    course.techniques.set(techniques)
    audit.record(by, "course.prescribe", course, sessions=sessions, proposed=proposal.sessions)
    if against:
        audit.record(by, "safety.overrule", course)
    return course


@transaction.atomic
def stop_course(*, course: Course, because: str, by: User, now: datetime) -> Course:
    """End a course before its last session: what was not held is dropped, what was held stays."""
    course = lock_open(course)
    course.sessions.planned().unheld().update(dropped_at=now)
    end(course, CourseState.STOPPED, now, because)
    audit.record(by, "course.stop", course)
    return course


def finish_course(*, course: Course, by: User, now: datetime) -> bool:
    """End a prescribed course whose planned sessions have all been held and signed; False while one is left."""
    if course.state != CourseState.ACTIVE or course.sessions.planned().unheld().exists():
        return False
    end(course, CourseState.COMPLETED, now)
    audit.record(by, "course.complete", course)
    return True


def proposal_for(*, condition: Condition, severity: str, chronicity: str, service: Service) -> Proposal:
    """What the table proposes for a problem treated in this kind of visit."""
    return propose(condition.slug, severity=severity, chronicity=chronicity, hands_on_minutes=service.hands_in + service.hands_out)


def ideal_gaps(course: Course) -> dict[int, tuple[int, int]]:
    """For each session number, the days after the session before that the course's own table row aims at; none before it is prescribed."""
    if course.condition is None or course.service is None:
        return {}
    return {step.number: step.ideal_gap_days for step in plan_of(course).steps}


def plan_of(course: Course) -> Proposal:
    """The table row of a prescribed course, in the number of sessions and the rhythm that it has by now."""
    proposal = proposal_for(condition=course.condition, severity=course.severity, chronicity=course.chronicity, service=course.service)
    proposal = resize(proposal, course.proposal.get("planned", proposal.sessions))
    for after in course.proposal.get("widened_after", []):
        proposal = widen(proposal, after=after)
    return proposal


@transaction.atomic
def widen_course(*, course: Course, after: int, because: str, by: User, now: datetime) -> Course:
    """Give every session after number `after` the next wider rhythm: an early improvement."""
    course = lock_open(course)
    wider = widen(plan_of(course), after=after)
    plan_sessions(course, wider.steps, now)
    kept = {**course.proposal, "phases": wider.as_data()["phases"], "words": wider.words}
    course.proposal = kept | {"widened_after": [*course.proposal.get("widened_after", []), after]}
    course.reason = because.strip()[:300]
    course.save(update_fields=["proposal", "reason"])
    audit.record(by, "course.widen", course, after=after)
    return course


def lock_open(course: Course) -> Course:
    """The course as it stands, locked until the transaction ends; `CourseOver` when it has ended meanwhile."""
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if course.state not in CourseState.open():
        raise CourseOver
    return course


def plan_sessions(course: Course, steps: tuple[Step, ...], now: datetime) -> None:
    """Bring the planned sessions in line with the plan: held ones stay, others are renewed, added or dropped."""
    held = set(course.sessions.held().values_list("number", flat=True))
    if held and max(held) > len(steps):
        raise NotPrescribed(f"Session {max(held)} has been held already: the course can't be shorter than that.")
    rows = [as_session(course, step) for step in steps if step.number not in held]
    Session.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["course", "number"],
        update_fields=["review", "gap_min_days", "gap_max_days", "dropped_at"],
    )
    course.sessions.planned().beyond(len(steps)).update(dropped_at=now)


def as_session(course: Course, step: Step) -> Session:
    return Session(course=course, number=step.number, review=step.review, gap_min_days=step.min_gap_days, gap_max_days=step.max_gap_days)


def end(course: Course, state: CourseState, now: datetime, because: str = "") -> None:
    course.state, course.ended_at, course.ended_because = state, now, because.strip()[:300]
    course.save(update_fields=["state", "ended_at", "ended_because"])
