"""Visits that can't stand because somebody is away or a room is closed, and the times they could move to instead."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from bookings.assignment import Choice, Place, assign, disturbance
from bookings.enums import State
from bookings.given_back import GivenBack, stretches_of
from bookings.models import Appointment, Occupancy
from bookings.querysets import AppointmentQuerySet
from bookings.rhythm import Rhythm
from bookings.selectors import Openings, Wish
from bookings.slots import Parts, Slot
from clinic.models import Absence, Clinic, Practitioner
from intervals import Interval, local_date, local_day, tick_ceil, tick_floor

WEEKS = timedelta(days=14)  # how far before and after its old day a visit is looked a time for
SOON = timedelta(hours=4)  # within this the patient can hardly be told in time
AT_ONCE = timedelta(minutes=30)
SHOWN, TRIED, OF_EACH_KIND, ROOMS = 3, 16, 4, 4


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One new time for a visit, and what it costs its patient."""

    slot: Slot
    cost: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """A visit that can't stand, why, and where it could go; `proposed` is its place when all are moved together."""

    appointment: Appointment
    because: str
    proposals: tuple[Proposal, ...] = ()
    proposed: Proposal | None = None

    @property
    def shown(self) -> list[Proposal]:
        """A few that differ: what goes together with the others, a colleague at the same time, the nearest with the same person."""
        same_time = (each for each in self.proposals if each.slot.start == self.appointment.start)
        same_person = (each for each in self.proposals if each.slot.practitioner.pk == self.appointment.practitioner_id)
        of_each_kind = {each.words: each for each in reversed(self.proposals)}.values()
        best = [self.proposed, next(same_time, None), next(same_person, None), *of_each_kind, *self.proposals]
        return list({each.slot.value: each for each in best if each}.values())[:SHOWN]


# Which visits can't stand


def that_cannot_stand(visits: AppointmentQuerySet, *, now: datetime) -> AppointmentQuerySet:
    """Of some visits those not over whose practitioner, room, machine or clinic is away then, or who has left by then."""
    ahead = visits.filter(state__in=State.ahead(), during__endswith__gt=now)
    return ahead.filter(_away() | _gone()).order_by("during", "pk")


def _away() -> Exists:
    mine = [Q(timeline=None)] + [Q(timeline=OuterRef(f"{who}__timeline")) for who in ("practitioner", "room", "equipment")]
    meets = Absence.objects.filter(clinic=OuterRef("clinic"), during__overlap=OuterRef("during"))
    return Exists(meets.filter(mine[0] | mine[1] | mine[2] | mine[3]))


def _gone() -> Q:
    """Visits of people who have left, from the first day on which they can't be booked."""
    gone = Q(practitioner__active=False) | Q(room__active=False)
    for person in Practitioner.objects.exclude(leaves_on=None).select_related("clinic"):
        gone |= Q(practitioner=person, during__startswith__gte=local_day(person.clinic.tz, person.leaves_on).start)
    return gone


def cannot_stand(appointment: Appointment, *, now: datetime) -> bool:
    return that_cannot_stand(Appointment.objects.filter(pk=appointment.pk), now=now).exists()


def count_at(clinic: Clinic, *, now: datetime) -> int:
    return that_cannot_stand(Appointment.objects.filter(clinic=clinic), now=now).count()


def items_at(clinic: Clinic, *, now: datetime) -> list[Item]:
    """The worklist of a clinic in order of time, without proposals."""
    visits = list(that_cannot_stand(Appointment.objects.filter(clinic=clinic), now=now).with_people())
    return [Item(appointment=visit, because=words) for visit, words in zip(visits, _reasons(visits), strict=True)]


def _reasons(visits: Sequence[Appointment]) -> list[str]:
    if not visits:
        return []
    first, last = min(visit.start for visit in visits), max(visit.end for visit in visits)
    absences = list(Absence.objects.at(visits[0].clinic).during(first, last).order_by("during"))
    return [_reason(visit, absences) for visit in visits]


