"""A whole course's dates as the desk looks at them before it books: the ribbon, each date with its reasons and cover."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.courses import Line, Preview
from bookings.slots import Slot, read_value
from clinic.models import Clinic
from insurers.selectors import Left
from treatments.models import Course
from web.reception.words import day_of

MOST_COLUMNS = 40
HELD = State.COMPLETED, *State.in_treatment(), State.ARRIVED


@dataclass(frozen=True, kw_only=True)
class Cover:
    """Who pays for a date that is not booked yet: a colour and words."""

    tier: str
    words: str


def cover_ahead(left: Left | None, days: Sequence[date], *, price: str) -> list[Cover]:
    """What each day, in order, would be covered by: the units that are left run out, and nothing is covered after the last day."""
    if left is None:
        return [Cover(tier="quiet", words=f"Patient pays {price}") for _ in days]
    found, free = [], left.left
    for day in days:
        if left.last_day and day > left.last_day:
            found.append(
                Cover(tier="block", words=f"After the insurer’s last day, {left.last_day:%a} {left.last_day.day} {left.last_day:%b %Y}")
            )
        elif free > 0:
            free -= 1
            found.append(Cover(tier="clear", words=f"Covered, {free} left after it" if free else "Covered, the last one approved"))
        else:
            found.append(Cover(tier="review", words="Nothing approved yet" if not left.units else "Beyond what is approved"))
    return found


@dataclass(frozen=True, kw_only=True)
class Date:
    """One session of the proposal, as a row of the page."""

    line: Line
    cover: Cover | None
    trouble: str
    asked: datetime | None = None  # the time that was asked for, where it is not possible

    @property
    def number(self) -> int:
        return self.line.session.number

    @property
    def field(self) -> str:
        return f"date-{self.number}"

    @property
    def slot(self) -> Slot | None:
        return self.line.slot

    @property
    def value(self) -> str:
        return self.slot.value if self.slot else ""

    @property
    def why(self) -> str:
        return " ".join(self.line.reasons)

    @property
    def is_clash(self) -> bool:
        return bool(self.trouble) or self.slot is None

    @property
    def others(self) -> tuple[Slot, ...]:
        """What else would do while the other dates stay; after a clash, the new proposal first."""
        others = tuple(slot for slot in self.line.alternatives if slot.value != self.value)
        return (self.slot, *others) if self.slot and self.trouble else others

    @property
    def changes(self) -> list[tuple[Slot, str]]:
        """The other times, each with what it would cost in words."""
        return [(slot, self.line.change(slot)) for slot in self.others]

    @property
    def is_chosen(self) -> bool:
        """Whether the form keeps the proposed date unless somebody says otherwise."""
        return self.slot is not None and not self.trouble


@dataclass(frozen=True, kw_only=True)
class CoursePage:
    """The proposal for a course, with what stands already."""

    course: Course
    preview: Preview
    standing: Sequence[Appointment]
    left: Left | None
    price: str
    today: date
    troubles: Mapping[int, str]
    asked: Mapping[int, str]

    @property
    def clinic(self) -> Clinic:
        return self.course.clinic

    @cached_property
    def dates(self) -> list[Date]:
        """Every session that has no time yet."""
        lines = self.preview.lines
        covers = iter(cover_ahead(self.left, [line.slot.local_date for line in lines if line.slot], price=self.price))
        return [
            Date(
                line=line,
                cover=next(covers) if line.slot else None,
                trouble=self.troubles.get(line.session.number, line.trouble),
                asked=self._asked(line),
            )
            for line in lines
        ]

    def _asked(self, line: Line) -> datetime | None:
        """The time that somebody asked for, where the proposal has another."""
        value = self.asked.get(line.session.number, "")
        read = read_value(value)
        return read[0] if read and not (line.slot and line.slot.value == value) else None

    @property
    def clashes(self) -> list[Date]:
        return [each for each in self.dates if each.is_clash]

    @property
    def bookable(self) -> int:
        """How many sessions have a date that can be booked, as proposed or as another time."""
        return sum(bool(each.slot or each.others) for each in self.dates)

    @property
    def may_be_booked(self) -> bool:
        return self.bookable > 0

    @property
    def beyond(self) -> int:
        """How many dates nobody has approved."""
        return sum(each.cover is not None and each.cover.tier in ("block", "review") for each in self.dates)

    @property
    def summary(self) -> str:
        """`6 to book, from Fri 18 Dec 2026 to Fri 12 Feb 2027`."""
        words = f"{len(self.dates)} to book"
        if not self._slots:
            return words
        return f"{words}, from {day_of(self._slots[0].start, self.clinic)} to {day_of(self._slots[-1].start, self.clinic)}"

    @cached_property
    def _slots(self) -> list[Slot]:
        return [each.slot for each in self.dates if each.slot]

    # The ribbon

    @cached_property
    def stops(self) -> list[dict[str, object]]:
        """What stands and what is proposed, on a line of weeks."""
        rows = sorted([*self._standing(), *self._proposed()], key=lambda stop: stop["on"])
        placed, column = [], 0
        for stop in rows:
            column = min(max(column + 1, 1 + (stop["on"] - rows[0]["on"]).days // 7), MOST_COLUMNS)
            placed.append(stop | {"week": column})
        return placed

    def _standing(self) -> Iterable[dict[str, object]]:
        for visit in self.standing:
            on = visit.start.astimezone(self.clinic.tz).date()
            state, word = ("held", "held") if visit.state in HELD else ("booked", visit.get_state_display().lower())
            yield self._stop(visit.session.number, on, "today" if on == self.today else state, word, visit.session.review)

    def _proposed(self) -> Iterable[dict[str, object]]:
        for each in self.dates:
            if each.slot:
                stop = self._stop(each.number, each.slot.local_date, "planned", "proposed", each.line.session.review)
                yield stop | {"alert": "choose" if each.trouble else ""}

    def _stop(self, number: int, on: date, state: str, word: str, review: bool) -> dict[str, object]:
        return {"number": number, "on": on, "state": state, "word": word, "review": review, "day": f"{on.day} {on:%b}"}

    @property
    def weeks(self) -> int:
        return max((stop["week"] for stop in self.stops), default=1)

    @property
    def plan_spans(self) -> list[tuple[str, int, int, str]]:
        """The rhythm of each phase, over its sessions."""
        found, first = [], 1
        for phase in self.course.proposal.get("phases", []):
            inside = [stop["week"] for stop in self.stops if phase["first"] <= stop["number"] <= phase["last"]]
            if inside and max(inside) >= first:
                found.append(("plan", first, max(inside), phase["label"].capitalize()))
                first = max(inside) + 1
        return found

    @property
    def cover_spans(self) -> list[tuple[str, int, int, str]]:
        """How far the approved sessions and the insurer's last day reach, over the proposed dates."""
        kinds = {"clear": ("cover", "covered"), "review": ("thin", "not approved yet"), "block": ("none", "after the last day")}
        weeks = {stop["number"]: stop["week"] for stop in self.stops}
        found: list[tuple[str, int, int, str]] = []
        for each in self.dates:
            if each.cover is None or each.cover.tier not in kinds:
                continue
            (kind, words), week = kinds[each.cover.tier], weeks[each.number]
            if found and found[-1][0] == kind:
                found[-1] = (kind, found[-1][1], week, words)
            else:
                found.append((kind, week, week, words))
        return found
