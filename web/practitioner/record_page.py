"""What the page of a session's record shows beside its form: what changed since last time, what is closed, what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from treatments.catalogue import catalogue
from treatments.models import Acupoint, Needling, SessionRecord, Technique
from treatments.readiness import Missing, Needle
from treatments.safety import Limits, PointCheck, Reason, Suggestion, Verdict, check_point, protocol
from treatments.services.records import KEPT, Draft

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
    "electro_hz": "frequency",
    "electro_strength": "strength of the current",
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
        """What to look out for at this point; what care it needs stands once below the table."""
        return ", ".join(reason.label for reason in self.check.reasons)

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

    @cached_property
    def rows(self) -> list[Row]:
        pairs = zip(self.forms, self.needles, strict=True)
        return [
            Row(
                form,
                needle,
                self.last.get((needle.point.code, needle.side)),
                check_point(needle.point.code, self.limits, needle.depth_mm, angle_degrees=needle.angle_degrees),
                self.before is None,
            )
            for form, needle in pairs
        ]

    @property
    def reasons(self) -> list[Reason]:
        return reasons_of(row.check for row in self.rows)

    @property
    def left_out(self) -> list[Needling]:
        kept = {(needle.point.code, needle.side) for needle in self.needles}
        return [needling for place, needling in self.last.items() if place not in kept]

    @property
    def needles_in(self) -> int:
        return sum(needle.needles for needle in self.needles)


@dataclass(frozen=True)
class Difference:
    """One thing that stands otherwise in the draft than on the page."""

    label: str
    theirs: str
    yours: str


def differences(theirs: Draft, yours: Draft, labels: Mapping[str, str]) -> list[Difference]:
    """What another window saved, beside what is typed here."""
    pairs = {name: (getattr(theirs, name), getattr(yours, name)) for name in (*KEPT, "techniques", "needles")}
    pairs |= {name: (theirs.scores.get(name), value) for name, value in yours.scores.items()}
    found = [(name, told(before), told(now)) for name, (before, now) in pairs.items()]
    return [Difference(labels.get(name, name.replace("_", " ").capitalize()), *pair) for name, *pair in found if pair[0] != pair[1]]


def told(value: object) -> str:
    """A value of a draft in words."""
    match value:
        case True:
            return "yes"
        case None | "" | False:
            return "–"
        case Needle():
            return f"{value.point.code} {value.side.value} {value.depth_mm} mm"
        case Decimal():
            return f"{value:g}"
        case dict():
            return "; ".join(f"{name.removeprefix('ae_').replace('_', ' ')}: {told(each)}" for name, each in sorted(value.items())) or "–"
        case list() | tuple():
            return ", ".join(sorted(map(told, value))) or "–"
    return str(value)


@dataclass(frozen=True)
class Choice:
    """One technique to tick, with what the rules say of it for this patient."""

    technique: Technique
    verdict: str
    reasons: tuple[Reason, ...]
    is_usual: bool

    @property
    def words(self) -> str:
        """Which of the patient's answers speak against it; the reasons stand once below all of them."""
        return ", ".join(reason.label for reason in self.reasons)


def technique_choices(techniques: Iterable[Technique], limits: Limits, usual: set[str]) -> list[Choice]:
    """Every technique, those of the plan and the visit first."""
    choices = [choice_of(technique, limits, technique.slug in usual) for technique in techniques]
    return sorted(choices, key=lambda choice: not choice.is_usual)


def choice_of(technique: Technique, limits: Limits, is_usual: bool) -> Choice:
    for verdict, reasons in (("block", limits.blocked), ("review", limits.review), ("caution", limits.warned)):
        if technique.slug in reasons:
            return Choice(technique, verdict, reasons[technique.slug], is_usual)
    return Choice(technique, "", (), is_usual)


def reasons_of(found: Iterable[Choice | PointCheck]) -> list[Reason]:
    """Every reason behind these, each once: so that a page says it once, and not at every point."""
    return list(dict.fromkeys(reason for each in found for reason in each.reasons))


def protocol_of(condition: str, limits: Limits, regions: Iterable[str], taken: Iterable[str] = ()) -> list[Suggestion]:
    """The usual points for a condition that are not in the list yet, each with what this patient's safety says of it."""
    if condition not in catalogue().conditions:
        return []
    return [step for step in protocol(condition, limits, regions) if step.point.code not in set(taken)]


def why_points(steps: Iterable[Suggestion]) -> list[Reason]:
    return reasons_of(step.check for step in steps)


def which(codes: Iterable[str], limits: Limits) -> list[Suggestion]:
    """Points that a name may mean, each with what this patient's safety says of it."""
    return [Suggestion(catalogue().points[code], False, check_point(code, limits)) for code in codes]


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