def _reason(visit: Appointment, absences: Iterable[Absence]) -> str:
    """Why a visit can't stand, as the desk reads it."""
    names = {visit.practitioner.timeline_id: visit.practitioner.short_name, visit.room.timeline_id: visit.room.name}
    if visit.equipment:
        names[visit.equipment.timeline_id] = visit.equipment.name
    for absence in absences:
        if visit.start < absence.during.upper and absence.during.lower < visit.end:
            if absence.timeline_id is None:
                return f"The clinic is closed: {absence.reason}"
            if absence.timeline_id in names:
                return f"{names[absence.timeline_id]} is away: {absence.reason}"
    if not visit.room.active:
        return f"{visit.room.name} is no longer used"
    leaves = visit.practitioner.leaves_on
    if leaves and visit.practitioner.active:
        return f"{visit.practitioner.short_name} leaves on {leaves:%a} {leaves.day} {leaves:%b %Y}"
    return f"{visit.practitioner.short_name} has left"


# Where they could go


class Rearrangement:
    """New times for some visits of one clinic, each by itself and all together."""

    def __init__(self, items: Sequence[Item], *, now: datetime):
        self.items, self.now = items, now
        self.visits = [item.appointment for item in items]

    def free(self) -> list[list[Proposal]]:
        """For each visit every place it could go to, cheapest first, as if it alone moved among the others that do."""
        return [self.proposals(visit) for visit in self.visits]

    def proposed(self) -> list[Item]:
        """The items with their proposals, and the one set of them that disturbs patients least."""
        return self._joined(self.free())

    def chosen(self, values: Mapping[str, str]) -> list[Item]:
        """The items whose time is named, each with a room where all of them go together; without one where its time is gone."""
        found = [
            [each for each in proposals if each.slot.value == values.get(visit.key)]
            for visit, proposals in zip(self.visits, self.free(), strict=True)
        ]
        return [item for item in self._joined(found) if item.appointment.key in values]

    def _joined(self, found: Sequence[Sequence[Proposal]]) -> list[Item]:
        return [
            replace(item, proposals=tuple(_one_per_start(each)), proposed=None if pick is None else each[pick])
            for item, each, pick in zip(self.items, found, self.together(found).picks, strict=True)
        ]

    def together(self, found: Sequence[Sequence[Proposal]]) -> Choice:
        places = [
            [Place(cost=each.cost, cells=cells_of(each.slot, visit) | self.rhythm.cells(visit, each.slot.local_date)) for each in proposals]
            for visit, proposals in zip(self.visits, found, strict=True)
        ]
        return assign(places)

    def proposals(self, visit: Appointment) -> list[Proposal]:
        """The times that disturb this patient least, cheapest first, each in every room that would do."""
        openings = self.openings(visit)
        ranked = sorted(self._ranked(visit, openings), key=lambda each: (each.cost, each.slot.start))
        kinds: Counter[str | date] = Counter()
        spread = self.rhythm.moves_with_others(visit)
        found = []
        for place, each in enumerate(ranked):
            day = each.slot.local_date
            if place < TRIED or kinds[each.words] < OF_EACH_KIND or (spread and not kinds[day]):
                kinds.update([each.words, day])
                found += self._in_rooms(each, visit, openings)
        return found

    def _ranked(self, visit: Appointment, openings: Openings) -> Iterable[Proposal]:
        busy = self.busy[visit.patient.timeline_id]
        day = local_date(visit.start, visit.clinic.tz)
        slots = [*_at_the_same_time(visit, openings), *self._slots[self._kind(visit)]]
        for slot in {slot.value: slot for slot in slots}.values():
            in_time = slot.start >= self.now + AT_ONCE or slot.start == visit.start
            at_leisure = not any(stretch.overlaps(Interval(slot.start, slot.end)) for stretch in busy)
            near = abs(slot.local_date - day) <= WEEKS
            if in_time and at_leisure and near and self.rhythm.allows(visit, slot.local_date):
                yield self._proposal(visit, slot, (slot.local_date - day).days)

    def _proposal(self, visit: Appointment, slot: Slot, days: int) -> Proposal:
        colleague = slot.practitioner.pk != visit.practitioner_id
        local = visit.start.astimezone(visit.clinic.tz)
        minutes = (slot.local_start.hour - local.hour) * 60 + slot.local_start.minute - local.minute
        hasty = slot.start != visit.start and min(slot.start, visit.start) < self.now + SOON
        stretched = self.rhythm.stretches(visit, slot.local_date)
        cost = disturbance(minutes=minutes, days=days, colleague=colleague, hasty=hasty, stretched=stretched)
        return Proposal(slot=slot, cost=cost, words=words_of(visit, slot, days))

    def _in_rooms(self, proposal: Proposal, visit: Appointment, openings: Openings) -> list[Proposal]:
        """The proposal in the visit's own room where it is free, else in what fits best; others may need that room."""
        wanted = sorted(openings.rooms.values(), key=lambda room: (room.pk != visit.room_id, room.pk != proposal.slot.room.pk))
        found: list[Proposal] = []
        for room in wanted:
            slot = replace(proposal.slot, room=room)
            if len(found) < ROOMS and not openings.obstacles(slot):
                found.append(replace(proposal, slot=slot, cost=proposal.cost + (room.pk != visit.room_id)))
        return found

    # What is looked up once for all visits of a kind

    def _kind(self, visit: Appointment) -> tuple:
        return visit.service_id, Parts.of(visit)

    def openings(self, visit: Appointment) -> Openings:
        return self._openings[self._kind(visit)]

    @cached_property
    def _openings(self) -> dict[tuple, Openings]:
        kinds: dict[tuple, list[Appointment]] = defaultdict(list)
        for visit in self.visits:
            kinds[self._kind(visit)].append(visit)
        return {kind: GivenBack(self._wish(visits), self.stretches) for kind, visits in kinds.items()}

    def _wish(self, visits: Sequence[Appointment]) -> Wish:
        days = [local_date(visit.start, visit.clinic.tz) for visit in visits]
        return Wish(
            service=visits[0].service,
            first_day=min(days) - WEEKS,
            last_day=max(days) + WEEKS,
            now=self.now,
            parts=Parts.of(visits[0]),
            moving=tuple(visit.pk for visit in self.visits),
        )

    @cached_property
    def _slots(self) -> dict[tuple, list[Slot]]:
        return {kind: openings.all() for kind, openings in self._openings.items()}

    @cached_property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.visits, reach=WEEKS)

    @cached_property
    def stretches(self) -> dict[int, list[Interval]]:
        """What the visits take of every timeline now: they give it back when they move."""
        return stretches_of(visit.pk for visit in self.visits)

    @cached_property
    def busy(self) -> dict[int, list[Interval]]:
        """When each patient is somewhere else, at any clinic."""
        patients = [visit.patient.timeline_id for visit in self.visits]
        found: dict[int, list[Interval]] = defaultdict(list)
        for row in Occupancy.objects.counting(self.now).on(patients).exclude(appointment__in=self.visits):
            found[row.timeline_id].append(Interval(row.during.lower, row.during.upper))
        return found


