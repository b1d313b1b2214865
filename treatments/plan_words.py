"""Why a date was chosen and what speaks against it, in words."""

from datetime import date

from treatments.plan_costs import Before, Figures, Problem
from treatments.plan_values import Need, Opening, Place, Reason

AGAINST = {
    "practitioner_change": "With another practitioner than the visit before.",
    "other_weekday": "Not on one of the weekdays asked for.",
    "other_time": "Outside the hours asked for.",
    "weekday_change": "On another weekday than the visit before.",
    "after_cover": "After the last day the insurer covers.",
    "uncovered": "Beyond the sessions the insurer has approved.",
    "moved": "Moved from the date it had.",
    "packing": "Leaves a gap in the day that is hard to fill.",
}
GAPS = {"early", "late", "too_late"}


def explain(problem: Problem, need: Need, opening: Opening, before: Before) -> tuple[Reason, ...]:
    """Why a session lies here: what speaks for it, then what it costs."""
    place, figures = problem.place(opening), problem.of_pick(need, opening, before)
    against = tuple(Reason(code, cost, _against(problem, need, code, place, before)) for code, cost in figures.items())
    return (*_in_favour(problem, need, opening, before, figures), *against)


def _against(problem: Problem, need: Need, code: str, place: Place, before: Before) -> str:
    if code == "wait":
        return f"{_days(place.day - problem.first_day)} after the first free day."
    if before and code in GAPS:
        return f"{_days(place.day - before[0])} after the visit before, planned {_planned(need)}."
    if code == "other_practitioner":
        return f"With another practitioner than the one {problem.prefs.wanted_as}."
    if code == "review_other":
        return f"A review without the practitioner {problem.prefs.prescribes_as}."
    return AGAINST[code]


def explain_after(problem: Problem, need: Need, opening: Opening, before: Before) -> tuple[Reason, ...]:
    """What the next visit pays, which stays where it is, when the one before it moves."""
    gap = problem.place(opening).day - before[0]
    words = {
        **dict.fromkeys(GAPS, f"The next visit would come {_days(gap)} after it, planned {_planned(need)}."),
        "practitioner_change": "The next visit would be with another practitioner.",
    }
    costs = {**problem.of_gap(need, gap), **problem.of_change(before[1], opening.practitioner)}
    return tuple(Reason(code, cost, words[code]) for code, cost in costs.items() if code in words)


def _in_favour(problem: Problem, need: Need, opening: Opening, before: Before, against: Figures) -> tuple[Reason, ...]:
    prefs, who = problem.prefs, opening.practitioner
    gap = f"{_days(problem.place(opening).day - before[0])} after the visit before, as planned." if before else "The first free day."
    asked = prefs.practitioner is not None and prefs.practitioner == who
    said = {
        ("gap" if before else "first_day", gap): not {*GAPS, "wait"} & set(against),
        ("practitioner", f"With the practitioner {prefs.wanted_as}."): asked,
        ("practitioner", "With the same practitioner as the visit before."): bool(before) and not asked and before[1] == who is not None,
        ("review", f"A review with the practitioner {prefs.prescribes_as}."): need.review and prefs.prescriber == who is not None,
        ("weekday", "On a weekday asked for."): bool(prefs.weekdays) and "other_weekday" not in against,
        ("kept", "Stays as it was."): need.keep is not None and "moved" not in against,
    }
    return tuple(Reason(code, 0, words) for (code, words), holds in said.items() if holds)


def why_missed(problem: Problem, need: Need) -> str:
    """Why a session has no date."""
    limits = problem.limits
    if limits.hard and not problem.covered(need):
        return f"Session {need.number}: the insurer has approved {limits.units} more."
    if limits.hard and limits.last_day:
        return f"Session {need.number}: no free time fits before cover ends on {_written(limits.last_day)}."
    return f"Session {need.number}: no free time fits."


def _planned(need: Need) -> str:
    return str(need.ideal_gap) if need.ideal_gap == need.ideal_last else f"{need.ideal_gap} to {need.ideal_last}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
