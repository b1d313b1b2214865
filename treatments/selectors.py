"""Questions about treatment over several tables, answered as plain values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Prefetch, prefetch_related_objects

from messaging.models import Message
from patients.enums import Decision, Tier
from patients.models import Finding, Intake, Patient
from treatments.catalogue import catalogue
from treatments.enums import CourseState
from treatments.models import AdviceGiven, Course, Needling, Outcome, Session, SessionRecord
from treatments.outcomes import FUNCTION, PAIN, Change, ReviewAdvice, overall, progress, review
from treatments.outcomes import Step as Next
from treatments.safety import Limits, Reason, flags_of_points, limits, narrowed


@dataclass(frozen=True)
class Standing:
    """What is known of a patient's safety: the newest answers, what stands of them, and what a clinician said of any."""

    intake: Intake | None = None
    findings: tuple[Finding, ...] = ()
    overruled: tuple[Finding, ...] = ()
    overruled_before: tuple[Finding, ...] = ()
    decided: Intake | None = None

    @property
    def is_reviewed(self) -> bool:
        return self.intake is not None and self.intake.reviewed_at is not None

    @property
    def is_cleared(self) -> bool:
        """Whether a clinician read these answers and let the treatment go on."""
        return self.is_reviewed and self.intake.decision != Decision.REFUSED

    @property
    def waits(self) -> bool:
        """Whether a clinician still has to look at these answers."""
        return any(Tier(finding.tier).rank <= Tier.REVIEW.rank for finding in self.findings) and not self.is_reviewed

    @property
    def flags(self) -> frozenset[str]:
        """What was raised, without what a clinician overruled."""
        raised = {*(self.intake.flags if self.intake else ()), *(finding.rule for finding in self.findings)}
        return frozenset(raised - {finding.rule for finding in self.overruled} - set(self.combinations))

    @property
    def overruled_ever(self) -> tuple[Finding, ...]:
        """Whatever a clinician overruled, in these answers and in earlier ones."""
        return *self.overruled, *self.overruled_before

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(self.intake.regions) if self.intake else ()

    @property
    def combinations(self) -> tuple[str, ...]:
        """The rules about several answers together that spoke."""
        known = catalogue().safety.combinations
        return tuple(finding.rule for finding in self.findings if finding.rule in known)

    @property
    def ruling(self) -> Intake | None:
        """The answers whose limits hold: what a clinician closed stays closed until a clinician decides again."""
        return self.decided if self.decided and self.decided.decision == Decision.LIMITED else None

    @cached_property
    def limits(self) -> Limits:
        """What the rules and the clinician who decided close, review and warn of."""
        found = limits(self.flags, self.regions, self.combinations)
        if (ruling := self.ruling) is None:
            return found
        reason = Reason("clinician", f"Limited by {ruling.reviewed_by}", ruling.decision_words)
        return narrowed(found, reason, techniques=ruling.limited_techniques, points=ruling.limited_points, regions=ruling.limited_regions)


def standing_of(patient: Patient) -> Standing:
    """What is known of one patient's safety."""
    return standings([patient.pk]).get(patient.pk, Standing())


def standings(patients: Iterable[int]) -> dict[int, Standing]:
    """What is known of the safety of many patients, in two queries; who never answered is not in it."""
    newest, decided = {}, {}
    for intake in Intake.objects.that_count_of_each(patients):
        newest.setdefault(intake.patient_id, intake)
        last = decided.setdefault(intake.patient_id, intake)
        if intake.reviewed_at and (last.reviewed_at is None or intake.reviewed_at > last.reviewed_at):
            decided[intake.patient_id] = intake
    findings = defaultdict(list)
    for finding in Finding.objects.standing_or_overruled(newest.values()).worst_first().select_related("overruled_by", "intake"):
        findings[finding.intake.patient_id].append(finding)
    return {patient: _standing(intake, decided[patient], findings[patient]) for patient, intake in newest.items()}


def _standing(intake: Intake, decided: Intake, findings: list[Finding]) -> Standing:
    own = [finding for finding in findings if finding.intake_id == intake.pk]
    carried = {finding.rule for finding in own if finding.overruled_at}
    return Standing(
        intake=intake,
        findings=tuple(finding for finding in own if finding.overruled_at is None),
        overruled=tuple(finding for finding in own if finding.overruled_at),
        overruled_before=_latest(finding for finding in findings if finding.intake_id != intake.pk and finding.rule not in carried),
        decided=decided if decided.reviewed_at else None,
    )


