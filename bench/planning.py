"""The planner alone: openings in, the best whole set of dates out."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.measure import RUNS, SEED, cpu_ms, median_ms
from treatments.planner import Need, Opening, Preferences, alternatives, plan

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
SESSIONS, WEEKS, PEOPLE = 12, 26, 5
FREE_A_DAY = 4  # of each person, on four days of five


def openings() -> list[Opening]:
    """The free times of five people over half a year, the same ones every time."""
    chance = Random(SEED)
    days = [day for day in range(1, WEEKS * 7) if (NOW + timedelta(days=day)).weekday() < 5]
    starts = [
        (NOW.replace(hour=8) + timedelta(days=day, minutes=10 * chance.randrange(54)), f"person {person}")
        for day in days
        for person in range(PEOPLE)
        if chance.random() < 0.8
        for _ in range(FREE_A_DAY)
    ]
    return [
        Opening(start, start + timedelta(minutes=45), person, room="room", cost=chance.choice((0, 0, 2)))
        for start, person in sorted(set(starts))
    ]


def course_plan() -> dict[str, object]:
    """Twelve sessions, half a year, five practitioners; then with three alternatives for each session, as the preview shows them."""
    free = openings()
    needs = [Need(number, 5, 7, 10, review=number in (6, 12)) for number in range(1, SESSIONS + 1)]
    prefs = Preferences(practitioner="person 1", prescriber="person 1", weekdays=frozenset({1, 3}))

    def make():
        return plan(needs, free, now=NOW, zone=LONDON, prefs=prefs)

    def preview() -> None:
        made = make()
        for need in needs:
            alternatives(made, need.number)

    return {
        "runs": RUNS,
        "sessions": SESSIONS,
        "openings": len(free),
        "median_ms": median_ms(make),
        "cpu_ms": cpu_ms(make),
        "with_alternatives_ms": median_ms(preview),
        "cost": make().cost,
    }
