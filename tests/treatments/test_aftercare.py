from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.aftercare import Action, Moment, choose, fill, judge, moments_after, questions, schedule
from treatments.catalogue import catalogue

BOOK = catalogue()
PLACES = {"emergency_number": "999", "advice_line": "NHS 111", "emergency_department": "A&E", "family_doctor": "GP"}
LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")


def test_advice_after_needling_the_trunk_starts_with_the_chest():
    advice = choose("right_after", techniques=["traditional_acupuncture"], points=["BL13", "ST36"])

    assert advice.title == "After your acupuncture"
    assert advice.messages == ("right_after_needling", "right_after_trunk_needling")
    assert [line.item for line in advice.lines if line.safety] == ["when_to_call", "chest_pain_emergency"]
    assert list(advice.items[:2]) == ["when_to_call", "chest_pain_emergency"]
    assert not advice.may_be_stopped


def test_needles_in_the_leg_say_nothing_about_the_chest():
    assert "chest_pain_emergency" not in choose("right_after", techniques=["traditional_acupuncture"], points=["ST36"]).items


def test_several_messages_become_one_without_doubles():
    advice = choose(
        "right_after", techniques=["electroacupuncture", "cupping"], conditions=["sciatica"], flags=["anticoagulant_medication"]
    )

    assert len(advice.items) == len(set(advice.items))
    assert {"ea_check_marks", "cup_marks", "red_flag_reminder", "anticoag_press"} <= set(advice.items)
    assert [line.safety for line in advice.lines] == sorted((line.safety for line in advice.lines), reverse=True)


def test_a_treated_region_counts_as_its_condition():
    assert "red_flag_reminder" in choose("right_after", techniques=["physiotherapy"], regions=["lower_back"]).items
    assert "red_flag_reminder" not in choose("right_after", techniques=["physiotherapy"], regions=["knee"]).items


def test_no_warmth_on_numb_skin():
    done = {"techniques": ["trigger_point_dry_needling"], "conditions": ["lumbar_strain"]}

    assert "heat_or_ice" in choose("right_after", **done).items
    assert "heat_or_ice" not in choose("right_after", flags=["reduced_sensation_in_area"], **done).items


def test_pressing_at_home_is_not_sent_in_pregnancy():
    assert "self_acupressure" not in choose("right_after", techniques=["acupressure"], flags=["possible_pregnancy"]).items


def test_the_second_time_says_only_what_must_be_said_in_other_words():
    done = {"techniques": ["traditional_acupuncture"], "conditions": ["chronic_low_back_pain"], "points": ["BL13"]}
    first = choose("right_after", **done)
    second = choose("right_after", **done, already_sent=first.items)
    third = choose("right_after", **done, already_sent=dict.fromkeys(first.items, 2))

    assert not {line.text for line in first.lines} & {line.text for line in second.lines}
    assert [line.item for line in first.lines if line.safety] == [line.item for line in second.lines if line.safety]
    assert [line.item for line in third.lines if line.safety] == [line.item for line in first.lines if line.safety]


def test_only_the_insured_are_told_about_the_code():
    assert "before_first_visit_insurer" not in choose("before_first_visit", techniques=["cupping"]).messages
    assert choose("before_first_visit", techniques=["cupping"], flags=["insured"]).items.count("bring_list") == 1


def test_nothing_to_say_is_an_empty_message():
    assert not choose("right_after", techniques=[])


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("technique", list(BOOK.techniques))
def test_every_technique_has_words_for_every_moment_and_no_place_is_left_open(moment, technique):
    for condition in BOOK.conditions:
        advice = choose(moment, techniques=[technique], conditions=[condition])

        assert advice
        assert all("{" not in fill(line.text, PLACES) for line in advice.lines)


def test_a_place_that_is_not_filled_in_is_named():
    with pytest.raises(KeyError, match="emergency_number"):
        fill("Call {emergency_number}", {})


