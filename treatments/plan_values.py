"""What the planner is handed and what it answers with."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from treatments.plan_costs import Problem

CLEAR_DAYS = 2  # between two needling visits


@dataclass(frozen=True)
class Need:
    """One session that needs a date; its gap is the days after the visit before, on the clinic's calendar."""

    number: int
    min_gap: int
    ideal_gap: int
    max_gap: int
    ideal_upto: int | None = None
    review: bool = False
    needling: bool = True
    kind: Hashable = None
    keep: "Opening | None" = None

    def __post_init__(self) -> None:
        if not 0 <= self.min_gap <= self.ideal_gap <= self.ideal_last <= self.max_gap:
            raise ValueError(f"session {self.number}: its gaps are out of order")

    @property
    def ideal_last(self) -> int:
        return self.ideal_gap if self.ideal_upto is None else self.ideal_upto


@dataclass(frozen=True)
class Opening:
    """One possible visit, as whoever looks for free times found it; `data` is theirs and only handed back."""

    start: datetime
    end: datetime
    practitioner: Hashable
    room: Hashable = None
    kind: Hashable = None
    cost: int = 0
    data: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Visit:
    """The last visit that stands, before the sessions to be planned."""

    day: date
    practitioner: Hashable = None
    needling: bool = True


@dataclass(frozen=True)
class Preferences:
    """What the patient asks for; black-out stretches name their first and last day and are always kept.

    `wanted_as` and `prescribes_as` say in words which practitioner each of the two is, as reasons speak of them.
    """

    practitioner: Hashable = None
    prescriber: Hashable = None
    wanted_as: str = "asked for"
    prescribes_as: str = "who prescribed the course"
    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None
    black_outs: tuple[tuple[date, date], ...] = ()
    same_weekday: bool = False
    strict: bool = False


@dataclass(frozen=True)
class Limits:
    """What the insurer covers: how many more sessions, and until which day; `hard` plans nothing beyond."""

    last_day: date | None = None
    units: int | None = None
    hard: bool = False


@dataclass(frozen=True)
class Costs:
    """How much each departure from the ideal counts; a whole course within its ideal costs nothing."""

    gap_day: int = 4
    gap_beyond_day: int = 20
    wait_day: int = 2
    other_practitioner: int = 30
    practitioner_change: int = 20
    review_other: int = 150
    other_weekday: int = 15
    other_time: int = 10
    other_half_hour: int = 3
    weekday_change: int = 6
    after_cover: int = 60
    uncovered: int = 60
    moved: int = 100


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a date (cost 0) or against it."""

    code: str
    cost: int
    words: str


@dataclass(frozen=True)
class Pick:
    """A session with its date, and why this one."""

    number: int
    opening: Opening
    day: date
    gap: int | None
    reasons: tuple[Reason, ...]

    @property
    def cost(self) -> int:
        return sum(reason.cost for reason in self.reasons)


@dataclass(frozen=True)
class Miss:
    """A session without a date, and why."""

    number: int
    words: str


@dataclass(frozen=True)
class Alternative:
    """Another date for one session while the others stay; `extra` is what the plan would cost more, `after` the next visit's part."""

    opening: Opening
    day: date
    extra: int
    reasons: tuple[Reason, ...]
    after: tuple[Reason, ...] = ()

    @property
    def words(self) -> str:
        """What the change would cost, in words."""
        against = [reason.words for reason in (*self.reasons, *self.after) if reason.cost and reason.code != "packing"]
        return " ".join(against) or "Fits the plan just as well."


class Place(NamedTuple):
    """Where an opening lies on the clinic's wall: the day as an ordinal, the weekday from Monday 0, the minute of the day."""

    day: int
    weekday: int
    minute: int


@dataclass(frozen=True)
class Plan:
    """The best set of dates, with what it costs and what could not be placed."""

    picks: tuple[Pick, ...]
    misses: tuple[Miss, ...]
    problem: "Problem" = field(repr=False, compare=False)

    @property
    def cost(self) -> int:
        return sum(pick.cost for pick in self.picks)

    @property
    def complete(self) -> bool:
        return not self.misses

    def pick(self, number: int) -> Pick | None:
        return next((pick for pick in self.picks if pick.number == number), None)
