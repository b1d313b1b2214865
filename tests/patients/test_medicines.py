"""Medicines as people type them: brands, slips of the pen, doses, lists, the past, other people, and words that are none."""

import random
from datetime import date

import pytest

from patients.enums import Taken
from patients.medicines import recognise, recogniser
from patients.rulebook import rulebook
from patients.wording import LONGEST, TextTooLong
from tests.patients.people import TODAY

BOOK = rulebook()
NAMES = [(name, medicine.generic) for medicine in BOOK.medicines for name in (medicine.name, *medicine.misspellings)]
NOW, PAST, OTHER, NOT, UNSURE = Taken.NOW, Taken.PAST, Taken.OTHER, Taken.NOT, Taken.UNSURE


def read(text: str):
    return recogniser(BOOK).read(text, today=TODAY)


TYPED = [
    ("warferin 3mg nightly", [("warfarin", NOW)], []),
    ("my husband takes warfarin", [("warfarin", OTHER)], []),
    ("warfarin, stopped two years ago", [("warfarin", PAST)], []),
    ("I stopped warfarin two years ago", [("warfarin", PAST)], []),
    ("stopped warfarin 3 days ago", [("warfarin", NOW)], []),
    ("used to take warfarin, now on apixaban", [("warfarin", PAST), ("apixaban", NOW)], []),
    ("no blood thinners", [("unspecified", NOT)], []),
    ("no blood thinners, just paracetamol", [("unspecified", NOT), ("paracetamol", NOW)], []),
    ("not on warfarin any more", [("warfarin", PAST)], []),
    ("I'm no longer on Eliquis", [("apixaban", PAST)], []),
    ("I don't take aspirin, ibuprofen or warfarin", [("aspirin", NOT), ("ibuprofen", NOT), ("warfarin", NOT)], []),
    ("baby aspirin", [("aspirin", NOW)], []),
    ("asprin 75 and ramiprl 5mg, simvastatin at night", [("aspirin", NOW), ("ramipril", NOW), ("simvastatin", NOW)], []),
    ("Switched from warfarin to apixaban last year", [("warfarin", PAST), ("apixaban", NOW)], []),
    ("warfarin changed to edoxaban in 2024", [("warfarin", PAST), ("edoxaban", NOW)], []),
    ("started warfarin two years ago", [("warfarin", NOW)], []),
    ("I have been on clopidogrel since my stent in 2019", [("clopidogrel", NOW)], []),
    ("took a baby aspirin yesterday", [("aspirin", NOW)], []),
    ("took ibuprofen for a week three years ago", [("ibuprofen", PAST)], []),
    ("My wife and I both take sertraline", [("sertraline", NOW)], []),
    ("my mum has been on warfarin for years and I take fish oil", [("warfarin", OTHER), ("omega-3", NOW)], []),
    ("my mum is on warfarin. I'm on nothing", [("warfarin", OTHER)], []),
    ("My husband takes warfarin. He also takes bisoprolol. I take nothing.", [("warfarin", OTHER), ("bisoprolol", OTHER)], []),
    ("I take my husband's diclofenac sometimes", [("diclofenac", UNSURE)], []),
    ("allergic to aspirin", [("aspirin", NOT)], []),
    ("I am allergic to penicillin but take plavix", [("clopidogrel", NOW)], []),
    ("haven't taken my warfarin today", [("warfarin", UNSURE)], []),
    ("heparin injections, stopped 3 days ago", [("heparin", PAST)], []),
    ("clexane injections stopped yesterday", [("enoxaparin", NOW)], []),
    ("prescribed apixaban but never took it", [("apixaban", NOT)], []),
    ("St Johns wort, ginko, tumeric caps", [("hypericum", NOW), ("ginkgo", NOW), ("turmeric (curcumin)", NOW)], []),
    ("lixisenatide 20 mcg", [("lixisenatide", NOW)], []),
    ("tamsulosin 400 micrograms", [("tamsulosin", NOW)], []),
    ("vitamin C, zinc and iron tablets", [("ferrous sulfate", NOW)], []),
    ("warfarin - no", [("warfarin", NOT)], []),
    ("Warfarin? Never.", [("warfarin", NOT)], []),
    ("aspirin and warfarin, both stopped in 2020", [("aspirin", PAST), ("warfarin", PAST)], []),
    ("doctor told me to stop aspirin before my op", [("aspirin", UNSURE)], []),
    ("I might be going on methotrexate", [("methotrexate", UNSURE)], []),
    ("warfarin (stopped 2019), ramipril, aspirin 75mg", [("warfarin", PAST), ("ramipril", NOW), ("aspirin", NOW)], []),
    ("never without my naproxen", [("naproxen", NOW)], []),
    (
        "Xarelto 20 mg od; co-codamol 30/500 prn; blue inhaler",
        [("rivaroxaban", NOW), ("codeine with paracetamol", NOW), ("salbutamol", NOW)],
        [],
    ),
    ("My doctor put me on edoxaban in March", [("edoxaban", NOW)], []),
    ("she put me on lixiana", [("edoxaban", NOW)], []),
    ("was put on warfarin after my clot", [("warfarin", NOW)], []),
    ("I was on warfarin after my DVT in 2015", [("warfarin", PAST)], []),
    ("none", [], []),
    ("nothing apart from a multivitamin", [], []),
    ("I take something for my blood pressure and a water tablet", [("bendroflumethiazide", NOW)], []),
    ("omega 3s, cod liver oil", [("omega-3", NOW), ("omega-3", NOW)], []),
    ("nurofen most days for my back", [("ibuprofen", NOW)], []),
    ("instead of warfarin I take apixaban", [("warfarin", NOT), ("apixaban", NOW)], []),
    ("apixaban instead of warfarin", [("apixaban", NOW), ("warfarin", NOT)], []),
    ("cancer drugs: tamoxifin until last spring", [("tamoxifen", PAST)], []),
    ("prednisalone 5mg every morning since spring", [("prednisolone", NOW)], []),
    ("Stopped smoking, take warfarin", [("warfarin", NOW)], []),
    ("warfarin and stopped smoking", [("warfarin", NOW)], []),
    ("I can't remember the name, it's a blood thiner", [("unspecified", UNSURE)], []),
    ("my dog has tramadol", [("tramadol", OTHER)], []),
    ("I took my last warfarin on Monday", [("warfarin", NOW)], []),
    ("due to start rivaroxaban next week", [("rivaroxaban", UNSURE)], []),
    ("gabapentin 300 x3, amitryptiline 10 nocte, duloxatine 60", [("gabapentin", NOW), ("amitriptyline", NOW), ("duloxetine", NOW)], []),
    ("not aspirin, clopidogrel", [("aspirin", NOT), ("clopidogrel", UNSURE)], []),
    ("I do not take any blood thinners. Levothyroxine 50", [("unspecified", NOT), ("levothyroxine", NOW)], []),
    ("zopliclone when I can't sleep", [("zopiclone", NOW)], []),
    ("had chemo ten years ago", [("unspecified", PAST)], []),
    ("on chemo", [("unspecified", NOW)], []),
    ("on methotrexate for arthritis but not aspirin", [("methotrexate", NOW), ("aspirin", NOT)], []),
    ("dad had warfarin, grandad too; me only Adcal", [("warfarin", OTHER)], ["Adcal"]),
    ("cetirizine in hay fever season", [("cetirizine", NOW)], []),
    (
        "Clopidogrel 75mg (since stent 2021), Ramipril 10mg, Bisoprolol 2.5mg, Atorvastatin 80mg, GTN spray",
        [("clopidogrel", NOW), ("ramipril", NOW), ("bisoprolol", NOW), ("atorvastatin", NOW)],
        ["GTN"],
    ),
    ("hydroxychloroquin 200", [("hydroxychloroquine", NOW)], []),
    ("clarithromycin 500mg, flucloxacillin", [], ["clarithromycin", "flucloxacillin"]),
    ("oxazepam, lorazepam, temazepam", [], ["oxazepam", "lorazepam", "temazepam"]),
    ("ELIQUIS 5MG TWICE A DAY!!!", [("apixaban", NOW)], []),
    ("wafarin", [("warfarin", NOW)], []),
    ("apixaban5mg", [("apixaban", NOW)], []),
    ("warfarinn 5", [("warfarin", NOW)], []),
    ("I have a garlic allergy and eat ginger biscuits", [], []),
    ("Clopidogrel 75mg (stent 2021)", [("clopidogrel", NOW)], []),
    ("aspirin, had a heart attack in 2019", [("aspirin", NOW)], []),
    ("had a stent in 2021 so aspirin daily", [("aspirin", NOW)], []),
    ("took warfarin for six months in 2020", [("warfarin", PAST)], []),
    ("warfarin two years ago", [("warfarin", PAST)], []),
    ("apixaban after a clot last year", [("apixaban", NOW)], []),
    ("In 2015 I had chemo", [("unspecified", PAST)], []),
    ("I finished a course of prednisolone last month", [("prednisolone", PAST)], []),
    ("Blood thinner: rivaroxaban. Painkiller: naproxen 500", [("unspecified", NOW), ("rivaroxaban", NOW), ("naproxen", NOW)], []),
    ("My son takes Ritalin, I only take HRT", [("oestrogen with or without progestogen", NOW)], []),
    ("I stopped aspirin on Monday", [("aspirin", NOW)], []),
    ("I just stopped clopidogrel", [("clopidogrel", NOW)], []),
    ("Stopped apixaban over the weekend", [("apixaban", NOW)], []),
    ("took naproxen last week only", [("naproxen", NOW)], []),
    ("prednisolone 30mg for 5 days last winter", [("prednisolone", PAST)], []),
    ("I am not currently taking warfarin", [("warfarin", NOT)], []),
    ("cannot take ibuprofen because of warfarin", [("ibuprofen", NOT), ("warfarin", NOW)], []),
    ("I can't have nurofen as I'm on eliquis", [("ibuprofen", NOT), ("apixaban", NOW)], []),
    ("advised against taking aspirin", [("aspirin", NOT)], []),
    ("started apixaban, stopped warfarin", [("apixaban", NOW), ("warfarin", PAST)], []),
    ("stopped warfarin, started apixaban", [("warfarin", PAST), ("apixaban", NOW)], []),
    ("aspirin and no longer take warfarin", [("aspirin", NOW), ("warfarin", PAST)], []),
    ("swapped warfarin for apixaban", [("warfarin", PAST), ("apixaban", NOW)], []),
    ("warfarin → apixaban", [("warfarin", PAST), ("apixaban", NOW)], []),
    ("1. aspirin 2. warfarin", [("aspirin", NOW), ("warfarin", NOW)], []),
    ("tablets to thin my blood", [("unspecified", NOW)], []),
    ("not taking any anticoagulants", [("unspecified", NOT)], []),
    ("can't take NSAIDs", [("unspecified anti-inflammatory", NOT)], []),
    ("hydrocortisone cream for eczema", [("steroid on the skin or in the nose", NOW)], []),
    ("galic capsules and krill oil", [("garlic", NOW), ("omega-3", NOW)], []),
    ("allergies: aspirin", [("aspirin", NOT)], []),
    ("warfarin (my husband)", [("warfarin", OTHER)], []),
    ("clopidogrel - not me, my wife", [("clopidogrel", OTHER)], []),
    ("warfarin, my husband gives it to me", [("warfarin", NOW)], []),
    ("no aspirin unless I have a headache", [("aspirin", UNSURE)], []),
    ("not every day but I use naproxen", [("naproxen", NOW)], []),
    ("on Eliquis not warfarin", [("apixaban", NOW), ("warfarin", NOT)], []),
    ("Eliquis, no warfarin", [("apixaban", NOW), ("warfarin", NOT)], []),
    ("Mother on warfarin, father on apixaban, me nothing", [("warfarin", OTHER), ("apixaban", OTHER)], []),
    ("my wife takes apixaban, me too", [("apixaban", NOW)], []),
    ("I use to be on warfarin", [("warfarin", PAST)], []),
    ("warfarin - no\naspirin - yes", [("warfarin", NOT), ("aspirin", NOW)], []),
    ("aspirin\nhusband takes warfarin", [("aspirin", NOW), ("warfarin", OTHER)], []),
    ("No blood thinners\nclopidogrel 75", [("unspecified", NOT), ("clopidogrel", NOW)], []),
    ("warfarin: no aspirin: yes", [("warfarin", NOW), ("aspirin", NOW)], []),
    ("I may start naproxen", [("naproxen", UNSURE)], []),
]


