"""Finds the best whole set of dates for a course among openings it is handed: exactly, not one after the other.

The sessions are taken in order. For each, the least cost of ending at every day with every practitioner follows from that of the
session before; what a step costs depends only on the days between the two visits and on whether the practitioner changes. The days
since the last needling are carried along where a course mixes needling with other visits.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from operator import add
from zoneinfo import ZoneInfo

from treatments.plan_costs import Before, covered, explain, of_gap, of_opening, of_pick, of_session, of_start, same_visit, written
from treatments.plan_values import (
    CLEAR_DAYS,
    Alternative,
    Costs,
    Limits,
    Miss,
    Need,
    Opening,
    Pick,
    Place,
    Plan,
    Preferences,
    Problem,
    Reason,
    Visit,
)

__all__ = [
    "Alternative",
    "Costs",
    "Limits",
    "Miss",
    "Need",
    "Opening",
    "Pick",
    "Plan",
    "Preferences",
    "Problem",
    "Reason",
    "Visit",
    "alternatives",
    "plan",
    "swap",
]

NO_PREFERENCES, NO_LIMITS, USUAL_COSTS = Preferences(), Limits(), Costs()
NEVER = 10**12
MISSED = 10**8
RESTED = CLEAR_DAYS + 1  # days since the last needling, from which on it no longer matters

State = tuple[int, int]  # days since the last needling (at most RESTED), practitioner by position
Layer = dict[State, list[int]]  # the least cost for each day of the horizon


def plan(
    needs: Sequence[Need],
    openings: Iterable[Opening],
    *,
    now: datetime,
    zone: ZoneInfo,
    prefs: Preferences = NO_PREFERENCES,
    limits: Limits = NO_LIMITS,
    after: Visit | None = None,
    needled: Iterable[date] = (),
    costs: Costs = USUAL_COSTS,
) -> Plan:
    """The cheapest dates for the needs, in order; as few as possible stay without one, and each of those says why.

    `after` is the last visit that stands, `needled` the days of other needling visits the patient has.
    """
    problem = Problem(tuple(needs), _with_kept(needs, openings), prefs, limits, costs, zone, now.astimezone(UTC), after, frozenset(needled))
    wanted = [need for need in problem.needs if not limits.hard or covered(problem, need)]
    table = _Table(problem, wanted)
    return _told(problem, table.best())


def _with_kept(needs: Sequence[Need], openings: Iterable[Opening]) -> tuple[Opening, ...]:
    return (*openings, *(need.keep for need in needs if need.keep is not None))


def _told(problem: Problem, chosen: dict[int, Opening]) -> Plan:
    """The plan of the chosen openings, each explained after the one before."""
    before = (problem.after.day.toordinal(), problem.after.practitioner) if problem.after else None
    picks = []
    for need in problem.needs:
        if need.number in chosen:
            opening = chosen[need.number]
            day = problem.place(opening).day
            gap = day - before[0] if before else None
            picks.append(Pick(need.number, opening, date.fromordinal(day), gap, explain(problem, need, opening, before)))
            before = (day, opening.practitioner)
    misses = tuple(Miss(need.number, _why_missed(problem, need)) for need in problem.needs if need.number not in chosen)
    return Plan(tuple(picks), misses, problem)


def _why_missed(problem: Problem, need: Need) -> str:
    limits = problem.limits
    if limits.hard and not covered(problem, need):
        return f"Session {need.number}: the insurer has approved {limits.units} more."
    if limits.hard and limits.last_day:
        return f"Session {need.number}: no free time fits before cover ends on {written(limits.last_day)}."
    return f"Session {need.number}: no free time fits."


@dataclass(frozen=True)
class _Choice:
    """For one session: the least cost of each practitioner on each day, and the opening that has it."""

    need: Need
    costs: tuple[list[int], ...]
    openings: dict[tuple[int, int], Opening]
    gaps: list[int]


@dataclass(frozen=True)
class _Search:
    """How a search goes: how many days beyond its widest gap a session may look back, what is too dear, whether sessions may be missed."""

    reach: int = NEVER
    bound: int = NEVER
    may_miss: bool = False

    def farthest(self, choice: _Choice) -> int:
        """The widest gap worth a look."""
        affordable = max((gap for gap, cost in enumerate(choice.gaps) if cost <= self.bound), default=0)
        return min(affordable, choice.need.max_gap + self.reach)


class _Table:
    """The dynamic programme over days and practitioners."""

    def __init__(self, problem: Problem, needs: Sequence[Need]) -> None:
        self.problem, self.needs = problem, needs
        usable = problem.places
        self.people = list(dict.fromkeys(problem.openings[at].practitioner for at in usable))
        self.base = problem.first_day
        self.span = max((place.day for place in usable.values()), default=self.base) - self.base + 1
        self.by_kind = self._by_kind()

    def _by_kind(self) -> dict[Hashable, list[tuple[Opening, Place, int, int]]]:
        """The usable openings of each kind, with practitioner and cost."""
        position = {person: at for at, person in enumerate(self.people)}
        found: dict[Hashable, list[tuple[Opening, Place, int, int]]] = {}
        for at, place in self.problem.places.items():
            opening = self.problem.openings[at]
            cost = sum(of_opening(self.problem, opening, place).values())
            found.setdefault(opening.kind, []).append((opening, place, position[opening.practitioner], cost))
        return found

    @cached_property
    def choices(self) -> list[_Choice]:
        """A choice for every session; sessions that differ only in number share their figures."""
        known: dict[Hashable, _Choice] = {}
        found = []
        for need in self.needs:
            alike = (replace(need, number=0), covered(self.problem, need))
            choice = known.get(alike) or self._choice(need)
            known[alike] = choice
            found.append(replace(choice, need=need))
        return found

    @cached_property
    def best_of_kind(self) -> dict[Hashable, dict[tuple[int, int], tuple[int, Opening]]]:
        """Of each kind, day and practitioner only the cheapest opening can be in a best plan."""
        return {
            kind: _cheapest((place.day - self.base, who, cost, opening) for opening, place, who, cost in entries)
            for kind, entries in self.by_kind.items()
        }

    def _choice(self, need: Need) -> _Choice:
        costs = tuple([NEVER] * self.span for _ in self.people)
        openings: dict[tuple[int, int], Opening] = {}
        for (day, who), (cost, opening) in self._candidates(need).items():
            if not (need.needling and day + self.base in self.problem.blocked_days):
                costs[who][day] = cost
                openings[day, who] = opening
        return _Choice(need, costs, openings, self._gaps(need))

    def _candidates(self, need: Need) -> dict[tuple[int, int], tuple[int, Opening]]:
        best = self.best_of_kind.get(need.kind, {})
        if need.keep is not None:  # the kept visit may not be the cheapest of its day, yet it is the cheapest for this session
            return _cheapest(
                (place.day - self.base, who, cost + sum(of_session(self.problem, need, opening).values()), opening)
                for opening, place, who, cost in self.by_kind.get(need.kind, ())
            )
        extra = [sum(of_session(self.problem, need, self._someone(who)).values()) for who in range(len(self.people))]
        return {(day, who): (cost + extra[who], opening) for (day, who), (cost, opening) in best.items()}

    def _someone(self, who: int) -> Opening:
        return Opening(self.problem.now, self.problem.now, self.people[who])

    def _gaps(self, need: Need) -> list[int]:
        """The cost of each number of days between two visits; two visits never share a day."""
        least = max(1, need.min_gap)
        return [NEVER if gap < least else sum(of_gap(self.problem, need, gap).values()) for gap in range(self.span)]

    def best(self) -> dict[int, Opening]:
        """The opening of each session that has one in the best plan.

        A first search that looks back only a little gives a plan, and with it a bound that spares the whole search most of its work.
        """
        near = self._search(_Search(reach=7))
        whole = self._search(_Search(bound=near[0])) if self.needs else near
        if whole[0] >= NEVER:
            whole = self._search(_Search(may_miss=True))
        return self._walk_back(*whole[1:])

    def _search(self, how: _Search) -> tuple[int, list[Layer], State]:
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

    def _from_start(self, choice: _Choice, missed: int) -> Layer:
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
            return sum(of_start(self.problem, day + self.base).values())
        gap = day + self.base - after.day.toordinal()
        if gap < max(1, need.min_gap):
            return NEVER
        changed = after.practitioner is not None and after.practitioner != self.people[who]
        return sum(of_gap(self.problem, need, gap).values()) + (self.problem.costs.practitioner_change if changed else 0)

    def _from_layer(self, choice: _Choice, before: Layer, how: _Search) -> Layer:
        """The session after each place the session before may end at."""
        layer: Layer = {}
        for since in sorted({state[0] for state in before}):
            rows = {who: row for (days, who), row in before.items() if days == since}
            anyone = [min(costs) + self.problem.costs.practitioner_change for costs in zip(*rows.values(), strict=True)]
            for who in range(len(self.people)):
                source = list(map(min, rows[who], anyone)) if who in rows else anyone
                for state, span in _needling_steps(choice.need, since, how.farthest(choice)):
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

    def _source(self, choice: _Choice, before: Layer, state: State, day: int, cost: int) -> tuple[State, int] | None:
        """Where the best way to here came from; None when it began here."""
        spent = cost - choice.costs[state[1]][day]
        for (since, who), row in before.items():
            change = self.problem.costs.practitioner_change if who != state[1] else 0
            for reached, (least, most) in _needling_steps(choice.need, since, day):
                for gap in range(least, min(most, day) + 1) if reached == state[0] else ():
                    if row[day - gap] + choice.gaps[gap] + change == spent:
                        return (since, who), day - gap
        return None


def _cheapest(entries: Iterable[tuple[int, int, int, Opening]]) -> dict[tuple[int, int], tuple[int, Opening]]:
    """The cheapest opening of each day and practitioner; of equals the earliest."""
    best: dict[tuple[int, int], tuple[int, Opening]] = {}
    for day, who, cost, opening in entries:
        known = best.get((day, who))
        if known is None or (cost, opening.start) < (known[0], known[1].start):
            best[day, who] = (cost, opening)
    return best


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


def _step(source: list[int], choice: _Choice, who: int, span: tuple[int, int], bound: int) -> list[int] | None:
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


def alternatives(made: Plan, number: int, n: int = 3) -> tuple[Alternative, ...]:
    """The best other days for one session while the others stay, cheapest first; at most one time a day."""
    problem, need, now = made.problem, _need(made.problem, number), made.pick(number)
    before, following = _neighbours(made, need)
    current = _cost_around(made, need, now.opening if now else None)
    best: dict[int, tuple[int, datetime, Opening]] = {}
    for at, place in problem.places.items():
        opening = problem.openings[at]
        if opening.kind != need.kind or not _between(place.day, before, following) or (now and same_visit(opening, now.opening)):
            continue
        if not _breaks(made, need, place):
            other = (_cost_around(made, need, opening) - current, opening.start, opening)
            if place.day not in best or other[:2] < best[place.day][:2]:
                best[place.day] = other
    return tuple(
        Alternative(opening, date.fromordinal(problem.place(opening).day), extra, explain(problem, need, opening, before))
        for extra, _, opening in sorted(best.values(), key=lambda other: other[:2])[:n]
    )


def _between(day: int, before: Before, following: Pick | None) -> bool:
    return (before is None or before[0] < day) and (following is None or day < following.day.toordinal())


def _need(problem: Problem, number: int) -> Need:
    return next(need for need in problem.needs if need.number == number)


def _neighbours(made: Plan, need: Need) -> tuple[Before, Pick | None]:
    """The visit before a session and the pick after it."""
    order = {other.number: at for at, other in enumerate(made.problem.needs)}
    earlier = [pick for pick in made.picks if order[pick.number] < order[need.number]]
    later = [pick for pick in made.picks if order[pick.number] > order[need.number]]
    after = made.problem.after
    start = (after.day.toordinal(), after.practitioner) if after else None
    before = (earlier[-1].day.toordinal(), earlier[-1].opening.practitioner) if earlier else start
    return before, later[0] if later else None


def _cost_around(made: Plan, need: Need, opening: Opening | None) -> int:
    """What a session and the one after it cost together, with the session here or nowhere."""
    problem = made.problem
    before, following = _neighbours(made, need)
    cost = 0
    if opening is not None:
        cost += sum(of_pick(problem, need, opening, before).values())
        before = (problem.place(opening).day, opening.practitioner)
    if following is not None:
        cost += sum(of_pick(problem, _need(problem, following.number), following.opening, before).values())
    return cost


def swap(made: Plan, number: int, opening: Opening) -> Plan:
    """The plan with one session elsewhere and the others as they are; ValueError says which rule that would break."""
    problem = made.problem
    if broken := _breaks(made, _need(problem, number), problem.place(opening)):
        raise ValueError(broken)
    return _told(problem, {**{pick.number: pick.opening for pick in made.picks}, number: opening})


def _breaks(made: Plan, need: Need, place: Place) -> str:
    """The hard rule a session would break on a day while the others stay; empty when none."""
    before, following = _neighbours(made, need)
    least = max(1, need.min_gap)
    if before is not None and place.day - before[0] < least:
        return f"Session {need.number} would be less than {least} days after the visit before."
    if following is not None:
        least = max(1, _need(made.problem, following.number).min_gap)
        if following.day.toordinal() - place.day < least:
            return f"Session {following.number} would be less than {least} days after session {need.number}."
    if need.needling and (place.day in made.problem.blocked_days or _near_needling(made, need, place)):
        return f"There have to be {CLEAR_DAYS} clear days between needling visits."
    return ""


def _near_needling(made: Plan, need: Need, place: Place) -> bool:
    others = [pick for pick in made.picks if pick.number != need.number and _need(made.problem, pick.number).needling]
    return any(abs(pick.day.toordinal() - place.day) <= CLEAR_DAYS for pick in others)
