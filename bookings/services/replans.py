"""The rest of a course planned again: what stays, what moves and why, what is new, what is dropped. Only what must change changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from bookings.enums import Because, State
from bookings.models import Appointment
from bookings.selectors import Wish
from bookings.services.courses import ALTERNATIVES, Wishes, limits_of, need_of, openings_of, preferences_of, with_chosen
from bookings.services.occupying import slot_of
from bookings.slots import Slot
from insurers.enums import CoverState
from insurers.models import Cover
from intervals import local_date
from treatments.course_rules import widen
from treatments.models import Course, Session
from treatments.planner import Limits, Need, Opening, Pick, Plan, Visit, alternatives, plan
from treatments.services.courses import ideal_gaps, plan_of

GAP = {"gap", "first_day"}  # what speaks for a date and is worth saying; the rest is as everybody expects


class Fate(StrEnum):
    """What becomes of one session's date."""

    STAYS = "stays"
    MOVES = "moves"
    NEW = "new"
    GOES = "goes"  # the session is no longer planned
    WAITS = "waits"  # planned, but no free time fits


@dataclass(frozen=True, kw_only=True)
class Change:
    """One session: the visit it has, the time it would have, and why."""

    session: Session
    visit: Appointment | None
    slot: Slot | None
    fate: Fate
    words: tuple[str, ...] = ()
    others: tuple[Slot, ...] = ()  # what else would do while the other dates stay
    trouble: str = ""  # why the time that was chosen for it can't be

    @property
    def number(self) -> int:
        return self.session.number

    @property
    def value(self) -> str:
        """How a form names the new time; nothing where there is none."""
        return self.slot.value if self.slot else ""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The rest of a course as it would be, and `stamp`: what it was made from."""

    course: Course
    because: Because
    lines: tuple[Change, ...]
    stamp: str

    @property
    def values(self) -> dict[int, str]:
        """How a form names the dates: session number to slot value, empty for a visit that is let go."""
        return {line.number: line.value for line in self.lines if line.fate != Fate.GOES}

    def those(self, fate: Fate) -> tuple[Change, ...]:
        return tuple(line for line in self.lines if line.fate == fate)

    @property
    def let_go(self) -> tuple[Appointment, ...]:
        """The visits that are cancelled: no time of theirs is kept."""
        return tuple(line.visit for line in self.lines if line.visit and line.slot is None)

    @property
    def is_nothing(self) -> bool:
        """Whether everything stays as it is; a clinical decision always changes something."""
        return not self.because.is_clinical and all(line.fate == Fate.STAYS and is_sure(self.course, line.visit) for line in self.lines)


def is_sure(course: Course, visit: Appointment) -> bool:
    """Whether a visit that stays needs nothing more: one kept for a plan that is prescribed by now becomes booked."""
    return course.prescribed_at is None or not visit.waits_for_prescription


def propose_changes(*, course: Course, because: Because, now: datetime, chosen: Mapping[int, str] | None = None) -> Changes:
    """Plan again what lies ahead of a course: each visit keeps its time where the rules allow it.

    `chosen` swaps single sessions, by slot value, while the others stay where they are proposed.
    """
    return Rest(course, because, now=now).changes(chosen or {})


class Rest:
    """What lies ahead of one course, looked up once."""

    def __init__(self, course: Course, because: Because, *, now: datetime):
        self.course, self.because, self.now = course, because, now
        self.zone = course.clinic.tz

    @cached_property
    def visits(self) -> dict[int, Appointment]:
        """The visits that lie ahead, by session."""
        return {visit.session_id: visit for visit in Appointment.objects.of_course(self.course).ahead(self.now).with_people()}

    @cached_property
    def behind(self) -> list[Appointment]:
        """The visits that stand and are over or under way, in order."""
        standing = Appointment.objects.of_course(self.course).standing().exclude(state=State.HELD)
        return list(standing.exclude(pk__in=[visit.pk for visit in self.visits.values()]).select_related("practitioner", "session"))

    @cached_property
    def sessions(self) -> list[Session]:
        """The sessions that are planned and were not held, in order, with the rhythm they would have."""
        done = [visit.session_id for visit in self.behind]
        rows = list(self.course.sessions.planned().unheld().exclude(pk__in=done).order_by("number"))
        for session in rows:
            if step := self.wider.get(session.number):
                session.gap_min_days, session.gap_max_days, session.review = step.min_gap_days, step.max_gap_days, step.review
        return rows

    @cached_property
    def last_held(self) -> int:
        """The number of the last session that was held, or is being held."""
        signed = self.course.sessions.held().values_list("number", flat=True)
        return max([*signed, *(visit.session.number for visit in self.behind)], default=0)

    @cached_property
    def wider(self) -> dict[int, object]:
        """The steps of the plan in its next wider rhythm, where that is what is asked for."""
        if self.because != Because.IMPROVED or not self.last_held or self.course.prescribed_at is None:
            return {}
        return {step.number: step for step in widen(plan_of(self.course), after=self.last_held).steps if step.number > self.last_held}

    @property
    def stamp(self) -> str:
        """A short name for all that a proposal is made from: another one means that somebody changed the course meanwhile."""
        visits = sorted(f"{visit.key}:{visit.version}:{visit.state}" for visit in self.visits.values())
        sessions = [f"{session.number}:{session.gap_min_days}:{session.gap_max_days}" for session in self.sessions]
        return sha256("|".join([self.course.state, self.because, *visits, *sessions]).encode()).hexdigest()[:24]

    # What would become of it

    def changes(self, chosen: Mapping[int, str]) -> Changes:
        stops = self.because == Because.STOPPED
        made = None if stops or self.course.service is None or not self.sessions else self._plan()
        planned = self._planned(made, chosen) if made else [self._gone(session) for session in self.sessions]
        known = {session.pk for session in self.sessions}
        unplanned = [self._gone(visit.session) for key, visit in self.visits.items() if key not in known]
        lines = sorted([*planned, *unplanned], key=lambda line: line.number)
        return Changes(course=self.course, because=self.because, lines=tuple(lines), stamp=self.stamp)

    def _planned(self, made: Plan, chosen: Mapping[int, str]) -> list[Change]:
        known = {session.number for session in self.sessions}
        made, troubles = with_chosen(made, {number: value for number, value in chosen.items() if value and number in known})
        changes = [self._change(session, made) for session in self.sessions]
        return [
            replace(
                change,
                others=tuple(other.opening.data for other in alternatives(made, change.number, ALTERNATIVES)),
                trouble=troubles.get(change.number, ""),
            )
            for change in changes
        ]

    def _gone(self, session: Session) -> Change:
        return Change(session=session, visit=self.visits.get(session.pk), slot=None, fate=Fate.GOES)

    def _change(self, session: Session, made: Plan) -> Change:
        visit, pick = self.visits.get(session.pk), made.pick(session.number)
        if pick is None:
            words = next((miss.words for miss in made.misses if miss.number == session.number), "")
            return Change(session=session, visit=visit, slot=None, fate=Fate.WAITS, words=(words,))
        slot, reasons = (
            pick.opening.data,
            tuple(reason.words for reason in pick.reasons if reason.code in GAP or (reason.cost and reason.code != "moved")),
        )
        if visit is None:
            return Change(session=session, visit=None, slot=slot, fate=Fate.NEW, words=reasons)
        if slot.value == slot_of(visit).value and visit.service_id == self.course.service_id:
            return Change(session=session, visit=visit, slot=slot, fate=Fate.STAYS)
        return Change(session=session, visit=visit, slot=slot, fate=Fate.MOVES, words=(*self._why(session, visit, made), *reasons))

    def _why(self, session: Session, visit: Appointment, made: Plan) -> tuple[str, ...]:
        """What would be wrong with the time it has."""
        if visit.service_id != self.course.service_id:
            return ("Another kind of visit is planned.",)
        before = self._day_before(session, made.picks)
        gap = (self._day(visit) - before).days if before else 0
        if before and gap <= 0:
            return ("The visit before it comes later now.",)
        if before and gap < session.gap_min_days:
            return (f"Its old time is {days(gap)} after the visit before; at least {session.gap_min_days} are planned.",)
        if before and gap > session.gap_max_days:
            return (f"Its old time is {days(gap)} after the visit before; at most {session.gap_max_days} are planned.",)
        return ()

    def _day_before(self, session: Session, picks: Sequence[Pick]) -> date | None:
        earlier = [pick.day for pick in picks if pick.number < session.number]
        return earlier[-1] if earlier else self.after.day if self.after else None

    def _day(self, visit: Appointment) -> date:
        return local_date(visit.start, self.zone)

    # What the planner is asked

    def _plan(self) -> Plan:
        needs = self._needs()
        return plan(
            needs,
            openings_of(self._wish(needs)),
            now=self.now,
            zone=self.zone,
            prefs=preferences_of(self.course, Wishes()),
            limits=self._limits(),
            after=self.after,
        )

    @cached_property
    def after(self) -> Visit | None:
        """The last visit behind, which the next one keeps its distance from."""
        last = self.behind[-1] if self.behind else None
        return Visit(day=self._day(last), practitioner=last.practitioner.key) if last else None

    def _needs(self) -> list[Need]:
        ideal = {number: step.ideal_gap_days for number, step in self.wider.items()} or ideal_gaps(self.course)
        techniques = self.course.techniques if self.course.techniques.exists() else self.course.service.techniques
        needling = techniques.filter(needles=True).exists()
        return [
            replace(need_of(session, ideal.get(session.number), needling=needling), keep=self._keep(session)) for session in self.sessions
        ]

    def _keep(self, session: Session) -> Opening | None:
        """The time a session has, to be kept where the rules allow it; not where another kind of visit is planned by now."""
        visit = self.visits.get(session.pk)
        if visit is None or visit.service_id != self.course.service_id:
            return None
        slot = slot_of(visit)
        return Opening(start=slot.start, end=slot.end, practitioner=slot.practitioner.key, room=slot.room.key, data=slot)

    def _wish(self, needs: Sequence[Need]) -> Wish:
        begins = max(local_date(self.now, self.zone), self.after.day if self.after else date.min)
        ends = begins + timedelta(days=sum(need.max_gap or 7 for need in needs) + 7)
        kept = [self._day(visit) for visit in self.visits.values()]
        return Wish(service=self.course.service, first_day=begins, last_day=max([ends, *kept]), now=self.now, patient=self.course.patient)

    def _limits(self) -> Limits:
        """What the insurer covers of the rest: the units that are left, and those its visits have already."""
        limits = limits_of(self.course)
        if limits.units is None:
            return limits
        keys = [visit.key for visit in self.visits.values()]
        return replace(limits, units=limits.units + Cover.objects.of_keys(keys).filter(state=CoverState.RESERVED).count())


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def named_before(visits: Mapping[int, Appointment]) -> dict[str, Slot]:
    """The times that the visits ahead have, by how a form names them: they may change hands among the sessions of one course."""
    return {slot.value: slot for slot in map(slot_of, visits.values())}


def why_again(course: Course, *, now: datetime) -> Because:
    """What happened that the rest has to be planned again, as far as the diary tells."""
    visits = Appointment.objects.of_course(course)
    if visits.kept().exists() and course.prescribed_at:
        return Because.PRESCRIBED
    lost = visits.filter(state__in=(State.DNA, State.CANCELLED)).exclude(session__in=visits.standing().values("session"))
    last = lost.order_by("state_since").last()
    if last is None:
        return Because.MOVED
    return Because.MISSED if last.state == State.DNA else Because.CANCELLED
