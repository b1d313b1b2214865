"""The search for openings alone, without a database: busy stretches in, openings out."""

import random
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from bench.measure import RUNS, SEED, median_ms, ratio
from bookings.availability import Diary, Order, Search, Shape, days_with_openings, first_opening, openings
from intervals import Grid, Interval, Span, local_days, start_mask, tick_ceil, working_mask

LONDON = ZoneInfo("Europe/London")
FIRST_DAY = date(2026, 11, 23)
DAYS = 30
STRETCHES_A_DAY = 10
HOURS = tuple((weekday, time(8), time(20)) for weekday in range(7))
NEEDLES = Shape(hands_in=15, rest=25, hands_out=5, cleaning=10)
STEP_MINUTES = 15


@dataclass(frozen=True)
class Month:
    """A month of a clinic: its days, and the busy stretches of each timeline in ticks."""

    days: dict[date, Interval]
    grid: Grid
    practitioners: dict[int, list[Span]]
    rooms: dict[int, list[Span]]

    @property
    def stretches(self) -> list[Span]:
        return [stretch for row in (*self.practitioners.values(), *self.rooms.values()) for stretch in row]

    def search(self) -> Search:
        """The question as it is put when the busy stretches have been read."""
        span = FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1)
        works = working_mask(HOURS, LONDON, *span, self.grid)
        starts = start_mask(LONDON, *span, STEP_MINUTES, self.grid)
        people, rooms = (
            [Diary(timeline, works, self.grid.mask(busy)) for timeline, busy in rows.items()] for rows in (self.practitioners, self.rooms)
        )
        return Search(NEEDLES, self.grid, starts, people, rooms)


def month(practitioners: int, rooms: int) -> Month:
    """Ten stretches a day for each timeline, from 10 to 45 minutes, the same ones every time."""
    chance = random.Random(SEED)
    days = local_days(LONDON, FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1))
    grid = Grid.over(Interval(min(day.start for day in days.values()), max(day.end for day in days.values())))

    def busy() -> list[Span]:
        opens = (tick_ceil(day.start) + 8 * 12 for day in days.values())
        begins = ((at + number * 14, chance.randint(2, 9)) for at in opens for number in range(STRETCHES_A_DAY))
        return [(at + shift, at + shift + length) for at, length in begins for shift in (chance.randint(0, 14 - length),)]

    people = {number: busy() for number in range(practitioners)}
    return Month(days, grid, people, {1000 + number: busy() for number in range(rooms)})


def openings_pure() -> dict[str, object]:
    """20 practitioners, 8 rooms, 30 days, 300 busy stretches each; the floor touches each stretch once."""
    clinic = month(practitioners=20, rooms=8)
    stretches, question = clinic.stretches, clinic.search()
    total_ms = median_ms(lambda: openings(clinic.search()))
    floor_ms = median_ms(lambda: sum(end - start for start, end in stretches))
    return {
        "runs": RUNS,
        "stretches": len(stretches),
        "openings": len(openings(question)),
        "median_ms": total_ms,
        "masks_ms": median_ms(clinic.search),
        "openings_ms": median_ms(lambda: openings(question)),
        "packed_ms": median_ms(lambda: openings(question, order=Order.PACKED, days=clinic.days.values())),
        "days_ms": median_ms(lambda: days_with_openings(question, clinic.days)),
        "first_ms": median_ms(lambda: first_opening(question)),
        "floor_ms": floor_ms,
        "ratio_to_floor": ratio(total_ms, floor_ms),
    }


def openings_pure_wide() -> dict[str, object]:
    """The same month for 1, 10 and 100 practitioners."""
    clinics = {number: month(practitioners=number, rooms=8) for number in (1, 10, 100)}
    return {"runs": RUNS} | {
        f"median_ms_{number}": median_ms(lambda it=clinic: openings(it.search())) for number, clinic in clinics.items()
    }
