"""Where a visit fits: shapes of visits, and the starts at which people, rooms and machines are all free. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import reduce
from itertools import pairwise
from operator import itemgetter, or_
from typing import NamedTuple

from intervals import (
    TICK_MINUTES,
    Grid,
    Interval,
    Span,
    crowded,
    fits_from,
    in_utc,
    instant_of,
    lowest,
    merge,
    tick_ceil,
    tick_floor,
    ticks,
    ticks_of,
)

Part = tuple[int, int]  # [from, to) in minutes after the start


@dataclass(frozen=True, slots=True)
class Shape:
    """The phases of a visit in minutes: room made ready, hands on, rest, hands on again, room cleaned."""

    hands_in: int
    rest: int = 0
    hands_out: int = 0
    cleaning: int = 0
    prepare: int = 0

    def __post_init__(self) -> None:
        if min(self.hands_in, self.rest, self.hands_out, self.cleaning, self.prepare) < 0 or not self.total:
            raise ValueError(f"a visit takes time, and no phase less than none: {self}")

    @property
    def total(self) -> int:
        """How long the patient is there: everything but the cleaning."""
        return self.prepare + self.hands_in + self.rest + self.hands_out

    @property
    def resting(self) -> Part:
        """When the patient rests alone, needles in; empty without a rest."""
        begins = self.prepare + self.hands_in
        return begins, begins + self.rest

    @property
    def attended(self) -> Part:
        """When the practitioner is in the house: nobody rests with needles in while the practitioner has gone home."""
        return self.prepare, self.total

    @property
    def practitioner(self) -> list[Part]:
        """When the practitioner's hands are on this patient."""
        begins, ends = self.resting
        if begins == ends:
            return [self.attended]
        return [(first, last) for first, last in ((self.prepare, begins), (ends, self.total)) if first < last]

    @property
    def room(self) -> list[Part]:
        return [(0, self.total + self.cleaning)]

    @property
    def machine(self) -> list[Part]:
        return [self.attended]

    @property
    def patient(self) -> list[Part]:
        return [(0, self.total)]


@dataclass(frozen=True, slots=True)
class Visit:
    """One shape at one start, with the timelines it takes."""

    shape: Shape
    start: datetime
    practitioner: int
    room: int
    machine: int | None = None
    patient: int | None = None

    @property
    def during(self) -> Interval:
        """The patient's time; the room's may be longer."""
        return Interval.lasting(self.start, self.shape.total)

    @property
    def resting(self) -> Interval | None:
        begins, ends = self.shape.resting
        return _stretch(self.start, (begins, ends)) if begins < ends else None

    @property
    def timelines(self) -> list[int]:
        """Every timeline it touches, once, in the order in which locks are taken."""
        return sorted({each for each in (self.practitioner, self.room, self.machine, self.patient) if each is not None})

    def occupied(self) -> list[tuple[int, Interval]]:
        """What it takes of each timeline."""
        return occupied(self.shape, self.start, self.practitioner, self.room, self.machine, self.patient)


def occupied(
    shape: Shape, start: datetime, practitioner: int, room: int, machine: int | None = None, patient: int | None = None
) -> list[tuple[int, Interval]]:
    """What a visit takes of each timeline, by timeline and time; touching parts are one."""
    taken: dict[int, list[Interval]] = {}
    for timeline, parts in ((practitioner, shape.practitioner), (room, shape.room), (machine, shape.machine), (patient, shape.patient)):
        if timeline is not None:
            taken.setdefault(timeline, []).extend(_stretch(start, part) for part in parts)
    return [(timeline, interval) for timeline in sorted(taken) for interval in merge(taken[timeline])]


def _stretch(start: datetime, part: Part) -> Interval:
    start = in_utc(start)
    return Interval(start + timedelta(minutes=part[0]), start + timedelta(minutes=part[1]))


@dataclass(frozen=True, slots=True)
class Diary:
    """One timeline on the search's grid: when it works, when it is taken, when it has as many patients at rest as it may."""

    timeline: int
    working: int = field(repr=False)
    busy: int = field(default=0, repr=False)
    crowded: int = field(default=0, repr=False)

    @property
    def free(self) -> int:
        return self.working & ~self.busy


class Order(StrEnum):
    """How openings are put in order."""

    TIME = "time"  # the clock alone
    PACKED = "packed"  # within each day, what packs well before what leaves a gap


class Snugness(IntEnum):
    """What a start does to the time around it."""

    TOUCHES = 0  # leaves no unusable gap, and comes as close as can be to a visit or the edge of working time
    APART = 1  # leaves usable time on both sides
    LEAVES_GAP = 2  # leaves a gap too short for anything


