"""People as they come: whole intakes, half of them tricky, with all that the rules make of them."""

import pytest

from patients.enums import Action
from patients.rulebook import rulebook
from tests.patients.people import TODAY
from treatments.trial import screen_told

BOOK = rulebook()
CALM = {
    "age": 42,
    "sex": "f",
    "region": "lower_back",
    "condition_in_own_words": "an ache after long drives",
    "duration_weeks": 90,
    "pain_0_to_10": 4,
    "requested_technique": "traditional_acupuncture",
}
NONE, EMERGENCY, BLOCK, REVIEW, WARN = "none", Action.EMERGENCY, Action.BLOCK, Action.REVIEW, Action.WARN
CLOT, NSAID, HERB, PLATELET = (
    "anticoagulant_medication",
    "other_bleeding_risk_medication",
    "bleeding_risk_supplement",
    "antiplatelet_medication",
)
SADDLE, BLADDER, LEGS, WEAK = (
    *("cauda_equina_saddle_numbness", "cauda_equina_bladder_bowel"),
    *("cauda_equina_bilateral_leg_or_sexual", "progressive_leg_weakness"),
)


def told(**fields: object) -> dict:
    return screen_told({**CALM, **fields}, today=TODAY)


def takes(*texts: str) -> dict:
    return {"medicines_as_typed": list(texts)}


def writes(text: str, **more: object) -> dict:
    return {"free_text": text, **more}


