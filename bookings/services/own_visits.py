"""What patients do to their own visits: move or cancel them, inside the clinic's notice rules."""

from datetime import datetime

from django.db import transaction

from bookings.enums import CancelledBy
from bookings.models import Appointment
from bookings.services.appointments import TooLate, cancel_appointment, in_time, move_appointment
from bookings.slots import Slot
from clinic.enums import LinkPurpose
from clinic.links import revoke
from clinic.models import User


def find_visit(key: str) -> Appointment | None:
    """The visit that goes by this key, with all that its pages show; a time that is only held is no visit yet."""
    return Appointment.objects.promised_to_patients().keyed([key]).with_people().first()


def may_move(appointment: Appointment, *, now: datetime) -> bool:
    """Whether the patient may still move it without ringing the clinic."""
    return appointment.is_ahead and in_time(appointment, now=now)


@transaction.atomic
def move_own_visit(*, appointment: Appointment, slot: Slot, by: User | str, now: datetime) -> Appointment:
    """Move a visit for its patient, or `TooLate`; the old time is kept until the new one is sure."""
    if not in_time(appointment, now=now):
        raise TooLate(f"It is too late to move this visit here. Please ring us on {appointment.clinic.phone}.")
    return move_appointment(appointment=appointment, slot=slot, by=by, now=now)


@transaction.atomic
def cancel_own_visit(*, appointment: Appointment, because: str, by: User | str, now: datetime) -> Appointment:
    """Cancel a visit for its patient: links to it stop working; whether it was late follows from the clinic's notice."""
    if appointment.start <= now:
        raise TooLate(f"This visit has begun. Please ring us on {appointment.clinic.phone}.")
    cancelled = cancel_appointment(appointment=appointment, by=by, who=CancelledBy.PATIENT, because=because, now=now)
    revoke(purpose=LinkPurpose.VISIT, about=appointment.key, now=now)
    return cancelled
