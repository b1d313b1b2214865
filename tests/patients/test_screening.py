"""Answers in, screening out: real cases, every rule reached and nearly reached, and laws that hold for any answers."""

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.cases import told
from patients.enums import Act, Action, Taken, Tier
from patients.questionnaire import Answers, AnswersRefused, read
from patients.rulebook import rulebook
from patients.ruleset import NONE, NOT_SURE
from patients.screening import screen, screen_case
from tests.patients.people import TODAY, answered, shown_to

BOOK = rulebook()
ACUPUNCTURE, ELECTRO, CUPPING, PHYSIO = "traditional_acupuncture", "electroacupuncture", "cupping", "physiotherapy"
MANY = [question for question in BOOK.questions.values() if question.kind == "many"]


def screened(answers: Answers, *techniques: str, country: str = "GB"):
    return screen(answers, BOOK, today=TODAY, techniques=techniques or (ACUPUNCTURE,), country=country)


def rules_of(screening) -> list[str]:
    return sorted(finding.rule for finding in screening.findings)


@pytest.mark.parametrize("complaint", BOOK.complaints)
def test_a_healthy_adult_is_clear_whatever_brings_them(complaint):
    screening = screened(answered(complaint))

    assert (screening.tier, screening.findings, screening.flags, screening.missing) == (Tier.CLEAR, (), (), ())
    assert screening.open_to == BOOK.techniques


