"""The five-minute grid: time as one big integer, a bit per tick, so that fitting a visit is a few shifts and ANDs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from intervals.core import Interval, in_utc

TICK_MINUTES = 5
TICK_SECONDS = TICK_MINUTES * 60
BLOCK = 32

Span = tuple[int, int]  # [first, last) in ticks, or in whole seconds where a name says so


def tick_floor(instant: datetime) -> int:
    """The tick that holds the instant: UTC seconds // 300."""
    return int(in_utc(instant).timestamp() // TICK_SECONDS)


def tick_ceil(instant: datetime) -> int:
    """The first tick that starts at the instant or after it."""
    return int(-(-in_utc(instant).timestamp() // TICK_SECONDS))


def instant_of(tick: int) -> datetime:
    """The instant in UTC at which a tick starts."""
    return datetime.fromtimestamp(tick * TICK_SECONDS, UTC)


def ticks_of(minutes: int) -> int:
    """How many ticks so many minutes touch when they start on one."""
    return -(-minutes // TICK_MINUTES)


@dataclass(frozen=True, slots=True)
class Grid:
    """A window of `length` ticks: bit n of its bitsets stands for tick `base + n`."""

    base: int
    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError("a grid has at least one tick")

    @classmethod
    def over(cls, window: Interval) -> Self:
        """The smallest grid that holds the window."""
        base = tick_floor(window.start)
        return cls(base, tick_ceil(window.end) - base)

    @property
    def everything(self) -> int:
        return (1 << self.length) - 1

    def mask(self, spans: Iterable[Span]) -> int:
        """The ticks that lie in any of the spans of absolute ticks, in any order; what is outside the grid is cut off."""
        base, rows = self.base, sorted(spans)
        early = bisect_left(rows, (base,))
        rows[:early] = [(base, end) for _, end in rows[:early] if end > base]
        bits = 0
        for at in range(0, len(rows), BLOCK):
            low = rows[at][0]
            block = 0  # kept short: an OR costs as much as its longer side
            for start, end in rows[at : at + BLOCK]:
                block |= ((1 << end - start) - 1) << start - low
            bits |= block << low - base
        return bits & self.everything

    def taken(self, intervals: Iterable[Interval]) -> int:
        """The ticks that the intervals touch: rounded outwards, for what must be kept clear."""
        return self.mask((tick_floor(each.start), tick_ceil(each.end)) for each in intervals)

    def offered(self, intervals: Iterable[Interval]) -> int:
        """The ticks that lie wholly inside an interval: rounded inwards, for time that may be given away."""
        return self._offered((tick_ceil(each.start), tick_floor(each.end)) for each in intervals)

    def offered_seconds(self, spans: Iterable[Span]) -> int:
        """Like `offered`, from spans in whole seconds of UTC."""
        return self._offered((-(-start // TICK_SECONDS), end // TICK_SECONDS) for start, end in spans)

    def _offered(self, spans: Iterable[Span]) -> int:
        return self.mask((start, end) for start, end in spans if start < end)  # rounded inwards, a short one may turn inside out

    def bit(self, instant: datetime) -> int:
        """The bit of the first tick that starts at the instant or after it; outside the grid it is negative or too large."""
        return tick_ceil(instant) - self.base

    def since(self, instant: datetime) -> int:
        """All ticks that start at the instant or after it."""
        skipped = max(self.bit(instant), 0)
        return self.everything >> skipped << skipped

    def instant(self, bit: int) -> datetime:
        """When a bit's tick starts."""
        return instant_of(self.base + bit)

    def intervals(self, bits: int) -> list[Interval]:
        """A bitset's stretches as intervals."""
        return [Interval(self.instant(first), self.instant(last)) for first, last in runs(bits)]


def span(first: int, last: int) -> int:
    """The bits from `first` up to, but without, `last`."""
    return (1 << last) - (1 << first) if first < last else 0


def comb(count: int, step: int) -> int:
    """`count` bits, `step` apart, from bit 0."""
    return ((1 << count * step) - 1) // ((1 << step) - 1) if count > 0 else 0


def fits_from(free: int, length: int) -> int:
    """The bits from which `length` bits in a row are free."""
    covered = 1
    while covered < length:
        more = min(covered, length - covered)
        free &= free >> more
        covered += more
    return free


def ticks(bits: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    row = bin(bits)[:1:-1]
    found: list[int] = []
    at = row.find("1")
    while at >= 0:
        found.append(at)
        at = row.find("1", at + 1)
    return found


def lowest(bits: int) -> int | None:
    """The first bit that is set, or None."""
    return (bits & -bits).bit_length() - 1 if bits else None


def runs(bits: int) -> list[Span]:
    """The unbroken stretches of set bits, in order."""
    return list(zip(ticks(bits & ~(bits << 1)), (last + 1 for last in ticks(bits & ~(bits >> 1))), strict=True))


def crowded(spans: Iterable[Span], count: int) -> list[Span]:
    """Where at least `count` of the spans run at once (count from 1); the answer may touch itself."""
    pairs = list(spans)
    starts = sorted(start for start, _ in pairs)
    ends = sorted(end for _, end in pairs)
    # While fewer than i + 1 spans have ended and i + count have started, at least `count` are open.
    return [(start, end) for start, end in zip(starts[count - 1 :], ends, strict=False) if start < end]
