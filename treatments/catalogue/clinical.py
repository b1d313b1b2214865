"""Reads points, techniques, outcome measures and adverse events."""

from collections.abc import Iterator
from pathlib import Path

from treatments.catalogue.entries import AdverseEvent, Measure, Minutes, Point, Technique
from treatments.catalogue.reading import Record, Row, index, read_csv, read_json

REGIONS = (
    *("head", "face", "neck", "shoulder", "upper_arm", "elbow", "forearm", "wrist", "hand", "chest", "abdomen"),
    *("upper_back", "lower_back", "sacrum", "buttock", "hip", "thigh", "knee", "lower_leg", "ankle", "foot"),
)
DEPTH_BASES = ("checked", "recalled", "checked_capped", "recalled_capped")
FAMILIES = ("needling", "hands_on", "physiotherapy")
SEVERITIES = ("mild", "moderate", "severe")


def read_points(file: Path) -> dict[str, Point]:
    """Every point by its WHO code."""
    return index(((row, row.text("code"), _point(row)) for row in read_csv(file)), "code")


def _point(row: Row) -> Point:
    low, high = row.whole("depth_min_mm", 0, 100), row.whole("depth_max_mm", 0, 100)
    if low > high:
        raise row.wrong("depth_min_mm", f"{low} is deeper than depth_max_mm {high}")
    home = row.yes("self_acupressure")
    if row.text("how_to_find", blank=True) and not home:
        raise row.wrong("how_to_find", "is for points that may be pressed at home")
    return Point(
        code=row.text("code"),
        pinyin=row.text("pinyin"),
        english=row.text("english"),
        meridian=row.text("meridian"),
        region=row.one_of("region", REGIONS),
        location=row.text("location"),
        laterality=row.one_of("laterality", ("bilateral", "midline")),
        indications=row.words("indications"),
        depth_min_mm=low,
        depth_max_mm=high,
        angle=row.text("angle"),
        cautions=row.words("cautions"),
        aliases=row.words("aliases"),
        self_acupressure=home,
        how_to_find=row.text("how_to_find", blank=True),
        depth_basis=row.one_of("depth_basis", DEPTH_BASES),
        source=row.text("source"),
    )


def sources(record: Record) -> dict[str, str | bool]:
    """Where an entry comes from; an entry without a source must say so."""
    unsourced = record.yes("unsourced", otherwise=False)
    return {"source": record.text("source", blank=unsourced), "unsourced": unsourced}


def read_techniques(file: Path) -> dict[str, Technique]:
    """Every technique by id, in the order they are offered."""
    return index((record, record.text("id"), _technique(record)) for record in read_json(file).parts("techniques"))


def _technique(record: Record) -> Technique:
    return Technique(
        id=record.text("id"),
        name=record.text("name"),
        aliases=record.words("aliases"),
        family=record.one_of("family", FAMILIES),
        description=record.text("description"),
        needles=record.yes("needles"),
        minutes=_minutes(record.part("minutes")),
        practitioner_stays=record.yes("practitioner_stays"),
        equipment=record.words("equipment"),
        rhythm=record.text("rhythm"),
        notes=record.text("notes", blank=True),
        correction=record.text("correction", blank=True),
        **sources(record),
    )


def _minutes(record: Record) -> Minutes:
    rest_min, rest_max = record.whole("rest_min", 0, 60), record.whole("rest_max", 0, 60)
    if rest_min > rest_max:
        raise record.wrong("rest_min", f"{rest_min} is longer than rest_max {rest_max}")
    total, hands_in = record.whole("total", 5, 240), record.whole("hands_in", 1, 240)
    hands_out = record.whole("hands_out", 0, 60)
    if hands_in + hands_out + rest_min > total:
        raise record.wrong("total", f"{total} is shorter than its parts")
    return Minutes(total, hands_in, hands_out, rest_min, rest_max)


def read_measures(file: Path) -> dict[str, Measure]:
    """Every outcome measure by id."""
    return index((record, record.text("id"), _measure(record)) for record in read_json(file).parts("measures"))


def _measure(record: Record) -> Measure:
    low, high = record.whole("min"), record.whole("max")
    if low >= high:
        raise record.wrong("min", f"{low} is not below max {high}")
    return Measure(
        id=record.text("id"),
        name=record.text("name"),
        question=record.text("question"),
        low=low,
        high=high,
        anchors=record.mapping("anchors"),
        items=record.whole("items", 1, 10),
        lower_is_better=record.one_of("better_when", ("lower", "higher")) == "lower",
        recall=record.text("recall"),
        points=record.whole("points", 1, high),
        percent=record.whole_or_none("percent", 1, 100),
        worse_points=record.whole("worse_points", 1, high),
        single_item_points=record.whole_or_none("single_item_points", 1, high),
        confidence=record.one_of("confidence", ("high", "medium", "borrowed")),
        licence=record.text("licence"),
        note=record.text("note", blank=True),
        **sources(record),
    )


def read_adverse_events(file: Path) -> dict[str, AdverseEvent]:
    """Every kind of adverse event by id."""
    return index(_events(read_json(file)))


def _events(book: Record) -> Iterator[tuple[Record, str, AdverseEvent]]:
    for record in book.parts("events"):
        severities = record.words("severities")
        if unknown := set(severities) - set(SEVERITIES):
            raise record.wrong("severities", f"{', '.join(sorted(unknown))} is no severity")
        event = AdverseEvent(
            id=record.text("id"),
            label=record.text("label"),
            category=record.text("category"),
            severities=severities,
            serious=record.yes("serious"),
            do=record.text("do"),
            examples=record.text("examples", blank=True),
            usual_rate=record.text("usual_rate", blank=True),
            **sources(record),
        )
        yield record, event.id, event
