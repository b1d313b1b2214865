"""A whole course, online: dates are proposed beside a held first visit, and kept as provisional until somebody has prescribed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction

from bookings import course_messages
from bookings.enums import Door, State
from bookings.models import Appointment, Booking
from bookings.selectors import Openings, Wish
from bookings.services.courses import CourseClash, Line, Wishes, clashes_of, lines_of, need_of, openings_of
from bookings.services.covering import reserve_cover
from bookings.services.kept import PRESCRIBE, local_date_of
from bookings.services.occupying import Promise, put, slot_of
from bookings.slots import Slot, read_value
from clinic import audit
from clinic.enums import Role
from clinic.locks import limit_waiting
from clinic.services import set_task
from intervals import local_date
from patients.models import Intake
from patients.rulebook import rulebook
from patients.services import intake_of
from treatments.course_rules import Proposal, propose, severity_of
from treatments.enums import Chronicity
from treatments.models import Course, Service, Session
from treatments.planner import Plan, Preferences, Visit, plan

ONSET = {"weeks": Chronicity.ACUTE, "months": Chronicity.SUBACUTE, "year": Chronicity.CHRONIC, "years": Chronicity.CHRONIC}
USUAL = "musculoskeletal_pain"
GONE = "That time has just gone."
NO_WISHES = Wishes()


class KeptAlready(Exception):
    """Dates are kept for this patient already."""

    def __init__(self) -> None:
        super().__init__("We keep dates of a course for you already. Book this first visit alone, or ring us.")


def lasted(booking: Booking, intake: Intake) -> Chronicity | None:
    """How long the problem has lasted: as the safety answers say, else as was asked here; None while nobody knows."""
    answered = ONSET.get(str(intake.answers.get("onset", "")))
    return answered or (Chronicity(booking.lasted) if booking.lasted else None)


def estimate(booking: Booking, intake: Intake) -> Proposal | None:
    """The course that the table proposes for what brings them, or None while it is not known how bad it is or for how long."""
    chronicity = lasted(booking, intake)
    if booking.pain is None or chronicity is None:
        return None
    service = service_after(booking)
    complaint = rulebook().complaints.get(booking.complaint)
    condition = next(iter(complaint.conditions), USUAL) if complaint else USUAL
    return propose(
        condition, severity=severity_of(booking.pain), chronicity=chronicity, hands_on_minutes=service.hands_in + service.hands_out
    )


def service_after(booking: Booking) -> Service:
    """The kind of visit that follows the first one: the one that shares most of its techniques; else the same again."""
    techniques = set(booking.service.techniques.values_list("pk", flat=True))
    offered = Service.objects.offered().at(booking.clinic).filter(first_visit=False).prefetch_related("techniques")
    shared = [(len(techniques & {technique.pk for technique in service.techniques.all()}), service) for service in offered]
    most = max((count for count, _ in shared), default=0)
    return next((service for count, service in shared if count == most and count), booking.service)


@transaction.atomic
def tell_problem(*, booking: Booking, pain: int, lasted: str) -> None:
    """Note how bad it is, and for how long, while the booking is being made."""
    limit_waiting()
    Booking.objects.unfinished().filter(pk=booking.pk).update(pain=pain, lasted=lasted)
    booking.pain, booking.lasted = pain, lasted


@dataclass(frozen=True)
class Sketch:
    """A course as it could be: the held first visit, and the sessions after it with their dates."""

    booking: Booking
    proposal: Proposal
    now: datetime
    wishes: Wishes = NO_WISHES

    @cached_property
    def first(self) -> Slot:
        return slot_of(self.booking.appointment)

    @cached_property
    def service(self) -> Service:
        return service_after(self.booking)

    @cached_property
    def sessions(self) -> list[Session]:
        """The sessions after the first, as rows that nobody has saved."""
        return [
            Session(number=step.number, review=step.review, gap_min_days=step.min_gap_days, gap_max_days=step.max_gap_days)
            for step in self.proposal.steps
            if step.number > 1
        ]

    @cached_property
    def made(self) -> Plan:
        """The best dates."""
        ideal = {step.number: step.ideal_gap_days for step in self.proposal.steps}
        needling = self.service.techniques.filter(needles=True).exists()
        return plan(
            [need_of(session, ideal[session.number], needling=needling) for session in self.sessions],
            openings_of(self._wish()),
            now=self.now,
            zone=self.booking.clinic.tz,
            prefs=self._preferences(),
            after=Visit(day=self.first.local_date, practitioner=self.first.practitioner.key, needling=needling),
        )

    def lines(self, chosen: Mapping[int, str] | None = None) -> tuple[Line, ...]:
        """Session by session, with single ones swapped."""
        return lines_of(self.sessions, self.made, chosen or {})

    def _wish(self) -> Wish:
        begins = self.first.local_date + timedelta(days=1)
        ends = begins + timedelta(days=sum(session.gap_max_days for session in self.sessions) + 7)
        return Wish(service=self.service, first_day=begins, last_day=ends, now=self.now, online=True)

    def _preferences(self) -> Preferences:
        key = self.first.practitioner.key
        wanted = self.wishes.practitioner.key if self.wishes.practitioner else key
        return Preferences(
            practitioner=wanted,
            wanted_as="asked for" if self.wishes.practitioner else "of the first visit",
            prescriber=key,
            prescribes_as="of the first visit",
            weekdays=self.wishes.weekdays,
            earliest=self.wishes.earliest,
            latest=self.wishes.latest,
            black_outs=self.wishes.away,
        )


@transaction.atomic
def choose_dates(*, booking: Booking, proposal: Proposal, values: Mapping[int, str], now: datetime) -> None:
    """Note which dates are to be kept when the first visit is booked; `CourseClash` names those that won't do. Nothing is taken yet."""
    slots_in_order(booking, proposal, values, now=now)
    _note(booking, {"first": slot_of(booking.appointment).value, "dates": {str(number): value for number, value in values.items()}})


