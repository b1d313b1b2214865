"""What a session record still needs before it can be signed, and what may not even be kept in a draft."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from treatments.catalogue import catalogue
from treatments.enums import Side
from treatments.models import Acupoint, Needling, SessionRecord, Technique
from treatments.safety import Limits, PointCheck, Reasons, check_point

LONG_REST = 40
RETAINED = "ae_retained_needle"
ELECTRO = "electroacupuncture"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing to do before signing: the field it is about, and a sentence."""

    field: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Needle:
    """One point as it is typed: where, how many, how deep; and, where it has a reason, what that was given for."""

    point: Acupoint
    side: Side
    needles: int
    depth_mm: int
    angle_degrees: int | None = None
    response: str = ""
    reason: str = ""
    reason_for: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why one point can't be kept as typed; `may_overrule` says whether a reason would open the door."""

    needle: Needle | None
    field: str
    words: str
    may_overrule: bool = False
    source: str = ""


def refusals(needles: Iterable[Needle], limits: Limits) -> list[Refusal]:
    """Everything that keeps these needles out of a record for a patient with these limits."""
    needles = list(needles)
    found = [refusal for needle in needles if (refusal := refusal_of(needle, limits))]
    return found + doubles(needles)


def refusal_of(needle: Needle, limits: Limits) -> Refusal | None:
    if words := wrong_side(needle):
        return Refusal(needle=needle, field="needles", words=words)
    check = check_point(needle.point.code, limits, needle.depth_mm, angle_degrees=needle.angle_degrees)
    if check.forbidden:
        return Refusal(needle=needle, field="needles", words=f"{named(needle)} is never needled. {because(check)}")
    given = needle.reason.strip()
    if set(check.asking) - set(needle.reason_for if given else ()):
        why = "is closed for this patient" if check.needs_override else "needs a reason"
        again = " Your reason was given before this: say why again." if given else ""
        return Refusal(needle=needle, field="needles", words=f"{named(needle)} {why}. {because(check)}{again}", may_overrule=True)
    return None


def explained(needle: Needle, limits: Limits) -> Needle:
    """The needle with its reason taken for all that asks for one now, and for nothing that comes later."""
    check = check_point(needle.point.code, limits, needle.depth_mm, angle_degrees=needle.angle_degrees)
    return replace(needle, reason_for=check.asking if needle.reason.strip() else ())


def closings(limits: Limits) -> list[str]:
    """All that speaks against techniques now: what a reason in spite of the answers is given for."""
    return sorted(
        {f"{technique}:{reason.id}" for closed in (limits.blocked, limits.review) for technique in closed for reason in closed[technique]}
    )


def wrong_side(needle: Needle) -> str:
    """Say why the side can't be: points of the midline have none, all others need one."""
    if (needle.point.laterality == "midline") == (needle.side == Side.MIDLINE):
        return ""
    return (
        f"{named(needle)} lies on the midline: write m." if needle.side != Side.MIDLINE else f"Say left, right or both for {named(needle)}."
    )


def doubles(needles: list[Needle]) -> list[Refusal]:
    """A side that is in the list twice, or once alone and once in `both`."""
    found, seen = [], set()
    for needle in needles:
        sides = {Side.LEFT, Side.RIGHT} if needle.side == Side.BOTH else {needle.side}
        places = {(needle.point.code, side) for side in sides}
        if places & seen:
            found.append(Refusal(needle=needle, field="needles", words=f"{named(needle)} is in the list already."))
        seen |= places
    return found


def named(needle: Needle) -> str:
    return f"{needle.point.code} {needle.point.name}"


def because(check: PointCheck) -> str:
    """The gravest reason, in the rule's words."""
    return str(check.reasons[0]) if check.reasons else ""


def missing(
    record: SessionRecord, *, needlings: list[Needling], techniques: list[Technique], limits: Limits, reviewed: bool, today: date
) -> list[Missing]:
    """Everything that stands between this record and a signature, in the order of the page."""
    needled = bool(needlings) or any(technique.needles for technique in techniques)
    return [
        *_before(record, techniques, limits, reviewed),
        *(_needles(record, needlings, techniques, limits, today) if needled else []),
        *_after(record),
    ]


def _before(record: SessionRecord, techniques: list[Technique], limits: Limits, reviewed: bool) -> list[Missing]:
    open_, known = [], set(record.override_for if record.safety_override.strip() else ())
    for reasons in (limits.blocked, {} if reviewed else limits.review):
        against = [technique for technique in techniques if technique.slug in reasons]
        open_.append([with_reason(each, reasons) for each in against if {f"{each.slug}:{why.id}" for why in reasons[each.slug]} - known])
    closed, waiting = open_
    again = " again" if record.safety_override.strip() else ""
    rules = [
        (record.red_flags_asked, "red_flags_asked", "Ask for red flags, and tick that you did."),
        (record.consent_confirmed, "consent_confirmed", "Confirm that the patient agrees to today’s treatment."),
        (record.pain_before is not None, "pain_before", "Ask for the pain score."),
        (techniques, "techniques", "Choose what was done."),
        (not closed, "safety_override", f"Say why{again}, in spite of the answers: {', '.join(closed)}."),
        (not waiting, "safety_override", f"Review the answers first, or say why{again}: {', '.join(waiting)}."),
    ]
    return unmet(rules)