@pytest.mark.parametrize(
    ("said", "techniques", "tier", "rules"),
    [
        ({"urgent": ["cauda_equina_saddle_numbness"]}, [ACUPUNCTURE], "emergency", ["cauda_equina_saddle_numbness"]),
        ({"urgent": ["suspected_dvt"]}, [PHYSIO], "emergency", ["suspected_dvt"]),
        ({"warnings": ["fever_unwell"]}, [ACUPUNCTURE], "emergency", ["fever_plus_spinal_pain", "fever_unwell"]),
        ({"warnings": ["unexplained_weight_loss"]}, [ACUPUNCTURE], "review", ["unexplained_weight_loss"]),
        (
            {"warnings": ["unexplained_weight_loss", "night_pain"]},
            [PHYSIO],
            "block",
            ["night_pain", "unexplained_weight_loss", "weight_loss_plus_night_pain"],
        ),
        ({"conditions": ["pacemaker_or_icd"]}, [ACUPUNCTURE], "caution", ["pacemaker_or_icd"]),
        ({"conditions": ["pacemaker_or_icd"]}, [CUPPING], "review", ["pacemaker_or_icd"]),
        ({"conditions": ["pacemaker_or_icd"]}, [ELECTRO], "block", ["pacemaker_or_icd", "pacemaker_plus_electroacupuncture_request"]),
        ({"conditions": ["pacemaker_or_icd"]}, [], "review", ["pacemaker_or_icd"]),
        ({"bleeding": ["bleeding_disorder"]}, [ACUPUNCTURE], "block", ["bleeding_disorder"]),
        ({"bleeding": ["bleeding_disorder"]}, [PHYSIO], "review", ["bleeding_disorder"]),
        ({"medicines": ["antiplatelet_medication"]}, [ACUPUNCTURE], "caution", ["antiplatelet_medication"]),
        ({"medicines": ["antiplatelet_medication"]}, [CUPPING], "review", ["antiplatelet_medication"]),
        ({"medicines_typed": "warferin 3mg nightly"}, [ACUPUNCTURE], "review", ["anticoagulant_medication"]),
        ({"medicines_typed": "warferin 3mg nightly"}, [CUPPING], "block", ["anticoagulant_medication"]),
        ({"medicines_typed": "my husband takes warfarin"}, [ACUPUNCTURE], "clear", []),
        ({"medicines_typed": "warfarin, stopped two years ago"}, [ACUPUNCTURE], "clear", []),
        ({"medicines_typed": "aspirin 75 and clopidogrel"}, [ACUPUNCTURE], "review", ["antiplatelet_medication", "dual_antithrombotic"]),
        ({"medicines_typed": "aspirin 75, Nu-Seals"}, [ACUPUNCTURE], "caution", ["antiplatelet_medication"]),
        (
            {"medicines": ["anticoagulant_medication", "bleeding_risk_supplement"]},
            [ACUPUNCTURE],
            "review",
            ["anticoagulant_medication", "anticoagulant_plus_supplement", "bleeding_risk_supplement"],
        ),
        ({"medicines_typed": "curcuplex forte"}, [ACUPUNCTURE], "caution", ["unknown_medicine"]),
        ({"pregnant": "up_to_12"}, [ACUPUNCTURE], "review", ["pregnancy_first_trimester"]),
        ({"pregnant": "from_28"}, [ELECTRO], "block", ["pregnancy_third_trimester"]),
        ({"pregnant": "not_sure"}, [ACUPUNCTURE], "review", ["possible_pregnancy"]),
        ({"treatment": ["needle_phobia"]}, [ACUPUNCTURE], "review", ["needle_phobia"]),
        ({"conditions": ["epilepsy"], "fits": "not_sure"}, [ELECTRO], "review", ["epilepsy", "epilepsy_uncontrolled"]),
        ({"conditions": ["epilepsy"], "fits": "yes"}, [ELECTRO], "block", ["epilepsy", "epilepsy_uncontrolled"]),
        ({"born": "2014-05-01"}, [ACUPUNCTURE], "review", ["child_under_16"]),
        ({"born": "2009-05-01"}, [ACUPUNCTURE], "caution", ["young_person_16_17"]),
        ({"born": "1960-05-01", "onset": "weeks"}, [ACUPUNCTURE], "caution", ["new_onset_age_red_flag"]),
        ({"born": "1960-05-01", "onset": "again"}, [ACUPUNCTURE], "clear", []),
        ({"skin": [NOT_SURE]}, [ACUPUNCTURE], "review", ["unsure_answer"]),
        ({"history": ["cancer_history"], "warnings": ["night_pain"]}, [ACUPUNCTURE], "review", ["cancer_history", "night_pain"]),
        (
            {"history": ["cancer_history"], "warnings": ["night_pain"], "onset": "months"},
            [ACUPUNCTURE],
            "emergency",
            ["cancer_history", "cancer_plus_spinal_pain_pattern", "night_pain"],
        ),
        (
            {"warnings": ["sudden_after_minor_strain"], "medicines": ["long_term_steroids"]},
            [ACUPUNCTURE],
            "block",
            ["fragile_bone_plus_minor_trauma", "long_term_steroids", "osteoporosis_fracture_risk"],
        ),
        (
            {"history": ["thin_bones"], "medicines": ["long_term_steroids"]},
            [ACUPUNCTURE],
            "review",
            ["long_term_steroids", "osteoporosis_fracture_risk"],
        ),
    ],
)
def test_real_answers_are_screened_for_the_technique_wanted(said, techniques, tier, rules):
    screening = screen(answered(**said), BOOK, today=TODAY, techniques=techniques)

    assert (screening.tier, rules_of(screening)) == (tier, rules)


@pytest.mark.parametrize(
    ("complaint", "onset", "tier"),
    [
        ("hip_knee", "years", "block"),
        ("hip_knee", "weeks", "emergency"),
        ("neck", "years", "emergency"),
        ("headache", "years", "emergency"),
    ],
)
def test_fever_is_an_emergency_with_spinal_or_new_pain_and_closes_the_visit_otherwise(complaint, onset, tier):
    assert screened(answered(complaint, onset=onset, warnings=["fever_unwell"])).tier == tier


def test_a_medicine_is_shown_as_typed_and_as_read():
    screening = screened(answered(medicines_typed="warferin 3mg nightly, my dad has Plavix"))

    read_as = [(mention.typed, mention.name, mention.flag, mention.taken) for mention in screening.medicines]
    assert read_as == [
        ("warferin", "warfarin", "anticoagulant_medication", Taken.NOW),
        ("Plavix", "Plavix", "antiplatelet_medication", Taken.OTHER),
    ]
    assert screening.findings[0].said == "“warferin”, read as warfarin"


