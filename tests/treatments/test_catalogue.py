import json
import re
import shutil

import pytest

from treatments.catalogue import HERE, CatalogueError, catalogue

UK_WORDS = re.compile(r"999|\b111\b|A&E|\bGP\b|NHS")


@pytest.fixture
def folder(tmp_path):
    for file in [*HERE.glob("*.json"), *HERE.glob("*.csv")]:
        shutil.copy(file, tmp_path)
    return tmp_path


def edit(file, change):
    book = json.loads(file.read_text())
    change(book)
    file.write_text(json.dumps(book, indent=2))


def line_of(file, text):
    return next(number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line)


def test_the_catalogue_holds_everything():
    book = catalogue()

    assert (len(book.points), len(book.techniques), len(book.conditions), len(book.courses.rules)) == (187, 14, 15, 9)
    assert (len(book.aftercare.items), len(book.aftercare.messages), len(book.aftercare.questions)) == (58, 43, 14)
    assert (len(book.measures), len(book.adverse_events), len(book.safety.flags) + len(book.safety.cautions)) == (8, 31, 94)
    assert {"BL23", "BL40", "GB30", "GV3", "GV4", "BL60", "BL52", "LI4", "CV6", "ST36", "GB34"} <= set(book.points)


def test_every_entry_has_a_source_or_says_it_has_none():
    book = catalogue()
    entries = [
        *book.techniques.values(),
        *book.conditions.values(),
        *book.courses.rules,
        *book.aftercare.items.values(),
        *book.aftercare.messages.values(),
        *book.measures.values(),
        *book.adverse_events.values(),
        *book.safety.flags.values(),
        *book.safety.cautions.values(),
    ]

    assert [entry for entry in entries if not entry.source and not entry.unsourced] == []
    assert all(point.source for point in book.points.values())


def test_patients_read_no_number_or_service_of_one_country():
    care = catalogue().aftercare
    texts = [text for item in care.items.values() for text in (item.text, item.again)]
    texts += [
        text for question in care.questions.values() for answer in question.answers.values() for text in (answer.text, answer.message)
    ]

    assert [text for text in texts if UK_WORDS.search(text)] == []
    places = set(re.findall(r"{(\w+)}", " ".join(texts)))
    assert places == {"emergency_number", "emergency_department", "advice_line", "family_doctor"}


def test_files_never_name_an_article_file():
    assert [
        file.name for file in HERE.iterdir() if file.suffix in {".json", ".csv"} and re.search(r"\d{3}_[0-9a-f]{8}", file.read_text())
    ] == []


def test_safety_advice_has_other_words_for_the_next_time():
    safety = [item for item in catalogue().aftercare.items.values() if item.is_safety]

    assert len(safety) == 11
    assert all(item.again and item.again != item.text for item in safety)


@pytest.mark.parametrize(
    ("file", "change", "anchor", "field", "why"),
    [
        (
            "techniques.json",
            lambda b: b["techniques"][2]["minutes"].update(total="45"),
            '"total": "45"',
            "total",
            "needs a whole number, not '45'",
        ),
        ("techniques.json", lambda b: b["techniques"][0].pop("name"), '"id": "traditional_acupuncture"', "name", "is missing"),
        ("techniques.json", lambda b: b["techniques"][1].update(id="cupping"), None, "id", "cupping is there twice"),
        ("conditions.json", lambda b: b["courses"][0].update(sessions=13), None, "sessions", "13 is not between 6 and 12"),
        (
            "conditions.json",
            lambda b: b["courses"][0].update(reviews=[4, 9]),
            None,
            "reviews",
            "need to be sessions of the course in order, at most 6",
        ),
        ("conditions.json", lambda b: b["courses"].pop(), None, "courses", "a severity and chronicity have no rule"),
        ("conditions.json", lambda b: b["conditions"][0]["points"].update(local=["BL999"]), '"BL999"', "local", "BL999 is not known"),
        ("conditions.json", lambda b: b["bands"].update(moderate=[5, 6]), None, "moderate", "needs two scores, the first 4"),
        (
            "aftercare.json",
            lambda b: b["messages"][3].update(items=["nothing"]),
            '"before_first_visit_insurer"',
            "items",
            "nothing is not known",
        ),
        ("aftercare.json", lambda b: b["items"][5].update(category="other"), '"no_alcohol_before"', "category", None),
        (
            "safety.json",
            lambda b: b["flags"][0]["techniques"].update(cupping="maybe"),
            '"cauda_equina_saddle_numbness"',
            "techniques",
            None,
        ),
        ("safety.json", lambda b: b["flags"][0].update(why=" "), '"cauda_equina_saddle_numbness"', "why", "is empty"),
        ("outcomes.json", lambda b: b["measures"][0].update(points=True), '"nrs_pain"', "points", "needs a whole number, not True"),
        ("adverse_events.json", lambda b: b["events"][0].update(source=""), '"ae_needling_pain"', "source", "is empty"),
    ],
)
def test_bad_data_is_refused_with_file_line_and_field(folder, file, change, anchor, field, why):
    edit(folder / file, change)

    with pytest.raises(CatalogueError) as refused:
        catalogue(folder)

    mistake = refused.value
    assert (mistake.file.name, mistake.field) == (file, field)
    assert why in (None, mistake.why)
    assert str(mistake).startswith(f"{file}, line {mistake.line}, {field}: ")
    if anchor:
        assert 0 <= line_of(folder / file, anchor) - mistake.line <= 8


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("ST36,Zusanli", ",Zusanli", "code", "is empty"),
        ("ST36,Zusanli", "ST35,Zusanli", "code", "ST35 is there twice"),
        ("Stomach,lower_leg", "Stomach,shin", "region", None),
        (
            "bilateral,knee pain;low back pain;leg pain;tiredness,25,50",
            "bilateral,knee pain,60,50",
            "depth_min_mm",
            "60 is deeper than depth_max_mm 50",
        ),
        (
            "bilateral,knee pain;low back pain;leg pain;tiredness,25,50",
            "bilateral,knee pain,deep,50",
            "depth_min_mm",
            "needs a whole number, not 'deep'",
        ),
        ("ST-36;S36", "ST-36;S37", "aliases", "S37 names another point as well"),
    ],
)
def test_a_bad_point_is_refused_with_its_line(folder, old, new, field, why):
    file = folder / "points.csv"
    text = file.read_text()
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1))

    with pytest.raises(CatalogueError) as refused:
        catalogue(folder)

    assert (refused.value.file.name, refused.value.field) == ("points.csv", field)
    assert why in (None, refused.value.why)
    assert file.read_text().splitlines()[refused.value.line - 1].count(new.split(",")[-1]) >= 1


def test_a_file_cut_short_is_refused_with_its_line(folder):
    file = folder / "safety.json"
    file.write_text("\n".join(file.read_text().splitlines()[:200]))

    with pytest.raises(CatalogueError, match=r"safety.json, line \d+, the file: "):
        catalogue(folder)


@pytest.mark.parametrize(
    ("line", "why"),
    [("LU9,Taiyuan,Great Abyss", "needs 17 cells"), ('LU9,"Taiyuan"x,Great Abyss', "',' expected after '\"'")],
)
def test_a_line_that_is_no_line_of_the_table_is_refused(folder, line, why):
    file = folder / "points.csv"
    lines = file.read_text().splitlines()
    lines[9] = line
    file.write_text("\n".join(lines))

    with pytest.raises(CatalogueError) as refused:
        catalogue(folder)

    assert str(refused.value) == f"points.csv, line 10, the line: {why}"