@pytest.mark.parametrize(("text", "mentions", "unknown"), TYPED, ids=[case[0] for case in TYPED])
def test_a_text_is_read_as_a_careful_person_would(text, mentions, unknown):
    reading = read(text)

    assert [(mention.generic, mention.taken) for mention in reading.mentions] == mentions
    assert list(reading.unknown) == unknown


@pytest.mark.parametrize("frame", ["{}", "{} 20mg twice a day", "I take {} every morning for my condition.", "{}s"])
def test_every_name_and_misspelling_is_recognised(frame):
    read_as = {name: [mention.generic for mention in read(frame.format(name)).mentions] for name, _ in NAMES}

    assert read_as == {name: [generic] for name, generic in NAMES}


def test_every_name_is_recognised_in_a_list_of_five():
    pick = random.Random(20261120)
    for joint in (", ", "; ", "\n", " and ", " + "):
        shuffled = pick.sample(NAMES, len(NAMES))
        for start in range(0, len(shuffled), 5):
            five = shuffled[start : start + 5]
            assert [mention.generic for mention in read(joint.join(name for name, _ in five)).mentions] == [generic for _, generic in five]


UNRELATED = """
clarithromycin flucloxacillin erythromycin nitrofurantoin trimethoprim metronidazole cefalexin ciprofloxacin aciclovir valaciclovir
fluconazole terbinafine atenolol propranolol carvedilol nebivolol felodipine nifedipine diltiazem verapamil digoxin amiodarone
flecainide ivabradine spironolactone eplerenone indapamide chlortalidone rosuvastatin pravastatin ezetimibe fenofibrate nicorandil
isosorbide ranolazine rabeprazole esomeprazole pantoprazole ranitidine famotidine domperidone metoclopramide cyclizine prochlorperazine
ondansetron mebeverine buscopan loperamide senna lactulose macrogol bisacodyl docusate montelukast tiotropium formoterol salmeterol
fluticasone theophylline carbocisteine lorazepam temazepam oxazepam clonazepam chlordiazepoxide promethazine melatonin olanzapine
quetiapine risperidone aripiprazole haloperidol clozapine lithium trazodone moclobemide bupropion atomoxetine methylphenidate
lisdexamfetamine ropinirole pramipexole levodopa rasagiline betahistine cinnarizine levonorgestrel desogestrel progesterone oestradiol
tibolone testosterone clomifene bromocriptine cabergoline carbimazole propylthiouracil liothyronine desmopressin mirabegron tolterodine
solifenacin oxybutynin sildenafil tadalafil vardenafil dutasteride alfuzosin penicillamine sulfasalazine mesalazine nicotine
varenicline acamprosate disulfiram naltrexone methadone quinine chloroquine mefloquine doxepin nortriptyline imipramine clomipramine
lofepramine hydralazine minoxidil methyldopa clonidine hydroxyzine chlorphenamine acrivastine desloratadine levocetirizine
pseudoephedrine xylometazoline paracodol gaviscon rennie strepsils lemsip calpol piriton zirtek optrex viscotears fybogel imodium
dulcolax smith jones taylor williams brown davies evans thomas johnson roberts walker wright robinson thompson hughes edwards martin
patel khan begum kowalski nowak mueller tanaka suzuki yamamoto nakamura warburton hepburn asprey aspinall prozorov plascott elliott
lister lyricson novak keplinger voltaire marivaux benson coleman fraser hamilton macdonald sinclair porridge marmalade pineapple
aubergine courgette asparagus cauliflower raspberry strawberry blueberry apricot cinnamon nutmeg cardamom parsley rosemary thyme basil
oregano paprika mustard vinegar mayonnaise spaghetti lasagne macaroni couscous quinoa hummus falafel yogurt custard pudding biscuit
croissant baguette sausage salmon mackerel sardines haddock prawns turkey venison pheasant lentils chickpeas walnuts almonds cashews
raisins sultanas liquorice garlic ginger station platform carpet curtain blanket pillow kettle toaster freezer dishwasher umbrella
raincoat bicycle motorway roundabout traffic parcel letterbox computer keyboard charger battery headphones camera holiday airport
passport luggage swimming football cricket gardening painting knitting orchestra concert theatre cinema museum library university
college teacher engineer plumber electrician carpenter accountant lawyer doctor surgery appointment practice exercise stretching
breathing posture mattress cushion staircase elevator mountain river beach forest meadow weather thunder lightning sunshine snowfall
""".split()


