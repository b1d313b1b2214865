"""One question to PostgreSQL for all that decides which times are free: hours, absences, what is taken, who is at rest.

Each comes packed as one row of numbers a timeline: a thousand rows of Python objects would cost more than all the thinking that follows.
"""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import lru_cache
from sys import byteorder

from django.db import connection

from bookings.models.appointments import LONGEST_TICKS
from intervals import Grid, Hours, Span

EVERYBODY = 0  # instead of a timeline: a closure of the whole clinic
HOURS = """
SELECT timeline_id, 'hours', string_agg(
    int4send(weekday::int) || int4send(extract(epoch FROM starts)::int) || int4send(extract(epoch FROM ends)::int), ''
    ORDER BY weekday, starts)
FROM clinic_weeklyhours WHERE timeline_id = ANY(%(timelines)s) GROUP BY timeline_id
"""
AWAY = """
SELECT coalesce(timeline_id, 0), 'away', string_agg(int8send(
    floor(date_part('epoch', lower(during)) / 300)::bigint << 32 | ceil(date_part('epoch', upper(during)) / 300)::bigint), '')
FROM clinic_absence WHERE clinic_id = %(clinic)s AND during && tstzrange(%(opens)s, %(closes)s) GROUP BY timeline_id
"""
BUSY = """
SELECT timeline_id, 'busy', string_agg(int8send(start_tick::bigint << 32 | end_tick), '')
FROM bookings_occupancy
WHERE live AND timeline_id = ANY(%(timelines)s) AND start_tick < %(last)s AND start_tick > %(earliest)s AND end_tick > %(first)s
    AND (until IS NULL OR until > %(now)s){but_own}
GROUP BY timeline_id
"""
BUT_OWN = " AND NOT appointment_id = ANY(%(own)s)"  # left out where nobody has one: the index alone answers then
RESTS = """
SELECT p.timeline_id, 'rests', string_agg(int8send(
    floor((date_part('epoch', lower(a.during)) / 60 + a.hands_in) / 5)::bigint << 32
    | ceil((date_part('epoch', lower(a.during)) / 60 + a.hands_in + a.rest) / 5)::bigint), '')
FROM bookings_appointment a JOIN clinic_practitioner p ON p.id = a.practitioner_id
WHERE a.rest > 0 AND a.state NOT IN ('cancelled', 'dna') AND (a.until IS NULL OR a.until > %(now)s)
    AND p.timeline_id = ANY(%(timelines)s) AND a.during && tstzrange(%(opens)s, %(closes)s) AND NOT a.id = ANY(%(moving)s)
GROUP BY p.timeline_id
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose diaries are read, over which ticks, as of when."""

    clinic: int
    timelines: Sequence[int]
    grid: Grid
    now: datetime
    rests: bool = True  # whether it matters how many patients are at rest
    moving: Sequence[int] = ()
    own: Sequence[int] = ()

    @property
    def query(self) -> str:
        busy = BUSY.format(but_own=BUT_OWN if self.own else "")
        return " UNION ALL ".join([HOURS, AWAY, busy, *([RESTS] if self.rests else [])])

    @property
    def values(self) -> dict[str, object]:
        grid = self.grid
        return {
            "clinic": self.clinic,
            "timelines": list(self.timelines),
            "first": grid.base,
            "earliest": grid.base - LONGEST_TICKS,
            "last": grid.base + grid.length,
            "now": self.now,
            "opens": grid.instant(0),
            "closes": grid.instant(grid.length),
            "moving": [*self.moving, *self.own],
            "own": list(self.own),
        }


@dataclass(frozen=True)
class Pages:
    """What was read, by timeline: packed, until somebody looks."""

    packed: dict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))

    def hours(self, timeline: int) -> tuple[Hours, ...]:
        """The weekly hours; a timeline without any never works."""
        return hours_from(self._of("hours", timeline))

    def away(self, timeline: int) -> list[Span]:
        """The ticks of its absences, and of the clinic's closures."""
        return spans_from(self._of("away", timeline) + self._of("away", EVERYBODY))

    def busy(self, timeline: int) -> list[Span]:
        return spans_from(self._of("busy", timeline))

    def rests(self, timeline: int) -> list[Span]:
        """The ticks during which patients of a practitioner lie at rest, one span for each."""
        return spans_from(self._of("rests", timeline))

    def _of(self, kind: str, timeline: int) -> bytes:
        return self.packed[kind].get(timeline, b"")


def read(asked: Asked) -> Pages:
    """Read everything in one question, whatever the number of people, days or visits."""
    pages = Pages()
    with connection.cursor() as cursor:
        cursor.execute(asked.query, asked.values)
        for timeline, kind, packed in cursor.fetchall():
            pages.packed[kind][timeline] = bytes(packed)
    return pages


def numbers_from(packed: bytes) -> array:
    """The 32-bit numbers that PostgreSQL packed, the highest byte first."""
    numbers = array("i", packed)
    if byteorder == "little":
        numbers.byteswap()
    return numbers


def spans_from(packed: bytes) -> list[Span]:
    """Pairs of ticks."""
    numbers = numbers_from(packed)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@lru_cache(maxsize=4096)
def hours_from(packed: bytes) -> tuple[Hours, ...]:
    """Weekday, start and end; the same bytes give the same hours, so they are unpacked once."""
    numbers = numbers_from(packed)
    return tuple(
        (weekday, _clock(starts), _clock(ends)) for weekday, starts, ends in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    )


def _clock(seconds: int) -> time:
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
