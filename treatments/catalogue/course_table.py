"""Reads conditions and the table of courses."""

from pathlib import Path

from treatments.catalogue.clinical import SEVERITIES, sources
from treatments.catalogue.entries import Cap, Condition, CourseRule, CourseTable, Guideline, Phase, Support
from treatments.catalogue.reading import Record, index, read_json

CHRONICITIES = ("acute", "subacute", "chronic")
POSITIONS = ("against", "conditional_for", "consider", "not_assessed")
FEWEST, MOST = 6, 12


def read_conditions(file: Path) -> dict[str, Condition]:
    """Every condition by id, in the order they are offered."""
    return index((record, record.text("id"), _condition(record)) for record in read_json(file).parts("conditions"))


def _condition(record: Record) -> Condition:
    points = record.part("points")
    return Condition(
        id=record.text("id"),
        name=record.text("name"),
        aliases=record.words("aliases"),
        regions=record.words("regions"),
        local_points=points.words("local"),
        distal_points=points.words("distal"),
        techniques=record.words("techniques"),
        cap=None if record.values.get("cap") is None else _cap(record.part("cap")),
        red_flags=record.words("red_flags"),
        guidelines=tuple(_guideline(part) for part in record.parts("guidelines")),
        notes=record.text("notes", blank=True),
        **sources(record),
    )


def _cap(record: Record) -> Cap:
    cap = Cap(
        rule=record.text("rule"),
        sessions_max=record.whole_or_none("sessions_max", 1, MOST),
        weeks_min=record.whole_or_none("weeks_min", 1, 52),
        weeks_max=record.whole_or_none("weeks_max", 1, 52),
        minutes_max=record.whole_or_none("minutes_max", 1),
        source=record.text("source"),
    )
    if cap.sessions_max is None and cap.minutes_max is None:
        raise record.wrong("sessions_max", "a cap needs sessions or minutes")
    return cap


def _guideline(record: Record) -> Guideline:
    return Guideline(
        body=record.text("body", blank=True),
        position=record.one_of("position", POSITIONS),
        text=record.text("text"),
        **sources(record),
    )


def read_course_table(file: Path) -> CourseTable:
    """The table, with a rule for each severity and chronicity, no more and no fewer."""
    book = read_json(file)
    rules = index((record, f"{rule.severity} {rule.chronicity}", rule) for record in book.parts("courses") for rule in [_rule(record)])
    if len(rules) < len(SEVERITIES) * len(CHRONICITIES):
        raise book.wrong("courses", "a severity and chronicity have no rule")
    weeks = book.part("weeks")
    return CourseTable(
        version=book.text("version"),
        bands=_bands(book.part("bands")),
        acute_under_weeks=weeks.whole("acute_under", 1, 52),
        chronic_over_weeks=weeks.whole("chronic_over", 1, 52),
        principles=book.words("principles"),
        rules=tuple(rules.values()),
        support=tuple(Support(part.text("claim"), part.text("words"), part.text("source")) for part in book.parts("support")),
    )


def _bands(record: Record) -> dict[str, tuple[int, int]]:
    """The pain scores of each severity, from 0 to 10 without a hole."""
    bands, expected = {}, 0
    for severity in SEVERITIES:
        numbers = record.numbers(severity)
        if len(numbers) != 2 or numbers[0] != expected or numbers[1] < numbers[0]:
            raise record.wrong(severity, f"needs two scores, the first {expected}")
        bands[severity], expected = (numbers[0], numbers[1]), numbers[1] + 1
    if expected != 11:
        raise record.wrong("severe", "has to end at 10")
    return bands


def _rule(record: Record) -> CourseRule:
    sessions = record.whole("sessions", FEWEST, MOST)
    maintenance = record.part("maintenance")
    return CourseRule(
        severity=record.one_of("severity", SEVERITIES),
        chronicity=record.one_of("chronicity", CHRONICITIES),
        sessions=sessions,
        phases=_phases(record, sessions),
        reviews=_reviews(record, sessions),
        maintenance_days=maintenance.whole("every_days", 7, 90) if maintenance.yes("offered") else None,
        maintenance_when=maintenance.text("when"),
        stop_or_refer=record.text("stop_or_refer"),
        reason=record.text("reason"),
        **sources(record),
    )


def _phases(record: Record, sessions: int) -> tuple[Phase, ...]:
    phases, expected = [], 1
    for part in record.parts("phases"):
        phase = _phase(part)
        if phase.first != expected or phase.last < phase.first:
            raise part.wrong("from", f"the phase has to go on from session {expected}")
        phases.append(phase)
        expected = phase.last + 1
    if expected != sessions + 1:
        raise record.wrong("phases", f"end at session {expected - 1} of {sessions}")
    return tuple(phases)


def _phase(record: Record) -> Phase:
    low, ideal, high = record.whole("min_gap_days", 1, 60), record.numbers("ideal_gap_days"), record.whole("max_gap_days", 1, 90)
    if len(ideal) != 2 or not low <= ideal[0] <= ideal[1] <= high:
        raise record.wrong("ideal_gap_days", f"needs two numbers of days in order between {low} and {high}")
    return Phase(record.text("label"), record.whole("from", 1, MOST), record.whole("to", 1, MOST), low, (ideal[0], ideal[1]), high)


def _reviews(record: Record, sessions: int) -> tuple[int, ...]:
    reviews = record.numbers("reviews")
    if not reviews or list(reviews) != sorted(set(reviews)) or not 1 <= reviews[0] <= reviews[-1] <= sessions:
        raise record.wrong("reviews", f"need to be sessions of the course in order, at most {sessions}")
    return reviews
