import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.rulebook import rulebook
from treatments.catalogue import catalogue
from treatments.safety import (
    HOME_POINTS,
    Reason,
    Verdict,
    areas,
    check_point,
    flags_of_points,
    limits,
    narrowed,
    protocol,
    self_acupressure,
    suggest_points,
)

BOOK = catalogue()
EVERY_TECHNIQUE = sorted(BOOK.techniques)
PREGNANCY_POINTS = sorted(
    code
    for code, point in BOOK.points.items()
    if {"pregnancy_forbidden_points", "pregnancy_abdominal_points", "pregnancy_lumbosacral_points"} & set(point.cautions)
)


def test_a_healthy_patient_has_no_limits():
    free = limits([])

    assert (free.blocked_techniques, free.blocked_points, free.review, free.warned, free.unknown) == ([], [], {}, {}, ())


def test_screening_and_safety_know_the_same_rules_and_what_they_do():
    screening, safety = rulebook(), BOOK.safety
    rules = {**screening.rules, **screening.house_rules}
    ours = {**safety.flags, **safety.cautions}

    assert set(rules) == set(ours)
    assert {name: dict(rule.techniques) for name, rule in rules.items()} == {name: dict(flag.techniques) for name, flag in ours.items()}
    assert {name: rules[name].name for name in safety.flags} == {name: flag.label for name, flag in safety.flags.items()}
    assert {rule.id for rule in screening.combinations} == set(safety.combinations)


@pytest.mark.parametrize("rule", rulebook().combinations, ids=lambda rule: rule.id)
def test_answers_together_limit_techniques_as_screening_says(rule):
    found = limits([], actions=[rule.id])
    ours = {**dict.fromkeys(found.blocked, "block"), **dict.fromkeys(found.review, "review"), **dict.fromkeys(found.warned, "warn")}

    assert ours == dict(rule.techniques)


def test_a_medicine_nobody_knows_is_a_warning_and_not_a_wall():
    found = limits(["unknown_medicine"])

    assert (found.blocked, found.review, sorted(found.warned), found.unknown) == ({}, {}, EVERY_TECHNIQUE, ())


def test_an_emergency_blocks_every_technique():
    assert limits(["cauda_equina_saddle_numbness"]).blocked_techniques == EVERY_TECHNIQUE


def test_a_pacemaker_blocks_the_current_and_nothing_more():
    found = limits(["pacemaker_or_icd"])

    assert found.blocked_techniques == ["electroacupuncture"]
    assert sorted(found.review) == ["cupping"]
    assert [reason.label for reason in found.blocked["electroacupuncture"]] == ["Pacemaker or heart device"]


def test_a_blood_thinner_is_reviewed_and_care_is_asked_over_vessels():
    found = limits(["anticoagulant_medication"])

    assert found.blocked_techniques == ["cupping", "deep_tissue_massage"]
    assert "traditional_acupuncture" in found.review
    assert found.blocked_points == []
    assert check_point("BL40", found).verdict is Verdict.WARN


@pytest.mark.parametrize(
    "flag", ["pregnancy_first_trimester", "pregnancy_second_trimester", "pregnancy_third_trimester", "possible_pregnancy"]
)
def test_pregnancy_excludes_its_points(flag):
    found = limits([flag])

    assert found.blocked_points == PREGNANCY_POINTS
    assert len(found.blocked_points) == 42
    assert check_point("LI4", found).verdict is Verdict.EXCLUDED
    assert check_point("ST12", found).verdict is Verdict.WARN


def test_points_of_pregnancy_are_free_without_a_pregnancy():
    assert check_point("LI4", limits([])).verdict is Verdict.CLEAR
    assert check_point("BL23", limits([])).reasons[0].label == "Near the kidney"


def test_what_blocks_is_not_said_again_as_review_or_warning():
    found = limits(["bleeding_disorder", "anticoagulant_medication", "diabetes"])

    assert not set(found.blocked) & set(found.review)
    assert not (set(found.blocked) | set(found.review)) & set(found.warned)


@pytest.mark.parametrize(
    ("action", "blocked"),
    [
        ("block_all", EVERY_TECHNIQUE),
        ("fever_plus_spinal_pain", EVERY_TECHNIQUE),
        ("as_anticoagulant", ["cupping", "deep_tissue_massage"]),
        ("block:electroacupuncture", ["electroacupuncture"]),
    ],
)
def test_answers_together_have_their_effect(action, blocked):
    assert limits([], actions=[action]).blocked_techniques == blocked


def test_an_effect_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="'dance' is no effect"):
        limits([], actions=["dance"])


def test_an_unknown_flag_asks_for_a_review_of_everything():
    found = limits(["brand_new_flag"])

    assert (found.unknown, sorted(found.review), found.blocked_techniques) == (("brand_new_flag",), EVERY_TECHNIQUE, [])


def test_infected_skin_closes_its_region_and_no_other():
    found = limits(["skin_infection_in_area"], ["leg"])

    assert sorted(found.blocked_regions) == ["leg"]
    assert found.blocked_points == []
    assert [check_point(code, found).verdict for code in ("ST36", "BL60", "LI11")] == [Verdict.EXCLUDED, Verdict.EXCLUDED, Verdict.CLEAR]


def test_an_area_is_its_regions():
    assert areas(["leg", "neck"]) == {"thigh", "knee", "lower_leg", "ankle", "foot", "neck"}