def _needles(record: SessionRecord, needlings: list[Needling], techniques: list[Technique], limits: Limits, today: date) -> list[Missing]:
    rules = [
        (not needlings or any(technique.needles for technique in techniques), "techniques", "Choose the technique that used needles."),
        (needlings, "quick", "Write down the points that were needled."),
        (record.position, "position", "Say how the patient lay or sat."),
        (record.retention_minutes is not None, "retention_minutes", "Say how many minutes the needles rested."),
        (
            (record.retention_minutes or 0) <= LONG_REST or record.retention_reason.strip(),
            "retention_reason",
            f"Say why the needles rested longer than {LONG_REST} minutes.",
        ),
        (record.needle_make.strip(), "needle_make", "Write down the make of the needles."),
        (record.needle_lot.strip(), "needle_lot", "Write down the lot of the needles."),
        (record.needle_expiry, "needle_expiry", "Write down when the needles expire."),
        (
            not record.needle_expiry or record.needle_expiry >= today,
            "needle_expiry",
            "These needles have expired: look at the box.",
        ),
        *_current(record, techniques),
        *_count(record, sum(needling.needles for needling in needlings)),
    ]
    unsafe = [Missing(field="needles", words=refusal.words) for refusal in refusals(map(as_needle, needlings), limits)]
    return unmet(rules) + unsafe


def _current(record: SessionRecord, techniques: list[Technique]) -> list[tuple[object, str, str]]:
    if all(technique.slug != ELECTRO for technique in techniques):
        return []
    return [
        (record.electro_hz.strip(), "electro_hz", "Write down the frequency of the current."),
        (record.electro_strength.strip(), "electro_strength", "Write down how strong the current was."),
    ]


def _count(record: SessionRecord, needles_in: int) -> list[tuple[object, str, str]]:
    if record.needles_out is None:
        return [(False, "needles_out", "Count the needles out.")]
    if record.needles_out == needles_in:
        return []
    differ = f"{needles_in} needles went in and {record.needles_out} came out"
    return [
        (record.mismatch_reason.strip(), "mismatch_reason", f"{differ}: look again, and say what was found."),
        (RETAINED in record.adverse_events, "adverse_events", f"{differ}: note “Retained or forgotten needle or stud” as well."),
    ]


def _after(record: SessionRecord) -> list[Missing]:
    known = catalogue().adverse_events
    ungraded = [known[event].label for event in record.adverse_events if event in known and event not in record.adverse_grades]
    return unmet(
        [
            (record.adverse_asked, "adverse_asked", "Ask for anything unwanted, and tick that you did."),
            (not ungraded, "adverse_events", f"Say how severe it was: {', '.join(ungraded)}."),
            (record.next_plan.strip(), "next_plan", "Say what comes next."),
        ]
    )


def with_reason(technique: Technique, reasons: Reasons) -> str:
    """`Cupping (Takes a blood thinner)`."""
    return f"{technique.name} ({', '.join(reason.label for reason in reasons[technique.slug])})"


def against_techniques(techniques: Iterable[Technique], limits: Limits, *, reviewed: bool) -> list[str]:
    """What speaks against choosing these techniques for a patient with these limits, one sentence and its reason each."""
    found = [(technique, limits.blocked, "is closed for this patient") for technique in techniques if technique.slug in limits.blocked]
    if not reviewed:
        found += [(technique, limits.review, "waits for a review") for technique in techniques if technique.slug in limits.review]
    return [f"{technique.name} {words}. {reasons[technique.slug][0]}" for technique, reasons, words in found]


def overrules(techniques: Iterable[Technique], needles: Iterable[Needle], limits: Limits) -> bool:
    """Whether anything that is closed for this patient was done all the same, with a reason."""
    closed = any(technique.slug in limits.blocked for technique in techniques)
    return closed or any(check_point(needle.point.code, limits, needle.depth_mm).needs_override for needle in needles)


def unmet(rules: list[tuple[object, str, str]]) -> list[Missing]:
    return [Missing(field=field, words=words) for met, field, words in rules if not met]


def as_needle(needling: Needling) -> Needle:
    return Needle(
        point=needling.point,
        side=Side(needling.side),
        needles=needling.needles,
        depth_mm=needling.depth_mm,
        angle_degrees=needling.angle_degrees,
        response=needling.response,
        reason=needling.reason,
        reason_for=tuple(needling.reason_for),
    )
