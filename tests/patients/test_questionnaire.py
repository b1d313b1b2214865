"""The patient's side: few questions, only those that concern them, and answers that are checked or refused in words."""

from datetime import date

import pytest
from django.http import QueryDict

from patients.questionnaire import Answers, AnswersRefused, clean_answers, in_words, pages_for
from patients.rulebook import rulebook
from patients.ruleset import NONE, NOT_SURE
from tests.patients.people import TODAY, answered, shown_to

BOOK = rulebook()


def page(name: str, answers: Answers | None = None):
    return next(each for each in pages_for(answers or answered(), BOOK, today=TODAY) if each.id == name)


def asked(answers: Answers) -> list[str]:
    return [question.id for question in shown_to(answers)]


@pytest.mark.parametrize("complaint", BOOK.complaints)
def test_a_healthy_adult_answers_at_most_twelve_questions(complaint):
    answers = answered(complaint)

    assert len([question for question in shown_to(answers) if question.required]) <= 12
    assert len(pages_for(answers, BOOK, today=TODAY)) <= 9
    assert len(asked(answers)) <= (12 if complaint not in ("something_else", "not_sure") else 13)


def test_one_topic_is_one_page():
    assert [each.id for each in pages_for(answered(), BOOK, today=TODAY)] == [
        "about", "urgent", "pain", "bleeding", "conditions", "history", "skin", "treatment",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "question", "shown"),
    [
        (answered(), "pregnant", True),
        (answered(sex="m"), "pregnant", False),
        (answered(born="1950-01-01"), "pregnant", False),
        (Answers("lower_back"), "pregnant", True),
        (answered(), "pregnancy_signs", False),
        (answered(pregnant="from_13"), "pregnancy_signs", True),
        (answered(), "where", False),
        (answered("muscle_strain"), "where", True),
        (answered(), "fits", False),
        (answered(conditions=["epilepsy"]), "fits", True),
        (answered(), "details", False),
        (answered(skin=["open_wound_in_area"]), "details", True),
    ],
)
def test_a_question_is_shown_when_it_concerns_them(answers, question, shown):
    assert (question in asked(answers)) is shown


def test_warning_signs_follow_the_place_of_the_trouble():
    back, head = ({option.value for option in page("urgent", answered(each)).questions[0].options} for each in ("lower_back", "headache"))

    assert back - head == {"cauda_equina_saddle_numbness", "cauda_equina_bilateral_leg_or_sexual", "aortic_aneurysm_signs"}
    assert head - back >= {"stroke_or_neck_artery_signs", "headache_red_flags"}
    assert {NONE, NOT_SURE, "chest_pain_breathlessness", "suspected_dvt", "major_trauma", "progressive_leg_weakness"} <= back & head


def test_somebody_who_does_not_know_where_sees_every_warning_sign():
    whole = {option.value for option in BOOK.questions["urgent"].options}

    assert {option.value for option in page("urgent", answered("not_sure", where="many")).questions[0].options} == whole


@pytest.mark.parametrize("shape", ["plain", "posted"])
def test_good_answers_are_stored_as_they_will_be_read(shape):
    sent = {"bleeding": ["bleeding_disorder"], "medicines": [NONE], "medicines_typed": "  warferin 3mg "}
    if shape == "posted":
        posted = QueryDict(mutable=True)
        for name, value in sent.items():
            posted.setlist(name, value if isinstance(value, list) else [value])
        sent = posted

    assert clean_answers(page("bleeding"), sent, today=TODAY) == {
        "bleeding": ["bleeding_disorder"],
        "medicines": [NONE],
        "medicines_typed": "warferin 3mg",
    }


BLEEDING = {"bleeding": [NONE], "medicines": [NONE]}


@pytest.mark.parametrize(
    ("name", "sent", "question", "words"),
    [
        ("bleeding", {**BLEEDING, "bleeding": []}, "bleeding", "Tell us what you’ve been told you have, or choose “None of these”"),
        (
            "bleeding",
            {**BLEEDING, "bleeding": [NONE, "bleeding_disorder"]},
            "bleeding",
            "Choose what you’ve been told you have, or “None of these”, not both",
        ),
        ("bleeding", {**BLEEDING, "medicines": ["sweets"]}, "medicines", "Tell us what you take, or choose “None of these”"),
        (
            "bleeding",
            {**BLEEDING, "medicines_typed": "a" * 2001},
            "medicines_typed",
            "Keep it to 2000 letters. You can tell us the rest at your visit.",
        ),
        ("bleeding", {**BLEEDING, "fits": "no"}, "fits", "This question is not on this page. Go back and answer the questions you see."),
        ("about", {"born": "", "pregnant": "no"}, "born", "Tell us your date of birth"),
        ("about", {"born": "2026-02-30", "pregnant": "no"}, "born", "Check the date: we can’t find that day in the calendar"),
        ("about", {"born": "2027-02-03", "pregnant": "no"}, "born", "Check the year of your date of birth"),
        ("about", {"born": "1885-02-03", "pregnant": "no"}, "born", "Check the year of your date of birth"),
        ("about", {"born": "1985-02-03"}, "pregnant", "Choose the answer that fits, or “This doesn’t apply to me”"),
        (
            "about",
            {"born": "1985-02-03", "pregnant": ["no", "from_13"]},
            "pregnant",
            "Choose the answer that fits, or “This doesn’t apply to me”",
        ),
    ],
)
def test_answers_that_can_not_be_taken_are_refused_in_words(name, sent, question, words):
    with pytest.raises(AnswersRefused) as refused:
        clean_answers(page(name), sent, today=TODAY)

    assert refused.value.errors == {question: words}


def test_a_choice_that_does_not_concern_them_is_refused():
    with pytest.raises(AnswersRefused):
        clean_answers(page("urgent", answered("headache")), {"urgent": ["cauda_equina_saddle_numbness"]}, today=TODAY)


def test_a_date_is_taken_as_a_date_too():
    assert clean_answers(page("about"), {"born": date(1985, 3, 27), "pregnant": "no"}, today=TODAY)["born"] == "1985-03-27"


def test_answers_can_be_read_back_in_words():
    rows = dict(in_words(answered(conditions=["diabetes"], diabetes_feet="no", details="since 2011"), BOOK, today=TODAY))

    assert rows["Do you have, or have you had, any of these?"] == "Diabetes"
    assert rows["Tell us more about what you ticked"] == "since 2011"
    assert rows["Anything else you take?"] == "Not answered"


def test_every_list_ends_with_none_and_not_sure():
    lists = [question for question in BOOK.questions.values() if question.kind == "many"]

    assert {tuple(option.value for option in question.options[-2:]) for question in lists} == {(NONE, NOT_SURE)}
    assert [option.words for question in lists for option in question.options if option.alone] == ["None of these"] * len(lists)
