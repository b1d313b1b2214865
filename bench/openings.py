"""Free times with the database in it."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.measure import RUNS, cpu_ms, median_ms, ratio, together
from bench.world import DAYS, FIRST_DAY, NOW, World, add_past, world
from bookings.models.appointments import LONGEST_TICKS
from bookings.reading import BUSY, Asked, spans_from
from bookings.selectors import Openings, Wish

ROWS = """
SELECT timeline_id, start_tick, end_tick FROM bookings_occupancy
WHERE live AND timeline_id = ANY(%s) AND start_tick < %s AND start_tick > %s AND end_tick > %s AND (until IS NULL OR until > %s)
"""
PACKED = f"SELECT timeline, ({BUSY.format(but_own='')}) FROM unnest(%(timelines)s::bigint[]) AS asked(timeline)"


def month(made: World) -> Openings:
    """A month of free times, asked afresh."""
    first = FIRST_DAY.date()
    return Openings(Wish(service=made.service, first_day=first, last_day=first + timedelta(days=DAYS - 1), now=NOW))


class Reading:
    """The busy rows of the month and nothing else: what to ask for is worked out beforehand."""

    def __init__(self, made: World):
        self.timelines, self.openings = made.timelines, month(made)
        grid = self.openings.grid
        self.asked = Asked(clinic=made.clinic.pk, timelines=self.timelines, grid=grid, now=NOW)
        self.bounds = [self.timelines, grid.base + grid.length, grid.base - LONGEST_TICKS, grid.base, NOW]

    def rows(self) -> list[tuple]:
        """The floor: as three integers through Django's cursor."""
        with connection.cursor() as cursor:
            cursor.execute(ROWS, self.bounds)
            return cursor.fetchall()

    def packed(self) -> object:
        """As the product reads them, packed by timeline."""
        with connection.cursor() as cursor:
            cursor.execute(PACKED, self.asked.values)
            return [spans_from(packed) for _, packed in cursor.fetchall()]


def openings_month() -> dict[str, object]:
    """Twenty practitioners, eight rooms, thirty days, 300 busy stretches each, three phases."""
    made = world()
    reading = Reading(made)
    with CaptureQueriesContext(connection) as queries:
        listed = month(made).listed()
    work, rows, fetch = together(RUNS, lambda: month(made).listed(), reading.rows, reading.packed)
    cpu, rows_cpu = cpu_ms(lambda: month(made).listed()), cpu_ms(reading.rows)
    return {
        "runs": RUNS,
        "median_ms": work,
        "queries": len(queries),
        "fetch_ms": fetch,
        "rows_ms": rows,
        "ratio_to_rows": ratio(work, rows),
        "cpu_ms": cpu,
        "rows_cpu_ms": rows_cpu,
        "busy_rows": len(reading.rows()),
        "openings": len(listed),
    }


def openings_growth() -> dict[str, object]:
    """The same question over a table that grows a hundredfold."""
    made = world()
    figures: dict[str, object] = {"runs": RUNS}
    for rows in (10_000, 100_000, 1_000_000):
        add_past(made, rows=rows)
        figures[f"ms_at_{rows}"] = median_ms(lambda: month(made).listed())
    return figures | {"largest_to_smallest": ratio(figures["ms_at_1000000"], figures["ms_at_10000"])}


def openings_wide() -> dict[str, object]:
    """One, ten and a hundred practitioners, and what reading their busy rows costs alone."""
    figures: dict[str, object] = {"runs": RUNS}
    for practitioners in (1, 10, 100):
        made = world(practitioners=practitioners)
        reading = Reading(made)
        work, rows = together(RUNS, lambda made=made: month(made).listed(), reading.rows)
        figures |= {f"ms_for_{practitioners}": work, f"rows_ms_for_{practitioners}": rows}
    return figures | {"growth_10_to_100": ratio(figures["ms_for_100"], figures["ms_for_10"])}
