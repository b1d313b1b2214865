"""The rule set as files: read once, checked as a whole, named by a version, and kept, so that an old answer is read by its own rules."""

import hashlib
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zipfile import Path as InZip

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

__all__ = ["FOLDER", "RuleError", "read_rulebook", "rulebook", "rulebook_of"]

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
KEPT = FOLDER / "kept"
ONE_DAY = (2026, 1, 1, 0, 0, 0)  # the same files make the same archive
DOCS = Path(__file__).parent.parent / "docs" / "screening-rules.md"


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    """The rules in force."""
    return read_rulebook(FOLDER)


@lru_cache(maxsize=8)
def rulebook_of(version: str) -> Rulebook | None:
    """The rules of a version, in force or kept; none where they were never kept."""
    if version == rulebook().version:
        return rulebook()
    archive = next((each for each in KEPT.glob("*.zip") if each.stem == version), None)
    return read_kept(archive) if archive else None


def read_kept(archive: Path) -> Rulebook:
    """The rules of one archive, or `RuleError` where they are not what its name says. They were checked when they were in force."""
    try:
        with ZipFile(archive) as zipped:
            if not archive.stem.endswith(f"-{fingerprint(InZip(zipped))}"):
                raise RuleError(archive.name, "file", "file", "holds other rules than its name says")
            return _read(InZip(zipped))
    except (BadZipFile, KeyError) as error:
        raise RuleError(archive.name, "file", "file", "can't be read") from error


def keep(folder: Path = FOLDER, kept: Path = KEPT) -> Path:
    """Keep the rules of a folder under their version; an earlier draft of the same number makes way, another number never does."""
    version = read_rulebook(folder).version
    kept.mkdir(exist_ok=True)
    for draft in kept.glob(f"{version.rpartition('-')[0]}-*.zip"):
        draft.unlink()
    archive = kept / f"{version}.zip"
    with ZipFile(archive, "w") as zipped:
        for name in FILES:
            zipped.writestr(ZipInfo(name, ONE_DAY), (folder / name).read_bytes(), ZIP_DEFLATED, 9)
    return archive


def read_rulebook(folder: Path) -> Rulebook:
    """The rules of a folder, checked, or `RuleError` with file, record and field."""
    return check(_read(folder))


def _read(folder: Path | InZip) -> Rulebook:
    facts = whole_file(folder, "contraindications.json", "version techniques rules combinations")
    house = whole_file(folder, "house_rules.json", "rules")
    complaints = whole_file(folder, "complaints.json", "regions complaints")
    questions = whole_file(folder, "questionnaire.json", "none not_sure text_limit forms pages")
    countries = whole_file(folder, "countries.json", "GB JP")
    signs = whole_file(folder, "signs.json", "signs harmless")
    every = facts.list("techniques")
    rules = _by_id(rule(each, every) for each in facts.records("rules", RULE))
    wording = (questions.text("none"), questions.text("not_sure"), questions.number("text_limit") or 0)
    return Rulebook(
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
        harmless=signs.list("harmless"),
        signs=tuple(sign(each) for each in signs.records("signs", "rule days event weak family treated_by unless groups", "rule")),
    )


def fingerprint(folder: Path | InZip) -> str:
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
    """`docs` keeps the rules in force and writes every one in words for the clinicians who sign them off; `version` names them."""
    if words == ["docs"]:
        keep()
        DOCS.write_text(in_words(rulebook()), encoding="utf-8")
        return 0
    if words == ["version"]:
        sys.stdout.write(rulebook().version + "\n")
        return 0
    sys.stderr.write("Say `docs` or `version`.\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
