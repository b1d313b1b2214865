"""What the page of a session's record shows beside its form: what changed since last time, what is closed, what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from treatments.catalogue import catalogue
from treatments.models import Acupoint, Needling, SessionRecord, Technique
from treatments.readiness import Missing, Needle
from treatments.safety import Limits, PointCheck, Verdict, check_point

PLACES = {
    "techniques": "#done-title",
    "needles": "#needles-title",
    "pain_before": "#id_pain_before_0",
    "adverse_events": "#id_adverse_events_0",
}
SHORT = {
    "red_flags_asked": "red flags",
    "consent_confirmed": "consent",
    "pain_before": "pain score",
    "techniques": "what was done",
    "safety_override": "why, in spite of the answers",
    "quick": "points",
    "position": "position",
    "retention_minutes": "minutes at rest",
    "retention_reason": "why so long",
    "needle_make": "make of the needles",
    "needle_lot": "lot",
    "needle_expiry": "expiry",
    "needles_out": "needles out",
    "mismatch_reason": "why the counts differ",
    "adverse_events": "the missing needle",
    "adverse_asked": "anything unwanted",
    "next_plan": "plan",
    "needles": "a closed point",
}
CHART_STATES = {Verdict.NEVER: "never", Verdict.EXCLUDED: "never", Verdict.WARN: "care", Verdict.CARE: "care"}
MOST_ALTERNATIVES = 4


@dataclass(frozen=True)
class Todo:
    """One thing that is missing, with where it is on the page."""

    href: str
    short: str
    words: str


def todos_of(missing: Iterable[Missing]) -> list[Todo]:
    return [Todo(PLACES.get(lack.field, f"#id_{lack.field}"), SHORT.get(lack.field, lack.field), lack.words) for lack in missing]


@dataclass(frozen=True)
class Row:
    """One needle beside the same one of last time."""

    form: object
    needle: Needle
    before: Needling | None
    check: PointCheck
    is_first: bool

    @property
    def since(self) -> str:
        """What is different from last time."""
        if self.is_first:
            return ""
        if self.before is None:
            return "new today"
        if self.needle.depth_mm != self.before.depth_mm:
            way = "deeper" if self.needle.depth_mm > self.before.depth_mm else "less deep"
            return f"{way}, was {self.before.depth_mm}"
        return "same" if self.needle.needles == self.before.needles else f"was {self.before.needles}"

    @property
    def is_changed(self) -> bool:
        return self.since not in ("", "same")

    @property
    def care(self) -> str:
        """What to look out for at this point."""
        return self.check.reasons[0].label if self.check.reasons else ""

    @property
    def care_words(self) -> str:
        return str(self.check.reasons[0]) if self.check.reasons else ""

    @property
    def asks_reason(self) -> bool:
        return bool(self.needle.reason) or self.check.asks_reason


@dataclass(frozen=True)
class Table:
    """The needles of today, and those of last time that were left out."""

    forms: list[object]
    needles: list[Needle]
    before: SessionRecord | None
    limits: Limits

    @cached_property
    def last(self) -> dict[tuple[str, str], Needling]:
        if self.before is None:
            return {}
        return {(needling.point.code, needling.side): needling for needling in self.before.needlings.all()}

    @property
    def rows(self) -> list[Row]:
        pairs = zip(self.forms, self.needles, strict=True)
        return [
            Row(
                form,
                needle,
                self.last.get((needle.point.code, needle.side)),
                check_point(needle.point.code, self.limits, needle.depth_mm),
                self.before is None,
            )
            for form, needle in pairs
        ]

    @property
    def left_out(self) -> list[Needling]:
        kept = {(needle.point.code, needle.side) for needle in self.needles}
        return [needling for place, needling in self.last.items() if place not in kept]

    @property
    def needles_in(self) -> int:
        return sum(needle.needles for needle in self.needles)


@dataclass(frozen=True)
class Choice:
    """One technique to tick, with what the rules say of it for this patient."""

    technique: Technique
    verdict: str
    words: str
    is_usual: bool


def technique_choices(techniques: Iterable[Technique], limits: Limits, usual: set[str]) -> list[Choice]:
    """Every technique, those of the plan and the visit first."""
    choices = [choice_of(technique, limits, technique.slug in usual) for technique in techniques]
    return sorted(choices, key=lambda choice: not choice.is_usual)


def choice_of(technique: Technique, limits: Limits, is_usual: bool) -> Choice:
    for verdict, reasons in (("block", limits.blocked), ("review", limits.review), ("caution", limits.warned)):
        if technique.slug in reasons:
            reason = reasons[technique.slug][0]
            return Choice(technique, verdict, reason.label if verdict == "caution" else str(reason), is_usual)
    return Choice(technique, "", "", is_usual)


def chart_states(needles: Iterable[Needle], limits: Limits) -> dict[object, str]:
    """The body chart: what is in today, what needs care, what is closed."""
    found = {code: CHART_STATES[check.verdict] for code, check in checks(limits).items() if check.verdict in CHART_STATES}
    for needle in needles:
        sides = ("left", "right") if needle.side == "both" else (str(needle.side.value),)
        found |= {(needle.point.code, side): "in" for side in sides}
    return found


def checks(limits: Limits) -> Mapping[str, PointCheck]:
    return {code: check_point(code, limits) for code in catalogue().points}


def alternatives(point: Acupoint, limits: Limits, needles: Iterable[Needle]) -> list[str]:
    """Points of the same region that are open for this patient."""
    taken = {needle.point.code for needle in needles}
    near = [code for code, about in catalogue().points.items() if about.region == point.region and code not in taken]
    open_ = [code for code in near if check_point(code, limits).verdict in (Verdict.CLEAR, Verdict.CARE)]
    return open_[:MOST_ALTERNATIVES]
