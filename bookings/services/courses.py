"""A whole course at once: the best set of dates is proposed, looked at, and booked in one step or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from bookings import messages
from bookings.availability import Snugness
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Door, State
from bookings.models import Appointment
from bookings.selectors import Openings, Wish
from bookings.services.appointments import local_date_of
from bookings.services.covering import NotCovered, reserve_covers
from bookings.services.occupying import Promise, clear_the_way, put, troubles
from bookings.slots import Slot, read_value
from clinic import audit
from clinic.models import Practitioner, User
from insurers.selectors import Left, sessions_left
from intervals import local_date
from treatments.models import Course, Session
from treatments.planner import Limits, Need, Opening, Plan, Preferences, Visit, alternatives, plan, swap
from treatments.services.courses import ideal_gaps

ALTERNATIVES = 3
GONE = "That time has just gone."
LEAVES_GAP = 2  # beside the planner's own costs: less than a day earlier or later


class CourseClash(Exception):
    """Some dates of a course are not possible; `words` says which and why, and nothing was booked."""

    def __init__(self, words: Mapping[int, str]):
        super().__init__(" ".join(f"Session {number}: {each}" for number, each in sorted(words.items())))
        self.words = dict(words)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the patient asks for: a person, days of the week (Monday is 0), hours on the clinic's clocks, and days away."""

    practitioner: Practitioner | None = None
    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None
    away: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """One session of the proposal: its time and why, or what is in the way; and what else would do while the others stay."""

    session: Session
    slot: Slot | None
    reasons: tuple[str, ...] = ()
    alternatives: tuple[Slot, ...] = ()
    changes: tuple[str, ...] = ()  # what each of the alternatives would cost, in words
    trouble: str = ""

    def change(self, slot: Slot) -> str:
        """What it would cost to take another time instead, in words."""
        return next((words for other, words in zip(self.alternatives, self.changes, strict=True) if other.value == slot.value), "")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The proposal for the sessions that have no time yet."""

    course: Course
    lines: tuple[Line, ...]
    left: Left | None = None  # what the insurer still covers

    @property
    def is_complete(self) -> bool:
        return bool(self.lines) and all(line.slot and not line.trouble for line in self.lines)

    @property
    def values(self) -> dict[int, str]:
        """How a form names the dates: session number to slot value."""
        return {line.session.number: line.slot.value for line in self.lines if line.slot}


def preview_course(*, course: Course, now: datetime, wishes: Wishes = Wishes(), chosen: Mapping[int, str] | None = None) -> Preview:
    """Propose dates for every session without one; `chosen` swaps single sessions, by slot value, and the others stay where they fit."""
    sessions = to_book(course)
    if not sessions or course.service is None:
        return Preview(course=course, lines=(), left=sessions_left(course))
    after, left = last_visit(course), sessions_left(course)
    made = plan(
        needs_of(course, sessions),
        openings_for(course, sessions, after=after, now=now),
        now=now,
        zone=course.clinic.tz,
        prefs=preferences_of(course, wishes),
        limits=limits_from(left),
        after=after,
    )
    return Preview(course=course, lines=lines_of(sessions, made, chosen or {}), left=left)


def lines_of(sessions: Sequence[Session], made: Plan, chosen: Mapping[int, str]) -> tuple[Line, ...]:
    """The proposal session by session, after single ones were swapped."""
    made, troubles = with_chosen(made, chosen)
    return tuple(_line(session, made, troubles) for session in sessions)


def to_book(course: Course) -> list[Session]:
    """The planned sessions that have no standing appointment and were not held, in order."""
    taken = Appointment.objects.of_course(course).standing().values("session")
    return list(course.sessions.planned().unheld().exclude(pk__in=taken).order_by("number"))


def last_visit(course: Course) -> Visit | None:
    """The last visit of the course that stands, which the next ones keep their distance from."""
    last = Appointment.objects.of_course(course).standing().select_related("practitioner", "clinic").last()
    return Visit(day=local_date_of(last), practitioner=last.practitioner.key) if last else None


def needs_of(course: Course, sessions: Sequence[Session]) -> list[Need]:
    """What each session asks of its date."""
    ideal = ideal_gaps(course)
    needling = course.techniques.filter(needles=True).exists()
    return [need_of(session, ideal.get(session.number), needling=needling) for session in sessions]


def need_of(session: Session, ideal: tuple[int, int] | None, *, needling: bool) -> Need:
    """What one session asks of its date."""
    low, high = session.gap_min_days, session.gap_max_days
    first, last = ideal or ((low + high) // 2, (low + high) // 2)
    first, last = min(max(first, low), high), min(max(last, low), high)
    return Need(
        number=session.number, min_gap=low, ideal_gap=first, ideal_upto=last, max_gap=high, review=session.review, needling=needling
    )


def openings_for(course: Course, sessions: Sequence[Session], *, after: Visit | None, now: datetime) -> list[Opening]:
    """Every free time that the sessions could take, from the last visit that stands to as late as their gaps allow."""
    today = local_date(now, course.clinic.tz)
    begins = max(today, after.day if after else today)
    latest = begins + timedelta(days=sum(session.gap_max_days or 7 for session in sessions) + 7)
    return openings_of(Wish(service=course.service, first_day=begins, last_day=latest, now=now, patient=course.patient))


def openings_of(wish: Wish) -> list[Opening]:
    """Every free time that a wish allows, as the planner sees it."""
    found = Openings(wish)
    return [_opening(found.slot(opening), opening.snugness) for opening in found.listed()]


def _opening(slot: Slot, snug: int) -> Opening:
    """A free time as the planner sees it: what leaves an unusable gap costs a little."""
    cost = LEAVES_GAP if snug == Snugness.LEAVES_GAP else 0
    return Opening(start=slot.start, end=slot.end, practitioner=slot.practitioner.key, room=slot.room.key, cost=cost, data=slot)


def preferences_of(course: Course, wishes: Wishes) -> Preferences:
    """The wishes as the planner takes them; who prescribed the course treats it, unless somebody else was asked for."""
    prescriber = course.practitioner.key if course.practitioner else None
    return Preferences(
        practitioner=wishes.practitioner.key if wishes.practitioner else prescriber,
        wanted_as="asked for" if wishes.practitioner else "of this course",
        prescriber=prescriber,
        weekdays=wishes.weekdays,
        earliest=wishes.earliest,
        latest=wishes.latest,
        black_outs=wishes.away,
    )


def limits_of(course: Course) -> Limits:
    """What the insurer still covers: a wish, not a wall; what lies beyond is shown and may be paid by the patient."""
    return limits_from(sessions_left(course))


def limits_from(left: Left | None) -> Limits:
    """The same, from what is known to be left."""
    return Limits(last_day=left.last_day, units=left.left) if left and left.units else Limits()


def with_chosen(made: Plan, chosen: Mapping[int, str]) -> tuple[Plan, dict[int, str]]:
    """The plan with single sessions swapped for the times that were chosen, and in words which can't be.

    What is in the way of one may be moved by another, so those that failed are tried again after the others.
    """
    left, troubles = dict(chosen), {}
    while left:
        troubles = {}
        for number, value in sorted(left.items()):
            made, words = _swapped(made, number, value)
            if words:
                troubles[number] = words
        if len(troubles) == len(left):
            break
        left = {number: left[number] for number in troubles}
    return made, troubles


def _swapped(made: Plan, number: int, value: str) -> tuple[Plan, str]:
    """The plan with one session at another of its openings, or in words why not."""
    pick = made.pick(number)
    if pick and pick.opening.data.value == value:
        return made, ""
    opening = _named(made, value)
    if opening is None:
        return made, GONE
    try:
        return swap(made, number, opening), ""
    except ValueError as broken:
        return made, str(broken)


def _named(made: Plan, value: str) -> Opening | None:
    read = read_value(value)
    if read is None:
        return None
    wanted = [each for each in made.problem.openings if each.start == read[0] and each.practitioner == read[1]]
    return wanted[0] if wanted else None


def _line(session: Session, made: Plan, troubles: Mapping[int, str]) -> Line:
    pick = made.pick(session.number)
    miss = next((miss.words for miss in made.misses if miss.number == session.number), "")
    others = alternatives(made, session.number, ALTERNATIVES)
    return Line(
        session=session,
        slot=pick.opening.data if pick else None,
        reasons=tuple(reason.words for reason in pick.reasons) if pick else (),
        alternatives=tuple(other.opening.data for other in others),
        changes=tuple(other.words for other in others),
        trouble=troubles.get(session.number, miss),
    )


@transaction.atomic
def book_course(*, course: Course, values: Mapping[int, str], by: User, now: datetime) -> list[Appointment]:
    """Book the named dates: all of them, or `CourseClash` and none. Sent twice, it books once and answers the same."""
    wanted = {session.number: session for session in course.sessions.planned().filter(number__in=list(values)).order_by("number")}
    promises, unknown = _promises(course, wanted, values, now=now)
    if unknown:
        return _as_before(course, wanted) or _clash(unknown)
    try:
        with transaction.atomic(), clash_means(SlotTaken):
            clear_the_way((timeline for promise in promises for timeline in promise.timelines), now=now)
            if before := _as_before(course, wanted):
                return before
            if clashes := clashes_of(promises, now=now):
                raise CourseClash(clashes)
            appointments = put(promises, now=now)
    except SlotTaken as gone:
        raise CourseClash({promise.session.number: str(gone) for promise in promises}) from gone
    _cover(course, appointments)
    audit.record_all(by, "appointment.book", appointments, door=Door.COURSE, course=course.key)
    messages.promise_course(appointments, now=now)
    return appointments


def _cover(course: Course, appointments: Sequence[Appointment]) -> None:
    days = {visit.key: local_date_of(visit) for visit in appointments}
    try:
        reserve_covers(course=course, visits={visit.key: (visit.session, days[visit.key]) for visit in appointments})
    except NotCovered as refused:
        beyond = {visit.session.number: str(refused) for visit in appointments if days[visit.key] in refused.days}
        raise CourseClash(beyond) from refused


def clashes_of(promises: Sequence[Promise], *, now: datetime) -> dict[int, str]:
    """Which sessions can't have their time, and why; their timelines are locked."""
    found = zip(promises, troubles(promises, now=now), strict=True)
    return {promise.session.number: words for promise, words in found if words}


