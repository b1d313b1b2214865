"""An intake told as JSON: answered in the words of the rule files, or refused in words, without settings or a database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.enums import Action
from patients.questionnaire import AnswersRefused
from patients.rulebook import rulebook
from patients.wording import LONGEST
from tests.patients.people import TODAY
from treatments.trial import FIELDS, screen_told

ROOT = Path(__file__).parent.parent.parent
HEALTHY = {
    "age": 40,
    "sex": "f",
    "region": "lower_back",
    "condition_in_own_words": "stiff after gardening",
    "duration_weeks": 80,
    "pain_0_to_10": 4,
    "requested_technique": "traditional_acupuncture",
    "requested_points": [],
    "medicines_as_typed": ["paracetamol when needed"],
    "ticked_question_ids": [],
    "free_text": "",
}
ANSWER = [
    *("contraindication_ids", "combination_rule_ids", "highest_action", "emergency", "needs_review"),
    *("blocked_techniques", "blocked_points", "blocked_regions", "medicines", "unrecognised", "ruleset_version"),
]


def told(**fields: object) -> dict:
    return screen_told({**HEALTHY, **fields}, today=TODAY)


def run(text: str | bytes, *words: str) -> tuple[str, str, int]:
    """The command as somebody runs it who has no settings."""
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    sent = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run([sys.executable, "manage.py", "screen", *words], input=sent, capture_output=True, cwd=ROOT, env=bare)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


def test_a_healthy_adult_raises_nothing():
    assert told() == {
        "contraindication_ids": [],
        "combination_rule_ids": [],
        "highest_action": "none",
        "emergency": False,
        "needs_review": False,
        "blocked_techniques": [],
        "blocked_points": [],
        "blocked_regions": [],
        "medicines": [{"typed": "paracetamol", "read_as": "paracetamol", "class": "no_flag_common", "status": "current"}],
        "unrecognised": [],
        "ruleset_version": rulebook().version,
    }


def test_the_fields_are_those_of_the_manual():
    assert list(FIELDS) == list(HEALTHY)
    assert list(told()) == ANSWER


def test_medicines_are_told_with_whose_they_are_and_when():
    found = told(
        medicines_as_typed=["warferin 3mg", "Plavix, stopped two years ago", "my mum takes Eliquis", "may start naproxen", "zorbitol 5mg"]
    )

    assert [(each["typed"], each["read_as"], each["class"], each["status"]) for each in found["medicines"]] == [
        ("warferin", "warfarin", "anticoagulant", "current"),
        ("Plavix", "Plavix", "antiplatelet", "past"),
        ("Eliquis", "Eliquis", "anticoagulant", "other_person"),
        ("naproxen", "naproxen", "nsaid", "unsure"),
    ]
    assert found["unrecognised"] == ["zorbitol"]
    assert found["contraindication_ids"] == ["anticoagulant_medication", "other_bleeding_risk_medication"]
    assert found["combination_rule_ids"] == ["anticoagulant_plus_nsaid_or_ssri"]


def test_an_emergency_closes_every_technique():
    found = told(free_text="Since Monday I can't feel anything between my legs.")

    assert (found["emergency"], found["needs_review"], found["highest_action"]) == (True, True, Action.EMERGENCY)
    assert found["blocked_techniques"] == list(rulebook().techniques)


def test_words_that_are_not_clear_need_a_person_and_name_no_rule():
    found = told(free_text="Not sure whether it is numb between my legs.")

    assert (found["contraindication_ids"], found["highest_action"], found["needs_review"]) == ([], Action.REVIEW, True)


def test_a_medicine_nobody_knows_is_listed_and_asks_for_nothing():
    found = told(medicines_as_typed=["zorbitol 5mg"])

    assert (found["unrecognised"], found["highest_action"], found["needs_review"]) == (["zorbitol"], "none", False)


@pytest.mark.parametrize(
    ("points", "ticked", "rules"),
    [
        (["BL23"], [], ["kidney_risk_points"]),
        (["UB-23", "Shenshu"], [], ["kidney_risk_points"]),
        (["LI4"], [], []),
        (["Hegu"], ["pregnancy_second_trimester"], ["pregnancy_second_trimester", "pregnancy_forbidden_points"]),
        (
            ["B-47"],
            ["possible_pregnancy"],
            ["possible_pregnancy", "pregnancy_lumbosacral_points", "pneumothorax_risk_points", "kidney_risk_points"],
        ),
        (["CV8"], [], ["prohibited_areas"]),
    ],
)
def test_points_wanted_raise_the_rules_about_points(points, ticked, rules):
    assert sorted(told(requested_points=points, ticked_question_ids=ticked)["contraindication_ids"]) == sorted(rules)


def test_the_soft_spot_of_a_child_is_no_point_for_needles():
    assert told(age=15, requested_points=["GV20"])["contraindication_ids"] == ["child_under_16", "infant_fontanelle_points"]
    assert told(age=16, requested_points=["GV20"])["contraindication_ids"] == ["young_person_16_17"]


def test_pregnancy_closes_its_points_and_infected_skin_its_region():
    assert {"LI4", "SP6", "BL52"} <= set(told(ticked_question_ids=["pregnancy_bleeding_or_contractions"])["blocked_points"])
    assert told(ticked_question_ids=["skin_infection_in_area"], region="knee")["blocked_regions"] == ["knee"]


def test_pain_as_bad_as_it_can_be_counts_as_the_worst_ever():
    assert told(pain_0_to_10=10)["contraindication_ids"] == ["severe_or_worsening_symptoms"]
    assert told(pain_0_to_10=9)["contraindication_ids"] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"shoe_size": 42}, "shoe_size: is no field of an intake; these are: age, sex,"),
        ({"age": -1}, "age: must be a number from 0 to 120"),
        ({"age": True}, "age: must be a number from 0 to 120"),
        ({"age": float("nan")}, "age: must be a number from 0 to 120"),
        ({"pain_0_to_10": 11}, "pain_0_to_10: must be a number from 0 to 10"),
        ({"duration_weeks": "long"}, "duration_weeks: must be a number from 0 to 6240"),
        ({"sex": 1}, "sex: must be words in quotation marks"),
        ({"region": "jaw"}, "region: there is no region “jaw”; these are known: head, face,"),
        ({"requested_technique": "magic"}, "requested_technique: there is no technique “magic”; these are known: traditional_acupuncture,"),
        ({"requested_points": ["QQ1", "ST36"]}, "requested_points: there is no point “QQ1”"),
        ({"ticked_question_ids": ["flat_feet"]}, "ticked_question_ids: there is no rule “flat_feet”"),
        ({"medicines_as_typed": "warfarin"}, "medicines_as_typed: must be a list in square brackets"),
        ({"medicines_as_typed": [5]}, "medicines_as_typed: must be words in quotation marks"),
        ({"medicines_as_typed": ["aspirin"] * 201}, "medicines_as_typed: has 201 items; keep it to 200"),
        ({"free_text": "a" * 100_000}, f"free_text: has 100000 letters; keep it to {LONGEST}"),
    ],
)
def test_what_can_not_be_read_is_refused_in_words(fields, words):
    with pytest.raises(AnswersRefused) as refused:
        told(**fields)

    assert words in str(refused.value)


def test_what_is_not_told_says_nothing():
    assert screen_told({}, today=TODAY)["contraindication_ids"] == []
    assert screen_told(dict.fromkeys(FIELDS), today=TODAY)["contraindication_ids"] == []


def test_the_command_answers_one_intake():
    out, err, code = run(json.dumps({**HEALTHY, "ticked_question_ids": ["pacemaker_or_icd"], "requested_technique": "electroacupuncture"}))
    found = json.loads(out)

    assert (err, code) == ("", 0)
    assert (found["combination_rule_ids"], found["highest_action"], found["blocked_techniques"]) == (
        ["pacemaker_plus_electroacupuncture_request"],
        Action.BLOCK,
        ["electroacupuncture"],
    )


def test_the_command_answers_a_list_in_its_order_and_refuses_one_without_the_others():
    out, err, code = run(json.dumps([HEALTHY, {"age": "old"}, {**HEALTHY, "ticked_question_ids": ["diabetes"]}]), "--many")
    first, second, third = json.loads(out)

    assert (first["highest_action"], second, third["contraindication_ids"]) == (
        "none",
        {"refused": {"age": "must be a number from 0 to 120"}},
        ["diabetes"],
    )
    assert (err.strip(), code) == ("CommandError: Intake 2, age: must be a number from 0 to 120", 1)


@pytest.mark.parametrize(
    ("sent", "words", "said"),
    [
        ("{", [], "The intake is not JSON: line 1, column 2:"),
        ("", [], "The intake is not JSON: line 1, column 1:"),
        (b"\xff", [], "The intake is not text in UTF-8."),
        ("[" * 200_000, [], "nested too deeply"),
        ("[]", [], "intake: must be an object with fields"),
        ("{}", ["--many"], "With --many, give a list of intakes"),
    ],
)
def test_the_command_refuses_in_one_sentence_and_writes_nothing(sent, words, said):
    out, err, code = run(sent, *words)

    assert (out, code) == ("", 1)
    assert said in err
    assert "Traceback" not in err


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.lists(st.text(max_size=100), max_size=4), st.text(max_size=400))
def test_any_words_are_answered(own_words, medicines, free_text):
    found = told(condition_in_own_words=own_words, medicines_as_typed=medicines, free_text=free_text)

    assert found["highest_action"] in (*Action.values, "none")
    assert json.loads(json.dumps(found)) == found
