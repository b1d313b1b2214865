"""A visitor books: a time is held while the form is filled in, and the visit is promised once."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings import code_messages, messages
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Door, State
from bookings.models import Appointment, Booking
from bookings.services.course_online import keep_later, wanted_later
from bookings.services.covering import code_due, reserve_cover
from bookings.services.kept import local_date_of
from bookings.services.occupying import Promise, clear_the_way, occupy, put, refuse_if_busy, slot_of, timelines_of, vacate
from bookings.slots import Slot
from clinic import audit
from clinic.enums import Role
from clinic.locks import limit_waiting
from clinic.models import Clinic
from clinic.services import set_task
from insurers.enums import Payer
from insurers.services import open_funding
from patients.enums import Tier
from patients.models import Intake, Patient
from patients.services import adopt_intake, find_patient, give_consents, intake_of, open_intake, register_patient, screen_intake
from treatments.services.courses import open_assessment

MOST_VISITS_AHEAD = 4
MOST_EXTENSIONS = 3
STOPPING = (Tier.EMERGENCY, Tier.BLOCK)


class HoldGone(Exception):
    """The time is no longer held for this booking."""

    def __init__(self) -> None:
        super().__init__("We could not keep your time any longer, and it may have gone. Please choose a time again.")


class NotYet(Exception):
    """Something that comes before has not been done: `step` names the page to go back to."""

    def __init__(self, step: str, words: str):
        super().__init__(words)
        self.step = step


class TooManyVisits(Exception):
    """The patient has as many visits ahead as can be booked online."""

    def __init__(self, clinic: Clinic):
        super().__init__(f"You already have {MOST_VISITS_AHEAD} visits ahead. Please ring us on {clinic.phone} to book another.")


@transaction.atomic
def start_booking(*, clinic: Clinic, complaint: str, now: datetime) -> Booking:
    """Begin a booking for what brings somebody; its answers hang on its key."""
    booking = Booking.objects.create(clinic=clinic, complaint=complaint, created_at=now)
    open_intake(booking_key=booking.key, clinic=clinic, complaint=complaint, now=now)
    return booking


@transaction.atomic
def hold_time(*, booking: Booking, slot: Slot, now: datetime) -> Appointment:
    """Hold a slot for this booking, giving back the one it held before; `SlotTaken` leaves the old hold as it was."""
    before = Appointment.objects.filter(booking=booking, state=State.HELD).first()
    until = now + timedelta(minutes=booking.clinic.hold_minutes)
    promise = Promise(slot=slot, session=None, state=State.HELD, door=Door.ONLINE, until=until)
    with clash_means(SlotTaken):
        clear_the_way([*promise.timelines, *(timelines_of(before) if before else [])], now=now)
        unfinished = Booking.objects.select_for_update(no_key=True).unfinished().get(pk=booking.pk)
        if before:
            Appointment.objects.filter(pk=before.pk, state=State.HELD).delete()
        refuse_if_busy([promise], now=now)
        [held] = put([promise], now=now)
    unfinished.appointment = held
    unfinished.save(update_fields=["appointment"])
    booking.appointment = held
    return held


@transaction.atomic
def extend_hold(*, booking: Booking, now: datetime) -> Appointment:
    """Keep the time ten minutes from now, or `HoldGone`; three times at most."""
    held = held_by(booking, now=now)
    latest = held.created_at + timedelta(minutes=booking.clinic.hold_minutes * (MOST_EXTENSIONS + 1))
    until = min(now + timedelta(minutes=booking.clinic.hold_minutes), latest)
    limit_waiting()
    if not Appointment.objects.filter(pk=held.pk, state=State.HELD, until__gt=now).update(until=until):
        raise HoldGone
    held.occupancies.update(until=until)
    held.until = until
    return held


def held_by(booking: Booking, *, now: datetime) -> Appointment:
    """The time this booking holds at `now`, or `HoldGone`."""
    held = booking.appointment
    if held is None or held.state != State.HELD or held.until <= now:
        raise HoldGone
    return held


@transaction.atomic
def let_go(*, booking: Booking) -> None:
    """Give back the time a booking holds: somebody changed their mind, or may not be treated."""
    Appointment.objects.filter(booking=booking, state=State.HELD).delete()


@transaction.atomic
def finish_booking(*, booking: Booking, now: datetime) -> Appointment:
    """Promise the held visit: patient, course, cover, consents and messages in one transaction. Pressing twice books once.

    The dates that were chosen besides are kept with it, or `CourseClash` names those that are gone and nothing is booked. Raises
    `NotYet` when a step was skipped, `HoldGone` when the time ran out, `TooManyVisits`, `KeptAlready`, or `SlotTaken`.
    """
    if booking.finished_at:
        return booking.appointment
    patient = find_patient(email=booking.email, born=booking.date_of_birth, first_name=booking.first_name)
    later = wanted_later(booking, now=now)
    seen = booking.appointment
    with clash_means(SlotTaken):
        own = [patient.timeline_id] if patient else []
        clear_the_way([*(timelines_of(seen) if seen else []), *own, *(later.timelines if later else [])], now=now)
    mine = _as_it_stands(booking)
    if mine.finished_at:
        return mine.appointment
    intake = intake_of(mine.key)
    check_complete(mine, intake)
    held = held_by(mine, now=now)
    if held != seen:
        raise HoldGone  # another press of the same browser chose another time: its timelines are not locked here
    _screen_again(mine, intake, now=now)
    if patient and Appointment.objects.of_patient(patient).ahead(now).count_courses() >= MOST_VISITS_AHEAD:
        raise TooManyVisits(mine.clinic)
    patient = patient or _register(mine, now=now)
    appointment = _promise(mine, held, intake, patient, now=now)
    if later:
        with clash_means(SlotTaken):
            keep_later(appointment, later, now=now)
    booking.finished_at, booking.appointment = now, appointment
    return appointment


def _as_it_stands(booking: Booking) -> Booking:
    """The booking afresh and locked, with its visit; what both have in common is one object."""
    mine = Booking.objects.select_for_update(of=("self",), no_key=True).whole().get(pk=booking.pk)
    clinic, service, held = mine.clinic, mine.service, mine.appointment
    if service:
        service.clinic = clinic
    if held:
        held.clinic = clinic
        if service and held.service_id == service.pk:
            held.service = service
    return mine


def check_complete(booking: Booking, intake: Intake) -> None:
    """Raise `NotYet` with the first step that is still to do."""
    if not booking.service_id:
        raise NotYet("service", "Please choose what you would like first.")
    if intake.screened_at is None:
        raise NotYet("safety", "Please answer the safety questions first.")
    if not booking.payer:
        raise NotYet("payer", "Please say who pays.")
    if not (booking.first_name and booking.last_name and booking.email and booking.date_of_birth):
        raise NotYet("about", "Please tell us who you are.")
    if not booking.address_is_proved:
        raise NotYet("code", "Please type the code we sent to your e-mail address.")
    if not booking.consents:
        raise NotYet("about", "Please say that you agree.")


def _screen_again(booking: Booking, intake: Intake, *, now: datetime) -> None:
    """Decide again, by the rules in force now: a page can't be talked around."""
    screen_intake(intake=intake, techniques=technique_words(booking), now=now)
    if intake.tier in STOPPING:
        raise NotYet("result", "Your answers mean we can’t book this online.")


