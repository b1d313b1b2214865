"""The rule files: carried over whole, each with its source, and refused with file, record and field when something is wrong."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from patients.enums import Action
from patients.questionnaire import Answers, pages_for
from patients.rulebook import DOCS, FOLDER, RuleError, read_rulebook, rulebook
from patients.ruledocs import in_words
from tests.patients.people import TODAY

BOOK = rulebook()


def test_every_fact_is_there():
    assert (len(BOOK.rules), len(BOOK.combinations), len(BOOK.medicines), len(BOOK.techniques)) == (88, 9, 282, 14)
    assert {
        moment: sum(moment in rule.asked for rule in BOOK.rules.values()) for moment in ("intake", "each_visit", "point_selection")
    } == {
        "intake": 70,
        "each_visit": 35,
        "point_selection": 15,
    }


def test_every_rule_has_a_source_or_says_that_it_has_none():
    rules = [*BOOK.rules.values(), *BOOK.combinations, *BOOK.house_rules.values()]

    assert [rule.id for rule in rules if not rule.source and not rule.unsourced] == []
    assert [rule.id for rule in rules for source in rule.source if source.endswith(".txt") or "Author" in source] == []


def test_no_country_s_numbers_stand_in_the_words_of_a_rule():
    words = [getattr(rule, field) for rule in (*BOOK.rules.values(), *BOOK.combinations) for field in ("advice", "note", "tell", "why")]

    assert [text for text in words if any(local in text.split() for local in ("999", "111", "119", "A&E", "GP"))] == []
    for country in BOOK.countries:
        assert not any("{" in BOOK.fill(text, country) for text in words)


def test_only_emergencies_say_what_to_say_there():
    told = {rule.id for rule in (*BOOK.rules.values(), *BOOK.combinations) if rule.tell}

    assert told == {rule.id for rule in (*BOOK.rules.values(), *BOOK.combinations) if rule.action == Action.EMERGENCY}


def test_the_page_for_the_clinicians_who_sign_is_up_to_date():
    assert DOCS.read_text(encoding="utf-8") == in_words(BOOK), "run: python -m patients.rulebook docs"


def test_every_test_named_in_the_hazard_log_exists():
    named = set(re.findall(r"test_\w+", (DOCS.parent / "clinical-safety.md").read_text(encoding="utf-8")))
    written = {
        name
        for path in Path(__file__).parent.parent.rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }

    assert named and named <= written, named - written


def test_every_hazard_names_a_test_that_shows_it():
    rows = [line for line in (DOCS.parent / "clinical-safety.md").read_text(encoding="utf-8").splitlines() if re.match(r"\| H\d+ ", line)]

    assert [row.split("|")[1] for row in rows if "`test_" not in row.split("|")[6]] == []
    assert len({row.split("|")[1] for row in rows}) == len(rows) >= 20


def test_the_version_changes_with_any_file(tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "rules")
    with (folder / "everyday.txt").open("a", encoding="utf-8") as file:
        file.write("# one more remark\n")

    assert read_rulebook(FOLDER).version == BOOK.version != read_rulebook(folder).version
    assert len(BOOK.version) <= 40


def test_the_version_is_told_on_the_command_line():
    told = subprocess.run([sys.executable, "-m", "patients.rulebook", "version"], capture_output=True, text=True, cwd=FOLDER.parent.parent)

    assert (told.stdout.strip(), told.returncode) == (BOOK.version, 0)


def test_every_page_is_seen_by_somebody():
    seen = set()
    for complaint in BOOK.complaints:
        for form in BOOK.forms:
            given = {"pregnant": "from_13", "today_pregnant": "from_13", "conditions": ["epilepsy", "diabetes"]}
            seen |= {page.id for page in pages_for(Answers(complaint, given, form=form), BOOK, today=TODAY)}

    assert seen == set(BOOK.pages)


def rule(data: dict, name: str) -> dict:
    return next(each for each in data["rules"] if each["id"] == name)


def question(data: dict, name: str) -> dict:
    return next(each for page in data["pages"] for each in page["questions"] if each["id"] == name)


def take_out(data: dict, name: str) -> None:
    asked = question(data, name)
    asked["options"] = asked["options"][:-1]


RULES, QUESTIONS = "contraindications.json", "questionnaire.json"
BROKEN: list[tuple[str, Callable[[dict], object], str, str, str]] = [
    (RULES, lambda data: rule(data, "diabetes").pop("source"), "diabetes", "source", "names no source"),
    (RULES, lambda data: rule(data, "diabetes").update(colour="red"), "diabetes", "colour", "is not a field"),
    (RULES, lambda data: rule(data, "diabetes").update(action="panic"), "diabetes", "action", "“panic” is none of"),
    (RULES, lambda data: rule(data, "diabetes").update(name=""), "diabetes", "name", "must be words"),
    (RULES, lambda data: rule(data, "diabetes").update(kind="odd"), "diabetes", "kind", "must be one of"),
    (RULES, lambda data: rule(data, "diabetes")["techniques"].update(block=["cupping"]), "diabetes", "techniques", "stands under both"),
    (RULES, lambda data: rule(data, "diabetes")["techniques"].update(block=["magic"]), "diabetes", "techniques", "no technique “magic”"),
    (
        RULES,
        lambda data: rule(data, "major_trauma").update(techniques={"block": ["cupping"]}),
        "major_trauma",
        "techniques",
        "every technique",
    ),
    (RULES, lambda data: rule(data, "major_trauma").update(tell=""), "major_trauma", "advice", "must say where to go"),
    (RULES, lambda data: rule(data, "lymphoedema").update(techniques={"warn": "all"}), "lymphoedema", "techniques", "names no blocked"),
    (RULES, lambda data: rule(data, "diabetes").update(advice="Ring {boss}"), "diabetes", "advice", "no placeholder “boss”"),
    (RULES, lambda data: rule(data, "diabetes").update(advice=""), "diabetes", "advice", "no words for them"),
    (RULES, lambda data: data["rules"].append(dict(rule(data, "diabetes"))), "diabetes", "id", "stands twice"),
    (RULES, lambda data: data["rules"].remove(rule(data, "sedating_medication")), "sedating_medication", "raises", "there is no rule"),
    (
        RULES,
        lambda data: rule(data, "prohibited_areas").update(asked=["intake"], advice="No."),
        "prohibited_areas",
        "raises",
        "no answer of form",
    ),
    (RULES, lambda data: data["combinations"][0].update(all=["flat_feet"]), "fever_plus_spinal_pain", "all", "no rule “flat_feet”"),
    (RULES, lambda data: data["combinations"][0].update(any=["fever_unwell"]), "fever_plus_spinal_pain", "any", "repeats a rule"),
    (RULES, lambda data: data["combinations"][0].pop("when_in_words"), "fever_plus_spinal_pain", "when_in_words", "must stand with"),
    (
        RULES,
        lambda data: data["combinations"][1].update(when={"facts": ["x"]}, when_in_words="x"),
        "infection_risk_plus_fever",
        "when",
        "no fact",
    ),
    (
        QUESTIONS,
        lambda data: take_out(data, "history"),
        "breast_or_cosmetic_implant",
        "raises",
        "no answer of form “first” raises this rule",
    ),
    (QUESTIONS, lambda data: question(data, "skin")["options"][0].pop("raises"), "skin_infection_in_area", "raises", "must raise a rule"),
    (QUESTIONS, lambda data: question(data, "skin").update(kind="maybe"), "skin", "kind", "must be one of"),
    (
        QUESTIONS,
        lambda data: question(data, "skin")["options"].append(question(data, "skin")["options"][0]),
        "skin",
        "options",
        "one value twice",
    ),
    (QUESTIONS, lambda data: question(data, "skin").update(when={"regions": ["tail"]}), "skin", "when", "no region “tail”"),
    (QUESTIONS, lambda data: question(data, "skin").update(when={"age_from": 40, "age_to": 30}), "skin", "when", "younger age"),
    (QUESTIONS, lambda data: question(data, "onset").update(when={"answers": {"fits": ["yes"]}}), "pain", "when", "can't be reached"),
    (QUESTIONS, lambda data: question(data, "fits").update(when={"answers": {"conditions": ["flu"]}}), "fits", "when", "no answer to"),
    (QUESTIONS, lambda data: data["forms"].update(first=data["forms"]["first"][:-1]), "more", "forms", "nobody can reach it"),
    ("complaints.json", lambda data: data["complaints"][0].update(regions=["tail"]), "lower_back", "regions", "no region “tail”"),
    ("countries.json", lambda data: data["JP"].pop("advice_line"), "JP", "advice_line", "in every country or in none"),
    ("countries.json", lambda data: data["JP"].pop("source"), "JP", "source", "names no source"),
    ("signs.json", lambda data: data["signs"][0].update(rule="flat_feet"), "flat_feet", "rule", "no rule “flat_feet”"),
    (
        "signs.json",
        lambda data: data["signs"][0]["groups"][0].append("cannot feel"),
        "cauda_equina_saddle_numbness",
        "groups",
        "write “can't feel”",
    ),
    (
        "signs.json",
        lambda data: data["signs"][0].update(family="flat_feet"),
        "cauda_equina_saddle_numbness",
        "family",
        "no rule “flat_feet”",
    ),
    ("signs.json", lambda data: data["signs"][0].update(groups=[[]]), "cauda_equina_saddle_numbness", "groups", "must be lists of words"),
]


@pytest.mark.parametrize(("file", "spoil", "record", "field", "why"), BROKEN, ids=[f"{case[2]}-{case[3]}-{case[4]}" for case in BROKEN])
def test_a_broken_file_is_refused_with_record_and_field(tmp_path, file, spoil, record, field, why):
    folder = shutil.copytree(FOLDER, tmp_path / "rules")
    data = json.loads((folder / file).read_text(encoding="utf-8"))
    spoil(data)
    (folder / file).write_text(json.dumps(data), encoding="utf-8")

    with pytest.raises(RuleError) as refused:
        read_rulebook(folder)

    assert record in refused.value.record
    assert (refused.value.field, why in str(refused.value)) == (field, True), str(refused.value)


def add_row(folder: Path, row: str) -> None:
    with (folder / "medicines.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        ("newdrug,generic,newdrug,statin,flat_feet,,7,,BNF", "flag", "no rule “flat_feet”"),
        ("newdrug,generic,newdrug,statin,,,soon,,BNF", "days", "how many days"),
        ("newdrug,generic,newdrug,statin,,,7,,", "source", "is empty"),
        ("newdrug,generic,newdrug,statin,,warferin,7,,BNF", "misspellings", "“warferin” means warfarin, too"),
        ("orange,generic,orange,statin,,,7,,BNF", "name", "everyday words"),
        ("newdrug,generic,newdrug,statin,,,7,,BNF,more", "columns", "more columns"),
    ],
)
def test_a_broken_row_of_medicines_is_refused_with_its_line(tmp_path, row, field, why):
    folder = shutil.copytree(FOLDER, tmp_path / "rules")
    add_row(folder, row)

    with pytest.raises(RuleError) as refused:
        read_rulebook(folder)

    assert (refused.value.file, refused.value.record, refused.value.field) == ("medicines.csv", "line 284", field)
    assert why in str(refused.value)


def test_a_file_that_is_no_json_or_is_gone_is_named(tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "rules")
    (folder / QUESTIONS).write_text('{\n"pages": [,]}', encoding="utf-8")

    with pytest.raises(RuleError, match=r"questionnaire\.json, line 2"):
        read_rulebook(folder)

    (folder / QUESTIONS).unlink()
    with pytest.raises(RuleError, match=r"questionnaire\.json.*can't be read"):
        read_rulebook(folder)
