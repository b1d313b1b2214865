"""What the planner is handed and what it answers with."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

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
    """What the patient asks for; black-out stretches name their first and last day and are always kept."""

    practitioner: Hashable = None
    prescriber: Hashable = None
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
    """Another date for one session while the others stay; `extra` is what the plan would cost more."""

    opening: Opening
    day: date
    extra: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Place:
    """Where an opening lies on the clinic's wall: the day as an ordinal, the weekday from Monday 0, the minute of the day."""

    day: int
    weekday: int
    minute: int


@dataclass(frozen=True)
class Problem:
    """Everything a plan was made from."""

    needs: tuple[Need, ...]
    openings: tuple[Opening, ...]
    prefs: Preferences
    limits: Limits
    costs: Costs
    zone: ZoneInfo
    now: datetime
    after: Visit | None
    needled: frozenset[date]

    @cached_property
    def places(self) -> Mapping[int, Place]:
        """The place of each opening that may be used at all, by its position."""
        now = self.now.astimezone(UTC)
        found = {at: self.place(opening) for at, opening in enumerate(self.openings) if opening.start >= now}
        return {at: place for at, place in found.items() if self._allowed(place)}

    @cached_property
    def first_day(self) -> int:
        """The first day that has a usable opening; waiting is counted from it."""
        return min((place.day for place in self.places.values()), default=0)

    @cached_property
    def blocked_days(self) -> frozenset[int]:
        """Days too near to a needling visit that stands."""
        after = {self.after.day} if self.after and self.after.needling else set()
        near = range(-CLEAR_DAYS, CLEAR_DAYS + 1)
        return frozenset(day.toordinal() + shift for day in self.needled | after for shift in near)

    def place(self, opening: Opening) -> Place:
        """Its place; many openings share a start, so each start is worked out once."""
        start = opening.start
        if start not in self._known:
            local = start.astimezone(self.zone)
            self._known[start] = Place(local.toordinal(), local.weekday(), local.hour * 60 + local.minute)
        return self._known[start]

    @cached_property
    def _known(self) -> dict[datetime, Place]:
        return {}

    def _allowed(self, place: Place) -> bool:
        if any(first.toordinal() <= place.day <= last.toordinal() for first, last in self.prefs.black_outs):
            return False
        if self.limits.hard and self.limits.last_day and place.day > self.limits.last_day.toordinal():
            return False
        return not self.prefs.strict or (self.wanted_weekday(place) and not self.minutes_off(place))

    def wanted_weekday(self, place: Place) -> bool:
        return not self.prefs.weekdays or place.weekday in self.prefs.weekdays

    def minutes_off(self, place: Place) -> int:
        """How far a start lies outside the hours asked for."""
        early = _minute(self.prefs.earliest) - place.minute if self.prefs.earliest else 0
        late = place.minute - _minute(self.prefs.latest) if self.prefs.latest else 0
        return max(early, late, 0)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


@dataclass(frozen=True)
class Plan:
    """The best set of dates, with what it costs and what could not be placed."""

    picks: tuple[Pick, ...]
    misses: tuple[Miss, ...]
    problem: Problem = field(repr=False, compare=False)

    @property
    def cost(self) -> int:
        return sum(pick.cost for pick in self.picks)

    @property
    def complete(self) -> bool:
        return not self.misses

    def pick(self, number: int) -> Pick | None:
        return next((pick for pick in self.picks if pick.number == number), None)
