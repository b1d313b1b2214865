"""One question to PostgreSQL for all that decides which times are free: hours, absences, what is taken, who is at rest.

Each comes packed as one row of numbers a timeline: a thousand rows of Python objects would cost more than all the thinking that follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from struct import Struct

from django.db import connection

from bookings.models.appointments import LONGEST_TICKS
from intervals import Grid, Hours, Span

EVERYBODY = 0  # instead of a timeline: a closure of the whole clinic
HOURS = """
SELECT string_agg(
    int4send(weekday::int) || int4send(extract(epoch FROM starts)::int) || int4send(extract(epoch FROM ends)::int), ''
    ORDER BY weekday, starts)
FROM clinic_weeklyhours WHERE timeline_id = asked.timeline
"""
AWAY = """
SELECT string_agg(int8send(
    floor(date_part('epoch', lower(during)) / 300)::bigint << 32 | ceil(date_part('epoch', upper(during)) / 300)::bigint), '')
FROM clinic_absence
WHERE clinic_id = %(clinic)s AND during && tstzrange(%(opens)s, %(closes)s) AND coalesce(timeline_id, 0) = asked.timeline
"""
BUSY = """
SELECT string_agg(int8send(start_tick::bigint << 32 | end_tick), '')
FROM bookings_occupancy
WHERE live AND timeline_id = asked.timeline AND start_tick < %(last)s AND start_tick > %(earliest)s AND end_tick > %(first)s
    AND (until IS NULL OR until > %(now)s){but_own}
"""
BUT_OWN = " AND NOT appointment_id = ANY(%(own)s)"  # left out where nobody has one: the index alone answers then
RESTS = """
SELECT string_agg(int8send(rest_start_tick::bigint << 32 | rest_end_tick), '')
FROM bookings_appointment
WHERE practitioner_id = (SELECT id FROM clinic_practitioner WHERE timeline_id = asked.timeline)
    AND rest > 0 AND state NOT IN ('cancelled', 'dna') AND (until IS NULL OR until > %(now)s)
    AND rest_start_tick < %(last)s AND rest_start_tick > %(earliest)s AND rest_end_tick > %(first)s{but_moving}
"""
BUT_MOVING = " AND NOT id = ANY(%(moving)s)"
NO_RESTS = "SELECT NULL"
QUESTION = """
SELECT timeline, ({hours}), ({away}), ({busy}), ({rests})
FROM unnest(%(timelines)s::bigint[]) AS asked(timeline)
"""
PAIR, TRIPLE = Struct(">ii"), Struct(">iii")  # as PostgreSQL sends numbers: the highest byte first


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
        rests = RESTS.format(but_moving=BUT_MOVING if self.moving or self.own else "") if self.rests else NO_RESTS
        return QUESTION.format(hours=HOURS, away=AWAY, busy=busy, rests=rests)

    @property
    def values(self) -> dict[str, object]:
        grid = self.grid
        return {
            "clinic": self.clinic,
            "timelines": [EVERYBODY, *self.timelines],
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
class Page:
    """What was read of one timeline: packed, until somebody looks."""

    packed_hours: bytes | None
    packed_away: bytes | None
    packed_busy: bytes | None
    packed_rests: bytes | None

    @property
    def hours(self) -> tuple[Hours, ...]:
        """The weekly hours; a timeline without any never works."""
        return hours_from(bytes(self.packed_hours or b""))

    @property
    def away(self) -> list[Span]:
        """The ticks of its absences."""
        return spans_from(self.packed_away)

    @property
    def busy(self) -> list[Span]:
        return spans_from(self.packed_busy)

    @property
    def rests(self) -> list[Span]:
        """The ticks during which patients of a practitioner lie at rest, one span for each."""
        return spans_from(self.packed_rests)


def read(asked: Asked) -> dict[int, Page]:
    """Read everything in one question, whatever the number of people, days or visits: a page a timeline, and one for `EVERYBODY`."""
    with connection.cursor() as cursor:
        cursor.execute(asked.query, asked.values)
        return {timeline: Page(*packed) for timeline, *packed in cursor.fetchall()}


def spans_from(packed: bytes | None) -> list[Span]:
    """Pairs of ticks."""
    return list(PAIR.iter_unpack(packed)) if packed else []


@lru_cache(maxsize=4096)
def hours_from(packed: bytes) -> tuple[Hours, ...]:
    """Weekday, start and end; the same bytes give the same hours, so they are unpacked once."""
    return tuple((weekday, _clock(starts), _clock(ends)) for weekday, starts, ends in TRIPLE.iter_unpack(packed))


def _clock(seconds: int) -> time:
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
