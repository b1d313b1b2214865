"""What a patient answered for a visit, as the practitioner reads it before the treatment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from bookings.models import Appointment
from bookings.services.questions import Questions
from patients.asking import readable
from patients.carrying import VISIT
from patients.confirming import typed_medicines
from patients.models import Intake
from patients.rereading import as_given
from patients.rulebook import rulebook
from patients.ruleset import Question

SAID = {"yes": "the patient says so, too", "no": "the patient says no", "unsure": "the patient isn’t sure", "": "not asked"}


@dataclass(frozen=True)
class AnswersShown:
    """The answers to the questions of one visit."""

    questions: Questions

    @property
    def due(self) -> str:
        return self.questions.due

    @property
    def intake(self) -> Intake | None:
        return self.questions.newest_given

    @property
    def at(self) -> datetime:
        return self.intake.screened_at

    @cached_property
    def rows(self) -> list[tuple[str, str]]:
        """Each question that was shown, with its answer."""
        return as_given(self.intake, today=self.questions.today)

    @cached_property
    def news(self) -> list[str]:
        """What was said yes to, or typed; medicines stand apart, as they were read."""
        book, answers = rulebook(), readable(self.intake)
        questions = (question for page in book.forms[self.intake.form] for question in book.pages[page].questions)
        return list(dict.fromkeys(words for question in questions for words in said_on(question, answers.values(question.id))))

    @property
    def medicines(self) -> list[tuple[str, str]]:
        return medicine_lines(self.intake, today=self.questions.today)

    @property
    def is_of_the_day(self) -> bool:
        return self.intake is not None and self.intake.form == VISIT


def medicine_lines(intake: Intake, *, today: date) -> list[tuple[str, str]]:
    """Each typed medicine: as typed and as read, with the patient's word on it."""
    typed = typed_medicines(readable(intake), intake.medicines, rulebook(), today=today)
    read = [(each.passage, f"read as {each.read_as}; {word_on(each.answer, each.words)}") for each in typed.read]
    return read + [
        (each.typed, "not in our list" + (f"; the patient also calls it “{each.words}”" if each.words else "")) for each in typed.unknown
    ]


def said_on(question: Question, values: Sequence[str]) -> list[str]:
    """What an answer says that a clinician should see at once."""
    if question.kind == "text":
        return [] if question.reads == "medicines" else [value for value in values if value.strip()]
    return [option.words for option in question.options if option.value in values and (option.raises or option.unsure)]


def word_on(answer: str, words: str) -> str:
    return SAID[answer] + (f": “{words}”" if words else "")


def answers_before(appointment: Appointment, *, now: datetime) -> AnswersShown:
    """What was answered for this visit, and what is still to be."""
    return AnswersShown(Questions(appointment, now=now))
