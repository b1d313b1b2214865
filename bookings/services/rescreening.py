"""New answers of a patient with visits ahead: each is looked at again, and waits for a clinician where something new speaks against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings import answer_messages
from bookings.enums import State
from bookings.models import Appointment
from bookings.services.states import step
from clinic import audit
from clinic.enums import Role
from clinic.models import User
from clinic.services import set_task, settle_tasks
from patients.asking import decided_before, is_decided, keep_decision, keep_overruled, replace_answers
from patients.enums import Tier
from patients.models import Intake
from patients.screening import Finding, Screening, tier_of
from treatments.models import Course

READ_WITHIN = timedelta(hours=24)
READ_ANSWERS, RING_NOW = "review answers", "ring at once"


@dataclass(frozen=True)
class Rescreened:
    """What new answers came to: the answers, and the visits that wait because of them."""

    intake: Intake
    waiting: list[Appointment]


def techniques_of(appointment: Appointment) -> set[str]:
    """What is planned for a visit: the techniques of its kind, and those prescribed for its course."""
    planned = set(appointment.service.techniques.values_list("slug", flat=True))
    return planned | set(appointment.session.course.techniques.values_list("slug", flat=True))


def rescreen_visits(
    *, intake: Intake, screening: Screening, earlier: Intake | None, visits: list[Appointment], by: User | str, now: datetime
) -> Rescreened:
    """Let the visits that new concerns speak against wait for a clinician, in the caller's transaction; nothing is cleared by itself."""
    before = decided_before(intake.patient)
    keep_overruled(intake, before)
    new = [finding for finding in screening.findings if not is_decided(finding.rule, finding.tier, finding.said, before)]
    waiting = [visit for visit in visits if _speak_against(new, visit, screening.techniques)]
    for visit in waiting:
        _let_wait(visit, by=by, now=now)
    _settle_answers(intake, earlier, new, now=now)
    _move_courses(intake, earlier, waiting)
    if intake.reviewed_at is None and Tier(intake.tier).rank <= Tier.REVIEW.rank:
        _tell(intake, waiting, visits, now=now)
    return Rescreened(intake, waiting)


def _speak_against(findings: Iterable[Finding], visit: Appointment, every: tuple[str, ...]) -> bool:
    """Whether a clinician must look at one of the findings before what is planned for this visit."""
    wanted = frozenset(techniques_of(visit))
    return any(tier_of(finding, wanted, every).rank <= Tier.REVIEW.rank for finding in findings)


def _let_wait(visit: Appointment, *, by: User | str, now: datetime) -> None:
    """Turn a visit provisional; one that has arrived or waits already is only marked. Its cover stays reserved."""
    if visit.state in (State.BOOKED, State.CONFIRMED):
        step(appointment=visit, to=State.PROVISIONAL, by=by, now=now, waits_for_review=True)
    elif not visit.waits_for_review:
        Appointment.objects.filter(pk=visit.pk).update(waits_for_review=True)
        visit.waits_for_review = True
        audit.record(by, "appointment.wait", visit, state=visit.state)


def _settle_answers(intake: Intake, earlier: Intake | None, new: list[Finding], *, now: datetime) -> None:
    """Let the last decision stand where nothing new was said; answers that waited for a clinician go on waiting in the new ones."""
    waited = earlier is not None and earlier.reviewed_at is None and Tier(earlier.tier).rank <= Tier.REVIEW.rank
    if waited and Tier(intake.tier).rank > Tier.REVIEW.rank:
        intake.tier = Tier.REVIEW
        intake.save(update_fields=["tier"])
    elif not waited and not any(finding.tier.rank <= Tier.REVIEW.rank for finding in new):
        keep_decision(intake)
    if earlier is not None:
        replace_answers(old=earlier, new=intake)
        settle_tasks(about=earlier.key, by=None, now=now)


def _move_courses(intake: Intake, earlier: Intake | None, waiting: Iterable[Appointment]) -> None:
    """Let the courses that rested on the answers before, and those with a visit that waits now, rest on these."""
    waits = {visit.session.course_id for visit in waiting}
    for course in Course.objects.open().of_patient(intake.patient):
        if course.intake_id is None or course.pk in waits or (earlier and course.intake_id == earlier.pk):
            course.intake = intake
            course.save(update_fields=["intake"])


def _tell(intake: Intake, waiting: list[Appointment], visits: list[Appointment], *, now: datetime) -> None:
    """Put the answers before the practitioner who comes first, and tell the patient what waits; at once where it can't wait."""
    first = next(iter(waiting or visits), None)
    urgent = intake.tier == Tier.EMERGENCY
    due = now if urgent else min([now + READ_WITHIN, *([first.start] if first else [])])
    name = intake.patient.name
    set_task(
        clinic=intake.clinic,
        for_role=Role.PRACTITIONER,
        user=first.practitioner.user if first else None,
        kind=READ_ANSWERS,
        about=intake.key,
        words=f"Read {name}’s answers now: they told us of a warning sign" if urgent else f"Read {name}’s new answers: {_count(waiting)}",
        due=max(now, due),
    )
    if urgent:
        set_task(
            clinic=intake.clinic,
            for_role=Role.RECEPTIONIST,
            kind=RING_NOW,
            about=intake.key,
            words=f"Tell a practitioner at once: {name}’s answers can’t wait, and nobody treats them before that",
            due=now,
        )
    if waiting:
        answer_messages.tell_waiting(intake, now=now)


def _count(waiting: list[Appointment]) -> str:
    match len(waiting):
        case 0:
            return "something has changed"
        case 1:
            return "a visit waits for you"
    return f"{len(waiting)} visits wait for you"
