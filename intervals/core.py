"""Half-open stretches of time in UTC, and the algebra of lists of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants from `start` up to, but without, `end`; both aware, kept in UTC, never empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # Two datetimes of one zone subtract by the wall clock, so nothing but UTC gets in.
        object.__setattr__(self, "start", in_utc(self.start))
        object.__setattr__(self, "end", in_utc(self.end))
        if self.start >= self.end:
            raise ValueError(f"an interval ends after it starts: {self.start} to {self.end}")

    @classmethod
    def lasting(cls, start: datetime, minutes: int) -> Self:
        """The interval of so many elapsed minutes from `start`."""
        start = in_utc(start)
        return cls(start, start + timedelta(minutes=minutes))

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= in_utc(instant) < self.end

    def covers(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share an instant; touching is not sharing."""
        return self.start < other.end and other.start < self.end

    def common(self, other: Interval) -> Interval | None:
        """What the two share, or None."""
        return Interval(max(self.start, other.start), min(self.end, other.end)) if self.overlaps(other) else None


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC; ValueError when it doesn't say which zone it means."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError(f"an instant needs a zone: {instant}")
    return instant.astimezone(UTC)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in normal form: in order, apart, touching ones joined."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return merged


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """The instants in both, in normal form."""
    ours, theirs = merge(left), merge(right)
    shared: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if part := ours[i].common(theirs[j]):
            shared.append(part)
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1
    return shared


def subtract(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """The instants of the first that are in none of the second, in normal form."""
    holes = merge(taken)
    left: list[Interval] = []
    first = 0
    for interval in merge(intervals):
        start = interval.start
        while first < len(holes) and holes[first].end <= start:
            first += 1
        for hole in holes[first:]:
            if hole.start >= interval.end:
                break
            if hole.start > start:
                left.append(Interval(start, hole.start))
            start = hole.end
        if start < interval.end:
            left.append(Interval(start, interval.end))
    return left


def overlaps(left: Iterable[Interval], right: Iterable[Interval]) -> bool:
    """Whether any instant is in both."""
    return bool(intersect(left, right))
