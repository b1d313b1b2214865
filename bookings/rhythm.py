"""How near to each other the visits of one course may come when some of them move: never out of order, never nearer than planned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from bookings.enums import State
from bookings.models import Appointment
from intervals import local_date
from treatments.models import Course
from treatments.plan_values import CLEAR_DAYS

Cell = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True)
class Link:
    """Two visits of a course that follow each other, and the days that have to lie between their dates."""

    before: Appointment
    after: Appointment
    least: int
    most: int


class Rhythm:
    """The visits that move, among all that stand in their courses; two queries for any number of them."""

    def __init__(self, visits: Sequence[Appointment], *, reach: timedelta):
        self.visits, self.reach = visits, reach
        self.moving = {visit.pk for visit in visits}

    @cached_property
    def links(self) -> dict[int, list[Link]]:
        """The links of each visit that moves, by its key in the table."""
        found: dict[int, list[Link]] = {pk: [] for pk in self.moving}
        chains: dict[int, list[Appointment]] = {}
        for visit in self._standing():
            chains.setdefault(visit.session.course_id, []).append(visit)
        for before, after in (pair for chain in chains.values() for pair in pairwise(chain)):
            if link := self._link(before, after):
                for visit in (before, after):
                    if visit.pk in self.moving:
                        found[visit.pk].append(link)
        return found

    def _standing(self) -> Iterable[Appointment]:
        courses = {visit.session.course_id for visit in self.visits}
        rows = Appointment.objects.standing().exclude(state=State.HELD).filter(session__course__in=courses)
        return rows.select_related("session", "clinic").order_by("session__number", "pk")

    @cached_property
    def needling(self) -> set[int]:
        """The courses that are given with needles."""
        courses = {visit.session.course_id for visit in self.visits}
        return set(Course.objects.filter(pk__in=courses, techniques__needles=True).values_list("pk", flat=True))

    def _link(self, before: Appointment, after: Appointment) -> Link | None:
        """None for two that are out of order already; two that stand too near need not come apart, only no nearer."""
        now = (day_of(after) - day_of(before)).days
        if now <= 0 or not self.moving & {before.pk, after.pk}:
            return None
        needles = CLEAR_DAYS + 1 if after.session.course_id in self.needling else 1
        most = max(after.session.gap_max_days, now) if after.session.gap_max_days else 10_000
        return Link(before=before, after=after, least=min(now, max(needles, after.session.gap_min_days)), most=most)

    def allows(self, visit: Appointment, day: date) -> bool:
        """Whether a visit on that day keeps its distance from those of its course that stay."""
        return all(gap >= link.least for link, gap in self._gaps(visit, day))

    def moves_with_others(self, visit: Appointment) -> bool:
        """Whether the visit before it or after it in the course needs a new time too, so that each day counts for something."""
        return any({link.before.pk, link.after.pk} <= self.moving for link in self.links[visit.pk])

    def stretches(self, visit: Appointment, day: date) -> bool:
        """Whether that day leaves a longer gap to one that stays than is planned."""
        return any(gap > link.most for link, gap in self._gaps(visit, day))

    def _gaps(self, visit: Appointment, day: date) -> Iterable[tuple[Link, int]]:
        for link in self.links[visit.pk]:
            other = link.after if link.before.pk == visit.pk else link.before
            if other.pk not in self.moving:
                yield link, (day_of(other) - day if other is link.after else day - day_of(other)).days

    def cells(self, visit: Appointment, day: date) -> frozenset[Cell]:
        """What a visit on that day takes of each link to another that moves: two dates share a cell just when they are too near.

        The earlier visit takes every day up to its own, the later one every day from `least - 1` before its own.
        """
        taken: set[Cell] = set()
        for link in self.links[visit.pk]:
            if {link.before.pk, link.after.pk} <= self.moving:
                first, last = day_of(link.before) - self.reach, day_of(link.after) + self.reach
                if link.before.pk == visit.pk:
                    days = range(first.toordinal(), day.toordinal() + 1)
                else:
                    days = range(day.toordinal() - link.least + 1, last.toordinal() + 1)
                taken |= {("after", link.after.pk, each) for each in days}
        return frozenset(taken)


def day_of(visit: Appointment) -> date:
    return local_date(visit.start, visit.clinic.tz)