def test_pregnancy_keeps_points_and_techniques_away():
    screening = screened(answered(pregnant="up_to_12"))

    assert {"LI4", "SP6", "CV6", "BL52"} <= set(screening.blocked_points)
    assert {"ST12", "LR3"} <= set(screening.warned_points)
    assert screening.blocked == {ELECTRO, CUPPING, "deep_tissue_massage"}


def test_infected_skin_closes_the_region_they_came_with():
    screening = screened(answered("neck", skin=["skin_infection_in_area"]))

    assert (screening.tier, screening.blocked_regions) == (Tier.BLOCK, ("neck", "shoulder"))
    assert screening.open_to == (PHYSIO,)


def test_an_emergency_closes_everything_and_says_where_to_go_in_the_words_of_the_country():
    emergency = {"urgent": ["chest_pain_breathlessness"]}
    london, tokyo = (screened(answered(**emergency), country=country) for country in ("GB", "JP"))

    assert (london.open_to, london.blocked) == ((), set(BOOK.techniques))
    assert "Call 999 or go to A&E now" in london.findings[0].advice
    assert "Call 119 or go to a hospital emergency department now" in tokyo.findings[0].advice
    assert not any("{" in finding.advice + finding.note + finding.tell for finding in (*london.findings, *tokyo.findings))


def test_unanswered_questions_are_listed_and_need_a_person():
    screening = screened(Answers("lower_back", {"born": "1985-03-27"}))

    assert screening.tier == Tier.REVIEW
    assert screening.missing == (
        "pregnant", "urgent", "onset", "warnings", "bleeding", "medicines", "conditions", "history", "skin", "treatment",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "raised", "near_miss"),
    [
        ("unsure_answer", answered(urgent=["not_sure"]), answered(urgent=["none"])),
        ("unanswered", Answers("lower_back", {"born": "1985-03-27"}), answered("lower_back")),
    ],
)
def test_a_rule_about_the_form_itself_speaks_and_has_a_near_miss(rule, raised, near_miss):
    assert rule in rules_of(screened(raised))
    assert rules_of(screened(near_miss)) == []


def test_an_answer_to_a_question_no_longer_shown_still_counts():
    numb = answered("lower_back", urgent=["cauda_equina_saddle_numbness"])

    assert screened(Answers("headache", numb.given)).tier == Tier.EMERGENCY


@pytest.mark.parametrize(
    "answers",
    [
        Answers("lower_back", {"shoe_size": "42"}),
        Answers("lower_back", {"urgent": ["shoe_size"]}),
        Answers("shoes", {}),
    ],
)
def test_answers_of_another_form_are_refused_with_words(answers):
    with pytest.raises(AnswersRefused):
        screened(answers)


def test_an_emergency_in_free_words_beats_a_ticked_none():
    screening = screened(answered("something_else", details="I can't feel anything down below since Monday"))

    assert (screening.tier, rules_of(screening)) == (Tier.EMERGENCY, ["cauda_equina_saddle_numbness"])


def test_unclear_words_ask_for_a_person_and_are_not_cleared():
    screening = screened(answered("something_else", details="not sure if it is a blood clot"))

    assert (screening.tier, rules_of(screening)) == (Tier.REVIEW, ["unclear_words"])


def test_words_about_ending_one_s_life_say_where_to_go_now():
    screening = screened(answered("something_else", details="some days I want to kill myself"))

    assert (screening.tier, rules_of(screening), screening.open_to) == (Tier.EMERGENCY, ["thoughts_of_harm"], ())
    assert "call 999 or go to A&E now" in screening.findings[0].advice


