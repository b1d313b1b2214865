"""What a patient's flags mean for techniques and points: forbidden, to be reviewed or in need of care, each with its reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, runtime_checkable

from treatments.catalogue import Catalogue, catalogue
from treatments.catalogue.entries import Caution, Combination, Flag, Point

BLOCK_ALL, AS_ANTICOAGULANT, BLOCK_ONE = "block_all", "as_anticoagulant", "block:"
EVERYWHERE, HERE = "whole_body", "reported_area"


class Verdict(StrEnum):
    """What the rules say about a point, from nothing to never."""

    CLEAR = "clear"
    CARE = "care"  # anatomy: true for everybody
    WARN = "warn"
    EXCLUDED = "excluded"
    NEVER = "never"


@dataclass(frozen=True)
class Reason:
    """Why, under the id of the flag, caution or rule it comes from."""

    id: str
    label: str
    why: str
    care: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.label}: {self.why}", self.care) if part)


Reasons = Mapping[str, tuple[Reason, ...]]


@dataclass(frozen=True)
class Limits:
    """What must not be done and what needs care with one patient; a mapping goes from a technique, point or region to its reasons."""

    flags: frozenset[str] = frozenset()
    blocked: Reasons = field(default_factory=dict)
    review: Reasons = field(default_factory=dict)
    warned: Reasons = field(default_factory=dict)
    excluded_points: Reasons = field(default_factory=dict)
    warned_points: Reasons = field(default_factory=dict)
    blocked_regions: Reasons = field(default_factory=dict)
    warned_regions: Reasons = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def blocked_techniques(self) -> list[str]:
        return sorted(self.blocked)

    @property
    def blocked_points(self) -> list[str]:
        """Points the flags exclude by name; those of a blocked region and those never needled come on top."""
        return sorted(self.excluded_points)


@dataclass(frozen=True)
class PointCheck:
    """The verdict on one point for one patient, with everything that speaks against it, gravest first."""

    code: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    asking: tuple[str, ...] = ()  # the ids of those that a reason has to answer

    @property
    def asks_reason(self) -> bool:
        return bool(self.asking)

    @property
    def needs_override(self) -> bool:
        return self.verdict is Verdict.EXCLUDED

    @property
    def forbidden(self) -> bool:
        """True where not even a reason opens the door."""
        return self.verdict is Verdict.NEVER


class _Ledger:
    """Reasons collected under names, each once."""

    def __init__(self) -> None:
        self.found: dict[str, list[Reason]] = {}

    def add(self, names: Iterable[str], reason: Reason) -> None:
        for name in names:
            reasons = self.found.setdefault(name, [])
            if reason not in reasons:
                reasons.append(reason)

    def without(self, others: "_Ledger") -> Reasons:
        return {name: tuple(reasons) for name, reasons in self.found.items() if name not in others.found}


@runtime_checkable
class Screened(Protocol):
    """What was raised about somebody: a screening, or what is kept of one."""

    @property
    def flags(self) -> Iterable[str]: ...
    @property
    def regions(self) -> Iterable[str]: ...
    @property
    def combinations(self) -> Iterable[str]: ...


def limits(
    raised: Screened | Iterable[str], regions: Iterable[str] = (), actions: Iterable[str] = (), *, book: Catalogue | None = None
) -> Limits:
    """The limits of a screening, or of flags with the regions named and the `actions` of combination rules.

    A flag that is not known is listed in `unknown`, and every technique then needs review.
    """
    flags = raised
    if isinstance(raised, Screened):
        flags, regions, actions = raised.flags, raised.regions, raised.combinations
    return _Gathering(book or catalogue(), tuple(regions)).limits(frozenset(flags), tuple(actions))


class _Gathering:
    def __init__(self, book: Catalogue, regions: tuple[str, ...]) -> None:
        self.book, self.regions = book, regions
        self.block, self.review, self.warn = _Ledger(), _Ledger(), _Ledger()
        self.excluded, self.warned_points = _Ledger(), _Ledger()
        self.blocked_regions, self.warned_regions = _Ledger(), _Ledger()

    def limits(self, flags: frozenset[str], actions: tuple[str, ...]) -> Limits:
        safety, unknown = self.book.safety, []
        for name in sorted(flags):
            if name in safety.flags:
                self._flag(safety.flags[name])
            elif name in safety.cautions:
                self._caution(safety.cautions[name])
            else:
                unknown.append(name)
                self.review.add(
                    self.book.techniques, Reason(name, name.replace("_", " "), "This flag is not in the rules; please look first.")
                )
        for action in actions:
            self._action(action)
        return self._result(flags, tuple(unknown))

    def _result(self, flags: frozenset[str], unknown: tuple[str, ...]) -> Limits:
        nothing = _Ledger()
        graver = _Ledger()
        graver.found = {**self.block.found, **self.review.found}
        return Limits(
            flags=flags,
            blocked=self.block.without(nothing),
            review=self.review.without(self.block),
            warned=self.warn.without(graver),
            excluded_points=self.excluded.without(nothing),
            warned_points=self.warned_points.without(self.excluded),
            blocked_regions=self.blocked_regions.without(nothing),
            warned_regions=self.warned_regions.without(self.blocked_regions),
            unknown=unknown,
        )

    def _flag(self, flag: Flag) -> None:
        reason = Reason(flag.id, flag.label, flag.why, flag.care)
        if flag.action == "emergency":
            self.block.add(self.book.techniques, reason)
        self._techniques(flag.techniques, reason)
        self._points(self.excluded, flag.excluded, reason)
        self._points(self.warned_points, flag.warned, reason)
        if flag.reported_area:
            ledger = self.blocked_regions if flag.reported_area == "exclude" else self.warned_regions
            ledger.add(self.regions, reason)

    def _caution(self, caution: Caution) -> None:
        """A caution raised as if it were a flag, as a screening by point lists may do."""
        reason = Reason(caution.id, caution.label, caution.why, caution.care)
        self._techniques(caution.techniques, reason)
        self._points(self.excluded if caution.excludes else self.warned_points, (caution.id,), reason)

    def _techniques(self, effects: Mapping[str, str], reason: Reason) -> None:
        ledgers = {"block": self.block, "review": self.review, "warn": self.warn}
        for technique, effect in effects.items():
            ledgers[effect].add([technique], reason)

    def _points(self, ledger: _Ledger, names: Iterable[str], reason: Reason) -> None:
        for name in names:
            if name in self.book.points:
                ledger.add([name], reason)
            else:
                ledger.add((code for code, point in self.book.points.items() if name in point.cautions), reason)

    def _action(self, action: str) -> None:
        """One effect of a combination rule: `block_all`, `as_anticoagulant` or `block:` and a technique; or the rule's own id."""
        rule = self.book.safety.combinations.get(action) or Combination(action, "Several answers together", action, "Their risks add up.")
        effect, reason = rule.techniques, Reason(rule.id, rule.label, rule.why)
        if effect == BLOCK_ALL:
            self.block.add(self.book.techniques, reason)
        elif effect == AS_ANTICOAGULANT:
            self._techniques(self.book.safety.flags["anticoagulant_medication"].techniques, reason)
        elif effect.startswith(BLOCK_ONE) and effect.removeprefix(BLOCK_ONE) in self.book.techniques:
            self.block.add([effect.removeprefix(BLOCK_ONE)], reason)
        else:
            raise ValueError(f"{action!r} is no effect on techniques")


