"""Scores small enough to stand beside a word: a line over the band in which a change does not matter."""

from dataclasses import dataclass
from decimal import Decimal

from treatments.catalogue import catalogue
from treatments.models import Outcome
from treatments.outcomes import PAIN, progress

WIDTH, HEIGHT, TOP = 92, 26, 2
SHOWN = (PAIN, "psfs", "nrs_stiffness", "nrs_sleep")
NAMES = {PAIN: "Pain", "psfs": "Activities", "nrs_stiffness": "Stiffness", "nrs_sleep": "Sleep", "nrs_stress": "Stress"}
NAMES |= {"nrs_wellbeing": "Well-being", "nrs_function": "Function"}
CHIPS = {"much_improved": "clear", "improved": "clear", "worse": "block", "mixed": "review"}


@dataclass(frozen=True)
class Spark:
    """One measure of a course, from its first score to its last."""

    measure: str
    values: list[Decimal]

    @property
    def name(self) -> str:
        return NAMES.get(self.measure, self.measure)

    @property
    def last(self) -> str:
        return short(self.values[-1])

    @property
    def was(self) -> str:
        """The score before: `was 5`, `same`."""
        if len(self.values) < 2:
            return "first score"
        return "same" if self.values[-1] == self.values[-2] else f"was {short(self.values[-2])}"

    @property
    def better(self) -> str:
        """`good` or `bad`, by the measure's own direction, or nothing."""
        if len(self.values) < 2 or self.values[-1] == self.values[-2]:
            return ""
        less = self.values[-1] < self.values[-2]
        return "good" if less == catalogue().measures[self.measure].lower_is_better else "bad"

    @property
    def points(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.dots)

    @property
    def dots(self) -> list[tuple[float, float]]:
        step = (WIDTH - 8) / max(1, len(self.values) - 1)
        return [(round(4 + number * step, 1), self.y(float(value))) for number, value in enumerate(self.values)]

    @property
    def end(self) -> tuple[float, float]:
        return self.dots[-1]

    @property
    def band(self) -> tuple[float, float]:
        """Where a change is too small to matter: top and height."""
        measure, start = catalogue().measures[self.measure], float(self.values[0])
        upper = self.y(min(10, start if measure.lower_is_better else start + measure.points))
        lower = self.y(max(0, start - measure.points if measure.lower_is_better else start))
        return upper, round(lower - upper, 1)

    @property
    def words(self) -> str:
        return f"{self.name} by session: {', '.join(short(value) for value in self.values)}."

    @property
    def verdict(self) -> tuple[str, str] | None:
        """What became of it since the first session, as a chip."""
        if len(self.values) < 2:
            return None
        found = progress(self.measure, self.values[0], self.values[-1])
        words = found.change.replace("_", " ").capitalize()
        return CHIPS.get(found.change, "quiet"), words

    @staticmethod
    def y(value: float) -> float:
        return round(TOP + (10 - value) / 10 * (HEIGHT - 2 * TOP), 1)


def sparks_of(scores: dict[str, list[Outcome]], shown: tuple[str, ...] = SHOWN) -> list[Spark]:
    """The measures that have scores, in the order they are read."""
    return [Spark(measure, [outcome.value for outcome in scores[measure]]) for measure in shown if scores.get(measure)]


def short(value: Decimal) -> str:
    return f"{value:.1f}".removesuffix(".0")
