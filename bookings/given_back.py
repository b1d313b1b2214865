"""The free times as they would be if some visits gave back their time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from bookings.availability import Diary
from bookings.models import Occupancy
from bookings.selectors import Openings, Wish
from intervals import Interval


class GivenBack(Openings):
    """Free times with some stretches thought away: what is taken by visits that move."""

    def __init__(self, wish: Wish, stretches: dict[int, list[Interval]]):
        super().__init__(wish)
        self.stretches = stretches

    def _diaries(self, timelines: list[int], patient: int | None) -> dict[int, Diary]:
        known = super()._diaries(timelines, patient)
        return {key: replace(diary, busy=diary.busy & ~self.grid.taken(self.stretches.get(key, ()))) for key, diary in known.items()}


def stretches_of(appointments: Iterable[int]) -> dict[int, list[Interval]]:
    """What these visits take of every timeline, and would give back; a deliberate overbook shares its time with others."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for row in Occupancy.objects.live().filter(appointment__in=list(appointments), yields=False):
        found[row.timeline_id].append(Interval(row.during.lower, row.during.upper))
    return found