def narrowed(
    limits: Limits, reason: Reason, *, techniques: Iterable[str] = (), points: Iterable[str] = (), regions: Iterable[str] = ()
) -> Limits:
    """The same limits with more of them, for `reason`: what a clinician closed joins what the rules close, and opens nothing."""
    blocked = _more(limits.blocked, techniques, reason)
    excluded, areas_ = _more(limits.excluded_points, points, reason), _more(limits.blocked_regions, regions, reason)
    return replace(
        limits,
        blocked=blocked,
        review=_less(limits.review, blocked),
        warned=_less(limits.warned, blocked),
        excluded_points=excluded,
        warned_points=_less(limits.warned_points, excluded),
        blocked_regions=areas_,
        warned_regions=_less(limits.warned_regions, areas_),
    )


def _more(reasons: Reasons, names: Iterable[str], reason: Reason) -> Reasons:
    return {**reasons, **{name: (*reasons.get(name, ()), reason) for name in names}}


def _less(reasons: Reasons, closed: Reasons) -> Reasons:
    return {name: why for name, why in reasons.items() if name not in closed}


def areas(names: Iterable[str], *, book: Catalogue | None = None) -> frozenset[str]:
    """The regions of points that named areas of the body stand for: `leg` is thigh, knee, lower leg, ankle and foot."""
    known = (book or catalogue()).safety.areas
    return frozenset(region for name in names for region in known.get(name, (name,)))


def check_point(
    code: str,
    limits: Limits,
    depth_mm: float | None = None,
    *,
    angle_degrees: float | None = None,
    needled: bool = True,
    book: Catalogue | None = None,
) -> PointCheck:
    """Whether this patient may have this point (needled, or else pressed), at this depth and angle; KeyError for an unknown code."""
    book = book or catalogue()
    point = book.points[code]
    found = _against(point, limits, book, needled=needled)
    too_deep = _depth(point, depth_mm, angle_degrees) if needled else []
    grades = list(Verdict)
    found += [(Verdict.WARN, reason) for reason in too_deep]
    found.sort(key=lambda pair: -grades.index(pair[0]))
    verdict = found[0][0] if found else Verdict.CLEAR
    asking = [reason.id for grade, reason in found if grade is Verdict.EXCLUDED or reason in too_deep]
    return PointCheck(code, verdict, tuple(reason for _, reason in found), asking=tuple(asking))


