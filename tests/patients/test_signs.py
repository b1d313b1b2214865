"""Warning signs in people's own words: raised when plain, put to a person when unclear, and left alone when they are not so."""

import pytest

from patients.rulebook import rulebook
from patients.signs import Sense, listen
from patients.times import days_ago
from patients.wording import words_of
from tests.patients.people import TODAY

BOOK = rulebook()


def heard(text: str) -> dict[str, Sense]:
    return {each.rule: each.sense for each in listen(text, BOOK, today=TODAY)}


WRITTEN = [
    ("My bottom has gone numb since Sunday and I can't feel when I wipe", {"cauda_equina_saddle_numbness": Sense.PLAIN}),
    ("I feel numb down below when I sit on the loo", {"cauda_equina_saddle_numbness": Sense.PLAIN}),
    ("no numbness between my legs", {}),
    ("No numbness, tingling or weakness in my groin or saddle area.", {}),
    ("ten years ago I had numbness between my legs, it was operated on and went away", {}),
    ("I can't pee properly since yesterday", {"cauda_equina_bladder_bowel": Sense.PLAIN}),
    ("wet myself twice this week", {"cauda_equina_bladder_bowel": Sense.PLAIN}),
    ("my mum is incontinent", {}),
    ("I am not incontinent", {}),
    ("pain shooting down both legs", {"cauda_equina_bilateral_leg_or_sexual": Sense.PLAIN}),
    ("pain down my left leg only", {}),
    ("my foot keeps dragging when I walk, foot drop they called it", {"progressive_leg_weakness": Sense.PLAIN}),
    ("my right leg is getting weaker every week", {"progressive_leg_weakness": Sense.PLAIN}),
    ("I was in a car crash three days ago", {"major_trauma": Sense.PLAIN}),
    ("I was in a car crash twelve years ago", {}),
    ("fell down the stairs last night", {"major_trauma": Sense.PLAIN}),
    ("as a child I fell off a horse", {}),
    ("my husband fell off a ladder yesterday and I have been looking after him", {}),
    ("had a temperature and shivers over the weekend", {"fever_unwell": Sense.PLAIN}),
    ("no fever", {}),
    ("I've no fever but I am shivery", {"fever_unwell": Sense.PLAIN}),
    ("lost a stone without trying", {"unexplained_weight_loss": Sense.PLAIN}),
    ("I lost a stone with slimming world", {}),
    ("chest pain when I climb stairs", {"chest_pain_breathlessness": Sense.PLAIN}),
    ("no chest pain or breathlessness", {}),
    ("don't get short of breath", {}),
    ("I had chest pain in 2012, all clear", {}),
    ("My father died of a heart attack and had cancer", {}),
    ("my sister has epilepsy and I have diabetes", {"diabetes": Sense.PLAIN}),
    ("I had breast cancer in 2010", {"cancer_history": Sense.PLAIN}),
    ("never had cancer", {}),
    ("i'm pregnant, 20 weeks", {"possible_pregnancy": Sense.PLAIN, "pregnancy_second_trimester": Sense.PLAIN}),
    ("I am not pregnant", {}),
    ("My daughter is pregnant", {}),
    ("it might be a blood clot", {"suspected_dvt": Sense.UNCLEAR}),
    ("calf is hot and swollen and sore", {"suspected_dvt": Sense.PLAIN}),
    ("face drooped on Tuesday and my speech was slurred", {"stroke_or_neck_artery_signs": Sense.PLAIN}),
    ("worst headache of my life came on suddenly", {"headache_red_flags": Sense.PLAIN}),
    ("I have a pacemaker", {"pacemaker_or_icd": Sense.PLAIN}),
    ("no pacemaker", {}),
    ("terrified of needles", {"needle_phobia": Sense.PLAIN}),
    ("scared of needles as a child, fine now", {"needle_phobia": Sense.PLAIN}),
    ("I have osteoporosis and my back went when I coughed", {"osteoporosis_fracture_risk": Sense.PLAIN}),
    ("my back aches after gardening, better with heat", {}),
    ("stiff lower back in the morning, worse after sitting at my desk", {}),
    ("I don't know if I have a fever", {"fever_unwell": Sense.UNCLEAR}),
    ("Not sure whether it is numb between my legs", {"cauda_equina_saddle_numbness": Sense.UNCLEAR}),
    ("haven't got any numbness down there, thank goodness", {}),
    ("my partner says my foot is dragging", {"progressive_leg_weakness": Sense.PLAIN}),
    ("my wife noticed my face drooping", {"stroke_or_neck_artery_signs": Sense.PLAIN}),
    ("The numbness between my legs never went away", {"cauda_equina_saddle_numbness": Sense.PLAIN}),
    ("Numb between the legs? No", {}),
    ("Numb between the legs: no", {}),
    ("hip replacement in 2015", {"joint_replacement_in_area": Sense.PLAIN}),
    ("knee replacement six weeks ago", {"joint_replacement_in_area": Sense.PLAIN, "recent_surgery": Sense.PLAIN}),
    ("had a stroke five years ago", {}),
    ("tearing pain between my shoulder blades", {"aortic_aneurysm_signs": Sense.PLAIN}),
    (
        "I bleed for ages after a cut, my brother is a haemophiliac",
        {"bleeding_disorder": Sense.PLAIN, "bleeding_disorder_carrier": Sense.PLAIN},
    ),
    ("nephew has haemophilia", {}),
    ("no problems with my bladder or bowels", {}),
    ("I have IBS and need the loo often", {}),
    ("worried about cancer", {"cancer_history": Sense.UNCLEAR}),
    ("electric shocks down my back when I look down", {"cord_compression_signs": Sense.PLAIN}),
    ("keep dropping things, my hands are clumsy lately", {"cord_compression_signs": Sense.PLAIN}),
    ("in remission from lymphoma", {"cancer_history": Sense.PLAIN}),
    ("finished chemo in March", {"cancer_history": Sense.PLAIN}),
    ("on chemotherapy", {"active_cancer": Sense.PLAIN, "cancer_history": Sense.PLAIN}),
    ("injected heroin two years ago", {"iv_drug_use": Sense.PLAIN}),
    ("It never stops, wakes me all night, no position helps", {"night_pain": Sense.PLAIN}),
    ("I got wet in the rain", {}),
    ("I don't smoke and can't feel my bottom", {"cauda_equina_saddle_numbness": Sense.UNCLEAR}),
    ("I used to play football and can't pee", {"cauda_equina_bladder_bowel": Sense.UNCLEAR}),
    ("I had a car crash in 2015 and last night I wet myself", {"cauda_equina_bladder_bowel": Sense.PLAIN, "major_trauma": Sense.PLAIN}),
    ("My mum had MS, can't feel anything down below", {"cauda_equina_saddle_numbness": Sense.UNCLEAR}),
    ("On aspirin since my heart attack in 2019", {}),
    ("since my op in 2019 my foot is dragging", {"progressive_leg_weakness": Sense.PLAIN}),
    ("my husband has to help me walk because my legs give way", {"progressive_leg_weakness": Sense.PLAIN}),
    ("I just had an operation on my knee", {"recent_surgery": Sense.PLAIN}),
    ("I don't have chest pain or a fever", {}),
    ("no pain, no numbness between my legs, no fever", {}),
    ("My calf was swollen and sore on Saturday", {"suspected_dvt": Sense.PLAIN}),
    ("incontinance since last week", {"cauda_equina_bladder_bowel": Sense.PLAIN}),
    ("I can't sleep because of chest pain", {"chest_pain_breathlessness": Sense.PLAIN}),
    ("Haven't slept for the numbness between my legs", {"cauda_equina_saddle_numbness": Sense.UNCLEAR}),
    ("I don't have any chest pain", {}),
    ("I have never had numbness, tingling or weakness in my groin", {}),
    ("Since Tuesday I can't tell when my bladder is full", {"cauda_equina_bladder_bowel": Sense.PLAIN}),
    ("I get breathless going upstairs", {"chest_pain_breathlessness": Sense.UNCLEAR}),
    ("suddenly very short of breath", {"chest_pain_breathlessness": Sense.PLAIN}),
    ("my left eyelid has started to droop and my neck hurts", {"stroke_or_neck_artery_signs": Sense.PLAIN}),
    ("My vision went double yesterday with neck pain", {"stroke_or_neck_artery_signs": Sense.PLAIN}),
    ("Left calf is swollen and tender after my flight", {"suspected_dvt": Sense.PLAIN}),
    ("Had DVT in 2016, fully treated", {}),
    ("I've got a stimulator in my spine for pain", {"implanted_stimulator_or_pump": Sense.PLAIN}),
    ("Scared stiff of needles", {"needle_phobia": Sense.PLAIN}),
    ("My back cracked when I coughed and I take bone tablets", {"osteoporosis_fracture_risk": Sense.PLAIN}),
    ("Sweating at night, menopause", {"fever_unwell": Sense.UNCLEAR}),
    ("I can't feel my big toe since surgery 10 years ago", {"reduced_sensation_in_area": Sense.PLAIN}),
    ("Mum died of cancer, I worry", {}),
    ("Being tested for cancer", {"active_cancer": Sense.PLAIN, "cancer_history": Sense.PLAIN}),
    ("I'm a carer for my mother with dementia", {}),
    ("I'm fine really, just a stiff neck from the computer", {}),
    ("Whiplash from a shunt in 1998", {}),
    ("sharp pain in the ribs when I breathe in", {"chest_pain_breathlessness": Sense.PLAIN}),
    ("I keep tripping over my right foot", {"progressive_leg_weakness": Sense.PLAIN}),
    ("I keep having accidents and not getting to the loo in time", {"cauda_equina_bladder_bowel": Sense.PLAIN}),
    ("constipated and can't feel it", {"cauda_equina_bladder_bowel": Sense.PLAIN}),
    ("numbness in both feet", {"reduced_sensation_in_area": Sense.PLAIN, "cauda_equina_bilateral_leg_or_sexual": Sense.UNCLEAR}),
    ("my hand has gone weak", {"progressive_leg_weakness": Sense.PLAIN}),
    ("fell over in the garden last week", {"major_trauma": Sense.UNCLEAR}),
    ("fell down a flight of steps this morning", {"major_trauma": Sense.PLAIN}),
    ("fell down the stairs in 2009", {}),
    ("lost the sight in one eye", {"stroke_or_neck_artery_signs": Sense.PLAIN}),
    ("dizzy when I turn my neck", {"stroke_or_neck_artery_signs": Sense.UNCLEAR}),
    ("I have a triple A", {"aortic_aneurysm_signs": Sense.PLAIN}),
    ("38.5 temperature", {"fever_unwell": Sense.PLAIN}),
    ("lost 2 stone and don't know why", {"unexplained_weight_loss": Sense.PLAIN}),
    ("lost 2 stone on purpose, running", {}),
    ("31 weeks pregnant", {"possible_pregnancy": Sense.PLAIN, "pregnancy_third_trimester": Sense.PLAIN}),
    ("my daughter is 12 weeks pregnant", {}),
    ("I was 20 weeks pregnant in 2015", {}),
    ("cancer runs in the family", {}),
    ("my brother has haemophilia", {"bleeding_disorder_carrier": Sense.PLAIN}),
    ("my neighbour has haemophilia", {}),
    ("no fever\nnumb between my legs", {"cauda_equina_saddle_numbness": Sense.PLAIN}),
    ("it has gone numb\nbetween my legs", {"cauda_equina_saddle_numbness": Sense.PLAIN}),
    ("no numbness or tingling\nbetween my legs", {}),
    ("pacemeker", {"pacemaker_or_icd": Sense.PLAIN}),
    ("osteoperosis and haemophillia", {"osteoporosis_fracture_risk": Sense.PLAIN, "bleeding_disorder": Sense.PLAIN}),
    ("the election spoiled my sleep", {}),
    ("I want to kill myself", {"thoughts_of_harm": Sense.PLAIN}),
    ("no suicidal thoughts", {}),
    ("my colleague is suicidal", {}),
]