def test_weeks_that_are_told_take_the_place_of_perhaps_pregnant():
    assert rules_of(screened(answered("something_else", details="20 weeks pregnant"))) == ["pregnancy_second_trimester"]
    assert rules_of(screened(answered("something_else", details="I am pregnant"))) == ["possible_pregnancy"]


def test_what_is_over_or_somebody_else_s_is_shown_but_raises_nothing():
    screening = screened(answered("something_else", details="I had chest pain in 2012. My mum has epilepsy."))

    assert screening.tier == Tier.CLEAR
    assert [(heard.rule, heard.sense) for heard in screening.heard] == [("chest_pain_breathlessness", "over"), ("epilepsy", "other_person")]


def option_that_raises(rule: str, form: str):
    """Somebody who gives the answer that raises a rule, and nothing else."""
    for page in (BOOK.pages[name] for name in BOOK.forms[form]):
        for question in page.questions:
            for option in question.options:
                if option.raises == rule and not option.unsure:
                    return question, option
    raise AssertionError(f"nothing raises {rule}")


COMPUTED = {"child_under_16": {"born": "2014-05-01"}, "young_person_16_17": {"born": "2009-05-01"}}
COMPUTED["new_onset_age_red_flag"] = {"born": "1950-05-01", "onset": "weeks"}
NEEDED = {"fits": {"conditions": ["epilepsy"]}, "diabetes_feet": {"conditions": ["diabetes"]}, "pregnancy_signs": {"pregnant": "from_13"}}
NEEDED["today_pregnancy_signs"] = {"today_pregnant": "from_13"}


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        (form, rule)
        for moment, form in (("intake", "first"), ("each_visit", "visit"))
        for rule in BOOK.rules
        if moment in BOOK.rules[rule].asked
    ],
)
def test_every_rule_is_raised_by_an_answer_that_is_shown_and_not_by_its_near_miss(form, rule):
    if rule in COMPUTED:
        assert rule in screened(answered(**COMPUTED[rule])).flags
        assert rule not in screened(answered()).flags
        return
    question, option = option_that_raises(rule, form)
    before = NEEDED.get(question.id, {})
    value = [option.value] if question.kind == "many" else option.value
    people = [answered(each, form=form, **before) for each in BOOK.complaints]
    sees = [one for one in people if any(q.id == question.id and q.option(option.value) for q in shown_to(one))]

    assert sees
    assert rule not in screened(sees[0]).flags
    assert rule in screened(answered(sees[0].complaint, form=form, **before, **{question.id: value})).flags


@pytest.mark.parametrize("combination", BOOK.combinations, ids=lambda each: each.id)
def test_every_combination_speaks_with_all_its_parts_and_not_with_one_less(combination):
    context = {"duration_weeks": 4, "region": "lower_back", "techniques": [ELECTRO]}
    parts = [*combination.all, *combination.any[:1]]
    spoken = screen_case(told(BOOK, ticked=parts, **context), BOOK, today=TODAY)
    fewer = screen_case(told(BOOK, ticked=parts[1:], **context), BOOK, today=TODAY)

    assert combination.id in spoken.combinations or combination.id == "dual_antithrombotic"
    assert combination.id not in fewer.combinations


@pytest.mark.parametrize(
    ("ticked", "context", "combination"),
    [
        (["fever_unwell"], {"duration_weeks": 200, "region": "knee"}, "fever_plus_spinal_pain"),
        (["cancer_history", "night_pain"], {"duration_weeks": 200, "region": "lower_back"}, "cancer_plus_spinal_pain_pattern"),
        (["cancer_history", "night_pain"], {"duration_weeks": 4, "region": "knee"}, "cancer_plus_spinal_pain_pattern"),
        (["osteoporosis_fracture_risk", "long_term_steroids"], {"duration_weeks": 60}, "fragile_bone_plus_minor_trauma"),
        (["osteoporosis_fracture_risk", "long_term_steroids"], {"duration_weeks": 3, "region": "knee"}, "fragile_bone_plus_minor_trauma"),
        (["pacemaker_or_icd"], {"techniques": [CUPPING]}, "pacemaker_plus_electroacupuncture_request"),
    ],
)
def test_a_combination_stays_silent_outside_its_context(ticked, context, combination):
    assert combination not in screen_case(told(BOOK, ticked=ticked, **context), BOOK, today=TODAY).combinations