def _at_the_same_time(visit: Appointment, openings: Openings) -> list[Slot]:
    """The visit's own start with everybody who gives it: it need not lie on the clinic's step. Whether it is free is still to be seen."""
    if openings.is_empty or openings.machines is not None or openings.wish.now > visit.start:
        return []
    usual = Slot(
        service=visit.service, parts=openings.parts, practitioner=visit.practitioner, room=visit.room, equipment=None, start=visit.start
    )
    return [replace(usual, practitioner=person) for person in openings.practitioners.values()]


def cells_of(slot: Slot, visit: Appointment) -> frozenset[tuple[int, int]]:
    """What a place takes: each timeline at each five minutes."""
    taken = slot.visit(visit.patient.timeline_id).occupied()
    return frozenset((timeline, tick) for timeline, stretch in taken for tick in range(tick_floor(stretch.start), tick_ceil(stretch.end)))


def words_of(visit: Appointment, slot: Slot, days: int) -> str:
    """What kind of change a new time is."""
    if slot.practitioner.pk == visit.practitioner_id:
        return "Same person, same day" if days == 0 else "Same person, another day"
    if slot.start == visit.start:
        return "Same time, a colleague"
    return "Same day, a colleague" if days == 0 else "Another day, a colleague"


def _one_per_start(proposals: Iterable[Proposal]) -> list[Proposal]:
    """The first of each start and person: the room is the house's affair."""
    first: dict[str, Proposal] = {}
    for proposal in proposals:
        first.setdefault(proposal.slot.value, proposal)
    return list(first.values())


def worklist(clinic: Clinic, *, now: datetime) -> list[Item]:
    """Every visit of a clinic that can't stand, with proposals that go together."""
    return Rearrangement(items_at(clinic, now=now), now=now).proposed()
