"""Read the files of `patients/rules/` into the shapes of the rule set, refusing with file, record and field."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from patients.enums import Act, Action, Urgency
from patients.ruleset import ALL, NONE, NOT_SURE, Combination, Complaint, Condition, Medicine, Option, Page, Points, Question, Rule, Sign


class RuleError(Exception):
    """A rule file that can't be trusted: which file, which record, which field, and why."""

    def __init__(self, file: str, record: str, field: str, why: str) -> None:
        super().__init__(f"{file}, {record}, field “{field}”: {why}")
        self.file, self.record, self.field, self.why = file, record, field, why


class Record:
    """One record of a file, which names itself when something in it is wrong."""

    def __init__(self, file: str, name: str, values: object, allowed: str) -> None:
        self.file, self.name = file, name
        if not isinstance(values, dict):
            raise self.wrong("record", "must be an object")
        self.values = values
        for field in values:
            if field not in allowed.split():
                raise self.wrong(field, "is not a field of this kind of record")

    def wrong(self, field: str, why: str) -> RuleError:
        return RuleError(self.file, self.name, field, why)

    def has(self, field: str) -> bool:
        return field in self.values

    def text(self, field: str, default: str | None = None) -> str:
        value = self.values.get(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(field, "must be words")
        return value

    def truth(self, field: str) -> bool:
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            raise self.wrong(field, "must be true or false")
        return value

    def number(self, field: str) -> int | None:
        value = self.values.get(field)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self.wrong(field, "must be a whole number")
        return value

    def list(self, field: str) -> tuple[str, ...]:
        value = self.values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(field, "must be a list of words")
        if len(set(value)) != len(value):
            raise self.wrong(field, "names something twice")
        return tuple(value)

    def choice(self, field: str, kinds: type[Action] | type[Act] | type[Urgency]) -> Action | Act | Urgency:
        value = self.values.get(field)
        if value not in kinds.values:
            raise self.wrong(field, f"“{value}” is none of {', '.join(kinds.values)}")
        return kinds(value)

    def records(self, field: str, allowed: str, key: str = "id") -> Iterator["Record"]:
        """The records inside a field, each named by its id."""
        for place, values in enumerate(self.values.get(field, []), 1):
            name = values.get(key) if isinstance(values, dict) else None
            yield Record(self.file, f"{self.name} {name or f'{field} {place}'}".removeprefix("file "), values, allowed)


WHAT = "id name question kind where action urgency asked computed techniques points area"
RULE = f"{WHAT} advice tell note why words source unsourced source_read"
COMBINATION = "id name all any when when_in_words either action urgency techniques advice tell note why source unsourced source_read"
CONDITION = "complaints regions techniques facts sex age_from age_to answers ticked any"
KINDS = ("red_flag", "absolute", "relative", "point_level", "technique_level")
MEDICINE = ["name", "kind", "generic", "class", "flag", "misspellings", "days", "note", "source"]
QUESTION_KINDS = ("one", "many", "text", "date")


def whole_file(folder: Path, name: str, allowed: str) -> Record:
    """A JSON file as one record."""
    try:
        return Record(name, "file", json.loads((folder / name).read_text(encoding="utf-8")), allowed)
    except OSError as error:
        raise RuleError(name, "file", "file", "can't be read") from error
    except ValueError as error:
        raise RuleError(name, f"line {getattr(error, 'lineno', '?')}", "file", f"is not JSON: {error}") from error


def condition(record: Record, field: str) -> Condition | None:
    """The condition in a field, or none."""
    if not record.has(field):
        return None
    given = Record(record.file, record.name, record.values[field], CONDITION)
    if not given.values:
        raise record.wrong(field, "is an empty condition")
    answers = given.values.get("answers", {})
    if not isinstance(answers, dict):
        raise record.wrong(field, "must name answers by question")
    return Condition(
        complaints=frozenset(given.list("complaints")),
        regions=frozenset(given.list("regions")),
        techniques=frozenset(given.list("techniques")),
        facts=frozenset(given.list("facts")),
        sex=frozenset(given.values.get("sex", [])),
        age_from=given.number("age_from"),
        age_to=given.number("age_to"),
        answers=tuple((question, frozenset(values)) for question, values in answers.items()),
        ticked=given.truth("ticked"),
        any=tuple(part for place in range(len(given.values.get("any", []))) if (part := _part(given, place))),
    )


def _part(given: Record, place: int) -> Condition | None:
    return condition(Record(given.file, given.name, {"when": given.values["any"][place]}, "when"), "when")


def technique_acts(record: Record, every: tuple[str, ...], known: dict[str, Rule]) -> dict[str, Act]:
    """What a record means for each technique it names."""
    given = Record(record.file, record.name, record.values.get("techniques"), "block review warn like")
    if given.has("like"):
        if given.text("like") not in known:
            raise record.wrong("techniques", f"there is no rule “{given.text('like')}”")
        return dict(known[given.text("like")].techniques)
    acts: dict[str, Act] = {}
    for act in Act:
        named = every if given.values.get(act) == ALL else given.list(act)
        for technique in named:
            if technique not in every:
                raise record.wrong("techniques", f"there is no technique “{technique}”")
            if technique in acts:
                raise record.wrong("techniques", f"“{technique}” stands under both {acts[technique]} and {act}")
            acts[technique] = act
    return acts


def sources(record: Record) -> dict:
    """Where a record comes from; one that names nothing must say so."""
    source, unsourced = record.list("source"), record.truth("unsourced")
    if not source and not unsourced:
        raise record.wrong("source", "names no source, and the record doesn't say that it has none")
    return {"source": source, "unsourced": unsourced, "source_read": record.truth("source_read")}


def points(record: Record) -> Points | None:
    if not record.has("points"):
        return None
    given = Record(record.file, record.name, record.values["points"], "action codes only_with")
    if given.text("action") not in ("exclude", "warn"):
        raise record.wrong("points", "action must be exclude or warn")
    return Points(given.text("action"), given.list("codes"), frozenset(given.list("only_with")))


def rule(record: Record, every: tuple[str, ...]) -> Rule:
    if record.text("kind") not in KINDS:
        raise record.wrong("kind", f"must be one of {', '.join(KINDS)}")
    if record.text("area", "none") not in ("none", "warn", "exclude"):
        raise record.wrong("area", "must be none, warn or exclude")
    return Rule(
        id=record.text("id"),
        name=record.text("name"),
        question=record.text("question", ""),
        kind=record.text("kind"),
        where=record.text("where"),
        action=record.choice("action", Action),
        urgency=record.choice("urgency", Urgency),
        asked=frozenset(record.list("asked")),
        techniques=technique_acts(record, every, {}),
        advice=record.text("advice", ""),
        why=record.text("why"),
        note=record.text("note", ""),
        tell=record.text("tell", ""),
        words=record.list("words"),
        points=points(record),
        area=record.text("area", "none"),
        computed=condition(record, "computed"),
        **sources(record),
    )


def combination(record: Record, every: tuple[str, ...], known: dict[str, Rule]) -> Combination:
    return Combination(
        id=record.text("id"),
        name=record.text("name"),
        all=record.list("all"),
        any=record.list("any"),
        when=condition(record, "when"),
        when_in_words=record.text("when_in_words", ""),
        either=record.truth("either"),
        action=record.choice("action", Action),
        urgency=record.choice("urgency", Urgency),
        techniques=technique_acts(record, every, known),
        advice=record.text("advice"),
        why=record.text("why"),
        tell=record.text("tell", ""),
        note=record.text("note", ""),
        **sources(record),
    )


def complaint(record: Record) -> Complaint:
    return Complaint(record.text("id"), record.text("words"), record.text("hint", ""), record.list("regions"), record.list("conditions"))


def option(record: Record) -> Option:
    return Option(
        value=record.text("value"),
        words=record.text("words"),
        hint=record.text("hint", ""),
        raises=record.text("raises", ""),
        facts=frozenset(record.list("facts")),
        regions=record.list("regions"),
        unsure=record.truth("unsure"),
        when=condition(record, "when"),
    )


def question(record: Record, none: str, not_sure: str, limit: int) -> Question:
    kind = record.text("kind")
    if kind not in QUESTION_KINDS:
        raise record.wrong("kind", f"must be one of {', '.join(QUESTION_KINDS)}")
    options = tuple(option(each) for each in record.records("options", "value words hint raises facts regions unsure when", "value"))
    if kind == "many":
        options += (Option(NONE, none), Option(NOT_SURE, not_sure, unsure=True))
    if (kind in ("one", "many")) != bool(options):
        raise record.wrong("options", "belong to questions of kind one and many, and only there")
    return Question(
        id=record.text("id"),
        kind=kind,
        legend=record.text("legend"),
        hint=record.text("hint", ""),
        options=options,
        empty=record.text("empty") if kind != "text" else "",
        both=record.text("both") if kind == "many" else "",
        reads=record.text("reads") if kind == "text" else "",
        limit=limit if kind == "text" else 0,
        instead_of=record.list("instead_of"),
        when=condition(record, "when"),
    )


def page(record: Record, none: str, not_sure: str, limit: int) -> Page:
    fields = "id kind legend hint options empty both reads instead_of when"
    questions = tuple(question(each, none, not_sure, limit) for each in record.records("questions", fields))
    return Page(record.text("id"), record.text("title"), record.list("why"), questions, condition(record, "when"))


def sign(record: Record) -> Sign:
    """One choice of each group must stand in a sentence; a choice is one or more words, and `numb*` any word that starts so."""
    given = record.values.get("groups")
    if not isinstance(given, list) or not given or not all(isinstance(group, list) and group and all(map(str, group)) for group in given):
        raise record.wrong("groups", "must be lists of words, none of them empty")
    return Sign(
        rule=record.text("rule"),
        groups=tuple(tuple(group) for group in given),
        days=record.number("days") or 0,
        event=record.truth("event"),
        weak=record.truth("weak"),
        family=record.text("family", ""),
        treated_by=record.text("treated_by", ""),
        unless=record.list("unless"),
    )


def medicines(folder: Path, name: str) -> tuple[Medicine, ...]:
    """Every name of the medicines file."""
    try:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != MEDICINE:
                raise RuleError(name, "line 1", "columns", f"must be {', '.join(MEDICINE)}")
            return tuple(_medicine(name, rows.line_num, row) for row in rows)
    except OSError as error:
        raise RuleError(name, "file", "file", "can't be read") from error


def _medicine(file: str, line: int, row: dict) -> Medicine:
    for field in ("name", "kind", "generic", "class", "source"):
        if not (row[field] or "").strip():
            raise RuleError(file, f"line {line}", field, "is empty")
    if None in row:
        raise RuleError(file, f"line {line}", "columns", "has more columns than the first line")
    misspellings = tuple(word.strip() for word in (row["misspellings"] or "").split(";") if word.strip())
    if not (row["days"] or "").isdecimal():
        raise RuleError(file, f"line {line}", "days", "must say for how many days after stopping the medicine still counts")
    return Medicine(
        name=row["name"].strip(),
        kind=row["kind"],
        generic=row["generic"],
        drug_class=row["class"],
        flag=row["flag"] or "",
        misspellings=misspellings,
        days=int(row["days"]),
        note=row["note"] or "",
    )


def everyday(folder: Path, name: str) -> frozenset[str]:
    """Words that are no medicine, however close they come to the name of one."""
    try:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RuleError(name, "file", "file", "can't be read") from error
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
