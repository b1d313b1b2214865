from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.catalogue import catalogue
from treatments.outcomes import Change, Step, overall, progress, review, score


@pytest.mark.parametrize(
    ("measure", "first", "last", "change"),
    [
        ("nrs_pain", 7, 5, Change.IMPROVED),
        ("nrs_pain", 7, 6, Change.NO_CHANGE),
        ("nrs_pain", 3, 2, Change.IMPROVED),  # a third of the start
        ("nrs_pain", 2, 1, Change.STABLE_GOOD),
        ("nrs_pain", 8, 4, Change.MUCH_IMPROVED),
        ("nrs_pain", 5, 7, Change.WORSE),
        ("nrs_pain", 5, 6, Change.NO_CHANGE),
        ("nrs_pain", None, 6, Change.UNKNOWN),
        ("nrs_pain", 6, None, Change.UNKNOWN),
        ("psfs", 3, 5, Change.IMPROVED),
        ("psfs", Decimal("3.4"), Decimal("5.3"), Change.NO_CHANGE),
        ("psfs", 6, 4, Change.WORSE),
        ("psfs", 9, 9, Change.STABLE_GOOD),
        ("nrs_sleep", 4, 5, Change.IMPROVED),
        ("nrs_stress", 4, 5, Change.WORSE),
        ("nrs_function", 5, 6, Change.NO_CHANGE),
        ("nrs_function", 3, 4, Change.IMPROVED),
    ],
)
def test_a_change_matters_or_not(measure, first, last, change):
    assert progress(measure, first, last).change is change


def test_one_activity_needs_three_points():
    assert progress("psfs", 3, 5, single_item=True).change is Change.NO_CHANGE
    assert progress("psfs", 3, 6, single_item=True).change is Change.IMPROVED


def test_function_is_the_unrounded_mean():
    assert score("psfs", [3, 4, 4]) == Fraction(11, 3)
    assert (
        progress("psfs", score("psfs", [3, 4, 4]), score("psfs", [5, 6, 6])).words
        == "Patient-Specific Functional Scale: 3.7 to 5.7, better."
    )


@pytest.mark.parametrize(
    ("measure", "values"), [("nrs_pain", [11]), ("nrs_pain", [3, 4]), ("psfs", []), ("psfs", [1, 2, 3, 4]), ("nrs_pain", [-1])]
)
def test_a_score_out_of_range_is_refused(measure, values):
    with pytest.raises(ValueError, match=r"takes|scored"):
        score(measure, values)


@pytest.mark.parametrize(
    ("pain", "function", "whole"),
    [
        (Change.MUCH_IMPROVED, Change.NO_CHANGE, Change.IMPROVED),
        (Change.WORSE, Change.NO_CHANGE, Change.WORSE),
        (Change.IMPROVED, Change.WORSE, Change.MIXED),
        (Change.NO_CHANGE, Change.STABLE_GOOD, Change.NO_CHANGE),
        (Change.UNKNOWN, Change.IMPROVED, Change.IMPROVED),
        (Change.UNKNOWN, Change.UNKNOWN, Change.UNKNOWN),
    ],
)
def test_pain_and_function_decide_the_whole(pain, function, whole):
    assert overall({"nrs_pain": pain, "psfs": function, "nrs_sleep": Change.WORSE}) is whole


@pytest.mark.parametrize(
    ("change", "session", "step"),
    [
        (Change.WORSE, 4, Step.CHECK_SAFETY),
        (Change.IMPROVED, 4, Step.WIDEN),
        (Change.NO_CHANGE, 4, Step.CONTINUE),
        (Change.NO_CHANGE, 6, Step.CHANGE_PLAN),
        (Change.UNKNOWN, 6, Step.SCORE_FIRST),
    ],
)
def test_a_review_proposes_the_next_step(change, session, step):
    assert review(change, session=session).step is step


@given(measure=st.sampled_from(sorted(catalogue().measures)), first=st.integers(0, 10), last=st.integers(0, 10))
def test_better_and_worse_are_mirrors(measure, first, last):
    found = progress(measure, first, last)

    assert found.change.better <= (found.by > 0)
    assert (found.change is Change.WORSE) <= (found.by < 0)
    assert not progress(measure, first, first).change.better
