"""The rest of a course is planned again: proposed, looked at, and done in one step or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F

from bookings import course_messages, messages
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Because, Door, State
from bookings.models import Appointment
from bookings.services.courses import CourseClash, clashes_of, slots_named
from bookings.services.covering import move_cover, reserve_cover
from bookings.services.freeing import note_stretch
from bookings.services.kept import PLAN_AGAIN, let_go_visit, local_date_of, locked
from bookings.services.occupying import Promise, clear_the_way, during, put, slot_of, stretches, timelines_of, vacate
from bookings.services.replans import Change, Changes, Fate, Rest, is_sure, named_before, propose_changes
from bookings.services.states import StateChanged, step
from bookings.slots import Parts, Slot
from clinic import audit
from clinic.models import User
from clinic.services import settle_tasks
from intervals import Interval
from treatments.enums import CourseState
from treatments.models import Course, Session
from treatments.services.courses import lock_open, stop_course, widen_course

__all__ = ["Change", "Changes", "Fate", "PlanChanged", "ReasonMissing", "apply_changes", "propose_changes"]


class PlanChanged(Exception):
    """Somebody changed the course after the proposal was made."""

    def __init__(self) -> None:
        super().__init__("The course has changed since this page was made. This is how the rest would be planned now.")


class ReasonMissing(Exception):
    """A clinical decision needs a reason."""

    def __init__(self) -> None:
        super().__init__("Say why, in a few words.")


@dataclass(kw_only=True)
class Deed:
    """What is to be done with each session's date."""

    moves: list[tuple[Appointment, Promise]] = field(default_factory=list)
    new: list[Promise] = field(default_factory=list)
    gone: list[Appointment] = field(default_factory=list)
    stays: list[Appointment] = field(default_factory=list)

    @property
    def promises(self) -> list[Promise]:
        return [*(promise for _, promise in self.moves), *self.new]

    @property
    def timelines(self) -> list[int]:
        """What must not change meanwhile: everything that is taken, and everything that is given back."""
        old = [timeline for visit in [*(visit for visit, _ in self.moves), *self.gone] for timeline in timelines_of(visit)]
        return [*old, *(timeline for promise in self.promises for timeline in promise.timelines)]


@transaction.atomic
def apply_changes(
    *, course: Course, because: Because, values: Mapping[int, str], stamp: str, by: User, now: datetime, reason: str = ""
) -> list[Appointment]:
    """Do what was proposed, as a whole: `CourseClash` names the dates that are gone, `PlanChanged` says that the course is another by now.

    `values` names a time for each session, as `Changes.values` does; sent twice, it is done once. Returns the visits that lie ahead.
    """
    if because.is_clinical and not reason.strip():
        raise ReasonMissing
    deed, unknown = _deed(Rest(course, because, now=now), values)
    if not because.is_clinical and _is_done(deed, unknown):
        settle_tasks(about=course.key, by=by, now=now, kinds=(PLAN_AGAIN,))
        return deed.stays
    try:
        with transaction.atomic(), clash_means(SlotTaken):
            clear_the_way(deed.timelines, now=now)
            fresh = _as_seen(course, because, stamp, now=now)
            if unknown:
                raise CourseClash(unknown)
            _decide(fresh, because, reason, by=by, now=now)
            put_in_place(deed, by=by, now=now)
    except SlotTaken as gone:
        raise CourseClash({promise.session.number: str(gone) for promise in deed.promises}) from gone
    settle_tasks(about=course.key, by=by, now=now, kinds=(PLAN_AGAIN,))
    if deed.moves or deed.new or deed.gone or because == Because.IMPROVED:
        course_messages.tell(course_messages.CHANGED, course, now=now)
    audit.record(by, "course.replan", course, because=because.value, moved=len(deed.moves), added=len(deed.new), let_go=len(deed.gone))
    return list(Appointment.objects.of_course(course).ahead(now).with_people())


def _deed(rest: Rest, values: Mapping[int, str]) -> tuple[Deed, dict[int, str]]:
    """What the values ask for, and which of them name no free time any more."""
    deed, unknown = Deed(), {}
    mine = named_before(rest.visits)
    wanted = {number: value for number, value in values.items() if value and value not in mine}
    free = mine | (slots_named(rest.course, wanted, now=rest.now) if wanted else {})
    planned = {session.pk for session in rest.sessions} if rest.because != Because.STOPPED else set()
    deed.gone += [visit for key, visit in rest.visits.items() if key not in planned]
    for session in rest.sessions if planned else ():
        _add(deed, unknown, session, rest.visits.get(session.pk), values.get(session.number), free, rest.course)
    return deed, unknown


