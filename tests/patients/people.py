"""People who answer the safety questions, for the tests of screening."""

from datetime import date

from patients.questionnaire import Answers, pages_for
from patients.rulebook import rulebook
from patients.ruleset import NONE

TODAY = date(2026, 11, 20)
CALM = {"born": "1985-03-27", "where": "lower_back", "pregnant": "no", "onset": "years", "today_pregnant": "no"}


def answered(complaint: str = "lower_back", form: str = "first", sex: str = "", **said: object) -> Answers:
    """Somebody who answers every question they see with nothing to report, but for what is said here."""
    given = dict(said)
    while True:
        answers = Answers(complaint, given, sex=sex, form=form)
        shown = [question for page in pages_for(answers, rulebook(), today=TODAY) for question in page.questions]
        open_questions = [question for question in shown if question.required and question.id not in given]
        if not open_questions:
            return answers
        for question in open_questions:
            given[question.id] = [NONE] if question.kind == "many" else CALM.get(question.id, "no")


def shown_to(answers: Answers) -> list:
    """The questions they see."""
    return [question for page in pages_for(answers, rulebook(), today=TODAY) for question in page.questions]