def _latest(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The last word on each rule."""
    return tuple({finding.rule: finding for finding in sorted(findings, key=lambda finding: finding.overruled_at)}.values())


def planned_counts(courses: Iterable[int]) -> dict[int, int]:
    """How many sessions each course is planned to have."""
    rows = Session.objects.planned().of_courses(courses).order_by()
    return dict(rows.values_list("course").annotate(Count("pk")))


def record_before(session: Session) -> SessionRecord | None:
    """The newest signed record of the course, other than this session's own."""
    rows = SessionRecord.objects.signed().of_course(session.course).beside(session).with_what_was_done().saying_whether_told()
    return rows.newest_first().first()


def own_and_before(session: Session) -> tuple[SessionRecord | None, SessionRecord | None]:
    """The record of a session and the newest signed one beside it, with what was done in both, in four queries."""
    rows = SessionRecord.objects.with_names()
    own = rows.of_session(session).first()
    before = rows.signed().of_course(session.course).beside(session).newest_first().first()
    prefetch_related_objects([row for row in (own, before) if row], "techniques", needles())
    return own, before


def sessions_of(course: Course) -> list[Session]:
    """The sessions of a course that stand or were held, with what was done in each."""
    return list(Session.objects.planned_or_held(course).prefetch_related(needles("record__needlings"), "record__techniques"))


def needles(path: str = "needlings") -> Prefetch:
    """The needles at the end of a path with their points, in one query."""
    return Prefetch(path, Needling.objects.select_related("point"))


def advice_counts(course: Course) -> Mapping[str, int]:
    """How often each item of advice was given in this course."""
    return Counter(AdviceGiven.objects.in_course(course).values_list("item", flat=True))


def scores_of(course: Course) -> dict[str, list[Outcome]]:
    """The scores of a course by measure, oldest first."""
    found = defaultdict(list)
    for outcome in Outcome.objects.of_course(course):
        found[outcome.measure].append(outcome)
    return dict(found)


@dataclass(frozen=True)
class Due:
    """What the last review of a course proposes, until it is acted on or the next session is held."""

    session: Session
    change: Change
    advice: ReviewAdvice


def review_due(course: Course) -> Due | None:
    """What is to be decided after the last signed session, where that was a review and its scores ask for another plan."""
    return due_after(course, list(Session.objects.planned_or_held(course)), scores_of(course))


def due_after(course: Course, sessions: Iterable[Session], scores: Mapping[str, list[Outcome]]) -> Due | None:
    """The same, for whoever has looked up the sessions and scores already."""
    held = [session for session in sessions if hasattr(session, "record") and session.record.is_signed]
    last = max(held, key=lambda session: session.number, default=None)
    if last is None or not last.review or course.state != CourseState.ACTIVE:
        return None
    if last.number in course.proposal.get("widened_after", []) or all(session.number <= last.number for session in sessions):
        return None
    change = overall({measure: _change_by(measure, scores.get(measure, []), last.number) for measure in (PAIN, FUNCTION)})
    advice = review(change, session=last.number)
    return Due(last, change, advice) if advice.step in (Next.WIDEN, Next.CHANGE_PLAN, Next.CHECK_SAFETY) else None


def _change_by(measure: str, scores: Iterable[Outcome], number: int) -> Change:
    """What became of a measure from its first score to the one of session `number`."""
    values = [outcome.value for outcome in scores if outcome.session and outcome.session.number <= number]
    return progress(measure, values[0] if values else None, values[-1] if len(values) > 1 else None).change


def flags_after(record: SessionRecord) -> frozenset[str]:
    """What is known of the patient's safety, with what the points of this session add."""
    points = record.needlings.values_list("point__code", flat=True)
    return standing_of(record.session.course.patient).flags | flags_of_points(points)


def messages_to(patient: Patient, *, limit: int = 12) -> list[Message]:
    """What a patient was told and will be told, newest first."""
    return list(Message.objects.of_recipient(patient.key).newest_first()[:limit])
