"""Reads aftercare and safety."""

from collections.abc import Iterator
from pathlib import Path

from treatments.catalogue.clinical import sources
from treatments.catalogue.entries import AdviceItem, AdviceMessage, Aftercare, Answer, Caution, Combination, Flag, Question, SafetyBook
from treatments.catalogue.reading import Record, index, read_json

CATEGORIES = ("preparation", "after", "safety", "lifestyle", "measure")
ACTIONS = ("note", "self_care", "tell_practitioner", "medical_help_today", "emergency")
TECHNIQUE_ACTIONS = ("block", "review", "warn")
FLAG_ACTIONS = ("emergency", "block", "review", "caution")
KINDS = ("red_flag", "absolute", "relative", "point_level", "technique_level")


def read_aftercare(file: Path) -> Aftercare:
    """The whole of the aftercare, each message of items that exist."""
    book = read_json(file)
    moments = book.words("moments")
    return Aftercare(
        version=book.text("version"),
        moments=moments,
        items=index((part, part.text("id"), _item(part)) for part in book.parts("items")),
        messages=index((part, part.text("id"), _message(part, moments)) for part in book.parts("messages")),
        questions=index((part, part.text("id"), _question(part)) for part in book.part("symptom_check").parts("questions")),
    )


def _item(record: Record) -> AdviceItem:
    category = record.one_of("category", CATEGORIES)
    return AdviceItem(
        id=record.text("id"),
        category=category,
        text=record.text("text"),
        again=record.text("again", blank=category != "safety"),
        unless_flags=record.words("unless_flags", missing=()),
        **sources(record),
    )


def _message(record: Record, moments: tuple[str, ...]) -> AdviceMessage:
    return AdviceMessage(
        id=record.text("id"),
        moment=record.one_of("moment", moments),
        techniques=_all_or(record, "techniques"),
        conditions=_all_or(record, "conditions"),
        regions=record.words("regions", missing=()),
        flags=record.words("flags"),
        title=record.text("title"),
        items=record.words("items"),
        may_be_stopped=record.yes("may_be_stopped"),
        asks_back=record.yes("asks_back", otherwise=False),
        **sources(record),
    )


def _all_or(record: Record, field: str) -> tuple[str, ...]:
    return () if record.values.get(field) == "all" else record.words(field)


def _question(record: Record) -> Question:
    return Question(
        id=record.text("id"),
        text=record.text("text"),
        only_with_flags=record.words("only_with_flags"),
        answers=index((part, part.text("id"), _answer(part)) for part in record.parts("answers")),
        **sources(record),
    )


def _answer(record: Record) -> Answer:
    action = record.one_of("action", ACTIONS)
    stops = record.yes("stops_needling")
    if action in ACTIONS[2:] and not stops:
        raise record.wrong("stops_needling", f"has to be true where the action is {action}")
    return Answer(
        id=record.text("id"),
        text=record.text("text"),
        action=action,
        adverse_event=None if record.values.get("adverse_event") is None else record.text("adverse_event"),
        severity=record.one_of("severity", ("none", "mild", "moderate", "severe")),
        message=record.text("message", blank=action == "note"),
        stops_needling=stops,
    )


def read_safety(file: Path) -> SafetyBook:
    """Every flag and caution, with what it does."""
    book = read_json(file)
    return SafetyBook(
        version=book.text("version"),
        flags=index((part, part.text("id"), _flag(part)) for part in book.parts("flags")),
        cautions=index((part, part.text("id"), _caution(part)) for part in book.parts("cautions")),
        combinations=index(_combinations(book)),
        areas=_lists(book.part("areas")),
        shared_names=_lists(book.part("shared_names")),
    )


def _combinations(book: Record) -> Iterator[tuple[Record, str, Combination]]:
    for part in book.parts("combinations"):
        effect = part.text("techniques")
        if effect not in ("block_all", "as_anticoagulant") and not effect.startswith("block:"):
            raise part.wrong("techniques", f"{effect!r} is no effect on techniques")
        yield part, part.text("id"), Combination(part.text("id"), part.text("label"), effect, part.text("why"))


def _lists(record: Record) -> dict[str, tuple[str, ...]]:
    return {name: record.words(name) for name in record.values}


def _effects(record: Record) -> dict[str, str]:
    effects = record.mapping("techniques")
    if wrong := sorted(set(effects.values()) - set(TECHNIQUE_ACTIONS)):
        raise record.wrong("techniques", f"{wrong[0]!r} is none of {', '.join(TECHNIQUE_ACTIONS)}")
    return effects


def _flag(record: Record) -> Flag:
    points = record.part("points") if "points" in record.values else None
    return Flag(
        id=record.text("id"),
        label=record.text("label"),
        kind=record.one_of("kind", KINDS),
        scope=record.text("scope"),
        action=record.one_of("action", FLAG_ACTIONS),
        techniques=_effects(record),
        excluded=points.words("exclude", missing=()) if points else (),
        warned=points.words("warn", missing=()) if points else (),
        reported_area=record.one_of("reported_area", ("exclude", "warn")) if "reported_area" in record.values else "",
        why=record.text("why"),
        care=record.text("care", blank=True),
        **sources(record),
    )


def _caution(record: Record) -> Caution:
    return Caution(
        id=record.text("id"),
        label=record.text("label"),
        applies=record.one_of("applies", ("always", "pregnancy", "child", "never_needled")),
        excludes=record.one_of("points", ("exclude", "warn")) == "exclude",
        scope=record.text("scope"),
        why=record.text("why"),
        care=record.text("care", blank=True),
        techniques=_effects(record),
        **sources(record),
    )