def test_the_outcome_follows_the_strongest_action():
    screening = screen_case(told(BOOK, ticked=["pacemaker_or_icd", "diabetes"], age=60), BOOK, today=TODAY)

    assert (screening.highest_action, screening.needs_review) == (Action.BLOCK, False)
    assert (screening.blocked, screening.tier_for([ACUPUNCTURE]), screening.tier_for([ELECTRO])) == ({ELECTRO}, Tier.CAUTION, Tier.BLOCK)


def test_an_unsure_answer_closes_nothing_but_asks():
    case = read(answered(conditions=["epilepsy"], fits="not_sure"), BOOK, today=TODAY)
    finding = next(each for each in screen_case(case, BOOK, today=TODAY).findings if each.rule == "epilepsy_uncontrolled")

    assert (finding.action, finding.sure, Act.BLOCK in finding.actions.values()) == (Action.REVIEW, False, False)


def test_told_refuses_ids_that_are_not_ours():
    with pytest.raises(AnswersRefused) as refused:
        told(BOOK, ticked=["flat_feet"], region="tail", techniques=["magic"])

    assert set(refused.value.errors) == {"ticked", "region", "techniques"}


def ticks(question):
    values = [option.value for option in question.options if option.value != NONE]
    return st.one_of(st.just([NONE]), st.lists(st.sampled_from(values), unique=True, min_size=1, max_size=4))


@st.composite
def people(draw):
    given = {question.id: draw(ticks(question)) for question in MANY}
    for question in BOOK.questions.values():
        if question.kind == "one":
            given[question.id] = draw(st.sampled_from([option.value for option in question.options]))
    given["born"] = draw(st.dates(date(1930, 1, 1), date(2024, 1, 1))).isoformat()
    return Answers(draw(st.sampled_from(sorted(BOOK.complaints))), given, form="first")


@settings(max_examples=150, deadline=None)
@given(people(), st.data(), st.sampled_from([(), (ACUPUNCTURE,), (ELECTRO, CUPPING), (PHYSIO,)]))
def test_one_more_yes_never_lowers_the_tier(person, data, techniques):
    question = data.draw(st.sampled_from(MANY))
    more = data.draw(st.sampled_from([option.value for option in question.options if option.value != NONE]))
    values = [value for value in person.given[question.id] if value not in (NONE, more)]
    worse = replace(person, given={**person.given, question.id: [*values, more]})
    before, after = (screen(each, BOOK, today=TODAY, techniques=techniques) for each in (person, worse))

    assert after.tier.rank <= before.tier.rank
    assert set(before.flags) <= set(after.flags)
    assert before.blocked <= after.blocked


@settings(max_examples=60, deadline=None)
@given(people(), st.randoms())
def test_the_order_of_answers_does_not_matter(person, random):
    items = list(person.given.items())
    random.shuffle(items)
    shuffled = replace(person, given={name: value[::-1] if isinstance(value, list) else value for name, value in items})
    one, other = (screened(each) for each in (person, shuffled))

    assert (one.tier, rules_of(one), one.flags, one.blocked) == (other.tier, rules_of(other), other.flags, other.blocked)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_words_get_an_answer(typed, details):
    assert screened(answered("something_else", medicines_typed=typed, details=details)).tier in Tier


def test_one_screening_takes_less_than_five_thousandths_of_a_second():
    answers = answered(
        "something_else", medicines_typed="warferin 3mg, ramipril, blue inhaler", details="My back went when I lifted a box. " * 4
    )
    screened(answers)
    taken = []
    for _ in range(50):
        start = time.thread_time()
        screened(answers)
        taken.append(time.thread_time() - start)

    assert sorted(taken)[25] < 0.005
