"""Run the benches: one JSON object per line on standard output, and a short table for people beside it."""

import json
import os
import sys
from collections.abc import Callable

from bench.approvals import approvals_board
from bench.availability import openings_pure, openings_pure_wide
from bench.booking import book_a_course, booking_rate
from bench.http import booking_http, booking_race, openings_http
from bench.messages import message_lateness, message_rate
from bench.openings import openings_growth, openings_month, openings_wide
from bench.planning import course_plan
from bench.screening import screen_many, screen_one

BENCHES: dict[str, Callable[[], dict[str, object]]] = {
    "openings_pure": openings_pure,
    "openings_pure_wide": openings_pure_wide,
    "openings_month": openings_month,
    "openings_growth": openings_growth,
    "openings_wide": openings_wide,
    "openings_http": openings_http,
    "booking_http": booking_http,
    "booking_race": booking_race,
    "booking_rate": booking_rate,
    "approvals_board": approvals_board,
    "course_plan": course_plan,
    "book_course": book_a_course,
    "screen_one": screen_one,
    "screen_many": screen_many,
    "message_rate": message_rate,
    "message_lateness": message_lateness,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"No bench called {', '.join(unknown)}. There are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        figures = BENCHES[name]() | {"load": round(os.getloadavg()[0], 1)}  # absolute figures count on an idle machine
        print(json.dumps({"name": name, **figures}), flush=True)
        show(name, figures)
    return 0


def show(name: str, figures: dict[str, object]) -> None:
    print(f"\n{name}", *(f"  {figure:<20} {value!s:>10}" for figure, value in figures.items()), sep="\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
