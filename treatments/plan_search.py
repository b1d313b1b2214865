"""The search behind the planner: the least cost of ending at every day with every practitioner, session by session."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import add

from treatments.plan_costs import Problem, same_visit
from treatments.plan_values import CLEAR_DAYS, Need, Opening

NEVER = 10**12
MISSED = 10**8
RESTED = CLEAR_DAYS + 1  # days since the last needling, from which on it no longer matters
NEAR = 7  # days beyond a session's widest gap that the first, quick search looks back

State = tuple[int, int]  # days since the last needling (at most RESTED), practitioner by position
Layer = dict[State, list[int]]  # the least cost for each day of the horizon


@dataclass(frozen=True)
class Choice:
    """For one session: the least cost of each practitioner on each day, and the opening that has it."""

    need: Need
    costs: tuple[list[int], ...]
    openings: dict[tuple[int, int], Opening]
    gaps: list[int]


@dataclass(frozen=True)
class Search:
    """How a search goes: how many days beyond its widest gap a session may look back, what is too dear, whether sessions may be missed."""

    reach: int = NEVER
    bound: int = NEVER
    may_miss: bool = False

    def farthest(self, choice: Choice) -> int:
        """The widest gap worth a look."""
        affordable = max((gap for gap, cost in enumerate(choice.gaps) if cost <= self.bound), default=0)
        return min(affordable, choice.need.max_gap + self.reach)


class Table:
    """The dynamic programme over days and practitioners."""

    def __init__(self, problem: Problem, needs: Sequence[Need]) -> None:
        self.problem, self.needs = problem, needs
        self.people = list(dict.fromkeys(opening.practitioner for opening, _ in problem.usable))
        self.position = {person: at for at, person in enumerate(self.people)}
        self.base = problem.first_day
        self.span = max((place.day for _, place in problem.usable), default=self.base) - self.base + 1

    @cached_property
    def choices(self) -> list[Choice]:
        """A choice for every session; sessions that differ only in number share their figures."""
        known: dict[Hashable, Choice] = {}
        found = []
        for need in self.needs:
            alike = (replace(need, number=0), self.problem.covered(need))
            choice = known.get(alike) or self._choice(need)
            known[alike] = choice
            found.append(replace(choice, need=need))
        return found

    def _choice(self, need: Need) -> Choice:
        costs = tuple([NEVER] * self.span for _ in self.people)
        openings: dict[tuple[int, int], Opening] = {}
        for (day, person), (cost, opening) in self._candidates(need).items():
            if not (need.needling and day in self.problem.blocked_days):
                at, who = day - self.base, self.position[person]
                costs[who][at], openings[at, who] = cost, opening
        return Choice(need, costs, openings, self._gaps(need))

    def _candidates(self, need: Need) -> dict[tuple[int, Hashable], tuple[int, Opening]]:
        """The cheapest opening of each day and practitioner; one that is to be kept need not be the cheapest of its day otherwise."""
        ranked = self.problem.ranked.get(need.kind, {})
        extra = {person: sum(self.problem.of_person(need, person).values()) for person in self.people}
        moved = self.problem.costs.moved if need.keep is not None else 0
        found = {where: (entries[0][0] + extra[where[1]] + moved, entries[0][2]) for where, entries in ranked.items()}
        for opening, place in self.problem.usable if need.keep is not None else ():
            if opening.kind == need.kind and same_visit(opening, need.keep):
                cost = sum(self.problem.of_opening(opening, place).values()) + extra[opening.practitioner]
                where = (place.day, opening.practitioner)
                found[where] = min(found[where], (cost, opening), key=lambda candidate: candidate[0])
        return found

    def _gaps(self, need: Need) -> list[int]:
        """The cost of each number of days between two visits; two visits never share a day."""
        least = max(1, need.min_gap)
        return [NEVER if gap < least else sum(self.problem.of_gap(need, gap).values()) for gap in range(self.span)]

    def best(self) -> dict[int, Opening]:
        """The opening of each session that has one in the best plan.

        A first search that looks back only a little gives a plan, and with it a bound that spares the whole search most of its work.
        """
        near = self._search(Search(reach=NEAR))
        whole = self._search(Search(bound=near[0])) if self.needs else near
        if whole[0] >= NEVER:
            whole = self._search(Search(may_miss=True))
        return self._walk_back(*whole[1:])

    def _search(self, how: Search) -> tuple[int, list[Layer], State]:
        """The least cost, the layer of every session, and the state the best plan ends in."""
        layers: list[Layer] = [{}]
        for at, choice in enumerate(self.choices):
            layer = self._from_start(choice, at * MISSED) if at == 0 or how.may_miss else {}
            _keep_cheaper(layer, self._from_layer(choice, layers[-1], how))
            if how.may_miss:
                _keep_cheaper(layer, {state: [cost + MISSED for cost in row] for state, row in layers[-1].items()})
            layers.append(layer)
        cost, state = min(((min(row), state) for state, row in layers[-1].items()), default=(NEVER, (0, 0)))
        return cost, layers, state

    def _from_start(self, choice: Choice, missed: int) -> Layer:
        """The session as the first of the plan, after all before it were missed."""
        state = 0 if choice.need.needling else RESTED
        rows: Layer = {}
        for who, costs in enumerate(choice.costs):
            row = [cost + missed + self._start_cost(choice.need, day, who) if cost < NEVER else NEVER for day, cost in enumerate(costs)]
            if min(row, default=NEVER) < NEVER:
                rows[state, who] = row
        return rows

    def _start_cost(self, need: Need, day: int, who: int) -> int:
        after = self.problem.after
        if after is None:
            return sum(self.problem.of_start(day + self.base).values())
        gap = day + self.base - after.day.toordinal()
        if gap < max(1, need.min_gap):
            return NEVER
        change = self.problem.of_change(after.practitioner, self.people[who])
        return sum(self.problem.of_gap(need, gap).values()) + sum(change.values())

    def _from_layer(self, choice: Choice, before: Layer, how: Search) -> Layer:
        """The session after each place the session before may end at."""
        layer: Layer = {}
        farthest = how.farthest(choice)
        for since in sorted({state[0] for state in before}):
            rows = {who: row for (days, who), row in before.items() if days == since}
            anyone = [min(costs) + self.problem.costs.practitioner_change for costs in zip(*rows.values(), strict=True)]
            for who in range(len(self.people)):
                source = list(map(min, rows[who], anyone)) if who in rows else anyone
                for state, span in _needling_steps(choice.need, since, farthest):
                    if row := _step(source, choice, who, span, how.bound):
                        _keep_cheaper(layer, {(state, who): row})
        return layer

    def _walk_back(self, layers: list[Layer], state: State) -> dict[int, Opening]:
        chosen: dict[int, Opening] = {}
        row = layers[-1].get(state, [])
        day = row.index(min(row)) if row else 0
        for at in range(len(self.choices) if row else 0, 0, -1):
            choice, cost = self.choices[at - 1], layers[at][state][day]
            if cost >= MISSED and state in layers[at - 1] and layers[at - 1][state][day] + MISSED == cost:
                continue  # missed: the plan stands where the session before left it
            chosen[choice.need.number] = choice.openings[day, state[1]]
            source = self._source(choice, layers[at - 1], state, day, cost)
            if source is None:
                break
            state, day = source
        return chosen

    def _source(self, choice: Choice, before: Layer, state: State, day: int, cost: int) -> tuple[State, int] | None:
        """Where the best way to here came from; None when it began here."""
        spent = cost - choice.costs[state[1]][day]
        for (since, who), row in before.items():
            change = self.problem.costs.practitioner_change if who != state[1] else 0
            for reached, (least, most) in _needling_steps(choice.need, since, day):
                for gap in range(least, min(most, day) + 1) if reached == state[0] else ():
                    if row[day - gap] + choice.gaps[gap] + change == spent:
                        return (since, who), day - gap
        return None


def _keep_cheaper(layer: Layer, more: Layer) -> None:
    for state, row in more.items():
        layer[state] = list(map(min, layer[state], row)) if state in layer else row


def _needling_steps(need: Need, since: int, farthest: int) -> list[tuple[int, tuple[int, int]]]:
    """After a visit so many days from the last needling: the days since needling a gap leads to, and the gaps that lead there."""
    least = max(1, need.min_gap)
    if need.needling:
        return [(0, (max(least, RESTED - since), farthest))]
    steps = [(days, (max(least, days - since), days - since)) for days in range(since + 1, RESTED)]
    return [*steps, (RESTED, (max(least, RESTED - since), farthest))]


def _step(source: list[int], choice: Choice, who: int, span: tuple[int, int], bound: int) -> list[int] | None:
    """The least cost of every day, each from the best day before it within the span of gaps; dearer than the bound counts as never."""
    reached = [day for day, cost in enumerate(source) if cost <= bound and cost < NEVER]
    if not reached:
        return None
    first, last, (least, most) = reached[0], reached[-1], span
    costs, backwards, found = choice.costs[who], choice.gaps[::-1], False
    row = [NEVER] * len(costs)
    for day in range(first + least, min(len(costs), last + most + 1)):
        if costs[day] < NEVER:
            low, high = max(first, day - most), min(last, day - least) + 1
            shift = len(backwards) - 1 - day
            best = min(map(add, source[low:high], backwards[shift + low : shift + high]), default=NEVER)
            if best + costs[day] <= bound and best < NEVER:
                row[day], found = best + costs[day], True
    return row if found else None
