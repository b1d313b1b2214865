"""Answers as a clinician reads them: what was said, which rule spoke, what it closes, where it comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bookings.models import Appointment
from bookings.services.reviews import READ_REPLY_WITHIN, READ_WITHIN
from patients.enums import Tier
from patients.models import Finding, Intake, Question
from patients.rereading import as_given
from patients.rulebook import rulebook
from treatments.catalogue import catalogue
from web.practitioner.answers import medicine_lines
from web.practitioner.forms import OverruleForm

ACTS = (("block", "Closes"), ("review", "To weigh"), ("warn", "With care"))


@dataclass(frozen=True)
class Waiting:
    """One line of the queue."""

    intake: Intake
    visit: Appointment | None
    now: datetime

    @property
    def question(self) -> Question | None:
        """What the patient was asked last, unless a clinician decided without."""
        asked = [question for question in self.intake.questions.all() if question.withdrawn_at is None]
        return asked[-1] if asked else None

    @property
    def is_asked(self) -> bool:
        """Whether it is the patient's turn."""
        return self.question is not None and self.question.is_open

    @property
    def is_answered(self) -> bool:
        return self.question is not None and not self.question.is_open

    @property
    def due(self) -> datetime:
        """By when somebody should have decided: a day after the answers came, before the visit; an emergency at once."""
        if self.is_asked:
            return self.question.due
        since = self.question.answered_at if self.is_answered else self.intake.screened_at
        if self.intake.tier == Tier.EMERGENCY:
            return since
        return min([since + (READ_REPLY_WITHIN if self.is_answered else READ_WITHIN), *([self.visit.start] if self.visit else [])])

    @property
    def is_overdue(self) -> bool:
        return self.due < self.now

    @property
    def chips(self) -> list[tuple[str, str]]:
        findings = [finding for finding in self.intake.findings.all() if finding.overruled_at is None]
        counts = [
            (tier, sum(finding.tier == tier for finding in findings), words)
            for tier, words in (("emergency", "urgent"), ("block", "closed"), ("review", "to review"), ("caution", "caution"))
        ]
        return [(tier, f"{count} {words}") for tier, count, words in counts if count]


@dataclass(frozen=True)
class Spoken:
    """One finding with everything behind it."""

    finding: Finding
    form: OverruleForm
    before: Finding | None = None

    @property
    def effects(self) -> list[tuple[str, str]]:
        """What it closes, what is to be weighed, what needs care: techniques by name."""
        found = [(words, self.techniques(act)) for act, words in ACTS]
        return [(words, all_or(names, len(catalogue().techniques))) for words, names in found if names]

    def techniques(self, act: str) -> list[str]:
        known = catalogue().techniques
        return [known[slug].name for slug, said in self.finding.actions.items() if said == act and slug in known]


@dataclass(frozen=True)
class Case:
    """One patient's answers, and the visits that rest on them."""

    intake: Intake
    findings: Sequence[Finding]
    visits: Sequence[Appointment]
    forms: Mapping[str, OverruleForm]
    questions: Sequence[Question]
    before: Sequence[Finding]
    today: date

    @property
    def patient(self):
        return self.intake.patient

    @property
    def age(self) -> int:
        return self.patient.age(self.today)

    @property
    def visit(self) -> Appointment | None:
        return next((visit for visit in self.visits if visit.is_ahead), None)

    @property
    def complaint(self) -> str:
        about = rulebook().complaints.get(self.intake.complaint)
        return about.words if about else self.intake.complaint.replace("_", " ")

    @property
    def spoken(self) -> list[Spoken]:
        return [Spoken(finding, self.forms[finding.key], self.overruled_before(finding.rule)) for finding in self.findings]

    def overruled_before(self, rule: str) -> Finding | None:
        """The same rule in earlier answers, when a clinician overruled it there."""
        return next((finding for finding in self.before if finding.rule == rule), None)

    @property
    def is_asked(self) -> bool:
        """Whether it is the patient's turn."""
        return any(question.is_open for question in self.questions)

    @property
    def limited(self) -> list[str]:
        """What a clinician closed, in words."""
        return limited_words(self.intake)

    @property
    def medicines(self) -> list[tuple[str, str]]:
        """Each typed medicine as it was read, with the patient's word on that."""
        return medicine_lines(self.intake, today=self.today)

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Every question that was shown, with its answer, in the words of the rules it was given on."""
        return as_given(self.intake, today=self.today)


def limited_words(intake: Intake) -> list[str]:
    """What a clinician closed with these answers: techniques by name, points, regions."""
    known = catalogue().techniques
    names = [known[slug].name if slug in known else slug for slug in intake.limited_techniques]
    return [*names, *intake.limited_points, *(f"needles in the {region.replace('_', ' ')}" for region in intake.limited_regions)]


def queue_of(intakes: Iterable[Intake], visits: Iterable[Appointment], *, now: datetime) -> list[Waiting]:
    """Emergencies first, then what is due first; where it is the patient's turn, last."""
    first: dict[int, Appointment] = {}
    for visit in visits:
        first.setdefault(visit.session.course.intake_id, visit)
    waiting = [Waiting(intake, first.get(intake.pk), now) for intake in intakes]
    return sorted(waiting, key=lambda row: (row.is_asked and not row.is_overdue, row.intake.tier != Tier.EMERGENCY, row.due, row.intake.pk))


def all_or(names: list[str], every: int) -> str:
    return "Every technique" if len(names) == every else ", ".join(names)
