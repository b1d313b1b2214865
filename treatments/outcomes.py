"""Whether a score changed enough to matter, and what that asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from numbers import Rational

from treatments.catalogue import Catalogue, catalogue
from treatments.catalogue.entries import Measure

PAIN, FUNCTION = "nrs_pain", "psfs"
Score = int | float | Decimal | Rational


class Change(StrEnum):
    """What became of a score since the first one."""

    MUCH_IMPROVED = "much_improved"
    IMPROVED = "improved"
    NO_CHANGE = "no_change"
    STABLE_GOOD = "stable_good"
    WORSE = "worse"
    MIXED = "mixed"
    UNKNOWN = "unknown"

    @property
    def better(self) -> bool:
        return self in (Change.IMPROVED, Change.MUCH_IMPROVED)


@dataclass(frozen=True)
class Progress:
    """How far one measure moved; `by` is positive where it got better."""

    measure: str
    change: Change
    first: Score | None
    last: Score | None
    by: float | None
    words: str


def score(measure: str, values: Sequence[Score], *, book: Catalogue | None = None) -> Fraction:
    """One score from the answers: their unrounded mean where a measure has several; ValueError when out of range."""
    about = (book or catalogue()).measures[measure]
    if not 1 <= len(values) <= about.items:
        raise ValueError(f"{about.name} takes 1 to {about.items} answers, not {len(values)}")
    if any(not about.low <= value <= about.high for value in values):
        raise ValueError(f"{about.name} is scored from {about.low} to {about.high}")
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values)


def progress(
    measure: str, first: Score | None, last: Score | None, *, single_item: bool = False, book: Catalogue | None = None
) -> Progress:
    """What became of a measure from its first score to its last."""
    about = (book or catalogue()).measures[measure]
    if first is None or last is None:
        return Progress(measure, Change.UNKNOWN, first, last, None, f"{about.name}: no score to compare with yet.")
    start, end = Fraction(first), Fraction(last)
    by = start - end if about.lower_is_better else end - start
    change = _change(about, start, by, single_item=single_item)
    return Progress(measure, change, first, last, float(by), _words(about, start, end, change))


def _change(about: Measure, start: Fraction, by: Fraction, *, single_item: bool) -> Change:
    enough = about.single_item_points if single_item and about.single_item_points else about.points
    if by <= -about.worse_points:
        return Change.WORSE
    if about.id == PAIN and start > 0 and by * 2 >= start and _mattered(about, start, by, enough):
        return Change.MUCH_IMPROVED
    if _mattered(about, start, by, enough):
        return Change.IMPROVED
    good = start <= 2 if about.lower_is_better else start >= 8
    return Change.STABLE_GOOD if good else Change.NO_CHANGE


def _mattered(about: Measure, start: Fraction, by: Fraction, enough: int) -> bool:
    """By points, or by percent of a start that leaves room for it."""
    if by >= enough:
        return True
    roomy = start >= 3 or not about.lower_is_better
    return about.percent is not None and roomy and by > 0 and by * 100 >= start * about.percent


def overall(changes: Mapping[str, Change]) -> Change:
    """The course as a whole, by pain and function: worse wins, unless the other improved."""
    main = [changes.get(name, Change.UNKNOWN) for name in (PAIN, FUNCTION)]
    better, worse = any(change.better for change in main), Change.WORSE in main
    if better and worse:
        return Change.MIXED
    if worse:
        return Change.WORSE
    if better:
        return Change.IMPROVED
    return Change.UNKNOWN if all(change is Change.UNKNOWN for change in main) else Change.NO_CHANGE


class Step(StrEnum):
    """What a review proposes; the practitioner decides."""

    CONTINUE = "continue"
    WIDEN = "widen"
    CHANGE_PLAN = "change_plan"
    CHECK_SAFETY = "check_safety"
    SCORE_FIRST = "score_first"


@dataclass(frozen=True)
class ReviewAdvice:
    """The proposal of a review, in words for the practitioner."""

    step: Step
    words: str
    stops_needling: bool = False


def review(change: Change, *, session: int) -> ReviewAdvice:
    """What a review at this session of the course proposes."""
    if change in (Change.WORSE, Change.MIXED):
        return ReviewAdvice(
            Step.CHECK_SAFETY, "Worse: ask the red-flag questions again and look before the next needling.", stops_needling=True
        )
    if change is Change.UNKNOWN:
        return ReviewAdvice(Step.SCORE_FIRST, "No scores to compare: take them before deciding.")
    if change.better:
        return ReviewAdvice(Step.WIDEN, "Improved: offer the next wider interval of the plan.")
    if session >= 6:
        return ReviewAdvice(Step.CHANGE_PLAN, "No change by session 6: change the plan, refer or stop.")
    return ReviewAdvice(Step.CONTINUE, "No change yet: it is expected by session 4 to 6. Go on and review again.")


def _words(about: Measure, start: Fraction, end: Fraction, change: Change) -> str:
    how = {
        Change.MUCH_IMPROVED: "much better",
        Change.IMPROVED: "better",
        Change.WORSE: "worse",
        Change.STABLE_GOOD: "good and steady",
    }.get(change, "no change that matters")
    return f"{about.name}: {_short(start)} to {_short(end)}, {how}."


def _short(value: Fraction) -> str:
    return f"{float(value):.1f}".removesuffix(".0")
