"""Which times are free: gathers hours, absences and what is taken, and asks `availability`. At most four queries, whatever the size."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import holidays

from bookings import availability
from bookings.availability import Diary, Opening, Order, Search, Snugness
from bookings.reading import EVERYBODY, Asked, read
from bookings.slots import Parts, Slot
from clinic.models import Clinic, Equipment, Practitioner, Room, WeeklyHours
from intervals import TICK_SECONDS, Grid, Hours, Interval, Span, local_date, local_days, start_mask, tick_floor, working_mask
from patients.models import Patient
from treatments.models import Service

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is looked for: a service, from one local day to another (both included), as seen at `now`."""

    service: Service
    first_day: date
    last_day: date
    now: datetime
    practitioner: Practitioner | None = None
    patient: Patient | None = None
    parts: Parts | None = None
    online: bool = False  # keeps the notice and the horizon of the clinic
    moving: tuple[int, ...] = ()  # visits that move: where their patients rest now is in nobody's way
    own: tuple[int, ...] = ()  # what whoever looks has already, and gives back for another time: it counts as free

    @property
    def clinic(self) -> Clinic:
        return self.service.clinic

    @property
    def days(self) -> tuple[date, date]:
        """The days that are really looked at: none in the past, none beyond the horizon."""
        today = local_date(self.now, self.clinic.tz)
        return max(self.first_day, today), min(self.last_day, today + timedelta(days=self.clinic.horizon_days))


class Openings:
    """The free times for one wish, worked out once."""

    def __init__(self, wish: Wish):
        self.wish = wish
        self.clinic = wish.clinic
        self.parts = wish.parts or Parts.of(wish.service)
        self.first_day, self.last_day = wish.days

    @property
    def is_empty(self) -> bool:
        return self.first_day > self.last_day or not self.practitioners

    @cached_property
    def practitioners(self) -> dict[int, Practitioner]:
        """Who gives the service, by timeline."""
        rows = self.wish.service.practitioners.working().at(self.clinic).by_name()
        only = self.wish.practitioner
        return {row.timeline_id: row for row in rows if only is None or row.pk == only.pk}

    @cached_property
    def rooms(self) -> dict[int, Room]:
        rows = Room.objects.usable().at(self.clinic).by_name()
        feature = self.wish.service.room_feature
        return {row.timeline_id: row for row in rows if not feature or feature in row.features}

    @cached_property
    def machines(self) -> dict[int, Equipment] | None:
        kind = self.wish.service.equipment_kind
        if not kind:
            return None
        return {row.timeline_id: row for row in Equipment.objects.usable().at(self.clinic).by_name() if row.kind == kind}

    @cached_property
    def days(self) -> dict[date, Interval]:
        """The local days looked at, as stretches of time."""
        return local_days(self.clinic.tz, self.first_day, self.last_day)

    @cached_property
    def grid(self) -> Grid:
        ends = self.days[self.last_day].end + timedelta(minutes=self.parts.shape.total + self.parts.cleaning)
        return Grid.over(Interval(self.days[self.first_day].start, ends))

    @cached_property
    def search(self) -> Search:
        """The question, with every diary filled in."""
        patient = self.wish.patient
        everybody = [*self.practitioners, *self.rooms, *(self.machines or ())]
        diaries = self._diaries(everybody, patient.timeline_id if patient else None)
        return Search(
            shape=self.parts.shape,
            grid=self.grid,
            starts=self._starts(),
            practitioners=[diaries[key] for key in self.practitioners],
            rooms=[diaries[key] for key in self.rooms],
            machines=None if self.machines is None else [diaries[key] for key in self.machines],
            patient=diaries[patient.timeline_id] if patient else None,
            least_useful_minutes=self.clinic.least_useful_minutes,
            step_minutes=self.clinic.step_minutes,
        )

    def listed(self, *, packed: bool = False) -> list[Opening]:
        """Every start of every practitioner, as bare numbers: for whoever counts, or looks at thousands."""
        if self.is_empty:
            return []
        order = Order.PACKED if packed else Order.TIME
        return availability.openings(self.search, order=order, days=self.days.values())

    def all(self, *, packed: bool = False) -> list[Slot]:
        """Every start of every practitioner, in the clinic's words."""
        return [self.slot(opening) for opening in self.listed(packed=packed)]

    def one_per_start(self) -> list[Slot]:
        """Every start once, for somebody who doesn't mind which practitioner."""
        return [self.slot(opening) for opening in availability.one_per_start(self.listed())]

    def days_with_times(self) -> list[date]:
        """Those of the days on which anything is free."""
        return [] if self.is_empty else availability.days_with_openings(self.search, self.days)

    def first(self) -> Slot | None:
        """The next free time."""
        if self.is_empty:
            return None
        opening = availability.first_opening(self.search)
        return self.slot(opening) if opening else None

    def nearest(self, instant: datetime, *, count: int = 3) -> list[Slot]:
        """The free times nearest to an instant: what somebody is offered whose time has just gone."""
        if self.is_empty:
            return []
        return [self.slot(opening) for opening in availability.nearest_openings(self.search, instant, count)]

    def at(self, start: datetime) -> Slot | None:
        """The slot that starts exactly then, if it is free and a visit may start then."""
        return next(iter(self.starting_at([start])), None)

    def starting_at(self, starts: Iterable[datetime]) -> list[Slot]:
        """Every practitioner's slot that starts at one of these instants."""
        if self.is_empty:
            return []
        opens, closes = self.days[self.first_day].start, self.days[self.last_day].end
        wanted = {tick_floor(start) for start in starts if opens <= start < closes and not start.timestamp() % TICK_SECONDS}
        only = sum(1 << tick - self.grid.base for tick in wanted)
        return [self.slot(opening) for opening in availability.openings(replace(self.search, starts=self.search.starts & only))]

    def slot(self, opening: Opening) -> Slot:
        return Slot(
            service=self.wish.service,
            parts=self.parts,
            practitioner=self.practitioners[opening.practitioner],
            room=self.rooms[opening.room],
            equipment=self.machines[opening.machine] if self.machines and opening.machine else None,
            start=opening.start,
            packs=self.clinic.packs_days and opening.snugness == Snugness.TOUCHES,
        )

    def obstacles(self, slot: Slot) -> list[availability.Obstacle]:
        """What stands in the way of exactly this visit, on the grid or off it."""
        patient = self.wish.patient.timeline_id if self.wish.patient else None
        visit = slot.visit(patient)
        search = self.search
        diaries = [*search.practitioners, *search.rooms, *(search.machines or ()), *([search.patient] if search.patient else [])]
        return availability.obstacles(visit, diaries, self.grid)

    def _starts(self) -> int:
        """Where a visit may start: on the clinic's step, after now or after the notice that online booking asks for."""
        notice = timedelta(minutes=self.clinic.min_notice_minutes) if self.wish.online else timedelta()
        step = start_mask(self.clinic.tz, self.first_day, self.last_day, self.clinic.step_minutes, self.grid)
        return step & self.grid.since(self.wish.now + notice)

    def _diaries(self, timelines: list[int], patient: int | None) -> dict[int, Diary]:
        grid = self.grid
        pages = read(
            Asked(
                clinic=self.clinic.pk,
                timelines=[*timelines, patient] if patient else timelines,
                grid=grid,
                now=self.wish.now,
                rests=self.parts.rest > 0,
                moving=self.wish.moving,
                own=self.wish.own,
            )
        )
        last = self.last_day + ONE_DAY
        closed = self.closed | grid.mask(pages[EVERYBODY].away)
        working = {
            key: working_mask(pages[key].hours, self.clinic.tz, self.first_day, last, grid) & ~closed & ~grid.mask(pages[key].away)
            for key in timelines
        }
        for key, person in self.practitioners.items():
            if person.leaves_on:
                working[key] &= ~self._from(person.leaves_on)
        diaries = {
            key: Diary(
                timeline=key,
                working=working[key],
                busy=grid.mask(pages[key].busy),
                crowded=self._crowded(pages[key].rests) if key in self.practitioners else 0,
            )
            for key in timelines
        }
        if patient:
            diaries[patient] = Diary(timeline=patient, working=grid.everything, busy=grid.mask(pages[patient].busy))
        return diaries

    @cached_property
    def closed(self) -> int:
        """The ticks at which the whole clinic is closed: public holidays."""
        if not self.clinic.closed_on_holidays:
            return 0
        after = self.last_day + ONE_DAY  # a late visit may reach into it
        days = self.days | local_days(self.clinic.tz, after, after)
        kept = public_holidays(self.clinic, {day.year for day in days})
        return self.grid.taken(bounds for day, bounds in days.items() if day in kept)

    def _from(self, day: date) -> int:
        bounds = local_days(self.clinic.tz, day, day)[day]
        return self.grid.since(bounds.start)

    def _crowded(self, rests: list[Span]) -> int:
        """The ticks at which as many of a practitioner's patients rest as may; without a rest of its own a visit does not mind."""
        return availability.at_cap(rests, self.clinic.max_resting, self.grid) if self.parts.rest else 0