@pytest.mark.parametrize(
    ("moment", "ended", "zone", "at"),
    [
        ("right_after", "2026-11-20T15:45Z", LONDON, "2026-11-20T15:45Z"),
        ("next_day", "2026-11-20T10:45Z", LONDON, "2026-11-21T09:00Z"),
        ("next_day", "2026-11-20T18:45Z", LONDON, "2026-11-21T14:45Z"),
        ("3_days", "2026-11-20T15:45Z", LONDON, "2026-11-23T09:00Z"),
        ("7_days", "2026-11-20T15:45Z", TOKYO, "2026-11-28T00:00Z"),
        ("3_days", "2026-10-23T12:00Z", LONDON, "2026-10-26T09:00Z"),
        ("3_days", "2027-03-26T12:00Z", LONDON, "2027-03-29T08:00Z"),
        ("4_weeks_after", "2026-10-20T12:00Z", LONDON, "2026-11-17T09:00Z"),
    ],
)
def test_aftercare_is_due_by_the_clock_on_the_clinics_wall(moment, ended, zone, at):
    due = schedule(moment, ended=datetime.fromisoformat(ended), zone=zone)

    assert due.at == datetime.fromisoformat(at)
    assert due.at.tzinfo is UTC
    assert due.useful_until > due.at


def test_a_late_signature_makes_the_message_late_not_early():
    ended, signed = datetime(2026, 11, 20, 10, tzinfo=UTC), datetime(2026, 11, 21, 16, tzinfo=UTC)

    assert schedule("next_day", ended=ended, zone=LONDON, signed=signed).at == signed
    assert schedule("3_days", ended=ended, zone=LONDON, signed=signed).at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_last_session_ends_the_course():
    assert moments_after(number=3, sessions=8, review=False) == ("right_after", "next_day", "3_days", "7_days")
    assert moments_after(number=4, sessions=8, review=True)[-1] == "mid_course"
    assert moments_after(number=8, sessions=8, review=True)[-3:] == ("end_of_course", "4_weeks_after", "maintenance")


def test_the_gravest_answer_decides():
    judgement = judge({"feel_overall": "well", "soreness": "mild", "chest": "after_trunk_needles"})

    assert judgement.action is Action.EMERGENCY
    assert judgement.messages[0] == "Call {emergency_number} or go to {emergency_department} now and say you had acupuncture."
    assert judgement.adverse_events == (("ae_suspected_pneumothorax", "severe"), ("ae_soreness", "mild"))
    assert (judgement.stops_needling, judgement.worrying, judgement.is_worrying) == (True, ("chest",), True)


def test_a_good_day_asks_for_nothing():
    judgement = judge({"feel_overall": "well", "symptom_change": "better"})

    assert (judgement.action, judgement.adverse_events, judgement.stops_needling, judgement.is_worrying) == (Action.NOTE, (), False, False)


def test_no_answers_ask_for_nothing():
    assert judge({}).action is Action.NOTE


@pytest.mark.parametrize("answers", [{"weather": "fine"}, {"chest": "maybe"}])
def test_an_answer_that_was_not_offered_is_refused(answers):
    with pytest.raises(ValueError, match="the check-back has no answer"):
        judge(answers)


def test_pregnancy_is_asked_of_the_pregnant():
    assert "pregnancy" not in [question.id for question in questions()]
    assert [question.id for question in questions(["possible_pregnancy"])].count("pregnancy") == 1


ANSWERS = st.fixed_dictionaries({}, optional={name: st.sampled_from(sorted(q.answers)) for name, q in BOOK.aftercare.questions.items()})


@given(answers=ANSWERS, more=ANSWERS)
def test_more_answers_never_make_it_less_grave(answers, more):
    grades = list(Action)
    both = judge({**more, **answers})

    assert grades.index(both.action) >= grades.index(judge(answers).action)
    assert both.stops_needling >= judge(answers).stops_needling
