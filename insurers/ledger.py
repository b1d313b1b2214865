"""Which visit takes a unit of which approval: thinking only, so that the answer can be computed anew after every change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Rank(IntEnum):
    """Whose claim comes first: a unit that was promised is not taken away for somebody who comes later."""

    PROMISED = 0
    MOVED = 1
    WAITING = 2


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an approval still has to give: units, from its first to its last day, both included; None is open."""

    id: int
    units: int
    first_day: date | None = None
    last_day: date | None = None

    def holds(self, day: date) -> bool:
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)

    @property
    def deadline(self) -> tuple[date, int]:
        return self.last_day or date.max, self.id


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One visit that should be covered."""

    id: int
    on: date
    rank: Rank = Rank.WAITING

    @property
    def turn(self) -> tuple[Rank, date, int]:
        return self.rank, self.on, self.id


def allocate(grants: Iterable[Grant], claims: Iterable[Claim]) -> dict[int, int]:
    """Return which claim takes from which grant: by rank, then by date, as many as fit, from the earliest last day that holds the date."""
    grants = sorted(grants, key=lambda grant: grant.deadline)
    covered: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: claim.turn):
        if any(grant.holds(claim.on) for grant in grants) and _assign(grants, [*covered, claim]) is not None:
            covered.append(claim)
    return _assign(grants, covered) or {}


def _assign(grants: Sequence[Grant], claims: Iterable[Claim]) -> dict[int, int] | None:
    """Give every claim a unit, or None when that can't be: in order of date, the grant that ends first gives first."""
    left = {grant.id: grant.units for grant in grants}
    given: dict[int, int] = {}
    for claim in sorted(claims, key=lambda claim: (claim.on, claim.id)):
        giver = next((grant.id for grant in grants if left[grant.id] > 0 and grant.holds(claim.on)), None)
        if giver is None:
            return None
        left[giver] -= 1
        given[claim.id] = giver
    return given
