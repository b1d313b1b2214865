"""Answers as a clinician reads them: what was said, which rule spoke, what it closes, where it comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bookings.models import Appointment
from patients.models import Finding, Intake
from patients.rulebook import rulebook
from treatments.catalogue import catalogue
from web.practitioner.forms import OverruleForm

ACTS = (("block", "Closes"), ("review", "To weigh"), ("warn", "With care"))


@dataclass(frozen=True)
class Waiting:
    """One line of the queue."""

    intake: Intake
    visit: Appointment | None

    @property
    def chips(self) -> list[tuple[str, str]]:
        findings = [finding for finding in self.intake.findings.all() if finding.overruled_at is None]
        counts = [
            (tier, sum(finding.tier == tier for finding in findings), words)
            for tier, words in (("block", "closed"), ("review", "to review"), ("caution", "caution"))
        ]
        return [(tier, f"{count} {words}") for tier, count, words in counts if count]


@dataclass(frozen=True)
class Spoken:
    """One finding with everything behind it."""

    finding: Finding
    form: OverruleForm

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
        return [Spoken(finding, self.forms[finding.key]) for finding in self.findings]

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Every answer as it was kept: question and words."""
        return [(question.replace("_", " ").capitalize(), words_of(given)) for question, given in self.intake.answers.items()]


def queue_of(intakes: Iterable[Intake], visits: Iterable[Appointment]) -> list[Waiting]:
    """The earliest visit first; who has none comes last."""
    first: dict[int, Appointment] = {}
    for visit in visits:
        first.setdefault(visit.session.course.intake_id, visit)
    waiting = [Waiting(intake, first.get(intake.pk)) for intake in intakes]
    return sorted(waiting, key=lambda row: (row.visit is None, row.visit.start if row.visit else row.intake.screened_at))


def all_or(names: list[str], every: int) -> str:
    return "Every technique" if len(names) == every else ", ".join(names)


def words_of(given: object) -> str:
    if isinstance(given, list):
        return ", ".join(map(words_of, given))
    if isinstance(given, dict):
        return ", ".join(f"{name}: {words_of(value)}" for name, value in given.items())
    return str(given).replace("_", " ")