def _add(
    deed: Deed,
    unknown: dict[int, str],
    session: Session,
    visit: Appointment | None,
    value: str | None,
    free: Mapping[str, Slot],
    course: Course,
) -> None:
    """Sort one session into the deed; one that the form does not name stays as it is."""
    if value == "" and visit:
        deed.gone.append(visit)
    elif visit and (value is None or (value == slot_of(visit).value and visit.service_id == course.service_id)):
        deed.stays.append(visit)
    elif value and value not in free:
        unknown[session.number] = "That time has just gone."
    elif value and visit:
        deed.moves.append((visit, _moved(visit, free[value], course)))
    elif value:
        deed.new.append(_added(session, free[value], course))


def _moved(visit: Appointment, slot: Slot, course: Course) -> Promise:
    """The visit at its new time: its parts and price stay as they were agreed, unless another kind of visit is planned."""
    if visit.service_id == course.service_id:
        slot = replace(slot, service=visit.service, parts=Parts.of(visit))
    return Promise(slot=slot, session=visit.session, state=State(visit.state), door=Door(visit.door), moving=visit.pk)


def _added(session: Session, slot: Slot, course: Course) -> Promise:
    kept = course.state == CourseState.ASSESSMENT
    slot = replace(slot, service=course.service, parts=Parts.of(course.service))
    return Promise(
        slot=slot, session=session, state=State.PROVISIONAL if kept else State.BOOKED, door=Door.COURSE, waits_for_prescription=kept
    )


def _is_done(deed: Deed, unknown: Mapping[int, str]) -> bool:
    """Whether all is as it was asked for: nothing had to change, or somebody pressed twice."""
    sure = all(is_sure(visit.session.course, visit) for visit in deed.stays)
    return sure and not (unknown or deed.promises or deed.gone)


def _as_seen(course: Course, because: Because, stamp: str, *, now: datetime) -> Course:
    """The course, locked after its visits, if it still is what the proposal was made from."""
    locked(Appointment.objects.of_course(course).ahead(now))
    fresh = lock_open(course)
    if Rest(fresh, because, now=now).stamp != stamp:
        raise PlanChanged
    return fresh


def _decide(course: Course, because: Because, reason: str, *, by: User, now: datetime) -> None:
    """Do the clinical half of it."""
    if because == Because.IMPROVED:
        widen_course(course=course, after=Rest(course, because, now=now).last_held, because=reason, by=by, now=now)
    elif because == Because.STOPPED:
        stop_course(course=course, because=reason, by=by, now=now)


def put_in_place(deed: Deed, *, by: User, now: datetime) -> None:
    """Give back the old times, look again, take the new ones; everything it touches is locked."""
    for visit in deed.gone:
        let_go_visit(visit, by=by, because="The course was planned again", now=now)
    was = [(visit.practitioner, Interval(visit.start, visit.end)) for visit, _ in deed.moves]
    for visit, _ in deed.moves:
        vacate(visit)
    if clashes := clashes_of(deed.promises, now=now):
        raise CourseClash(clashes)
    moved = [_move(visit, promise, by=by, now=now) for visit, promise in deed.moves]
    new = put(deed.new, now=now)
    for practitioner, stretch in was:
        note_stretch(practitioner, stretch, because="Moved", now=now)
    for visit in moved:
        move_cover(key=visit.key, on=local_date_of(visit))
        messages.take_back(visit, reason="The visit was moved")
    for visit in new:
        reserve_cover(session=visit.session, on=local_date_of(visit), key=visit.key)
        audit.record(by, "appointment.book", visit, door=visit.door, course=visit.session.course.key)
    _make_sure([*deed.stays, *moved], by=by, now=now)
    for visit in [*moved, *new]:
        if not visit.waits_for_prescription:
            messages.post_reminders(visit, now=now)


def _move(visit: Appointment, promise: Promise, *, by: User, now: datetime) -> Appointment:
    slot = promise.slot
    fields = {
        "during": during(slot),
        "service": slot.service,
        "practitioner": slot.practitioner,
        "room": slot.room,
        "equipment": slot.equipment,
        **slot.parts.as_fields(),
        "overbook_reason": "",
        "version": F("version") + 1,
    }
    ahead = Appointment.objects.filter(pk=visit.pk, version=visit.version, state__in=State.ahead())
    if not ahead.update(**fields):
        visit.refresh_from_db()
        raise StateChanged(visit, State.BOOKED)
    visit.refresh_from_db()
    visit.occupancies.bulk_create(stretches(visit, slot, patient=promise.patient))
    audit.record(by, "appointment.move", visit, version=visit.version)
    return visit


def _make_sure(visits: Sequence[Appointment], *, by: User, now: datetime) -> None:
    """Book those that were kept until somebody prescribed the course, once it is prescribed."""
    for visit in visits:
        if visit.waits_for_prescription and visit.session.course.state == CourseState.ACTIVE:
            step(appointment=visit, to=State.BOOKED, by=by, now=now, waits_for_prescription=False)
            messages.post_reminders(visit, now=now)