PLAIN = [
    ("nothing at all", {}, NONE, []),
    ("a runner's knee", {"region": "knee", "condition_in_own_words": "aches after a half marathon"}, NONE, []),
    ("a stiff neck", {"region": "neck", "condition_in_own_words": "stiff from the computer"}, NONE, []),
    ("apixaban by its brand", takes("Eliquis 5mg twice a day"), REVIEW, [CLOT]),
    ("clopidogrel alone", takes("clopidogrel 75"), WARN, [PLATELET]),
    ("two against platelets", takes("aspirin 75mg, ticagrelor 90mg bd"), REVIEW, [PLATELET, "dual_antithrombotic"]),
    ("an SSRI with a blood thinner", takes("sertraline 100mg", "edoxaban"), REVIEW, [CLOT, NSAID, "anticoagulant_plus_nsaid_or_ssri"]),
    ("a supplement with a blood thinner", takes("warfarin", "gingko"), REVIEW, [CLOT, HERB, "anticoagulant_plus_supplement"]),
    ("only a multivitamin", takes("a multivitamin"), NONE, []),
    ("blood pressure tablets", takes("ramipril 5mg, amlodipine 10"), NONE, []),
    ("a pacemaker, needles wanted", {"ticked_question_ids": ["pacemaker_or_icd"]}, BLOCK, ["pacemaker_or_icd"]),
    (
        "a pacemaker, current wanted",
        {"ticked_question_ids": ["pacemaker_or_icd"], "requested_technique": "electroacupuncture"},
        BLOCK,
        ["pacemaker_or_icd", "pacemaker_plus_electroacupuncture_request"],
    ),
    ("a child", {"age": 11}, REVIEW, ["child_under_16"]),
    ("seventeen", {"age": 17}, WARN, ["young_person_16_17"]),
    ("first back pain at seventy", {"age": 70, "duration_weeks": 3}, WARN, ["new_onset_age_red_flag"]),
    ("first knee pain at seventy", {"age": 70, "duration_weeks": 3, "region": "knee"}, NONE, []),
    ("epilepsy", writes("I have epilepsy, well controlled"), REVIEW, ["epilepsy"]),
    ("pregnant, five months", writes("I'm five months pregnant"), REVIEW, ["possible_pregnancy"]),
    ("pregnant, twenty weeks", writes("I'm 20 weeks pregnant"), REVIEW, ["pregnancy_second_trimester"]),
    ("a clot now", writes("The hospital says I have a blood clot in my calf"), EMERGENCY, ["suspected_dvt"]),
    ("numb seat", writes("Since Friday it is numb when I wipe"), EMERGENCY, [SADDLE]),
    ("cannot go", writes("I have not been able to pass water since last night"), EMERGENCY, [BLADDER]),
    ("foot drop", writes("My left foot drags and I trip over it"), EMERGENCY, [WEAK]),
    ("both legs", writes("Shooting pain down both legs"), EMERGENCY, [LEGS]),
    ("chest", writes("My chest feels tight today"), EMERGENCY, ["chest_pain_breathlessness"]),
    ("fever with the back", writes("I have a temperature of 39"), EMERGENCY, ["fever_unwell", "fever_plus_spinal_pain"]),
    ("fever with an old knee", writes("I have a temperature", region="knee", duration_weeks=300), REVIEW, ["fever_unwell"]),
    ("needles are dreaded", writes("I am terrified of needles"), REVIEW, ["needle_phobia"]),
    ("shingles", writes("I have shingles on my back"), BLOCK, ["skin_infection_in_area"]),
    ("an operation last month", writes("I had a hernia repaired last month"), REVIEW, ["recent_surgery"]),
    ("a stroke seven weeks ago", writes("I had a mini stroke seven weeks ago"), REVIEW, ["recent_stroke"]),
    ("thoughts of harm", writes("Most days I feel suicidal"), EMERGENCY, []),
]
TRICKY = [
    ("a brand with two slips", takes("xeralto 20 mg at tea time"), REVIEW, [CLOT]),
    ("six letters, one lost", takes("humra every fortnight"), REVIEW, ["immunosuppression"]),
    ("shouted", takes("ELEQUISS 5 MG!!"), REVIEW, [CLOT]),
    ("a list without commas", takes("warfrin ramiprl and fish oils"), REVIEW, [CLOT, HERB, "anticoagulant_plus_supplement"]),
    ("stopped long ago", takes("warfarin, stopped 2 yrs ago"), NONE, []),
    ("stopped three days ago", takes("stopped warfarin three days ago"), REVIEW, [CLOT]),
    ("an injection stopped three days ago", takes("Clexane, stopped three days ago"), NONE, []),
    ("denied", takes("No blood thinners."), NONE, []),
    ("denied, and another taken", takes("not on warfarin any more, apixaban now"), REVIEW, [CLOT]),
    ("not allowed because of another", takes("can't take ibuprofen because I'm on rivaroxaban"), REVIEW, [CLOT]),
    ("the husband's", takes("my husband takes warfarin"), NONE, []),
    ("the husband's, put behind", takes("Plavix (my husband)"), NONE, []),
    ("hers beside his", takes("he is on Eliquis, my husband; I take naproxen"), REVIEW, [CLOT, NSAID, "anticoagulant_plus_nsaid_or_ssri"]),
    ("borrowed from him", takes("I take my husband's diclofenac"), WARN, [NSAID]),
    ("a so-called baby's", takes("one baby asprin a day"), WARN, [PLATELET]),
    ("an allergy", takes("allergic to aspirin"), NONE, []),
    ("in the kitchen", takes("garlic and ginger in my cooking"), NONE, []),
    ("a name close to another", takes("lixisenatide"), WARN, ["diabetes"]),
    ("never begun", takes("prescribed methotrexate but never took it"), NONE, []),
    ("perhaps soon", takes("I may start apixaban"), REVIEW, [CLOT]),
    ("cream, not tablets", takes("hydrocortisone cream"), NONE, []),
    ("a long list of no", writes("No numbness, tingling or weakness, no fever and no bladder problems."), NONE, []),
    ("no, but", writes("No fever but I am shivery"), EMERGENCY, ["fever_unwell", "fever_plus_spinal_pain"]),
    ("a no about something else", writes("I don't smoke and can't feel my bottom"), REVIEW, []),
    ("ten years ago", writes("I had chest pain ten years ago, it was nothing"), NONE, []),
    ("as a child", writes("I wet the bed as a child"), NONE, []),
    ("the mother's", writes("My mum had a stroke last month and I lift her"), NONE, []),
    ("told by the wife", writes("My wife says my mouth is drooping"), EMERGENCY, ["stroke_or_neck_artery_signs"]),
    ("runs in the family", writes("Breast cancer runs in the family"), NONE, []),
    ("a brother who bleeds", writes("My brother is a haemophiliac"), REVIEW, ["bleeding_disorder_carrier"]),
    ("misspelt illness", writes("I suffer from osteoperosis"), REVIEW, ["osteoporosis_fracture_risk"]),
    ("not sure", writes("I'm not sure if it is a blood clot"), REVIEW, []),
    ("ruled out", writes("The scan ruled out a blood clot"), REVIEW, []),
    ("numb, not there", writes("numb skin under my old scar"), REVIEW, ["reduced_sensation_in_area"]),
    ("two things at once", writes("I had cancer and the pain gets worse by the day", duration_weeks=4), EMERGENCY,
     ["severe_or_worsening_symptoms", "cancer_history", "cancer_plus_spinal_pain_pattern"]),
    ("a clot that is treated", takes("apixaban since my DVT"), REVIEW, [CLOT]),
    ("treated, and a new one", takes("apixaban since my DVT", "my other calf is hot and swollen"), EMERGENCY, ["suspected_dvt", CLOT]),
    ("a fever that is none", writes("Hay fever every spring"), NONE, []),
    ("weight on purpose", writes("Lost a stone with slimming world"), NONE, []),
    ("an accident of the bowels", writes("I messed my pants, didn't feel it coming"), EMERGENCY, [BLADDER]),
    ("wind that can't be held", writes("cant hold my wind in since tuesday"), EMERGENCY, [BLADDER]),
    ("a floppy foot", writes("my right foot has become floppy"), EMERGENCY, [WEAK]),
    ("driven into", writes("someone drove into the back of me three weeks ago"), EMERGENCY, ["major_trauma"]),
    ("a thumping belly", writes("there's a thumping in my belly like a heartbeat"), EMERGENCY, ["aortic_aneurysm_signs"]),
    ("buttons", writes("I struggle with my shirt buttons lately"), EMERGENCY, ["cord_compression_signs"]),
    ("behind the knee", writes("the back of my knee is hot, red and puffy"), EMERGENCY, ["suspected_dvt"]),
    ("a thermometer", writes("38.9 this morning and aching all over"), EMERGENCY, ["fever_unwell", "fever_plus_spinal_pain"]),
    ("thirty-nine years old", writes("I'm 39 and it started yesterday"), NONE, []),
    ("both legs, one at a time", writes("pain goes down my left leg and my right leg as well"), REVIEW, []),
    ("clean for years", writes("used to inject heroin, clean 3 years"), REVIEW, ["iv_drug_use"]),
    ("without, and", writes("I lost two stone without trying and it wakes me every night"), REVIEW,
     ["unexplained_weight_loss", "night_pain", "weight_loss_plus_night_pain"]),
    ("a carrier", writes("I'm a carrier of haemophilia"), REVIEW, ["bleeding_disorder_carrier"]),
    ("weeks in words", writes("thirty four weeks pregnant"), REVIEW, ["pregnancy_third_trimester"]),
    ("a shoe fitting", writes("I am a fit runner, had a fitting for shoes"), NONE, []),
    ("a dog that is stroked", writes("I stroke my dog and feel a click"), NONE, []),
    ("only frightened", writes("It nearly gave me a heart attack when it went"), NONE, []),
    ("so does the son", takes("mum takes apixaban and so do I"), REVIEW, [CLOT]),
    ("ages ago", takes("Pradaxa, but that was ages ago"), NONE, []),
    ("another script", writes("ペースメーカーがあります"), REVIEW, []),
    ("medicine in another script", takes("ワーファリン"), REVIEW, []),
    ("accents and units are read", takes("naïve question: paracetamol 500 µg, β-blocker"), NONE, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "action", "rules"), [case[1:] for case in (*PLAIN, *TRICKY)], ids=[case[0] for case in (*PLAIN, *TRICKY)]
)
def test_somebody_is_screened_as_a_careful_clinician_would(fields, action, rules):
    found = told(**fields)

    assert found["contraindication_ids"] + found["combination_rule_ids"] == rules
    assert (found["highest_action"], found["emergency"]) == (action, action == EMERGENCY)


