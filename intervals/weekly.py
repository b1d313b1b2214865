"""Wall-clock hours, days and labels of a zone, as instants: across clock changes, and nowhere near the machine's own zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from intervals.core import Interval, in_utc
from intervals.slots import TICK_MINUTES, TICK_SECONDS, Grid, Span, comb

Hours = tuple[int, time, time]  # weekday (Monday is 0), starts, ends; an end of 00:00 is the midnight that ends the day

DAY = 86_400
HOUR = 3_600
EPOCH = date(1970, 1, 1).toordinal()


def to_instant(day: date, clock: time, zone: tzinfo) -> list[datetime]:
    """The instants at which the zone's clocks show this time on this day: one, none when skipped, two when repeated."""
    local = datetime.combine(day, clock.replace(tzinfo=None))
    readings = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(instant for instant in readings if instant.astimezone(zone).replace(tzinfo=None) == local)


def start_of_day(zone: tzinfo, day: date) -> datetime:
    """The first instant of a local day, also where midnight does not exist."""
    midnight = to_instant(day, time(0), zone)
    return midnight[0] if midnight else datetime.fromtimestamp(_after_the_gap(zone, _local_midnight(day)), UTC)


@lru_cache(maxsize=4096)
def local_day(zone: tzinfo, day: date) -> Interval:
    """All of a clinic's day, however many hours it has; ValueError for a date its zone left out."""
    return Interval(start_of_day(zone, day), start_of_day(zone, day + timedelta(days=1)))


def local_days(zone: tzinfo, first_day: date, last_day: date) -> dict[date, Interval]:
    """Each local day from the first to the last, both included."""
    return {day: local_day(zone, day) for day in _days(first_day, last_day)}


def local_date(instant: datetime, zone: tzinfo) -> date:
    """The date on the zone's calendar."""
    return in_utc(instant).astimezone(zone).date()


def local_label(instant: datetime, zone: tzinfo) -> str:
    """The clock time, such as "02:00"; "02:00 (UTC+1)" where that day shows it twice."""
    local = in_utc(instant).astimezone(zone)
    shown = local.strftime("%H:%M")
    if len(to_instant(local.date(), local.time().replace(fold=0), zone)) == 1:
        return shown
    return f"{shown} ({offset_label(local)})"


def offset_label(local: datetime) -> str:
    """How far an aware time is from UTC: "UTC+1", "UTC-3", "UTC+10:30"."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def expand(hours: Iterable[Hours], zone: tzinfo, first_day: date, last_day: date) -> list[Interval]:
    """The instants at which the zone's clocks read within the weekly hours, from the first local day to the last, both included."""
    spans = expand_seconds(tuple(hours), zone, first_day, last_day)
    return [Interval(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in spans]


def expand_seconds(hours: tuple[Hours, ...], zone: tzinfo, first_day: date, last_day: date) -> list[Span]:
    """`expand` as spans of whole UTC seconds, for whoever has no time for datetimes."""
    by_weekday: list[list[Span]] = [[] for _ in range(7)]
    for weekday, starts, ends in hours:
        by_weekday[weekday].append(_clock_span(starts, ends))
    wanted = (
        (midnight + first, midnight + last)
        for day in _days(first_day, last_day)
        for midnight in (_local_midnight(day),)
        for first, last in by_weekday[day.weekday()]
    )
    return _joined(sorted(_instants_of(wanted, zone, first_day, last_day)))


@lru_cache(maxsize=2048)
def working_mask(hours: tuple[Hours, ...], zone: tzinfo, first_day: date, last_day: date, grid: Grid) -> int:
    """The grid's ticks that lie wholly within the weekly hours."""
    return grid.offered_seconds(expand_seconds(hours, zone, first_day, last_day))


@lru_cache(maxsize=256)
def start_mask(zone: tzinfo, first_day: date, last_day: date, step_minutes: int, grid: Grid) -> int:
    """The ticks at which a visit may start: every `step_minutes` on the zone's own clocks, from each midnight."""
    if step_minutes < TICK_MINUTES or step_minutes % TICK_MINUTES:
        raise ValueError(f"a start step is a multiple of {TICK_MINUTES} minutes, not {step_minutes}")
    step = step_minutes * 60
    whole_days = ((midnight, midnight + DAY) for midnight in map(_local_midnight, _days(first_day, last_day)))
    bits = 0
    for start, end, offset in _with_offsets(whole_days, zone, first_day, last_day):
        midnight = (start + offset) // DAY * DAY - offset
        first = midnight + -(-(start - midnight) // step) * step
        if first % TICK_SECONDS == 0:  # no zone of today is off by odd minutes, but old ones were
            teeth = comb(-(-(end - first) // step), step_minutes // TICK_MINUTES)
            shift = first // TICK_SECONDS - grid.base
            bits |= teeth << shift if shift >= 0 else teeth >> -shift
    return bits & grid.everything


def _clock_span(starts: time, ends: time) -> Span:
    first = starts.hour * HOUR + starts.minute * 60 + starts.second
    last = ends.hour * HOUR + ends.minute * 60 + ends.second or DAY
    if first >= last:
        raise ValueError(f"hours end after they start, on the same day: {starts} to {ends}")
    return first, last


def _days(first_day: date, last_day: date) -> Iterator[date]:
    return map(date.fromordinal, range(first_day.toordinal(), last_day.toordinal() + 1))


def _local_midnight(day: date) -> int:
    """Seconds from the epoch to 00:00 as the local clocks count them."""
    return (day.toordinal() - EPOCH) * DAY


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _instants_of(local: Iterable[Span], zone: tzinfo, first_day: date, last_day: date) -> Iterator[Span]:
    return ((start, end) for start, end, _ in _with_offsets(local, zone, first_day, last_day))


def _with_offsets(local: Iterable[Span], zone: tzinfo, first_day: date, last_day: date) -> Iterator[tuple[int, int, int]]:
    """Each local stretch as the instants whose clocks read within it, with their offset; skipped ones fall out, repeated come twice."""
    regimes = _offsets(zone, _local_midnight(first_day) - DAY, _local_midnight(last_day) + 2 * DAY)
    for first, last in local:
        for begins, ends, offset in regimes:
            start, end = max(first - offset, begins), min(last - offset, ends)
            if start < end:
                yield start, end, offset


def _after_the_gap(zone: tzinfo, local: int) -> int:
    """The first instant after a skipped local time."""
    return next(begins for begins, _, offset in _offsets(zone, local - DAY, local + DAY) if begins + offset > local)


@lru_cache(maxsize=512)
def _offsets(zone: tzinfo, start: int, end: int) -> tuple[tuple[int, int, int], ...]:
    """The zone's offsets between two instants: (from, to, offset), all in seconds."""
    found: list[tuple[int, int, int]] = []
    begins, offset = start, _offset(zone, start)
    for probe in range(start, end, HOUR * 6):
        until = min(probe + HOUR * 6, end)
        if _offset(zone, until) != offset:
            change = _change(zone, probe, until)
            found.append((begins, change, offset))
            begins, offset = change, _offset(zone, change)
    return (*found, (begins, end, offset))


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first second of the offset that holds at `after`, by halving."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