@transaction.atomic
def choose_first_only(*, booking: Booking) -> None:
    """Book the first visit alone."""
    _note(booking, {})


def _note(booking: Booking, later: dict[str, object]) -> None:
    limit_waiting()
    Booking.objects.unfinished().filter(pk=booking.pk).update(later=later)
    booking.later = later


def later_of(booking: Booking) -> dict[int, str]:
    """The dates that are to be kept, by session number; none once another first time is held."""
    held = booking.appointment
    if not booking.later or held is None or booking.later["first"] != slot_of(held).value:
        return {}
    return {int(number): value for number, value in sorted(booking.later["dates"].items(), key=lambda pair: int(pair[0]))}


def slots_in_order(booking: Booking, proposal: Proposal, values: Mapping[int, str], *, now: datetime) -> dict[int, Slot]:
    """The free slots that the values name, far enough apart; the server looks again, whatever the page said. Else `CourseClash`."""
    service, tz = service_after(booking), booking.clinic.tz
    read = {value: each for value in values.values() if (each := read_value(value))}
    days = [local_date(start, tz) for start, _ in read.values()]
    wish = Wish(service=service, first_day=min(days), last_day=max(days), now=now, online=True) if days else None
    free = {slot.value: slot for slot in Openings(wish).all() if slot.value in read} if wish else {}
    troubles, found = {}, {}
    steps = {step.number: step for step in proposal.steps}
    before = local_date_of(booking.appointment)
    for number, value in sorted(values.items()):
        slot, step = free.get(value), steps.get(number)
        if step is None or number < 2:
            troubles[number] = "This visit is not part of the course."
        elif slot is None:
            troubles[number] = GONE
        elif (slot.local_date - before).days < max(1, step.min_gap_days):
            troubles[number] = "It is too near to the visit before."
        else:
            found[number], before = slot, slot.local_date
    if troubles:
        raise CourseClash(troubles)
    return found


@dataclass(frozen=True, kw_only=True)
class Later:
    """The dates that go with a first visit that is being booked."""

    proposal: Proposal
    service: Service
    slots: Mapping[int, Slot]

    @property
    def timelines(self) -> list[int]:
        return [timeline for slot in self.slots.values() for timeline in slot.visit(None).timelines]


def wanted_later(booking: Booking, *, now: datetime) -> Later | None:
    """What was chosen besides the first visit, if it still can be had: None for the first visit alone, else `CourseClash`."""
    values = later_of(booking)
    proposal = estimate(booking, intake_of(booking.key)) if values else None
    if proposal is None:
        return None
    return Later(proposal=proposal, service=service_after(booking), slots=slots_in_order(booking, proposal, values, now=now))


def keep_later(first: Appointment, later: Later, *, now: datetime) -> list[Appointment]:
    """Keep the later dates of a first visit that has just been booked, in its transaction and under its locks."""
    course = first.session.course
    if Appointment.objects.of_patient(course.patient).kept().exists():
        raise KeptAlready
    sessions = _plan_sessions(course, later)
    promises = [
        Promise(slot=later.slots[number], session=session, state=State.PROVISIONAL, door=Door.ONLINE, waits_for_prescription=True)
        for number, session in sessions.items()
        if number in later.slots
    ]
    if clashes := clashes_of(promises, now=now):
        raise CourseClash(clashes)
    kept = put(promises, now=now)
    for appointment in kept:
        reserve_cover(session=appointment.session, on=local_date_of(appointment), key=appointment.key)
        audit.record(audit.VISITOR, "appointment.keep", appointment, course=course.key)
    course_messages.tell(course_messages.KEPT, course, now=now)
    _ask_to_prescribe(first, kept)
    return kept


def _plan_sessions(course: Course, later: Later) -> dict[int, Session]:
    """Give the course the sessions of its sketch: what a practitioner prescribes takes their place."""
    course.service = later.service
    course.proposal = {**later.proposal.as_data(), "planned": later.proposal.sessions}
    course.save(update_fields=["service", "proposal"])
    rows = [
        Session(course=course, number=step.number, review=step.review, gap_min_days=step.min_gap_days, gap_max_days=step.max_gap_days)
        for step in later.proposal.steps
        if step.number > 1
    ]
    return {session.number: session for session in Session.objects.bulk_create(rows)}


def _ask_to_prescribe(first: Appointment, kept: Sequence[Appointment]) -> None:
    """Tell the practitioner until when the dates are kept."""
    set_task(
        clinic=first.clinic,
        for_role=Role.PRACTITIONER,
        user=first.practitioner.user,
        kind=PRESCRIBE,
        about=first.session.course.key,
        words=f"{first.patient.name}: {len(kept)} dates are kept for a course. Prescribe it, or they are let go",
        due=kept_until(first, kept),
    )


def kept_until(first: Appointment, kept: Sequence[Appointment]) -> datetime:
    """Until when dates wait for a prescription: some days after the first visit, and never until the second has come."""
    soonest = min((visit.start for visit in kept), default=first.end)
    return max(first.end, min(first.end + timedelta(days=first.clinic.release_days), soonest - timedelta(hours=12)))