def test_there_are_enough_of_them_and_half_are_tricky():
    assert len({case[0] for case in (*PLAIN, *TRICKY)}) == len(PLAIN) + len(TRICKY) >= 60
    assert len(TRICKY) >= len(PLAIN)


EVERYDAY = """
My lower back is stiff in the mornings and eases by lunchtime.
I sit at a desk all day and my shoulders are tight.
Tight hips and hamstrings, I do a lot of cycling.
I run three times a week and my knee aches after 10k.
My back went two years ago lifting a sofa, now it just niggles.
Shoulder pain when I reach up to a shelf.
I get tension headaches at the end of the working day.
Looking for something to help me sleep and relax.
I have had acupuncture before and loved it.
My chest muscles are sore from press-ups at the gym.
Sharp pain in my elbow when I lift the kettle, tennis elbow the GP said.
Old football injury to my ankle, clicks a bit.
I'm a nurse and on my feet all day, they ache.
Dull ache in the neck from looking at the phone.
Sciatica on the left, comes and goes, worse sitting.
I had a caesarean 6 years ago and my back has been stiff since.
Pain in my right buttock when driving for hours.
I work as a driver for the bus company.
My physio suggested dry needling for the calf.
I used to be a heavy smoker, stopped in 2010.
My husband recommended you, you fixed his knee.
My mum and sister both come to you.
No health problems, fit and well.
I drink a glass of wine at weekends.
Plantar fasciitis in both heels.
Frozen shoulder, can't reach behind my back.
I can't sit for long.
I can't sleep on my left side.
Arthritis in my thumbs, hard to open jars.
I carry my toddler on one hip a lot, he weighs a ton.
The kids keep me up at night.
Pulled a muscle in my groin playing football.
My hand aches after typing all day.
I had covid twice, last time in 2022, fine since.
Menopause, hot flushes at night.
Had physio for whiplash in 2015.
I fell in love with yoga and it helps.
My job is stressful and I grind my teeth, jaw is tight.
The pain is a 3 out of 10, was 6 last week.
Back pain since having my baby two years ago.
I weigh 80kg and want to lose weight.
My doctor checked me over, blood tests all normal.
Hay fever every spring.
I'd like to walk my daughter down the aisle without limping.
Knots between the shoulder blades.
I lost my job last month and feel low.
My dog pulled me and I strained my wrist.
I bruised my shin playing hockey yesterday.
Pain travels down the outside of one leg to the knee.
One leg is slightly shorter than the other.
""".strip().splitlines()