def hours_of(timelines: Iterable[int]) -> dict[int, tuple[Hours, ...]]:
    """The weekly hours of each timeline; a timeline without any never works."""
    found: dict[int, list[Hours]] = defaultdict(list)
    rows = WeeklyHours.objects.filter(timeline__in=list(timelines)).order_by("weekday", "starts")
    for timeline, weekday, starts, ends in rows.values_list("timeline_id", "weekday", "starts", "ends"):
        found[timeline].append((int(weekday), starts, ends))
    return defaultdict(tuple, {key: tuple(hours) for key, hours in found.items()})


def public_holidays(clinic: Clinic, years: Iterable[int]) -> holidays.HolidayBase:
    """The public holidays that the clinic keeps: of England for a clinic in the United Kingdom."""
    return holidays.country_holidays(clinic.country, subdiv="ENG" if clinic.country == "GB" else None, years=sorted(years))


def slots(
    *, service: Service, first_day: date, last_day: date, now: datetime, practitioner: Practitioner | None = None, online: bool = False
) -> list[Slot]:
    """Every free time of a service, for pages that list them."""
    return Openings(Wish(service=service, first_day=first_day, last_day=last_day, now=now, practitioner=practitioner, online=online)).all()


def next_free(*, service: Service, now: datetime, practitioner: Practitioner | None = None, patient: Patient | None = None) -> Slot | None:
    """The next time that can be booked online, looked for a month at a time up to the clinic's horizon."""
    today = local_date(now, service.clinic.tz)
    for start in range(0, service.clinic.horizon_days, 30):
        first = today + timedelta(days=start)
        wish = Wish(
            service=service,
            first_day=first,
            last_day=first + timedelta(days=29),
            now=now,
            practitioner=practitioner,
            patient=patient,
            online=True,
        )
        if slot := Openings(wish).first():
            return slot
    return None


def nearest(*, slot: Slot, now: datetime, patient: Patient | None = None, online: bool = False, count: int = 3) -> list[Slot]:
    """The free times nearest to one that is gone, a week to either side, with anybody who gives the service."""
    day = slot.local_date
    wish = Wish(
        service=slot.service,
        first_day=day - timedelta(days=7),
        last_day=day + timedelta(days=7),
        now=now,
        patient=patient,
        parts=slot.parts,
        online=online,
    )
    return Openings(wish).nearest(slot.start, count=count)
