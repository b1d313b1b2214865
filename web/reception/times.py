"""The free times of a week, for a visit that is booked or moved at the desk."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict

from bookings.desk import slot_at
from bookings.selectors import Openings, Wish
from bookings.slots import Parts, Slot, read_value
from clinic.models import Clinic, Practitioner, Room
from intervals import local_date, to_instant
from patients.models import Patient
from treatments.models import Service
from web.reception.look import read_day
from web.suggesting import by_fit

WEEK = 7
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a visit is to be, whenever it is."""

    service: Service
    patient: Patient
    now: datetime
    parts: Parts | None = None
    room: Room | None = None  # where it is now, for a visit that moves

    @property
    def clinic(self) -> Clinic:
        return self.service.clinic

    @cached_property
    def people(self) -> list[Practitioner]:
        """Who gives it."""
        return list(self.service.practitioners.working().at(self.clinic).by_name())

    def person(self, key: str) -> Practitioner | None:
        return next((person for person in self.people if person.key == key), None)

    def wish(self, first_day: date, last_day: date, practitioner: Practitioner | None = None) -> Wish:
        return Wish(
            service=self.service,
            first_day=first_day,
            last_day=last_day,
            now=self.now,
            practitioner=practitioner,
            patient=self.patient,
            parts=self.parts,
        )

    def named(self, value: str) -> Slot | None:
        """The slot that a form's value names: free, or with what stands in the way for the service to say."""
        read = read_value(value)
        person = self.person(read[1]) if read else None
        return self._at(read[0], person) if read and person else None

    def typed(self, day: date, clock: time, person: Practitioner) -> Slot | None:
        """The slot at a time that somebody typed; None where the clocks skip it."""
        found = to_instant(day, clock, self.clinic.tz)
        return self._at(found[0], person) if found else None

    def _at(self, start: datetime, person: Practitioner) -> Slot | None:
        day = local_date(start, self.clinic.tz)
        if not local_date(self.now, self.clinic.tz) <= day <= self.last_day or start.timestamp() % 300:
            return None
        return slot_at(wish=self.wish(day, day, person), start=start, room=self.room)

    def around(self, instant: datetime) -> Openings:
        """The free times a week to either side of an instant."""
        day = min(max(local_date(instant, self.clinic.tz), local_date(self.now, self.clinic.tz)), self.last_day)
        return Openings(self.wish(day - WEEK * ONE_DAY, day + WEEK * ONE_DAY))

    def nearest(self, instant: datetime, *, count: int = 3) -> list[Slot]:
        """The free times nearest to an instant."""
        return self.around(instant).nearest(instant, count=count)

    @property
    def last_day(self) -> date:
        """The last day that can be booked at all."""
        return local_date(self.now, self.clinic.tz) + timedelta(days=self.clinic.horizon_days)


class Week:
    """A week of free times from a day on, one of its days opened."""

    day_name = "day"  # what the address calls the day

    def __init__(self, wanted: Wanted, asked: QueryDict, *, day: date | None = None):
        self.wanted, self.clinic = wanted, wanted.clinic
        self.today = local_date(wanted.now, self.clinic.tz)
        asked_day, self.is_unread = read_day(asked.get(self.day_name, ""), self.today)
        asked_day = asked_day if asked.get(self.day_name) else day or self.today
        self.is_outside = not self.today <= asked_day <= wanted.last_day
        self.day = min(max(asked_day, self.today), wanted.last_day)
        self.person = wanted.person(asked.get("who", ""))
        self.kept = [(name, value) for name, value in asked.items() if value and name not in (self.day_name, "who")]

    @cached_property
    def first_day(self) -> date:
        """The Monday of the week, or today within it."""
        return max(self.day - timedelta(days=self.day.weekday()), self.today)

    @property
    def last_shown(self) -> date:
        return min(self.first_day + (WEEK - 1) * ONE_DAY, self.wanted.last_day)

    @cached_property
    def openings(self) -> Openings:
        return Openings(self.wanted.wish(self.first_day, self.last_shown, self.person))

    @cached_property
    def by_day(self) -> dict[date, list[Slot]]:
        """Every free start; with anybody, each start once for each who is free."""
        found: dict[date, list[Slot]] = {}
        for slot in self.openings.all():
            found.setdefault(slot.local_date, []).append(slot)
        return found

    @property
    def times(self) -> list[Slot]:
        """The free times of the opened day."""
        return self.by_day.get(self.day, [])

    @property
    def by_person(self) -> list[tuple[Practitioner, list[tuple[str, list[Slot]]]]]:
        """The free times of the opened day under each who has some, those that pack the day well before the others."""
        found: dict[Practitioner, list[Slot]] = {}
        for slot in self.times:
            found.setdefault(slot.practitioner, []).append(slot)
        return [(person, by_fit(found[person])) for person in self.wanted.people if person in found]

    @property
    def strip(self) -> list[tuple[date, int, str]]:
        """Each day of the week: how many times are free, and where they are shown."""
        days = range(self.first_day.toordinal(), self.last_shown.toordinal() + 1)
        return [(day, len(self.by_day.get(day, [])), self.link(day)) for day in map(date.fromordinal, days)]

    @property
    def earlier(self) -> str:
        return self.link(max(self.first_day - WEEK * ONE_DAY, self.today)) if self.first_day > self.today else ""

    @property
    def later(self) -> str:
        after = self.first_day + (WEEK - self.first_day.weekday()) * ONE_DAY
        return self.link(after) if after <= self.wanted.last_day else ""

    def link(self, day: date) -> str:
        """The same page with another day."""
        who = [("who", self.person.key)] if self.person else []
        return "?" + urlencode([*self.kept, *who, (self.day_name, day.isoformat())])


class MovingWeek(Week):
    """The week of a visit that moves; `on` names its day, so that the diary's own day stays in the address."""

    day_name = "on"

    def __init__(self, wanted: Wanted, asked: QueryDict, *, start: datetime):
        super().__init__(wanted, asked, day=local_date(start, wanted.clinic.tz))
        self.is_plain = not (asked.get(self.day_name) or self.person)
        self.start = max(start, wanted.now)

    @cached_property
    def openings(self) -> Openings:
        """On the plain page one look serves the week and the nearest times."""
        return self.wanted.around(self.start) if self.is_plain else super().openings

    @property
    def nearest(self) -> list[Slot]:
        """The nearest to the time it has; none where another day was asked for."""
        return self.openings.nearest(self.start, count=3) if self.is_plain else []