def test_what_most_people_write_raises_nothing():
    raised = {words: told(free_text=words, region="knee")["contraindication_ids"] for words in EVERYDAY}

    assert {words: rules for words, rules in raised.items() if rules} == {}
    assert [words for words in EVERYDAY if told(free_text=words, region="knee")["highest_action"] != NONE] == []


@pytest.mark.parametrize("words", ["I have a blood clot in my leg", "numb when I wipe", "my mum takes warfarin", "I am pregnant", ""])
def test_one_more_yes_never_makes_written_words_milder(words):
    strength = [*Action.values, NONE].index
    before = told(free_text=words)

    for rule in BOOK.rules:
        after = told(free_text=words, ticked_question_ids=[rule])
        assert strength(after["highest_action"]) <= strength(before["highest_action"]), rule
        assert set(before["blocked_techniques"]) <= set(after["blocked_techniques"]), rule


OF_POINTS = [rule for rule in BOOK.rules.values() if rule.asked == {"point_selection"}]
OF_HOUSE = {
    "unclear_words": (writes("Not sure if it is a blood clot"), writes("It is not a blood clot")),
    "unread_words": (writes("胸が痛い"), writes("a sore shoulder, since the café opened")),
    "unknown_medicine": (takes("zorbitol 5mg"), takes("paracetamol 500mg")),
    "thoughts_of_harm": (writes("I want to end my life"), writes("My neighbour wanted to end her life")),
}
BY_ANSWERS_ALONE = {"unsure_answer", "unanswered"}  # raised by the form, and tested with it


@pytest.mark.parametrize("rule", OF_POINTS, ids=lambda rule: rule.id)
def test_every_rule_about_points_speaks_for_its_point_and_not_for_another(rule):
    waits_for = sorted(rule.points.only_with)[:1]
    age = {"age": 12} if waits_for == ["child_under_16"] else {"ticked_question_ids": waits_for}
    other = next(code for code in ("LI11", "ST36", "SP9") if code not in rule.points.codes)

    assert rule.id in told(requested_points=[rule.points.codes[0]], **age)["contraindication_ids"]
    assert rule.id not in told(requested_points=[other], **age)["contraindication_ids"]
    if waits_for:
        assert rule.id not in told(requested_points=[rule.points.codes[0]])["contraindication_ids"]


@pytest.mark.parametrize("rule", OF_HOUSE)
def test_every_house_rule_about_words_speaks_and_has_a_near_miss(rule):
    raised, missed = (screen_told({**CALM, **fields}, today=TODAY) for fields in OF_HOUSE[rule])

    assert (raised["highest_action"], raised["unrecognised"]) != (missed["highest_action"], missed["unrecognised"])
    assert (missed["highest_action"], missed["unrecognised"]) == ("none", [])


def test_no_rule_is_without_an_intake_that_raises_it():
    asked = {rule.id for rule in BOOK.rules.values() if rule.asked & {"intake", "each_visit"}}

    assert asked | {rule.id for rule in OF_POINTS} == set(BOOK.rules)
    assert OF_HOUSE.keys() | BY_ANSWERS_ALONE == set(BOOK.house_rules)
