"""Finds the best whole set of dates for a course among openings it is handed: exactly, not one after the other.

The sessions are taken in order. For each, the least cost of ending at every day with every practitioner follows from that of the
session before; what a step costs depends only on the days between the two visits and on whether the practitioner changes. The days
since the last needling are carried along where a course mixes needling with other visits.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from treatments.plan_costs import Before, Problem
from treatments.plan_search import Table
from treatments.plan_values import (
    CLEAR_DAYS,
    Alternative,
    Costs,
    Limits,
    Miss,
    Need,
    Opening,
    Pick,
    Plan,
    Preferences,
    Reason,
    Visit,
)
from treatments.plan_words import explain, explain_after, why_missed

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
    wanted = [need for need in problem.needs if not limits.hard or problem.covered(need)]
    return _told(problem, Table(problem, wanted).best())


def _with_kept(needs: Sequence[Need], openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """All openings, with those that are to be kept."""
    return (*openings, *(need.keep for need in needs if need.keep is not None))


def _told(problem: Problem, chosen: Mapping[int, Opening]) -> Plan:
    """The plan of the chosen openings, each explained after the one before."""
    before = _stands(problem)
    picks = []
    for need in problem.needs:
        if need.number in chosen:
            opening = chosen[need.number]
            day = problem.place(opening).day
            gap = day - before[0] if before else None
            picks.append(Pick(need.number, opening, date.fromordinal(day), gap, explain(problem, need, opening, before)))
            before = (day, opening.practitioner)
    misses = tuple(Miss(need.number, why_missed(problem, need)) for need in problem.needs if need.number not in chosen)
    return Plan(tuple(picks), misses, problem)


def _stands(problem: Problem) -> Before:
    """The visit that stands before the plan."""
    return (problem.after.day.toordinal(), problem.after.practitioner) if problem.after else None


def alternatives(made: Plan, number: int, n: int = 3) -> tuple[Alternative, ...]:
    """The best other days for one session while the others stay, cheapest first; at most one time a day."""
    problem, need, now = made.problem, made.problem.need(number), made.pick(number)
    before, following = _neighbours(made, need)
    current = _cost_around(made, need, now.opening if now else None)
    best: dict[int, tuple[int, datetime, Opening]] = {}
    for day, opening in problem.others(need, now.opening if now else None):
        if _between(day, before, following) and not _breaks(made, need, day):
            other = (_cost_around(made, need, opening) - current, opening.start, opening)
            if day not in best or other[:2] < best[day][:2]:
                best[day] = other
    return tuple(
        Alternative(
            opening,
            date.fromordinal(problem.place(opening).day),
            extra,
            explain(problem, need, opening, before),
            _paid_after(made, opening, following),
        )
        for extra, _, opening in sorted(best.values(), key=lambda other: other[:2])[:n]
    )


def _paid_after(made: Plan, opening: Opening, following: Pick | None) -> tuple[Reason, ...]:
    """What the visit after pays for a change, beyond what it costs as it is."""
    if following is None:
        return ()
    problem = made.problem
    before = (problem.place(opening).day, opening.practitioner)
    known = {reason.code: reason.cost for reason in following.reasons}
    reasons = explain_after(problem, problem.need(following.number), following.opening, before)
    return tuple(reason for reason in reasons if reason.cost > known.get(reason.code, 0))


def _between(day: int, before: Before, following: Pick | None) -> bool:
    return (before is None or before[0] < day) and (following is None or day < following.day.toordinal())


def _neighbours(made: Plan, need: Need) -> tuple[Before, Pick | None]:
    """The visit before a session and the pick after it."""
    order = {other.number: at for at, other in enumerate(made.problem.needs)}
    earlier = [pick for pick in made.picks if order[pick.number] < order[need.number]]
    later = [pick for pick in made.picks if order[pick.number] > order[need.number]]
    before = (earlier[-1].day.toordinal(), earlier[-1].opening.practitioner) if earlier else _stands(made.problem)
    return before, later[0] if later else None


def _cost_around(made: Plan, need: Need, opening: Opening | None) -> int:
    """What a session and the one after it cost together, with the session here or nowhere."""
    problem = made.problem
    before, following = _neighbours(made, need)
    cost = 0
    if opening is not None:
        cost += sum(problem.of_pick(need, opening, before).values())
        before = (problem.place(opening).day, opening.practitioner)
    if following is not None:
        cost += sum(problem.of_pick(problem.need(following.number), following.opening, before).values())
    return cost


def swap(made: Plan, number: int, opening: Opening) -> Plan:
    """The plan with one session elsewhere and the others as they are; ValueError says which rule that would break."""
    problem = made.problem
    if broken := _breaks(made, problem.need(number), problem.place(opening).day):
        raise ValueError(broken)
    return _told(problem, {**{pick.number: pick.opening for pick in made.picks}, number: opening})


def _breaks(made: Plan, need: Need, day: int) -> str:
    """The hard rule a session would break on a day while the others stay; empty when none."""
    before, following = _neighbours(made, need)
    least = max(1, need.min_gap)
    if before is not None and day - before[0] < least:
        return f"Session {need.number} would be less than {least} days after the visit before."
    if following is not None:
        least = max(1, made.problem.need(following.number).min_gap)
        if following.day.toordinal() - day < least:
            return f"Session {following.number} would be less than {least} days after session {need.number}."
    if need.needling and (day in made.problem.blocked_days or _near_needling(made, need, day)):
        return f"There have to be {CLEAR_DAYS} clear days between needling visits."
    return ""


def _near_needling(made: Plan, need: Need, day: int) -> bool:
    others = [pick for pick in made.picks if pick.number != need.number and made.problem.need(pick.number).needling]
    return any(abs(pick.day.toordinal() - day) <= CLEAR_DAYS for pick in others)
