"""What a date costs: the search and the explanation read the same figures."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from treatments.plan_values import CLEAR_DAYS, Costs, Limits, Need, Opening, Place, Preferences, Visit

Figures = Mapping[str, int]
Before = tuple[int, Hashable] | None  # the day and practitioner of the visit before; None for the first of all
Entry = tuple[int, datetime, Opening]  # cost and start first, so that entries sort
Ranked = dict[tuple[int, Hashable], list[Entry]]


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything a plan is made from, and what each part of a date costs."""

    needs: tuple[Need, ...]
    openings: tuple[Opening, ...]
    prefs: Preferences
    limits: Limits
    costs: Costs
    zone: ZoneInfo
    now: datetime
    after: Visit | None
    needled: frozenset[date]

    @cached_property
    def usable(self) -> list[tuple[Opening, Place]]:
        """The openings that may be used at all, each with its place."""
        allowed: dict[datetime, Place | None] = {}
        found = []
        for opening in self.openings:
            if opening.start not in allowed:
                place = self.place(opening)
                allowed[opening.start] = place if opening.start >= self.now and self._allowed(place) else None
            if place := allowed[opening.start]:
                found.append((opening, place))
        return found

    @cached_property
    def ranked(self) -> dict[Hashable, Ranked]:
        """By kind, then by day and practitioner: the two cheapest openings; no other can be in a best plan, or be its best alternative."""
        of_place: dict[Place, int] = {}
        of_person: dict[Hashable, int] = {}
        found: dict[Hashable, Ranked] = {}
        for opening, place in self.usable:
            person = opening.practitioner
            if place not in of_place:
                of_place[place] = sum(self.of_place(place).values())
            if person not in of_person:
                of_person[person] = self._of_person(person)
            entry = (of_place[place] + of_person[person] + opening.cost, opening.start, opening)
            _keep_two(found.setdefault(opening.kind, {}).setdefault((place.day, person), []), entry)
        return found

    @cached_property
    def first_day(self) -> int:
        """The first day that has a usable opening; waiting is counted from it."""
        return min((place.day for _, place in self.usable), default=0)

    @cached_property
    def blocked_days(self) -> frozenset[int]:
        """Days too near to a needling visit that stands."""
        after = {self.after.day} if self.after and self.after.needling else set()
        near = range(-CLEAR_DAYS, CLEAR_DAYS + 1)
        return frozenset(day.toordinal() + shift for day in self.needled | after for shift in near)

    def need(self, number: int) -> Need:
        return next(need for need in self.needs if need.number == number)

    def place(self, opening: Opening) -> Place:
        local = opening.start.astimezone(self.zone)
        return Place(local.toordinal(), local.weekday(), local.hour * 60 + local.minute)

    def _allowed(self, place: Place) -> bool:
        if any(first.toordinal() <= place.day <= last.toordinal() for first, last in self.prefs.black_outs):
            return False
        if self.limits.hard and self._after_cover(place):
            return False
        return not self.prefs.strict or (self.on_weekday(place) and not self.minutes_off(place))

    def _after_cover(self, place: Place) -> bool:
        return self.limits.last_day is not None and place.day > self.limits.last_day.toordinal()

    def on_weekday(self, place: Place) -> bool:
        """Whether it is one of the weekdays asked for, if any were."""
        return not self.prefs.weekdays or place.weekday in self.prefs.weekdays

    def minutes_off(self, place: Place) -> int:
        """How far a start lies outside the hours asked for."""
        early = _minute(self.prefs.earliest) - place.minute if self.prefs.earliest else 0
        late = place.minute - _minute(self.prefs.latest) if self.prefs.latest else 0
        return max(early, late, 0)

    def covered(self, need: Need) -> bool:
        """Whether a unit is left for a session when all before it take theirs."""
        units = self.limits.units
        return units is None or self.needs.index(need) < units

    def of_place(self, place: Place) -> Figures:
        """What a day and hour cost for any session."""
        off = self.minutes_off(place)
        return _only(
            other_weekday=0 if self.on_weekday(place) else self.costs.other_weekday,
            other_time=self.costs.other_time + self.costs.other_half_hour * (off // 30) if off else 0,
            after_cover=self.costs.after_cover if self._after_cover(place) else 0,
        )

    def _of_person(self, practitioner: Hashable) -> int:
        return self.costs.other_practitioner if self.prefs.practitioner not in (None, practitioner) else 0

    def of_opening(self, opening: Opening, place: Place) -> Figures:
        """What an opening costs for any session."""
        return {**_only(other_practitioner=self._of_person(opening.practitioner), packing=opening.cost), **self.of_place(place)}

    def of_session(self, need: Need, opening: Opening) -> Figures:
        """What an opening costs for one session in particular."""
        moved = need.keep is not None and not same_visit(need.keep, opening)
        return {**self.of_person(need, opening.practitioner), **_only(moved=self.costs.moved if moved else 0)}

    def of_person(self, need: Need, practitioner: Hashable) -> Figures:
        """What a session costs with a practitioner, whenever it is."""
        other = need.review and self.prefs.prescriber not in (None, practitioner)
        return _only(review_other=self.costs.review_other if other else 0, uncovered=0 if self.covered(need) else self.costs.uncovered)

    def of_gap(self, need: Need, gap: int) -> Figures:
        """What a gap in days costs, its hard lower end aside."""
        late = max(0, min(gap, need.max_gap) - need.ideal_last) * self.costs.gap_day
        beyond = max(0, gap - need.max_gap) * self.costs.gap_beyond_day
        return _only(
            early=max(0, need.ideal_gap - gap) * self.costs.gap_day,
            late=0 if beyond else late,
            too_late=late + beyond if beyond else 0,
            weekday_change=self.costs.weekday_change if self.prefs.same_weekday and need.ideal_gap >= 7 and gap % 7 else 0,
        )

    def of_start(self, day: int) -> Figures:
        """What waiting for the first visit costs."""
        return _only(wait=(day - self.first_day) * self.costs.wait_day)

    def of_change(self, before: Hashable, now: Hashable) -> Figures:
        """What another practitioner than the last time costs."""
        return _only(practitioner_change=self.costs.practitioner_change if before is not None and before != now else 0)

    def of_pick(self, need: Need, opening: Opening, before: Before) -> Figures:
        """Everything a session costs here, after the visit before."""
        place = self.place(opening)
        if before is None:
            way = self.of_start(place.day)
        else:
            way = {**self.of_gap(need, place.day - before[0]), **self.of_change(before[1], opening.practitioner)}
        return {**way, **self.of_opening(opening, place), **self.of_session(need, opening)}

    def others(self, need: Need, taken: Opening | None) -> Iterator[tuple[int, Opening]]:
        """For each day and practitioner the cheapest opening that would do for a session, without the one it has."""
        for (day, _), entries in self.ranked.get(need.kind, {}).items():
            opening = next((opening for *_, opening in entries if taken is None or not same_visit(opening, taken)), None)
            if opening is not None:
                yield day, opening


def same_visit(one: Opening, other: Opening) -> bool:
    return one.start == other.start and one.practitioner == other.practitioner


def _keep_two(entries: list[Entry], entry: Entry) -> None:
    """Keep the two cheapest starts, of equals the earliest; the same start twice is one visit, at its cheaper price."""
    if len(entries) == 2 and entry[:2] >= entries[1][:2]:
        return
    same = next((known for known in entries if known[1] == entry[1]), None)
    if same:
        if same[0] <= entry[0]:
            return
        entries.remove(same)
    entries.append(entry)
    entries.sort(key=lambda known: known[:2])
    del entries[2:]


def _only(**figures: int) -> Figures:
    return {code: cost for code, cost in figures.items() if cost}


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