class Opening(NamedTuple):
    """A start that fits, as its tick since 1970, with the timelines chosen for it."""

    tick: int
    snugness: int
    practitioner: int
    room: int
    machine: int | None

    @property
    def start(self) -> datetime:
        return instant_of(self.tick)


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the diary. All bitsets are on `grid`; the order of the diaries is the order of preference among equals.

    `starts` are the ticks a visit may start at: window, step on the clinic's clocks, and notice, all in one.
    `machines` is None when none is needed; `patient` is None while nobody knows who comes.
    `step_minutes` lie between one start and the next: two visits less than that apart can't come any closer.
    """

    shape: Shape
    grid: Grid
    starts: int = field(repr=False)
    practitioners: Sequence[Diary]
    rooms: Sequence[Diary]
    machines: Sequence[Diary] | None = None
    patient: Diary | None = None
    least_useful_minutes: int = 30
    step_minutes: int = TICK_MINUTES


def possible(search: Search) -> dict[int, int]:
    """For each practitioner's timeline, the bits at which a visit may start with some room and machine free."""
    shape = search.shape
    common = search.starts & search.grid.everything & _any_fits(search.rooms, shape.room)
    if search.machines is not None:
        common &= _any_fits(search.machines, shape.machine)
    if search.patient is not None:
        common &= _fits(search.patient.free, shape.patient)
    return {diary.timeline: common & _has_hands_for(diary, shape) for diary in search.practitioners}


def openings(search: Search, *, order: Order = Order.TIME, days: Iterable[Interval] = ()) -> list[Opening]:
    """Every start of every practitioner, each with its best room and machine; `days` are what PACKED keeps together."""
    found = possible(search)
    wanted = _union(found)
    rooms = _best(search.rooms, search.shape.room, wanted, search)
    machines = {} if search.machines is None else _best(search.machines, search.shape.machine, wanted, search)
    base, stay = search.grid.base, search.shape.patient
    new = tuple.__new__  # there are thousands: half the time of the class's own
    snug = [_snugness(diary.free, stay, search) for diary in search.practitioners]
    listed = [
        new(Opening, (base + bit, rank, diary.timeline, rooms[bit], machines.get(bit)))
        for rank in map(int, Snugness)  # plain numbers sort faster
        for diary, ranks in zip(search.practitioners, snug, strict=True)
        for bit in ticks(found[diary.timeline] & ranks[rank])
    ]
    listed.sort(key=itemgetter(0))  # stable: at one start the snuggest first, then the order of the practitioners
    return _packed(listed, days) if order is Order.PACKED else listed


def first_opening(search: Search) -> Opening | None:
    """The earliest start, with whoever it suits best; None when there is none on the grid."""
    bit = lowest(_union(possible(search)))
    return None if bit is None else openings(replace(search, starts=1 << bit))[0]


def days_with_openings(search: Search, days: Mapping[date, Interval]) -> list[date]:
    """Those of the days on which anything may start, in the order given."""
    found, grid = _union(possible(search)), search.grid
    return [day for day, bounds in days.items() if found & grid.since(bounds.start) & ~grid.since(bounds.end)]


def nearest_openings(search: Search, instant: datetime, count: int) -> list[Opening]:
    """The `count` starts nearest to an instant, one opening each, in order of time."""
    aim = tick_floor(instant) - search.grid.base
    bits = sorted(ticks(_union(possible(search))), key=lambda bit: (abs(bit - aim), bit))[:count]
    return one_per_start(openings(replace(search, starts=sum(1 << bit for bit in bits))))


def one_per_start(listed: Iterable[Opening]) -> list[Opening]:
    """The first opening of each start: what somebody sees who doesn't mind which practitioner."""
    first: dict[int, Opening] = {}
    for opening in listed:
        first.setdefault(opening.tick, opening)
    return list(first.values())


def at_cap(rests: Iterable[Span], cap: int | None, grid: Grid) -> int:
    """The bits at which `cap` of a practitioner's patients already rest, from the spans of their rests in ticks; no cap, no bits."""
    if cap is None:
        return 0
    return grid.mask(crowded(rests, cap)) if cap > 0 else grid.everything


class Reason(StrEnum):
    """Why a timeline can't take a visit."""

    NOT_OFFERED = "not offered"  # not among the people, rooms or machines that may be used
    NOT_WORKING = "not working"
    BUSY = "busy"
    TOO_MANY_AT_REST = "too many at rest"


