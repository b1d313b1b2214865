"""What a date costs, and how that is said; the search and the explanation read the same figures."""

from collections.abc import Hashable, Mapping
from datetime import date

from treatments.plan_values import Need, Opening, Place, Problem, Reason

SAID = {
    "other_practitioner": "With another practitioner than the one asked for.",
    "practitioner_change": "With another practitioner than the visit before.",
    "review_other": "A review without the practitioner who prescribed the course.",
    "other_weekday": "Not on one of the weekdays asked for.",
    "other_time": "Outside the hours asked for.",
    "weekday_change": "On another weekday than the visit before.",
    "after_cover": "After the last day the insurer covers.",
    "uncovered": "Beyond the sessions the insurer has approved.",
    "moved": "Moved from the date it had.",
    "packing": "Leaves a gap in the day that is hard to fill.",
}

Figures = Mapping[str, int]


def of_opening(problem: Problem, opening: Opening, place: Place) -> Figures:
    """What an opening costs for any session."""
    prefs, costs, off = problem.prefs, problem.costs, problem.minutes_off(place)
    last = problem.limits.last_day
    figures = {
        "other_practitioner": costs.other_practitioner if prefs.practitioner not in (None, opening.practitioner) else 0,
        "other_weekday": 0 if problem.wanted_weekday(place) else costs.other_weekday,
        "other_time": costs.other_time + costs.other_half_hour * (off // 30) if off else 0,
        "after_cover": costs.after_cover if last and place.day > last.toordinal() else 0,
        "packing": opening.cost,
    }
    return {code: cost for code, cost in figures.items() if cost}


def of_session(problem: Problem, need: Need, opening: Opening) -> Figures:
    """What an opening costs for one session in particular."""
    costs, prescriber = problem.costs, problem.prefs.prescriber
    figures = {
        "review_other": costs.review_other if need.review and prescriber not in (None, opening.practitioner) else 0,
        "moved": costs.moved if need.keep is not None and not same_visit(need.keep, opening) else 0,
        "uncovered": costs.uncovered if not covered(problem, need) else 0,
    }
    return {code: cost for code, cost in figures.items() if cost}


def covered(problem: Problem, need: Need) -> bool:
    """Whether a unit is left for a session when all before it take theirs."""
    units = problem.limits.units
    return units is None or problem.needs.index(need) < units


def same_visit(one: Opening, other: Opening) -> bool:
    return one.start == other.start and one.practitioner == other.practitioner


def of_gap(problem: Problem, need: Need, gap: int) -> Figures:
    """What a gap in days costs, the hard lower end aside."""
    costs = problem.costs
    late = max(0, min(gap, need.max_gap) - need.ideal_last) * costs.gap_day
    beyond = max(0, gap - need.max_gap) * costs.gap_beyond_day
    figures = {
        "early": max(0, need.ideal_gap - gap) * costs.gap_day,
        "too_late" if beyond else "late": late + beyond,
        "weekday_change": costs.weekday_change if problem.prefs.same_weekday and need.ideal_gap >= 7 and gap % 7 else 0,
    }
    return {code: cost for code, cost in figures.items() if cost}


def of_start(problem: Problem, day: int) -> Figures:
    """What waiting for the first visit costs."""
    wait = (day - problem.first_day) * problem.costs.wait_day
    return {"wait": wait} if wait else {}


def of_change(problem: Problem, before: Hashable, now: Hashable) -> Figures:
    """What another practitioner than the last time costs."""
    changed = before is not None and before != now
    return {"practitioner_change": problem.costs.practitioner_change} if changed and problem.costs.practitioner_change else {}


Before = tuple[int, Hashable] | None  # the day and practitioner of the visit before; None for the first of all


def of_pick(problem: Problem, need: Need, opening: Opening, before: Before) -> Figures:
    """Everything a session costs here, after the visit before."""
    place = problem.place(opening)
    if before is None:
        way = of_start(problem, place.day)
    else:
        way = {**of_gap(problem, need, place.day - before[0]), **of_change(problem, before[1], opening.practitioner)}
    return {**way, **of_opening(problem, opening, place), **of_session(problem, need, opening)}


def explain(problem: Problem, need: Need, opening: Opening, before: Before) -> tuple[Reason, ...]:
    """Why a session lies here: what speaks for it, then what it costs."""
    place, figures = problem.place(opening), of_pick(problem, need, opening, before)
    against = tuple(Reason(code, cost, _said(problem, need, code, place, before)) for code, cost in figures.items())
    return (*_in_favour(problem, need, opening, before, figures), *against)


def _said(problem: Problem, need: Need, code: str, place: Place, before: Before) -> str:
    if code == "wait":
        return f"{_days(place.day - problem.first_day)} after the first free day."
    if before and code in ("early", "late", "too_late"):
        return f"{_days(place.day - before[0])} after the visit before, planned {_planned(need)}."
    return SAID[code]


def _in_favour(problem: Problem, need: Need, opening: Opening, before: Before, against: Figures) -> tuple[Reason, ...]:
    prefs, who = problem.prefs, opening.practitioner
    in_time = not {"early", "late", "too_late", "wait"} & set(against)
    gap = f"{_days(problem.place(opening).day - before[0])} after the visit before, as planned." if before else "The first free day."
    asked = prefs.practitioner is not None and prefs.practitioner == who
    said = {
        ("gap" if before else "first_day", gap): in_time,
        ("practitioner", "With the practitioner asked for."): asked,
        ("practitioner", "With the same practitioner as the visit before."): bool(before) and not asked and before[1] == who is not None,
        ("review", "A review with the practitioner who prescribed the course."): need.review and prefs.prescriber == who is not None,
        ("weekday", "On a weekday asked for."): bool(prefs.weekdays) and "other_weekday" not in against,
        ("kept", "Stays as it was."): need.keep is not None and "moved" not in against,
    }
    return tuple(Reason(code, 0, words) for (code, words), holds in said.items() if holds)


def _planned(need: Need) -> str:
    return str(need.ideal_gap) if need.ideal_gap == need.ideal_last else f"{need.ideal_gap} to {need.ideal_last}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
