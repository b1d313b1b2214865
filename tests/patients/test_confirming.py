"""How typed medicines were read, and what a patient's “no” can and can't do."""

from datetime import date

import pytest

from patients.confirming import NO, UNSURE, YES, Understood, passage_of, typed_medicines, with_the_patients_word
from patients.enums import Taken
from patients.questionnaire import Answers
from patients.rulebook import rulebook
from patients.screening import screen
from tests.bookings.test_online import HEALTHY

TODAY = date(2026, 11, 26)


def answers(text: str, **more: object) -> Answers:
    return Answers("lower_back", HEALTHY | {"medicines_typed": text} | more)


def typed(text: str, kept=()):
    return typed_medicines(answers(text), kept, rulebook(), today=TODAY)


def screened(text: str, kept=()):
    return screen(with_the_patients_word(answers(text), kept, rulebook()), rulebook(), today=TODAY)


def test_a_misspelt_name_is_shown_as_typed_and_as_read():
    [found] = typed("bisopralol 2.5 once a day").read
    assert (found.passage, found.read_as, found.taken) == ("bisopralol 2.5 once a day", "Bisoprolol", Taken.NOW)


@pytest.mark.parametrize(
    ("text", "says"),
    (
        ("warfarin, stopped two years ago", "Warfarin, which you took before and have stopped"),
        ("my husband takes warfarin", "Warfarin, which somebody else takes"),
        ("not on warfarin", "Warfarin, which you don’t take"),
    ),
)
def test_it_says_whose_a_medicine_is_and_when(text, says):
    assert [each.read_as for each in typed(text).read] == [says]


def test_words_that_no_list_knows_are_shown_and_stay_open_until_they_were_seen():
    found = typed("zorblaxine 20 mg")
    assert ([each.typed for each in found.unknown], found.is_open) == (["zorblaxine"], True)
    seen = typed("zorblaxine 20 mg", [found.unknown[0].kept()])
    assert not seen.is_open


def test_a_word_is_kept_by_what_it_was_about_and_asked_again_when_it_changes():
    [first] = typed("bisopralol").read
    kept = [first.kept(YES)]
    assert not typed("bisopralol", kept).is_open
    assert typed("bisopralol, warfrin", kept).is_open


def test_a_no_adds_what_was_meant_and_takes_nothing_away():
    [found] = typed("warfrin").read
    assert screened("warfrin").flags == screened("warfrin", [found.kept(NO, "paracetamol")]).flags
    assert "anticoagulant_medication" in screened("bisopralol", [typed("bisopralol").read[0].kept(NO, "Eliquis")]).flags


@pytest.mark.parametrize("answer", (NO, UNSURE))
def test_a_medicine_read_as_stopped_counts_when_the_patient_does_not_say_so(answer):
    [found] = typed("warfarin, stopped two years ago").read
    assert "anticoagulant_medication" not in screened("warfarin, stopped two years ago", [found.kept(YES)]).flags
    assert "anticoagulant_medication" in screened("warfarin, stopped two years ago", [found.kept(answer)]).flags


def test_no_answer_ever_lowers_the_tier():
    for text in ("warfrin", "plavix and ginko", "my husband takes warfarin", "zorblaxine", "apixaban 5mg twice a day, sertralin"):
        plain = screened(text)
        for answer in (YES, NO, UNSURE):
            kept = [each.kept(answer, "something for sleep" if answer == NO else "") for each in typed(text).read]
            assert screened(text, kept).tier.rank <= plain.tier.rank


def test_the_item_of_a_list_stands_around_the_name_and_is_never_long():
    assert passage_of("plavix", "aspirin 75, plavix once a day and fish oil") == "plavix once a day"
    assert passage_of("plavix", "plavix " + "very " * 40) == "plavix"


def test_boxes_are_called_after_the_reading_and_not_after_its_place():
    assert (
        Understood("a", "a", "B", Taken.NOW).id == Understood("a 5 mg", "a", "B", Taken.NOW).id != Understood("a", "a", "B", Taken.PAST).id
    )
