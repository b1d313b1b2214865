"""What happens at a visit, from the chair to the signature."""

from datetime import datetime

from django.db import transaction

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.states import step
from clinic.models import User
from insurers.services import consume_cover
from treatments.services.records import sign_record, start_record


class NotHere(Exception):
    """The patient has not been checked in."""

    def __init__(self) -> None:
        super().__init__("Check the patient in first.")


@transaction.atomic
def start_insertion(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Begin the hands-on part, and with it the session's record."""
    refuse_ahead(appointment)
    step(appointment=appointment, to=State.INSERTING, by=by, now=now)
    start_record(session=appointment.session, practitioner=appointment.practitioner, now=now)
    return appointment


@transaction.atomic
def start_rest(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Leave the patient resting: the needle clock runs from here."""
    return step(appointment=appointment, to=State.RESTING, by=by, now=now)


@transaction.atomic
def start_removal(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Come back to take the needles out."""
    return step(appointment=appointment, to=State.REMOVING, by=by, now=now)


@transaction.atomic
def finish_visit(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Sign the session's record, complete the visit and use its unit: all of it, or `NotReady` with what is missing."""
    refuse_ahead(appointment)
    if appointment.state != State.COMPLETED:
        step(appointment=appointment, to=State.COMPLETED, by=by, now=now)
    record = start_record(session=appointment.session, practitioner=appointment.practitioner, now=now)
    sign_record(record=record, by=by, now=now, visit=appointment.key)
    consume_cover(key=appointment.key)
    return appointment


def refuse_ahead(appointment: Appointment) -> None:
    if appointment.is_ahead:
        raise NotHere
