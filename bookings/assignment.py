"""New times for many visits at once, so that together they disturb patients least. Pure.

Every visit has some places it could go to, each with a cost, and each takes cells: a timeline at a tick. Two places that share
a cell can't both be used. The cheapest choice for all is found exactly, by branch and bound. The bound is what remains when
shared cells cost a price instead of being forbidden (a Lagrangian relaxation); visits that share no cell are solved apart.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil

NOWHERE = 1000  # what it costs to leave a visit without a new time: more than any place
CHANGED, COLLEAGUE, ANOTHER_DAY, EACH_DAY, HASTY, STRETCHED = 15, 40, 70, 4, 40, 30
ROUNDS = 80  # of adjusting prices
MOST_STEPS = 12_000  # a bound on the search; what is found by then is still possible, if perhaps not the very best


def disturbance(*, minutes: int, days: int, colleague: bool, hasty: bool, stretched: bool = False) -> int:
    """What a new time costs its patient.

    In this order: the same person up to two hours earlier or later that day; a colleague at the same time; a colleague
    near it; the same person on another day, the sooner the better; a colleague on another day. A new time within a few hours from
    now costs extra: the patient must be reached first. So does a longer gap between the visits of a course than is planned.
    """
    shift = ANOTHER_DAY + EACH_DAY * abs(days) + ceil(abs(minutes) / 12) if days else ceil(abs(minutes) / 6) + CHANGED * bool(minutes)
    return min(shift + COLLEAGUE * colleague + HASTY * hasty + STRETCHED * stretched, NOWHERE - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a visit could go: its cost, and the cells it takes."""

    cost: int
    cells: frozenset[Hashable] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Choice:
    """For each visit the number of its place, or None; and what that costs in all. `proved` says that nothing is cheaper."""

    picks: tuple[int | None, ...]
    cost: int
    proved: bool = True


def assign(visits: Sequence[Sequence[Place]]) -> Choice:
    """Choose a place for every visit, or none, so that no cell is used twice and the sum of the costs is least."""
    picks: list[int | None] = [None] * len(visits)
    cost, proved = 0, True
    for group in _groups(visits):
        part = _Search([visits[number] for number in group]).best()
        for number, pick in zip(group, part.picks, strict=True):
            picks[number] = pick
        cost, proved = cost + part.cost, proved and part.proved
    return Choice(picks=tuple(picks), cost=cost, proved=proved)


def _groups(visits: Sequence[Sequence[Place]]) -> list[list[int]]:
    """The visits that stand in each other's way, directly or by others."""
    leader = list(range(len(visits)))

    def find(number: int) -> int:
        while leader[number] != number:
            number = leader[number]
        return number

    users: dict[Hashable, int] = {}
    for number, places in enumerate(visits):
        for cell in set().union(*(place.cells for place in places)):
            leader[find(number)] = find(users.setdefault(cell, number))
    groups: dict[int, list[int]] = defaultdict(list)
    for number in range(len(visits)):
        groups[find(number)].append(number)
    return list(groups.values())


