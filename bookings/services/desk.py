"""What the front desk does in one go: somebody's first visit, from the phone call to the promise."""

from datetime import datetime

from django.db import transaction

from bookings.enums import Door
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.slots import Slot
from clinic.models import User
from insurers.enums import Payer
from insurers.models import Insurer
from insurers.services import set_funding
from patients.models import Patient
from treatments.services.courses import open_assessment


@transaction.atomic
def book_first_visit(
    *,
    patient: Patient,
    complaint: str,
    slot: Slot,
    by: User,
    now: datetime,
    payer: Payer = Payer.SELF,
    insurer: Insurer | None = None,
    policy_number: str = "",
    code: str = "",
    overbook_reason: str = "",
) -> Appointment:
    """Open an episode of care without answers yet and book its first visit, or `SlotTaken` and neither."""
    session = open_assessment(patient=patient, clinic=slot.clinic, intake=None, complaint=complaint, now=now)
    appointment = book_appointment(session=session, slot=slot, by=by, now=now, door=Door.DESK, overbook_reason=overbook_reason)
    set_funding(course=session.course, payer=payer, insurer=insurer, policy_number=policy_number, code=code, now=now)
    return appointment


def booked_before(patient: Patient, slot: Slot) -> Appointment | None:
    """The visit that this patient has already at exactly this time with this person: whoever is refused had pressed twice."""
    mine = Appointment.objects.of_patient(patient).standing().with_practitioner(slot.practitioner)
    return mine.filter(during__startswith=slot.start).first()
