"""Asked again: what is taken over, what is asked afresh, and where the answers of a visit find their place."""

from datetime import date

import pytest

from patients.carrying import about_the_problem, asked_each_visit, in_short, known, lasting, outdated, told_so_far
from patients.questionnaire import Answers
from patients.rulebook import rulebook
from patients.screening import screen

TODAY = date(2026, 11, 26)
BEFORE = {
    "born": "1984-03-14",
    "pregnant": "no",
    "urgent": ["none"],
    "onset": "years",
    "warnings": ["night_pain"],
    "bleeding": ["none"],
    "medicines": ["antiplatelet_medication"],
    "medicines_typed": "Plavix",
    "conditions": ["epilepsy"],
    "history": ["none"],
    "skin": ["open_wound_in_area"],
    "treatment": ["none"],
    "fits": "no",
    "details": "Since school",
}
WELL = {
    "today_urgent": ["none"],
    "today_health": ["none"],
    "today_medicines": "",
    "today_pregnant": "no",
    "today_skin": ["none"],
    "today": ["none"],
}


def folded(**today: object) -> dict:
    return told_so_far(Answers("lower_back", BEFORE | WELL | today, form="visit"), rulebook(), today=TODAY)


def test_how_somebody_is_now_is_always_asked_afresh():
    assert asked_each_visit(rulebook()) == {"urgent", "warnings", "pregnant", "pregnancy_signs", "skin"}
    assert lasting(BEFORE, rulebook(), same_problem=True) == {
        name: value for name, value in BEFORE.items() if name not in ("pregnant", "urgent", "warnings", "skin")
    }


def test_a_new_problem_is_asked_where_it_is_and_since_when():
    assert about_the_problem(rulebook()) == {"where", "onset"}
    assert "onset" not in lasting(BEFORE, rulebook(), same_problem=False)


def test_nothing_new_on_the_day_takes_back_only_what_was_asked_again():
    assert folded() == BEFORE | {"skin": ["none"]}


def test_night_pain_of_the_first_answers_outlives_a_day_that_did_not_ask_for_it():
    assert folded(today_urgent=["fever_unwell"])["warnings"] == ["night_pain", "fever_unwell"]


@pytest.mark.parametrize(
    ("today", "name", "told"),
    (
        ({"today_health": ["anticoagulant_medication"]}, "medicines", ["antiplatelet_medication", "anticoagulant_medication"]),
        ({"today_health": ["recent_surgery"]}, "history", ["recent_surgery"]),
        ({"today_health": ["not_sure"]}, "history", ["not_sure"]),
        ({"today_urgent": ["chest_pain_breathlessness"]}, "urgent", ["chest_pain_breathlessness"]),
        ({"today_urgent": ["not_sure"]}, "urgent", ["not_sure"]),
        ({"today_pregnant": "up_to_12"}, "pregnant", "up_to_12"),
        ({"today_skin": ["skin_infection_in_area"]}, "skin", ["skin_infection_in_area"]),
        ({"today_medicines": "apixaban"}, "medicines_typed", ["Plavix", "apixaban"]),
    ),
)
def test_what_is_new_stands_among_the_first_answers(today, name, told):
    assert folded(**today)[name] == told


def test_what_is_true_of_one_day_only_is_not_carried():
    assert folded(today=["alcohol_or_drugs_today", "empty_stomach_today", "not_sure"]) == folded()


def test_folding_twice_is_folding_once():
    day = BEFORE | WELL | {"today_health": ["anticoagulant_medication"], "today_medicines": "apixaban"}
    once = told_so_far(Answers("lower_back", day, form="visit"), rulebook(), today=TODAY)
    assert told_so_far(Answers("lower_back", day | once, form="visit"), rulebook(), today=TODAY) == once


def test_a_new_yes_of_the_day_is_never_lost_to_the_next_screening():
    """Whatever is ticked on a day raises its rule then, and every lasting one at the next visit, too."""
    book = rulebook()
    for option in book.questions["today_health"].options:
        if option.raises:
            first = folded(today_health=[option.value])
            after = screen(Answers("lower_back", first), book, today=TODAY)
            assert option.raises in after.flags, option.value


def test_answers_to_questions_that_are_gone_are_left_out_and_named():
    old = BEFORE | {"retired": ["yes"], "conditions": ["epilepsy", "retired_choice"]}
    assert known(old, rulebook()) == BEFORE
    assert outdated(old, rulebook()) == ["conditions", "retired"]
    assert outdated(BEFORE, rulebook()) == []


def test_earlier_answers_are_shown_a_line_a_topic():
    assert in_short(lasting(BEFORE, rulebook(), same_problem=False), rulebook()) == [
        ("Bleeding and medicines", "A tablet against clots; Plavix"),
        ("Heart, nerves and other conditions", "Epilepsy, or fits"),
        ("Bones, cancer and operations", "Nothing to report"),
        ("Having treatment", "Nothing to report"),
        ("A little more", "Since school"),
    ]