def test_everyday_words_foods_surnames_and_other_medicines_raise_nothing():
    texts = [frame for word in UNRELATED for frame in (word, word.capitalize() + " 20mg daily")]

    assert len(UNRELATED) >= 300
    assert [mention for text in texts for mention in read(text).mentions] == []


@pytest.mark.parametrize(
    "word",
    "lyrca humra pozac plavx imurn brufe epilm huira apixabn rivaroxabn clopidgrel warfarn eliqis xarleto pradxa edoxban".split(),
)
def test_a_name_with_one_slip_is_read_by_its_flag(word):
    assert [bool(mention.flag) for mention in read(word).mentions] == [True]


@pytest.mark.parametrize(
    "word",
    "clean petal imran lyric stellar caravan mantis voltages morpheus nadine ciproxin circadin hedrin differin zirtek losec".split(),
)
def test_a_word_one_or_two_letters_away_from_a_name_is_not_that_name(word):
    assert [mention.flag for mention in read(word).mentions if mention.flag] == []


@pytest.mark.parametrize("word", ["clarithromycin", "Adcal", "curcuplex", "lisdexamfetamine", "アムロジピン"])
def test_a_word_that_looks_like_a_medicine_is_listed_and_not_dropped(word):
    assert read(f"ramipril, {word}, aspirin 75").unknown == (word,)