@pytest.mark.parametrize(("text", "signs"), WRITTEN, ids=[case[0] for case in WRITTEN])
def test_a_sign_in_own_words_is_heard_as_a_careful_person_would(text, signs):
    assert {rule: sense for rule, sense in heard(text).items() if sense in (Sense.PLAIN, Sense.UNCLEAR)} == signs


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("two years ago", 730),
        ("3 weeks ago", 21),
        ("yesterday", 1),
        ("last month", 30),
        ("in 2016", 3470),
        ("as a child", 3650),
        ("since Monday", 6),
        ("years ago", 1825),
        ("in March", 237),
        ("in my 20s", None),
    ],
)
def test_times_in_words_are_counted_in_days(text, days):
    texts = [word.text for word in words_of(text)]

    assert days_ago(texts, range(len(texts)), TODAY) == days


@pytest.mark.parametrize("sign", BOOK.signs, ids=lambda sign: f"{sign.rule}-{sign.groups[0][0]}")
def test_every_sign_can_be_heard_and_is_not_heard_when_denied_or_somebody_else_s(sign):
    words = " ".join(group[0].replace("*", "") for group in sign.groups)

    assert heard(f"I have {words}").get(sign.rule) == (Sense.UNCLEAR if sign.weak else Sense.PLAIN)
    assert heard(f"I have never had {words}").get(sign.rule) == Sense.DENIED
    assert heard(f"My neighbour has {words}").get(sign.rule) == Sense.OTHER
