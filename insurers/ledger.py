"""Which visit takes a unit of which approval: thinking only, so that the answer can be computed anew after every change."""

from collections import defaultdict
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
class Claim:
    """One visit that should be covered."""

    id: int
    on: date
    course: int = 0
    rank: Rank = Rank.WAITING

    @property
    def turn(self) -> tuple[Rank, date, int]:
        return self.rank, self.on, self.id


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an approval still has to give: units, from its first to its last day, both included; None is open.

    `courses` are those it was given for, by body area, technique and who treats; None is all.
    """

    id: int
    units: int
    first_day: date | None = None
    last_day: date | None = None
    courses: frozenset[int] | None = None

    def holds(self, claim: Claim) -> bool:
        begun = self.first_day is None or self.first_day <= claim.on
        ended = self.last_day is not None and self.last_day < claim.on
        return begun and not ended and (self.courses is None or claim.course in self.courses)

    @property
    def deadline(self) -> tuple[date, int]:
        return self.last_day or date.max, self.id


def allocate(grants: Iterable[Grant], claims: Iterable[Claim]) -> dict[int, int]:
    """Return which claim takes from which grant: by rank, then by date, as many as fit, from the earliest last day that holds the date."""
    given = Given(sorted(grants, key=lambda grant: grant.deadline))
    covered = [claim for claim in sorted(claims, key=lambda claim: claim.turn) if given.make_room(claim)]
    for claim in sorted(covered, key=lambda claim: (claim.on, claim.id)):
        given.settle_on_first(claim)
    return {claim.id: grant.id for claim, grant in given.grant_of.items()}


class Given:
    """Units as they are given out; whoever has one may be moved to another approval, and never loses it."""

    def __init__(self, grants: Sequence[Grant]):
        self.grants = grants
        self.grant_of: dict[Claim, Grant] = {}
        self.takers: dict[int, list[Claim]] = defaultdict(list)
        self.settled: set[Claim] = set()

    def make_room(self, claim: Claim) -> bool:
        """Give a claim a unit, moving others along if need be; say whether there was one."""
        return self._place(claim, self.grants, set())

    def settle_on_first(self, claim: Claim) -> None:
        """Put a claim for good on the first grant on which everybody still has a unit."""
        mine = self.grant_of[claim]
        for grant in self.grants:
            if grant is mine or (grant.holds(claim) and self._swap(claim, mine, grant)):
                break
        self.settled.add(claim)

    def _swap(self, claim: Claim, mine: Grant, wanted: Grant) -> bool:
        self._take_away(claim, mine)
        if self._place(claim, [wanted], set()):
            return True
        self._give(claim, mine)
        return False

    def _place(self, claim: Claim, choice: Sequence[Grant], tried: set[int]) -> bool:
        """Follow the chain of those who could step aside until a unit is free."""
        for grant in choice:
            if grant.id in tried or not grant.holds(claim):
                continue
            tried.add(grant.id)
            if len(self.takers[grant.id]) < grant.units:
                self._give(claim, grant)
                return True
            for other in list(self.takers[grant.id]):
                if other not in self.settled and self._place(other, self.grants, tried):
                    self.takers[grant.id].remove(other)
                    self._give(claim, grant)
                    return True
        return False

    def _give(self, claim: Claim, grant: Grant) -> None:
        self.grant_of[claim] = grant
        self.takers[grant.id].append(claim)

    def _take_away(self, claim: Claim, grant: Grant) -> None:
        del self.grant_of[claim]
        self.takers[grant.id].remove(claim)
