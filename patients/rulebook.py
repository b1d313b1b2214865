"""The rule set as files: read once, checked as a whole, and named by a version."""

import hashlib
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from patients.rulechecks import check
from patients.ruledocs import in_words
from patients.rulefiles import (
    COMBINATION,
    RULE,
    Record,
    RuleError,
    combination,
    complaint,
    everyday,
    medicines,
    page,
    rule,
    sign,
    whole_file,
)
from patients.ruleset import Rulebook

__all__ = ["FOLDER", "RuleError", "read_rulebook", "rulebook"]

FOLDER = Path(__file__).parent / "rules"
FILES = (
    "contraindications.json",
    "house_rules.json",
    "complaints.json",
    "questionnaire.json",
    "countries.json",
    "medicines.csv",
    "signs.json",
    "everyday.txt",
)
DOCS = Path(__file__).parent.parent / "docs" / "screening-rules.md"


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    """The rules in force."""
    return read_rulebook(FOLDER)


def read_rulebook(folder: Path) -> Rulebook:
    """The rules of a folder, checked, or `RuleError` with file, record and field."""
    facts = whole_file(folder, "contraindications.json", "version techniques rules combinations")
    house = whole_file(folder, "house_rules.json", "rules")
    complaints = whole_file(folder, "complaints.json", "regions complaints")
    questions = whole_file(folder, "questionnaire.json", "none not_sure text_limit forms pages")
    countries = whole_file(folder, "countries.json", "GB JP")
    signs = whole_file(folder, "signs.json", "signs")
    every = facts.list("techniques")
    rules = _by_id(rule(each, every) for each in facts.records("rules", RULE))
    wording = (questions.text("none"), questions.text("not_sure"), questions.number("text_limit") or 0)
    return check(
        Rulebook(
            version=f"{facts.text('version')}-{fingerprint(folder)}",
            techniques=every,
            regions=complaints.list("regions"),
            rules=rules,
            house_rules=_by_id(rule(each, every) for each in house.records("rules", RULE)),
            combinations=tuple(combination(each, every, rules) for each in facts.records("combinations", COMBINATION)),
            complaints=_by_id(complaint(each) for each in complaints.records("complaints", "id words hint regions conditions")),
            pages=_by_id(page(each, *wording) for each in questions.records("pages", "id title why when questions")),
            forms={form: tuple(pages) for form, pages in questions.values.get("forms", {}).items()},
            countries={code: _country(countries, code) for code in countries.values},
            medicines=medicines(folder, "medicines.csv"),
            everyday=everyday(folder, "everyday.txt"),
            signs=tuple(sign(each) for each in signs.records("signs", "rule days event weak family groups", "rule")),
        )
    )


def fingerprint(folder: Path) -> str:
    """Twelve letters that change when any rule file changes."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()[:12]


def _by_id(records: Iterable) -> dict:
    """Records by id; the second of one id is refused."""
    found: dict = {}
    for record in records:
        if record.id in found:
            raise RuleError(type(record).__name__.lower(), record.id, "id", "stands twice")
        found[record.id] = record
    return found


def _country(countries: Record, code: str) -> dict[str, str]:
    given = countries.values[code]
    if not isinstance(given, dict):
        raise countries.wrong(code, "must be an object")
    if not given.get("source"):
        raise RuleError(countries.file, code, "source", "names no source")
    return {name: value for name, value in given.items() if name != "source"}


def main(words: list[str]) -> int:
    """`docs` writes every rule in words for the clinicians who sign them off; `version` names the rules in force."""
    if words == ["docs"]:
        DOCS.write_text(in_words(rulebook()), encoding="utf-8")
        return 0
    if words == ["version"]:
        sys.stdout.write(rulebook().version + "\n")
        return 0
    sys.stderr.write("Say `docs` or `version`.\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