@pytest.mark.parametrize(("typed", "read_as"), [("lixisenatide", "diabetes"), ("tamsulosin", ""), ("Lixiana", "anticoagulant_medication")])
def test_a_harmless_name_is_not_taken_for_its_neighbour(typed, read_as):
    assert [mention.flag for mention in read(typed).mentions] == [read_as]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("Stopped apixaban yesterday", NOW),
        ("Stopped apixaban 10 days ago", PAST),
        ("stopped fragmin 2 days ago", PAST),
        ("finished fragmin today", NOW),
    ],
)
def test_a_medicine_counts_for_as_many_days_as_its_row_says(text, taken):
    assert [mention.taken for mention in read(text).mentions] == [taken]


def test_somebody_else_in_the_text_of_a_child_may_be_the_patient():
    assert [mention.taken for mention in recogniser(BOOK).read("my son takes epilim", today=TODAY, of_child=True).mentions] == [UNSURE]


def test_in_a_story_only_all_but_exact_names_are_read():
    story = "I was gardening and my warfrin box was empty, the insulting doctor said"

    assert [mention.name for mention in recogniser(BOOK).read(story, today=TODAY, strict=True).mentions] == ["warfarin"]


def test_a_text_too_long_is_refused_in_words():
    with pytest.raises(TextTooLong, match="Keep it to"):
        recognise("a " * LONGEST, BOOK.medicines, today=date(2026, 11, 20))