class _Search:
    """One group of visits that stand in each other's way."""

    def __init__(self, visits: Sequence[Sequence[Place]]):
        self.cells = _contested(visits)
        self.visits = [self._distinct(places) for places in visits]
        self.prices = [0.0] * len(self.cells)
        self.picks: list[int | None] = [None] * len(visits)
        self.cost = NOWHERE * len(visits)
        self.steps = 0

    def _distinct(self, places: Sequence[Place]) -> list[tuple[int, int, int]]:
        """The places as (cost, contested cells as bits, number): of those that take the same, the cheapest."""
        cheapest: dict[int, tuple[int, int, int]] = {}
        for number, place in enumerate(places):
            if place.cost < NOWHERE:
                bits = sum(1 << self.cells[cell] for cell in place.cells if cell in self.cells)
                cheapest[bits] = min(cheapest.get(bits, (NOWHERE, bits, 0)), (place.cost, bits, number))
        return sorted(cheapest.values())

    def best(self) -> Choice:
        self._greedy()
        self._set_prices()
        self.priced = [
            sorted(
                [(cost + self._price(bits), cost, bits, number) for cost, bits, number in places] + [(NOWHERE, NOWHERE, 0, None)],
                key=_reduced,
            )
            for places in self.visits
        ]
        self._branch(list(range(len(self.visits))), 0, 0, {})
        return Choice(picks=tuple(self.picks), cost=self.cost, proved=self.steps < MOST_STEPS)

    def _greedy(self) -> None:
        """A first answer: whoever has least to choose from chooses first."""
        used, picks, cost = 0, [None] * len(self.visits), 0
        for visit in sorted(range(len(self.visits)), key=lambda each: len(self.visits[each])):
            free = next(((price, bits, number) for price, bits, number in self.visits[visit] if not bits & used), None)
            cost += free[0] if free else NOWHERE
            if free:
                used |= free[1]
                picks[visit] = free[2]
        self.picks, self.cost = picks, cost

    def _set_prices(self) -> None:
        """Raise the price of what several want, lower that of what nobody takes, and keep the prices with the best bound."""
        best, kept, scale = 0.0, list(self.prices), 1.0
        for _ in range(ROUNDS):
            wanted, bound = [-1] * len(self.prices), -sum(self.prices)
            for places in self.visits:
                price, bits = min(((cost + self._price(bits), bits) for cost, bits, _ in places), default=(NOWHERE, 0))
                bound += min(price, NOWHERE)
                for cell in _bits(bits if price < NOWHERE else 0):
                    wanted[cell] += 1
            if bound > best:
                best, kept = bound, list(self.prices)
            else:
                scale *= 0.9
            slope = sum(each * each for each, price in zip(wanted, self.prices, strict=True) if each > 0 or price)
            if self.cost - bound < 1 or not slope:
                break
            step = scale * (self.cost - bound) / slope
            self.prices = [max(0.0, price + step * each) for price, each in zip(self.prices, wanted, strict=True)]
        self.prices = kept

    def _price(self, bits: int) -> float:
        return sum(self.prices[cell] for cell in _bits(bits))

    def _branch(self, left: list[int], used: int, cost: int, picks: dict[int, int | None]) -> None:
        """Try every place of the visit that has most to lose, cheapest first, while the bound leaves hope."""
        if not left:
            if cost < self.cost:
                self.cost, self.picks = cost, [picks[visit] for visit in range(len(self.visits))]
            return
        self.steps += 1
        open_to = {visit: [place for place in self.priced[visit] if not place[2] & used] for visit in left}
        bound = cost + sum(places[0][0] for places in open_to.values()) - sum(self.prices) + self._price(used)
        if ceil(bound - 1e-6) >= self.cost or self.steps >= MOST_STEPS:
            return
        visit = max(left, key=lambda each: _regret(open_to[each]))
        others = [each for each in left if each != visit]
        for _, price, bits, number in open_to[visit]:
            self._branch(others, used | bits, cost + price, {**picks, visit: number})


def _contested(visits: Iterable[Sequence[Place]]) -> dict[Hashable, int]:
    """The cells that more than one visit may want, numbered; cells wanted by exactly the same places count once."""
    wanted: dict[Hashable, set[tuple[int, int]]] = defaultdict(set)
    for visit, places in enumerate(visits):
        for number, place in enumerate(places):
            for cell in place.cells:
                wanted[cell].add((visit, number))
    distinct = {frozenset(by): cell for cell, by in wanted.items() if len({visit for visit, _ in by}) > 1}
    return {cell: number for number, cell in enumerate(distinct.values())}


def _bits(bits: int) -> Iterable[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _reduced(place: tuple) -> float:
    return place[0]


def _regret(places: list[tuple]) -> float:
    """What it costs a visit to miss its best place."""
    return places[1][0] - places[0][0] if len(places) > 1 else NOWHERE