@pytest.mark.parametrize("code", ["CV8", "ST17"])
def test_some_points_are_never_needled(code):
    check = check_point(code, limits([]))

    assert check.forbidden
    assert not check.needs_override


def test_an_implant_excludes_points_near_it():
    assert limits(["breast_or_cosmetic_implant"]).blocked_points == ["GB22", "LU1", "SP21", "ST15", "ST17"]


@pytest.mark.parametrize(
    ("depth", "angle", "verdict", "asks"),
    [(15, 45, Verdict.CARE, False), (16, 45, Verdict.WARN, True), (10, 90, Verdict.WARN, True), (None, None, Verdict.CARE, False)],
)
def test_a_deep_or_straight_needle_near_the_lung_asks_for_a_reason(depth, angle, verdict, asks):
    check = check_point("BL13", limits([]), depth, angle_degrees=angle)

    assert (check.verdict, check.asks_reason) == (verdict, asks)


def test_the_gravest_reason_comes_first():
    check = check_point("BL23", limits(["pregnancy_second_trimester"]), 40)

    assert [reason.id for reason in check.reasons] == ["pregnancy_second_trimester", "depth", "kidney_risk_points"]


def test_the_soft_spot_matters_only_in_children():
    assert check_point("GV20", limits([])).verdict is Verdict.CLEAR
    assert check_point("GV20", limits(["child_under_16"])).verdict is Verdict.WARN


def test_needles_in_the_trunk_raise_the_lung():
    assert flags_of_points(["BL13", "ST36"]) == {"pneumothorax_risk_points"}
    assert flags_of_points(["LI4", "nothing"]) == frozenset()


def test_home_pressing_shows_the_five_points_and_hides_unsafe_ones():
    assert [point.code for point in self_acupressure(limits([]))] == list(HOME_POINTS)
    assert [point.code for point in self_acupressure(limits(["skin_infection_in_area"], ["knee"]), agreed=True)] == []
    assert [point.code for point in self_acupressure(limits(["possible_pregnancy"]))] == ["ST36", "BL40"]


def test_home_pressing_waits_for_a_word_in_pregnancy():
    found = limits(["pregnancy_second_trimester"])

    assert self_acupressure(found) == ()
    assert [point.code for point in self_acupressure(found, agreed=True)] == ["ST36", "BL40"]


def test_home_pressing_follows_the_condition():
    shown = self_acupressure(limits([]), ["headaches"], most=3)

    assert len(shown) == 3
    assert all(point.self_acupressure for point in shown)
    assert {point.code for point in shown} <= {*BOOK.conditions["headaches"].local_points, *BOOK.conditions["headaches"].distal_points}


def test_points_for_home_are_found_without_a_textbook():
    """No cun, no bones by their Latin names."""
    home = [point for point in BOOK.points.values() if point.how_to_find]

    assert set(HOME_POINTS) <= {point.code for point in home}
    assert [point.code for point in home if "cun" in point.how_to_find.split()] == []
    assert all(point.self_acupressure for point in home)


def test_a_condition_suggests_points_that_are_safe_here():
    free = suggest_points("chronic_low_back_pain", limits([]))
    pregnant = suggest_points("chronic_low_back_pain", limits(["pregnancy_second_trimester"]))

    assert [each.point.code for each in free][:2] == ["BL23", "BL25"]
    assert [each.point.code for each in pregnant] == ["BL40", "GB34", "KI3"]


def test_a_protocol_names_closed_points_with_the_reason():
    steps = {each.point.code: each.check for each in protocol("chronic_low_back_pain", limits(["pregnancy_second_trimester"]))}
    assert (steps["BL23"].needs_override, steps["BL23"].reasons[0].id) == (True, "pregnancy_second_trimester")
    assert steps["GB34"].verdict is Verdict.CARE


def test_what_a_clinician_closes_joins_the_rules_and_opens_nothing():
    before = limits(["anticoagulant_medication"])
    why = Reason("clinician", "Limited by R. Mehta", "Thin skin.")
    after = narrowed(before, why, techniques=["cupping", "tui_na"], points=["LI4"], regions=["abdomen"])

    assert after.blocked["tui_na"] == (why,)
    assert after.blocked["cupping"] == (*before.blocked.get("cupping", ()), why)
    assert set(before.blocked) <= set(after.blocked)
    assert not after.blocked.keys() & (after.review.keys() | after.warned.keys())
    assert (check_point("LI4", after).verdict, check_point("CV6", after).verdict) == (Verdict.EXCLUDED, Verdict.EXCLUDED)


def test_local_points_follow_the_area_where_the_problem_may_be_anywhere():
    assert [each.point.code for each in suggest_points("musculoskeletal_pain", limits([]), ["knee"]) if each.local] == ["ST35", "SP9"]


GRADES = list(Verdict)


@given(
    flags=st.frozensets(st.sampled_from(sorted(BOOK.safety.flags)), max_size=5),
    more=st.sampled_from(sorted(BOOK.safety.flags)),
    code=st.sampled_from(sorted(BOOK.points)),
)
def test_one_flag_more_never_allows_more(flags, more, code):
    before, after = limits(flags, ["lower_back"]), limits(flags | {more}, ["lower_back"])

    assert set(before.blocked) <= set(after.blocked)
    assert set(before.blocked_points) <= set(after.blocked_points)
    assert GRADES.index(check_point(code, before).verdict) <= GRADES.index(check_point(code, after).verdict)
    assert len(self_acupressure(after)) <= len(self_acupressure(before))