def _against(point: Point, limits: Limits, book: Catalogue, *, needled: bool) -> list[tuple[Verdict, Reason]]:
    found = [(Verdict.EXCLUDED, reason) for reason in limits.excluded_points.get(point.code, ())]
    found += [(Verdict.WARN, reason) for reason in limits.warned_points.get(point.code, ())]
    for regions, verdict in ((limits.blocked_regions, Verdict.EXCLUDED), (limits.warned_regions, Verdict.WARN)):
        found += [(verdict, reason) for area, reasons in regions.items() if point.region in _spread(area, book) for reason in reasons]
    for name in point.cautions:
        caution = book.safety.cautions[name]
        reason = Reason(caution.id, caution.label, caution.why, caution.care)
        if caution.applies == "never_needled" and needled:
            found.append((Verdict.NEVER, reason))
        elif caution.applies == "always" and needled:
            found.append((Verdict.CARE, reason))
    return list(dict.fromkeys(found))


def _spread(area: str, book: Catalogue) -> tuple[str, ...]:
    return book.safety.areas.get(area, (area,))


def _depth(point: Point, depth_mm: float | None, angle_degrees: float | None) -> list[Reason]:
    reasons = []
    if depth_mm is not None and depth_mm > point.depth_max_mm:
        why = f"{depth_mm:g} mm is deeper than the usual {point.depth_max_mm} mm at {point.code}."
        reasons.append(Reason("depth", "Depth", why, "Please say why."))
    if angle_degrees is not None and angle_degrees >= 90 and "pneumothorax_risk_points" in point.cautions:
        reasons.append(
            Reason("angle", "Angle", f"A straight needle at {point.code} can reach the lung.", "Needle obliquely, or say why not.")
        )
    return reasons


def flags_of_points(codes: Iterable[str], *, book: Catalogue | None = None) -> frozenset[str]:
    """The anatomical flags that needling these points raises, such as `pneumothorax_risk_points` for the trunk."""
    book = book or catalogue()
    named = {caution for code in codes if code in book.points for caution in book.points[code].cautions}
    return frozenset(name for name in named if book.safety.cautions[name].applies == "always")


HOME_POINTS = ("CV6", "BL23", "ST36", "BL52", "BL40")


def self_acupressure(
    limits: Limits, conditions: Iterable[str] = (), *, agreed: bool = False, most: int = 5, book: Catalogue | None = None
) -> tuple[Point, ...]:
    """Points this patient may press at home, those of the conditions first; none while acupressure needs a review, unless `agreed`."""
    book = book or catalogue()
    if "acupressure" in limits.blocked or ("acupressure" in limits.review and not agreed):
        return ()
    suggested = [code for name in conditions if name in book.conditions for code in _suggested(name, book)]
    wanted = (book.points[code] for code in dict.fromkeys([*suggested, *HOME_POINTS]))
    return tuple(point for point in wanted if _safe_at_home(point, limits, book))[:most]


def _suggested(condition: str, book: Catalogue) -> tuple[str, ...]:
    about = book.conditions[condition]
    return (*about.local_points, *about.distal_points)


def _safe_at_home(point: Point, limits: Limits, book: Catalogue) -> bool:
    """Only points a patient can find, and nothing that needs even a little care."""
    findable = point.self_acupressure and point.how_to_find
    return bool(findable) and check_point(point.code, limits, needled=False, book=book).verdict is Verdict.CLEAR


@dataclass(frozen=True)
class Suggestion:
    """A point for a condition, with what this patient's safety says about it."""

    point: Point
    local: bool
    check: PointCheck


def suggest_points(condition: str, limits: Limits, regions: Iterable[str] = (), *, book: Catalogue | None = None) -> tuple[Suggestion, ...]:
    """Starting points for a condition that are open for this patient, local ones first."""
    found = protocol(condition, limits, regions, book=book)
    return tuple(each for each in found if not each.check.forbidden and not each.check.needs_override)


def protocol(condition: str, limits: Limits, regions: Iterable[str] = (), *, book: Catalogue | None = None) -> tuple[Suggestion, ...]:
    """The usual points for a condition, closed ones too with the reason; local ones first, narrowed by `regions`."""
    book = book or catalogue()
    about, reported = book.conditions[condition], areas(regions, book=book)
    narrow = reported if "reported_area" in about.regions else frozenset()
    local = [code for code in about.local_points if not narrow or book.points[code].region in narrow]
    codes = dict.fromkeys((*local, *about.distal_points))
    return tuple(Suggestion(book.points[code], code in local, check_point(code, limits, book=book)) for code in codes)
