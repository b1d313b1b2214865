"""The page of free times, for a new visit and for one that moves: who, next free, a strip of days, times to choose."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from bookings.selectors import Openings, Wish
from bookings.slots import Parts, Slot, read_value
from clinic.models import Clinic, Practitioner
from patients.models import Patient
from treatments.models import Service
from web.forms import HouseForm

WINDOW = timedelta(days=28)  # looked through at once, so that a full fortnight doesn't hide what comes after it
STRIP = 7
ONE_DAY = timedelta(days=1)


class AskedForm(HouseForm):
    """What a link of the page asks for; what can't be read counts as not asked."""

    start = forms.DateField(required=False)
    day = forms.DateField(required=False)
    who = forms.CharField(required=False, max_length=40)


class TimeForm(HouseForm):
    """One of the times that were offered."""

    time = forms.CharField(max_length=60, error_messages={"required": "Choose a time", "max_length": "Choose one of the times shown"})

    def clean_time(self) -> str:
        if read_value(self.cleaned_data["time"]) is None:
            raise forms.ValidationError("Choose one of the times shown")
        return self.cleaned_data["time"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a visit is to be, whenever it is: for whom, with which parts where that is agreed, and what it takes the place of."""

    service: Service
    now: datetime
    parts: Parts | None = None
    patient: Patient | None = None
    own: tuple[int, ...] = ()

    @property
    def clinic(self) -> Clinic:
        return self.service.clinic

    def openings(self, first_day: date, last_day: date, practitioner: Practitioner | None = None) -> Openings:
        return Openings(
            Wish(
                service=self.service,
                first_day=first_day,
                last_day=last_day,
                now=self.now,
                practitioner=practitioner,
                patient=self.patient,
                parts=self.parts,
                online=True,
                own=self.own,
            )
        )

    def slot(self, value: str) -> Slot | None:
        """The free slot that a form's value names, looked for again; None when there is none, or never was."""
        read = read_value(value)
        if read is None:
            return None
        start, key = read
        person = next((each for each in self.people if each.key == key), None)
        day = start.astimezone(self.clinic.tz).date()
        return self.openings(day, day, person).at(start) if person else None

    def nearest(self, value: str, *, count: int = 6) -> list[Slot]:
        """The free times nearest to the one a form named."""
        read = read_value(value)
        around = read[0] if read else self.now
        latest = self.now + timedelta(days=self.clinic.horizon_days)
        day = min(max(around, self.now), latest).astimezone(self.clinic.tz).date()
        return self.openings(day - STRIP * ONE_DAY, day + STRIP * ONE_DAY).nearest(around, count=count)

    @cached_property
    def people(self) -> list[Practitioner]:
        return list(self.service.practitioners.working().at(self.clinic).by_name())


class Times:
    """The free times of four weeks, shown a week at a time."""

    def __init__(self, wanted: Wanted, asked: QueryDict, *, chosen: str = "", held: Slot | None = None):
        self.wanted, self.clinic, self.chosen, self.held = wanted, wanted.clinic, chosen, held
        form = AskedForm({"start": asked.get("from", ""), "day": asked.get("day", ""), "who": asked.get("with", "")})
        form.is_valid()
        self.asked = form.cleaned_data
        self.person = next((person for person in wanted.people if person.key == self.asked.get("who")), None)

    @cached_property
    def today(self) -> date:
        return self.wanted.now.astimezone(self.clinic.tz).date()

    @cached_property
    def asked_day(self) -> date:
        """The first day that was asked for, within what can be booked."""
        last = self.today + timedelta(days=self.clinic.horizon_days)
        return min(max(self.asked.get("start") or self.today, self.today), last)

    @cached_property
    def openings(self) -> Openings:
        return self.wanted.openings(self.asked_day, self.asked_day + WINDOW, self.person)

    @cached_property
    def by_day(self) -> dict[date, list[Slot]]:
        """Every start that is free or held for this visitor, each with the first practitioner who is free then."""
        found: dict[date, dict[datetime, Slot]] = {}
        for slot in [*self._mine(), *self.openings.all()]:
            found.setdefault(slot.local_date, {}).setdefault(slot.start, slot)
        return {day: [found[day][start] for start in sorted(found[day])] for day in sorted(found)}

    def _mine(self) -> list[Slot]:
        """The time that is held already, where this page would show it."""
        held = self.held
        shown = held and self.asked_day <= held.local_date <= self.asked_day + WINDOW and self.person in (None, held.practitioner)
        return [held] if shown else []

    @cached_property
    def first_day(self) -> date:
        """Where the strip begins: at the day asked for, or at the first one with a free time when that week has none."""
        free = min(self.by_day, default=self.asked_day)
        return free if free >= self.asked_day + STRIP * ONE_DAY else self.asked_day

    @property
    def next_free(self) -> Slot | None:
        """The first free time of all, where the page begins today."""
        if self.asked_day != self.today or not self.by_day:
            return None
        return self.by_day[min(self.by_day)][0]

    @property
    def shown_day(self) -> date | None:
        """The one day of which every time was asked for."""
        day = self.asked.get("day")
        return day if day in self.by_day else None

    @cached_property
    def strip(self) -> list[date]:
        return [self.first_day + number * ONE_DAY for number in range(STRIP)]

    def days(self) -> list[dict[str, object]]:
        """The strip of days, as its part takes them."""
        return [self._day(day) for day in self.strip]

    def _day(self, day: date) -> dict[str, object]:
        slots = self.by_day.get(day)
        if not slots:
            return {"date": day, "words": "full" if self._is_open(day) else "closed"}
        count = len(self._shown(slots))
        href = f"#day-{day}" if self.shown_day in (None, day) else self.link(start=self.first_day)
        return {"date": day, "href": href, "words": f"{count} time{'' if count == 1 else 's'}"}

    def _is_open(self, day: date) -> bool:
        """Whether anybody who gives the service works that day."""
        bounds = self.openings.days.get(day) if not self.openings.is_empty else None
        if bounds is None:
            return False
        mask = self.openings.grid.taken([bounds])
        return any(diary.working & mask for diary in self.openings.search.practitioners)

    def groups(self) -> list[dict[str, object]]:
        """The times under each day: all of the one day that was asked for, else one in each hour, with a way to the others."""
        wanted = [self.shown_day] if self.shown_day else [day for day in self.strip if day in self.by_day]
        return [self._group(day) for day in wanted]

    def _shown(self, slots: list[Slot]) -> list[Slot]:
        return slots if self.shown_day else first_of_each_hour(slots, self.chosen)

    def _group(self, day: date) -> dict[str, object]:
        slots = self.by_day[day]
        shown = self._shown(slots)
        more = self.link(start=self.first_day, day=day) if len(shown) < len(slots) else ""
        return {"date": day, "count": len(shown), "times": [time_of(slot, self.chosen) for slot in shown], "more": more}

    def who(self) -> list[dict[str, object]]:
        """Anyone, and each who gives the service."""
        anyone = {"href": self.link(person=""), "name": "Anyone", "current": self.person is None}
        return [anyone] + [
            {
                "href": self.link(person=person.key),
                "name": f"{person.short_name}, {person.letters}" if person.letters else person.short_name,
                "initials": person.initials,
                "current": person == self.person,
            }
            for person in self.wanted.people
        ]

    @property
    def later(self) -> str:
        """Where the days after these are, within what can be booked."""
        after = self.strip[-1] + ONE_DAY
        return self.link(start=after) if after <= self.today + timedelta(days=self.clinic.horizon_days) else ""

    @property
    def later_window(self) -> str:
        """Where to look when these four weeks are full."""
        after = self.asked_day + WINDOW
        return self.link(start=after) if after <= self.today + timedelta(days=self.clinic.horizon_days) else ""

    @property
    def earlier(self) -> str:
        before = max(self.first_day - STRIP * ONE_DAY, self.today)
        return self.link(start=before) if self.first_day > self.today and before < self.first_day and self.asked_day > self.today else ""

    def link(self, *, start: date | None = None, day: date | None = None, person: str | None = None) -> str:
        """A link to this page that changes what is asked for."""
        who = self.asked.get("who", "") if person is None else person
        asked = {"from": start, "day": day, "with": who if self.person or person else ""}
        return "?" + urlencode({name: str(value) for name, value in asked.items() if value})


def first_of_each_hour(slots: list[Slot], chosen: str = "") -> list[Slot]:
    """One start in each hour of the clock, so that a quiet day isn't a wall of buttons; a chosen one stays."""
    shown: dict[tuple[int, int], Slot] = {}
    for slot in slots:
        shown.setdefault((slot.local_start.hour, slot.local_start.fold), slot)
    kept = {slot.start: slot for slot in shown.values()} | {slot.start: slot for slot in slots if slot.value == chosen}
    return [kept[start] for start in sorted(kept)]


def time_of(slot: Slot, chosen: str = "") -> dict[str, object]:
    """A slot as the part for a time takes it; where clocks are put back, the hour that comes twice says which one it is."""
    return {
        "value": slot.value,
        "starts": slot.start,
        "ends": slot.end,
        "who": slot.practitioner.name,
        "checked": slot.value == chosen,
        "zone": slot.local_start.tzname() if comes_twice(slot.local_start) else "",
    }


def comes_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()
