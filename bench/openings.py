"""Free times with the database in it."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.measure import median_ms, ratio
from bench.world import DAYS, FIRST_DAY, NOW, World, add_past, world
from bookings.models.appointments import LONGEST_TICKS
from bookings.selectors import Openings, Wish

ROWS = """
SELECT timeline_id, start_tick, end_tick FROM bookings_occupancy
WHERE live AND timeline_id = ANY(%s) AND start_tick < %s AND start_tick > %s AND end_tick > %s AND (until IS NULL OR until > %s)
"""


def month(made: World) -> Openings:
    """A month of free times, asked afresh."""
    first = FIRST_DAY.date()
    return Openings(Wish(service=made.service, first_day=first, last_day=first + timedelta(days=DAYS - 1), now=NOW))


def read_rows(made: World) -> list[tuple]:
    """The floor: the same busy rows as three integers through Django's cursor."""
    grid = month(made).grid
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [made.timelines, grid.base + grid.length, grid.base - LONGEST_TICKS, grid.base, NOW])
        return cursor.fetchall()


def fetch(made: World) -> object:
    """The query for busy time alone, as the product asks it."""
    found = month(made)
    return found._taken(made.timelines)


def openings_month() -> dict[str, object]:
    """Twenty practitioners, eight rooms, thirty days, 300 busy stretches each, three phases."""
    made = world()
    with CaptureQueriesContext(connection) as queries:
        listed = month(made).listed()
    work = median_ms(lambda: month(made).listed())
    rows = median_ms(lambda: read_rows(made))
    return {
        "median_ms": work,
        "queries": len(queries),
        "fetch_ms": median_ms(lambda: fetch(made)),
        "rows_ms": rows,
        "ratio_to_rows": ratio(work, rows),
        "busy_rows": len(read_rows(made)),
        "openings": len(listed),
    }


def openings_growth() -> dict[str, object]:
    """The same question over a table that grows a hundredfold."""
    made = world()
    figures = {}
    for rows in (10_000, 100_000, 1_000_000):
        add_past(made, rows=rows)
        figures[f"ms_at_{rows}"] = median_ms(lambda: month(made).listed())
    times = list(figures.values())
    return figures | {"largest_to_smallest": ratio(times[-1], times[0])}


def openings_wide() -> dict[str, object]:
    """One, ten and a hundred practitioners."""
    figures = {}
    for practitioners in (1, 10, 100):
        made = world(practitioners=practitioners)
        figures[f"ms_for_{practitioners}"] = median_ms(lambda made=made: month(made).listed())
    return figures | {"growth_10_to_100": ratio(figures["ms_for_100"], figures["ms_for_10"])}
