"""Stored answers in words, by the rules they were given on."""

from datetime import date

from patients.asking import readable
from patients.carrying import known
from patients.models import Intake
from patients.questionnaire import Answers, in_words
from patients.rulebook import rulebook, rulebook_of


def as_given(intake: Intake, *, today: date) -> list[tuple[str, str]]:
    """Each question that was shown, with its answer, as it was asked then.

    Where the rules of its version were never kept, those in force read what they still know.
    """
    book = rulebook_of(intake.rules_version)
    if book is None:
        return in_words(readable(intake), rulebook(), today=today)
    return in_words(Answers(complaint=intake.complaint, given=known(intake.answers, book), form=intake.form), book, today=today)
