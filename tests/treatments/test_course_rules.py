import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.catalogue import catalogue
from treatments.course_rules import LIMIT, chronicity_of, edit_problem, propose, resize, severity_of, widen
from treatments.enums import Chronicity, Severity

CONDITIONS = list(catalogue().conditions)


@pytest.mark.parametrize(
    ("severity", "chronicity", "sessions"),
    [
        *[("mild", "acute", 6), ("moderate", "acute", 6), ("severe", "acute", 8)],
        *[("mild", "subacute", 6), ("moderate", "subacute", 8), ("severe", "subacute", 10)],
        *[("mild", "chronic", 8), ("moderate", "chronic", 10), ("severe", "chronic", 12)],
    ],
)
def test_the_table_proposes_six_to_twelve_sessions(severity, chronicity, sessions):
    assert propose("chronic_low_back_pain", severity=severity, chronicity=chronicity).sessions == sessions


@pytest.mark.parametrize(("pain", "severity"), [(0, "mild"), (3, "mild"), (4, "moderate"), (6, "moderate"), (7, "severe"), (10, "severe")])
def test_pain_has_a_severity(pain, severity):
    assert severity_of(pain) == Severity(severity)


def test_pain_beyond_ten_is_refused():
    with pytest.raises(ValueError, match="between 0 and 10, not 11"):
        severity_of(11)


@pytest.mark.parametrize(
    ("weeks", "chronicity"), [(0, "acute"), (5.9, "acute"), (6, "subacute"), (12, "subacute"), (12.1, "chronic"), (500, "chronic")]
)
def test_a_duration_has_a_chronicity(weeks, chronicity):
    assert chronicity_of(weeks) == Chronicity(chronicity)


def test_headaches_stop_at_ten_sessions_and_say_why():
    proposal = propose("headaches", severity="severe", chronicity="chronic")

    assert (proposal.sessions, proposal.table_sessions, proposal.reviews) == (10, 12, (4, 6, 8, 10))
    assert [(phase.first, phase.last) for phase in proposal.phases] == [(1, 8), (9, 10)]
    assert proposal.overrides == (
        "Cut from 12 to 10 sessions: at most 10 sessions in 8 weeks, then a review (NICE CG150 Headaches in over 12s (2012, updated)).",
    )


def test_fibromyalgia_counts_the_minutes_of_the_practitioner():
    short = propose("fibromyalgia", severity="severe", chronicity="chronic", hands_on_minutes=20)
    long = propose("fibromyalgia", severity="severe", chronicity="chronic", hands_on_minutes=40)

    assert (short.sessions, short.overrides) == (12, ())
    assert long.sessions == 7
    assert "at most 300 minutes of a practitioner's time, here 40 a session" in long.overrides[0]


def test_words_tell_the_rhythm_the_reviews_and_the_reason():
    assert propose("sciatica", severity="moderate", chronicity="subacute").words == (
        "8 sessions over about 9 weeks: weekly until improvement for sessions 1 to 6, then fortnightly taper for sessions 7 to 8. "
        "Reviews at sessions 4, 6 and 8. Weekly until improvement, then every other week."
    )


def test_steps_leave_two_clear_days_when_twice_weekly():
    steps = propose("sciatica", severity="severe", chronicity="chronic").steps

    assert [step.number for step in steps] == list(range(1, 13))
    assert (steps[0].min_gap_days, steps[0].max_gap_days) == (0, 0)
    assert (steps[1].min_gap_days, steps[1].ideal_gap_days, steps[1].max_gap_days) == (3, (3, 4), 5)
    assert timedelta(days=steps[1].min_gap_days) > timedelta(days=2)


@pytest.mark.parametrize(
    ("sessions", "reason", "problem"),
    [
        (10, "", None),
        (8, "", "The table proposes 10 sessions. Please say why this course has 8."),
        (8, "  ", "The table proposes 10 sessions. Please say why this course has 8."),
        (8, "Goes abroad in March", None),
        (5, "", "A course usually has 6 to 12 sessions. Please say why this one has 5."),
        (14, "", "A course usually has 6 to 12 sessions. Please say why this one has 14."),
        (14, "Agreed with the surgeon", None),
        (0, "none wanted", "A course needs at least one session."),
        (25, "many", "Plan at most 24 sessions at once, and review before planning more."),
    ],
)
def test_another_number_of_sessions_wants_a_reason(sessions, reason, problem):
    proposal = propose("sciatica", severity="moderate", chronicity="chronic")

    assert edit_problem(proposal, sessions, reason) == problem


def test_going_beyond_a_guideline_is_named_as_such():
    proposal = propose("headaches", severity="moderate", chronicity="chronic")

    assert edit_problem(proposal, 11, "") == "The guideline for this condition stops at 10 sessions. Please say why this course has 11."


def test_an_early_improvement_widens_what_is_left():
    wider = widen(propose("sciatica", severity="severe", chronicity="chronic"), after=4)

    assert [(phase.label, phase.first, phase.last) for phase in wider.phases] == [
        ("twice weekly", 1, 4),
        ("weekly until improvement", 5, 8),
        ("fortnightly taper", 9, 12),
    ]


def test_the_last_rhythm_widens_to_monthly():
    wider = widen(propose("sciatica", severity="moderate", chronicity="subacute"), after=7)

    assert [(phase.label, phase.last) for phase in wider.phases][-1] == ("monthly maintenance", 8)


@given(
    condition=st.sampled_from(CONDITIONS),
    severity=st.sampled_from(list(Severity)),
    chronicity=st.sampled_from(list(Chronicity)),
    minutes=st.integers(1, 120),
    sessions=st.integers(1, LIMIT),
    after=st.integers(0, LIMIT),
)
def test_a_course_stays_whole_however_it_is_changed(condition, severity, chronicity, minutes, sessions, after):
    proposal = propose(condition, severity=severity, chronicity=chronicity, hands_on_minutes=minutes)

    for course in (proposal, resize(proposal, sessions), widen(resize(proposal, sessions), after=after)):
        assert [step.number for step in course.steps] == list(range(1, course.sessions + 1))
        assert course.reviews[-1] == course.sessions or course.reviews == proposal.reviews
        assert all(step.min_gap_days <= step.ideal_gap_days[0] <= step.ideal_gap_days[1] <= step.max_gap_days for step in course.steps)
        assert json.loads(json.dumps(course.as_data()))["words"] == course.words