def _clash(words: Mapping[int, str]) -> list[Appointment]:
    raise CourseClash(words)


def _as_before(course: Course, wanted: Mapping[int, Session]) -> list[Appointment]:
    """The visits these sessions have already, when each of them has one: somebody pressed twice."""
    standing = list(Appointment.objects.of_course(course).standing().filter(session__in=list(wanted.values())))
    return standing if wanted and len(standing) == len(wanted) else []


def _promises(
    course: Course, wanted: Mapping[int, Session], values: Mapping[int, str], *, now: datetime
) -> tuple[list[Promise], dict[int, str]]:
    """The dates as promises; the server looks for room and machine again, and says which dates are no dates any more."""
    promises, unknown = [], {}
    found = slots_named(course, values, now=now)
    for number, value in sorted(values.items()):
        session, slot = wanted.get(number), found.get(value)
        if session is None:
            unknown[number] = "This session is no longer planned."
        elif slot is None:
            unknown[number] = GONE
        else:
            promises.append(Promise(slot=slot, session=session, state=State.BOOKED, door=Door.COURSE))
    return promises, unknown


def slots_named(course: Course, values: Mapping[int, str], *, now: datetime) -> dict[str, Slot]:
    """The free slots that the values name, found in one look at the whole stretch."""
    read = {value: each for value in values.values() if (each := read_value(value))}
    if not read:
        return {}
    days = [local_date(start, course.clinic.tz) for start, _ in read.values()]
    wish = Wish(service=course.service, first_day=min(days), last_day=max(days), now=now, patient=course.patient)
    found = Openings(wish).starting_at(start for start, _ in read.values())
    return {slot.value: slot for slot in found if slot.value in read}