def technique_words(booking: Booking) -> list[str]:
    """The techniques of the chosen service, as screening knows them."""
    return list(booking.service.techniques.values_list("slug", flat=True)) if booking.service_id else []


def _register(booking: Booking, *, now: datetime) -> Patient:
    return register_patient(
        clinic=booking.clinic,
        first_name=booking.first_name,
        last_name=booking.last_name,
        born=booking.date_of_birth,
        email=booking.email,
        mobile=booking.mobile,
        now=now,
    )


def _promise(booking: Booking, held: Appointment, intake: Intake, patient: Patient, *, now: datetime) -> Appointment:
    """Turn the hold into a visit of this patient."""
    adopt_intake(intake=intake, patient=patient)
    give_consents(patient=patient, words=booking.consents, now=now)
    first = open_assessment(patient=patient, clinic=booking.clinic, intake=intake, complaint=booking.complaint, now=now)
    open_funding(
        course=first.course,
        payer=Payer(booking.payer),
        insurer=booking.insurer,
        policy_number=booking.policy_number,
        code=booking.authorisation_code,
        code_follows=booking.code_follows,
        now=now,
    )
    review = intake.tier == Tier.REVIEW
    code = booking.payer == Payer.INSURER and not booking.authorisation_code
    _fill(held, first, patient, review=review, code=code, now=now)
    Booking.objects.filter(pk=booking.pk).update(finished_at=now)
    reserve_cover(session=held.session, on=local_date_of(held), key=held.key)
    messages.promise(held, now=now)
    if code:
        code_messages.promise_reminder(held, now=now)
    _tell_staff(held, intake, review=review, code=code, now=now)
    audit.record(audit.VISITOR, "appointment.book", held, door=held.door)
    return held


def _fill(held: Appointment, session, patient: Patient, *, review: bool, code: bool, now: datetime) -> None:
    """Give the hold its session; the patient's own time is taken too, so nobody is booked in two places."""
    vacate(held)
    held.session = session
    held.state = State.PROVISIONAL if review or code else State.BOOKED
    held.state_since, held.until = now, None
    held.waits_for_review, held.waits_for_code = review, code
    slot = slot_of(held)
    promise = Promise(slot=slot, session=session, state=State(held.state), door=Door(held.door))
    refuse_if_busy([promise], now=now)
    held.save()
    with clash_means(SlotTaken):
        occupy(held, slot, patient=patient)


def _tell_staff(appointment: Appointment, intake: Intake, *, review: bool, code: bool, now: datetime) -> None:
    clinic = appointment.clinic
    if review:
        set_task(
            clinic=clinic,
            for_role=Role.PRACTITIONER,
            user=appointment.practitioner.user,
            kind="review answers",
            about=intake.key,
            words=f"Read {appointment.patient.name}’s answers: their visit waits for you",
            due=min(appointment.start, now + timedelta(hours=24)),
        )
    if code:
        set_task(
            clinic=clinic,
            for_role=Role.ADMIN,
            kind="code missing",
            about=appointment.key,
            words=f"{appointment.patient.name} sends a code: the visit waits for it",
            due=code_due(appointment),
        )
