"""Free times to choose from, for a new visit and for one that moves: who, next free, the days of a month, the times of a day."""

from calendar import Calendar, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.dateformat import format as date_format
from django.utils.translation import get_language, override

from bookings import availability
from bookings.selectors import Openings, Wish
from bookings.slots import Parts, Slot, read_value
from clinic.models import Clinic, Practitioner
from intervals import lowest
from patients.models import Patient
from treatments.models import Service
from web.forms import HouseForm
from web.suggesting import by_fit
from web.templatetags.house import initials

AHEAD = timedelta(days=28)  # as far as the next free time of each practitioner is looked for
WEEK = timedelta(days=7)
ONE_DAY = timedelta(days=1)
MANY = 24  # times of one day that are shown at once; of more, one in each hour


class AskedForm(HouseForm):
    """What a link of the page asks for; what can't be read counts as not asked."""

    day = forms.DateField(required=False)
    month = forms.DateField(required=False, input_formats=["%Y-%m"])
    who = forms.CharField(required=False, max_length=40)
    every = forms.BooleanField(required=False)

    @classmethod
    def read(cls, asked: QueryDict) -> dict[str, object]:
        form = cls({"day": asked.get("day"), "month": asked.get("month"), "who": asked.get("with"), "every": asked.get("all")})
        form.is_valid()
        return {"day": None, "month": None, "who": "", "every": False, **form.cleaned_data}


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

    @property
    def today(self) -> date:
        return self.now.astimezone(self.clinic.tz).date()

    @property
    def last_day(self) -> date:
        """The last day that can be booked online."""
        return self.today + timedelta(days=self.clinic.horizon_days)

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
        return self.openings(day - WEEK, day + WEEK).nearest(around, count=count)

    @cached_property
    def people(self) -> list[Practitioner]:
        return list(self.service.practitioners.working().at(self.clinic).by_name())


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Where the pieces of a page of times are fetched from, and what their addresses carry besides."""

    day: str
    month: str
    visit: str = ""


class Part(StrEnum):
    """How much of the page is asked for, which is how far it looks."""

    PAGE = "page"
    MONTH = "month"
    DAY = "day"


class Times:
    """The free times of one month and of one day in it, of everybody who gives the visit or of one of them."""

    def __init__(
        self, wanted: Wanted, asked: QueryDict, *, pieces: Pieces, chosen: str = "", held: Slot | None = None, part: Part = Part.PAGE
    ):
        self.wanted, self.clinic, self.pieces = wanted, wanted.clinic, pieces
        self.chosen, self.held, self.part = chosen, held, part
        self.asked = AskedForm.read(asked)
        who = self.asked["who"]
        self.person = next((person for person in wanted.people if person.key == who), None) if who else None

    @cached_property
    def asked_day(self) -> date | None:
        """The day that was asked for, or the one that is held; within what can be booked."""
        day = self.asked["day"] or self.asked["month"] or (self.held.local_date if self.held else None)
        return min(max(day, self.wanted.today), self.wanted.last_day) if day else None

    @cached_property
    def openings(self) -> Openings:
        """All that is free, from today as far as the page looks; for a piece of it, in its month or on its day alone."""
        today = self.wanted.today
        day = self.asked_day or today
        match self.part:
            case Part.DAY:
                return self.wanted.openings(day, day)
            case Part.MONTH:
                return self.wanted.openings(first_of(day), last_of(day))
        return self.wanted.openings(today, last_of(max(day, today + AHEAD)))

    @cached_property
    def search(self) -> availability.Search:
        """The same for the one practitioner who was asked for."""
        search, person = self.openings.search, self.person
        if person is None:
            return search
        return replace(search, practitioners=[each for each in search.practitioners if each.timeline == person.timeline_id])

    # The month

    @cached_property
    def first(self) -> date:
        """The first day of the month that is shown: of what was asked for, or of the first free time."""
        first_free = min(self.free_days, default=self.wanted.today)
        return first_of(self.asked_day or first_free)

    @cached_property
    def free_days(self) -> set[date]:
        """The days on which anything is free, or held for this visitor."""
        mine = {self.held.local_date} if self._shows_held() else set()
        return mine if self.openings.is_empty else mine | set(availability.days_with_openings(self.search, self.openings.days))

    def _shows_held(self) -> bool:
        return self.held is not None and self.person in (None, self.held.practitioner)

    @property
    def days_in_month(self) -> list[date]:
        """Those of them that lie in the month that is shown."""
        return sorted(day for day in self.free_days if first_of(day) == self.first)

    def weeks(self) -> Iterator[list[dict[str, object] | None]]:
        """The month as a calendar from Monday, without the weeks that have passed; where it has no day, None."""
        for week in Calendar().monthdatescalendar(self.first.year, self.first.month):
            if week[-1] < self.wanted.today:
                continue
            yield [self._cell(day) if day.month == self.first.month else None for day in week]

    def _cell(self, day: date) -> dict[str, object]:
        free = day in self.free_days
        links = {"href": self.link(day=day), "piece": self.piece(self.pieces.day, day=day)} if free else {}
        words = day_words(day, get_language())
        return {"date": day, "words": words, "shown": day == self.shown_day, "today": day == self.wanted.today, **links}

    @property
    def earlier(self) -> dict[str, object] | None:
        """The month before, where it has days to come."""
        return self._other_month(self.first - ONE_DAY) if self.first > self.wanted.today else None

    @property
    def later(self) -> dict[str, object] | None:
        """The month after, where it can be booked yet."""
        after = last_of(self.first) + ONE_DAY
        return self._other_month(after) if after <= self.wanted.last_day else None

    def _other_month(self, day: date) -> dict[str, object]:
        month = f"{day:%Y-%m}"
        return {"first": first_of(day), "href": self.link(month=month), "piece": self.piece(self.pieces.month, month=month)}

    # The day

    @cached_property
    def shown_day(self) -> date | None:
        """The day whose times are shown: the one that was asked for, else the first of the month with any."""
        day = self.asked["day"] or (self.held.local_date if self.held and not self.asked["month"] else None)
        return day if day in self.free_days else next(iter(self.days_in_month), None)

    @cached_property
    def slots(self) -> list[Slot]:
        """Every start of that day that is free or held for this visitor, each with the first practitioner who is free then."""
        found = {slot.start: slot for slot in self._free_on(self.shown_day)}
        if self._shows_held() and self.held.local_date == self.shown_day:
            packs = self.held.start in found and found[self.held.start].packs
            found[self.held.start] = replace(self.held, packs=packs)
        return [found[start] for start in sorted(found)]

    def _free_on(self, day: date | None) -> list[Slot]:
        bounds = None if self.openings.is_empty else self.openings.days.get(day)
        if bounds is None:
            return []
        grid = self.openings.grid
        starts = self.search.starts & grid.since(bounds.start) & ~grid.since(bounds.end)
        listed = availability.openings(replace(self.search, starts=starts))
        return [self.openings.slot(opening) for opening in availability.one_per_start(listed)]

    @cached_property
    def shown(self) -> list[Slot]:
        """Those of them that the page shows at once."""
        few = len(self.slots) <= MANY or self.asked["every"]
        return self.slots if few else first_of_each_hour(self.slots, self.chosen)

    @property
    def groups(self) -> list[tuple[str, list[dict[str, object]]]]:
        """The times that are shown, those that pack the day well before the others."""
        return [(words, [time_of(slot, self.chosen) for slot in slots]) for words, slots in by_fit(self.shown)]

    @property
    def more(self) -> dict[str, object] | None:
        """The way to every time of the day, where some are left out."""
        if len(self.shown) == len(self.slots):
            return None
        asked = {"day": self.shown_day, "all": "1"}
        return {"count": len(self.slots), "href": self.link(**asked), "piece": self.piece(self.pieces.day, **asked)}

    # Who

    @cached_property
    def first_ticks(self) -> dict[int, int]:
        """The first free start of each practitioner, by timeline."""
        if self.openings.is_empty:
            return {}
        found = {timeline: lowest(bits) for timeline, bits in availability.possible(self.openings.search).items()}
        return {timeline: bit for timeline, bit in found.items() if bit is not None}

    @cached_property
    def next_free(self) -> Slot | None:
        """The first free time of all, with the one who was asked for or with anybody."""
        opening = None if self.openings.is_empty else availability.first_opening(self.search)
        return self.openings.slot(opening) if opening else None

    @property
    def nothing_until(self) -> date | None:
        """The last day that was looked at, where the whole page found nothing."""
        return None if self.free_days or self.part != Part.PAGE else self.looked_until

    @property
    def looked_until(self) -> date:
        """The last day that was looked at for the next free times."""
        return self.openings.last_day

    def who(self) -> list[dict[str, object]]:
        """Anyone, and each who gives the visit, with the first time they have."""
        first = min(self.first_ticks.values(), default=None)
        anyone = {"href": self.link(who=""), "name": "Anyone", "current": self.person is None, "next": self._instant(first)}
        return [anyone, *(self._choice(person) for person in self.wanted.people)]

    @property
    def everybody(self) -> str:
        """The way to the times of everybody."""
        return self.link(who="") if self.asked_day is None else self.link(who="", day=self.shown_day)

    def _choice(self, person: Practitioner) -> dict[str, object]:
        return {
            "href": self.link(who=person.key),
            "name": f"{person.short_name}, {person.letters}" if person.letters else person.short_name,
            "initials": person.initials,
            "current": person == self.person,
            "next": self._instant(self.first_ticks.get(person.timeline_id)),
        }

    def _instant(self, bit: int | None) -> datetime | None:
        return None if bit is None else self.openings.grid.instant(bit)

    # Links

    def link(self, *, who: str | None = None, **asked: object) -> str:
        """A link to this page that asks for something else, and stays with the one who was asked for."""
        who = (self.person.key if self.person else "") if who is None else who
        return "?" + urlencode({name: str(value) for name, value in {**asked, "with": who}.items() if value})

    def piece(self, address: str, **asked: object) -> str:
        """Where a piece of the page is fetched that the link of the same words would show."""
        visit = urlencode({"visit": self.pieces.visit}) if self.pieces.visit else ""
        return f"{address}{self.link(**asked)}{f'&{visit}' if visit else ''}"


@lru_cache(maxsize=2048)
def day_words(day: date, language: str) -> dict[str, str]:
    """A day as a calendar names it, worked out once in each language: a month has thirty, and every visitor looks at the same."""
    with override(language):
        return {"iso": day.isoformat(), "weekday": date_format(day, "l"), "number": str(day.day), "month": date_format(day, "F")}


def first_of(day: date) -> date:
    return day.replace(day=1)


def last_of(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def first_of_each_hour(slots: list[Slot], chosen: str = "") -> list[Slot]:
    """One start in each hour of the clock, so that a quiet day isn't a wall of buttons: the first that packs well, else the first."""
    shown: dict[tuple[int, int], Slot] = {}
    for slot in sorted(slots, key=lambda slot: not slot.packs):
        shown.setdefault((slot.local_start.hour, slot.local_start.fold), slot)
    kept = {slot.start: slot for slot in shown.values()} | {slot.start: slot for slot in slots if slot.value == chosen}
    return [kept[start] for start in sorted(kept)]


def time_of(slot: Slot, chosen: str = "") -> dict[str, object]:
    """A slot as the part for a time takes it; where clocks are put back, the hour that comes twice says which one it is."""
    local = slot.local_start
    return {
        "value": slot.value,
        "starts": slot.start,
        "ends": slot.end,
        "at": f"{local:%H:%M}",
        "until": f"{slot.local_end:%H:%M}",
        "who": slot.practitioner.name,
        "initials": initials(slot.practitioner.name),
        "checked": slot.value == chosen,
        "zone": local.tzname() if comes_twice(local) else "",
    }


def comes_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()