class Obstacle(NamedTuple):
    timeline: int
    reason: Reason
    during: Interval


def obstacles(visit: Visit, diaries: Iterable[Diary], grid: Grid) -> list[Obstacle]:
    """What stands in the way of exactly this visit; a start off the grid takes every tick it touches."""
    known = {diary.timeline: diary for diary in diaries}
    found = [
        Obstacle(timeline, reason, interval)
        for timeline, interval in visit.occupied()
        for reason in _refusals(known.get(timeline), interval, grid)
    ]
    practitioner, rest = known.get(visit.practitioner), visit.resting
    if practitioner and rest:
        if not _covers(practitioner.working, rest, grid):
            found.append(Obstacle(visit.practitioner, Reason.NOT_WORKING, rest))
        if practitioner.crowded & grid.taken([rest]):
            found.append(Obstacle(visit.practitioner, Reason.TOO_MANY_AT_REST, rest))
    return found


def fits(visit: Visit, diaries: Iterable[Diary], grid: Grid) -> bool:
    """Whether exactly this visit is possible."""
    return not obstacles(visit, diaries, grid)


def _refusals(diary: Diary | None, interval: Interval, grid: Grid) -> list[Reason]:
    if diary is None:
        return [Reason.NOT_OFFERED]
    reasons = [] if _covers(diary.working, interval, grid) else [Reason.NOT_WORKING]
    return [*reasons, Reason.BUSY] if diary.busy & grid.taken([interval]) else reasons


def _covers(working: int, interval: Interval, grid: Grid) -> bool:
    """Whether every tick that the interval touches is on the grid and worked."""
    on_the_grid = grid.base <= tick_floor(interval.start) and tick_ceil(interval.end) <= grid.base + grid.length
    return on_the_grid and not grid.taken([interval]) & ~working


def _union(found: Mapping[int, int]) -> int:
    return reduce(or_, found.values(), 0)


def _ticks_of(part: Part) -> Span:
    return part[0] // TICK_MINUTES, ticks_of(part[1])


def _fits(free: int, parts: Iterable[Part]) -> int:
    """The starts from which every part finds its ticks free."""
    starts = ~0
    for first, last in map(_ticks_of, parts):
        starts &= fits_from(free, last - first) >> first
    return starts


def _any_fits(diaries: Iterable[Diary], parts: list[Part]) -> int:
    return reduce(or_, (_fits(diary.free, parts) for diary in diaries), 0)


def _has_hands_for(diary: Diary, shape: Shape) -> int:
    """The starts that suit a practitioner: in the house throughout, free when hands are needed, not too many at rest."""
    starts = _fits(diary.working, [shape.attended]) & _fits(diary.free, shape.practitioner)
    if diary.crowded and shape.rest:
        starts &= _fits(~diary.crowded, [shape.resting])
    return starts


def _snugness(free: int, parts: list[Part], search: Search) -> list[int]:
    """The starts of each snugness, in the order of `Snugness`; together they are all starts."""
    first, last = _ticks_of((parts[0][0], parts[-1][1]))
    least, step = ticks_of(search.least_useful_minutes), ticks_of(search.step_minutes)
    useful, apart = fits_from(free, least), fits_from(free, step)
    touches_before, useful_before = ~(apart << step) >> first, useful << least >> first
    touches_after, useful_after = ~apart >> last, useful >> last
    whole = (touches_before | useful_before) & (touches_after | useful_after)
    touching = touches_before | touches_after
    return [whole & touching, whole & ~touching, ~whole]


def _best(diaries: Sequence[Diary], parts: list[Part], wanted: int, search: Search) -> dict[int, int]:
    """For each wanted bit the timeline that takes it most snugly, the first among equals."""
    fitting = [(diary.timeline, wanted & _fits(diary.free, parts)) for diary in diaries]
    snug = [_snugness(diary.free, parts, search) for diary in diaries]
    best: dict[int, int] = {}
    for rank in Snugness:
        for (timeline, bits), ranks in zip(fitting, snug, strict=True):
            taken = wanted & bits & ranks[rank]
            best.update(dict.fromkeys(ticks(taken), timeline))
            wanted &= ~taken
    return best


def _packed(listed: list[Opening], days: Iterable[Interval]) -> list[Opening]:
    """Openings in order of time, put in order of snugness within each day."""
    cuts = [bisect_left(listed, tick, key=itemgetter(0)) for tick in sorted(tick_ceil(day.start) for day in days)]
    return [opening for first, last in pairwise([0, *cuts, len(listed)]) for opening in sorted(listed[first:last], key=itemgetter(1))]
