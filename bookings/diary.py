"""A day as the diary draws it: rows of five minutes, spans, lanes, and the stretches in which nobody works. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from intervals import Interval, intersect, local_day, local_label, merge, subtract, to_instant

ROW = timedelta(minutes=5)
HOUR = timedelta(hours=1)
NOBODY_WORKS = time(9), time(17)


class Place(NamedTuple):
    """Where something stands: its first row, and how many rows it takes."""

    row: int
    rows: int

    @property
    def end(self) -> int:
        return self.row + self.rows


class Band(NamedTuple):
    """A stretch of a column in which no visit can be: words for it, and whether it is leave."""

    place: Place
    words: str
    is_leave: bool = False


@dataclass(frozen=True)
class Sheet:
    """The part of one local day that is drawn, from one full hour to another."""

    during: Interval
    zone: ZoneInfo

    @classmethod
    def around(cls, stretches: Iterable[Interval], *, day: date, zone: ZoneInfo) -> "Sheet":
        """The hours of `day` that hold every stretch of it; nine to five when there is none."""
        whole = local_day(zone, day)
        shown = intersect(stretches, [whole]) or [_nine_to_five(whole, day, zone)]
        start, end = shown[0].start, shown[-1].end
        return cls(Interval(start - _past_the_hour(start, zone), min(end + -_past_the_hour(end, zone) % HOUR, whole.end)), zone)

    @property
    def rows(self) -> int:
        return -(-self.during.duration // ROW)

    def place(self, stretch: Interval) -> Place | None:
        """The rows that a stretch touches, or None where it lies outside."""
        shown = self.during.common(stretch)
        if shown is None:
            return None
        first = (shown.start - self.during.start) // ROW
        return Place(first, -(-(shown.end - self.during.start) // ROW) - first)

    def hours(self) -> list[tuple[Place, str]]:
        """Each hour with the time on the clinic's clocks; one that comes twice says which it is."""
        start, found = self.during.start, []
        while start < self.during.end:
            end = min(start + HOUR, self.during.end)
            found.append((self.place(Interval(start, end)), local_label(start, self.zone)))
            start = end
        return found

    def now(self, now: datetime) -> tuple[int, int] | None:
        """The row that `now` lies in and the minute within it, or None on another day."""
        if now not in self.during:
            return None
        row, past = divmod(now - self.during.start, ROW)
        return row, past // timedelta(minutes=1)


def _nine_to_five(whole: Interval, day: date, zone: ZoneInfo) -> Interval:
    starts, ends = (to_instant(day, clock, zone) for clock in NOBODY_WORKS)
    return Interval(starts[0], ends[0]) if starts and ends else whole


def _past_the_hour(instant: datetime, zone: ZoneInfo) -> timedelta:
    local = instant.astimezone(zone)
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def lanes(places: Sequence[Place]) -> tuple[list[int], int]:
    """The lane of each place, from 1, so that none covers another, and how many lanes that takes; greedy by start."""
    ends: list[int] = []
    found = [1] * len(places)
    for at in sorted(range(len(places)), key=lambda at: places[at]):
        lane = next((number for number, end in enumerate(ends) if end <= places[at].row), len(ends))
        ends[lane : lane + 1] = [places[at].end]
        found[at] = lane + 1
    return found, max(len(ends), 1)


def rows_of(minutes: Iterable[int]) -> list[int]:
    """Stretches that follow each other, as rows; they add up to the rows of the whole."""
    found, until, past = [], 0, 0
    for each in minutes:
        past += each
        end = -(-past // 5)
        found.append(end - until)
        until = end
    return found


def bands(sheet: Sheet, hours: Sequence[Interval], away: Sequence[tuple[Interval, str]], *, never: str = "Not in today") -> list[Band]:
    """When one timeline takes no visits: before, between and after its hours, and while it is away."""
    leave = [Band(place, words, is_leave=True) for stretch, words in away if (place := sheet.place(stretch))]
    closed = subtract([sheet.during], [*hours, *(stretch for stretch, _ in away)])
    works = intersect(merge(hours), [sheet.during])
    return sorted([*leave, *(Band(sheet.place(stretch), _closed_words(stretch, works, sheet.zone, never)) for stretch in closed)])


def _closed_words(stretch: Interval, works: Sequence[Interval], zone: ZoneInfo, never: str) -> str:
    if not works:
        return never
    if stretch.end <= works[0].start:
        return f"Starts {local_label(works[0].start, zone)}"
    if stretch.start >= works[-1].end:
        return f"Ends {local_label(works[-1].end, zone)}"
    return "Break"
