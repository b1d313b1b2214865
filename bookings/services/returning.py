"""Somebody we know books again: their earlier answers and details begin the new booking."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bookings.models import Booking
from clinic.models import User
from patients.asking import complaint_now, taken_over
from patients.carrying import Given, in_short
from patients.models import Intake, Patient
from patients.rulebook import rulebook
from patients.services import intake_of, save_answers


@dataclass(frozen=True)
class Known:
    """One patient of an account with what they told us last, and what of it still counts."""

    patient: Patient
    earlier: Intake
    given: Given

    @property
    def last_answers(self) -> list[tuple[str, str]]:
        return in_short({name: value for name, value in self.given.items() if name != "born"}, rulebook())


def known_people(*, user: User, booking: Booking, now: datetime) -> list[Known]:
    """The patients who sign in with this account and have answered before."""
    patients = {patient.pk: patient for patient in Patient.objects.visible_to(user)} if not user.is_clinic_staff else {}
    newest = Intake.objects.newest_of_each(patients).select_related("clinic")
    complaint = complaint_now(booking.complaint)
    return [Known(patients[each.patient_id], each, taken_over(each, complaint=complaint, now=now)) for each in newest]


@transaction.atomic
def take_over(*, booking: Booking, person: Known, user: User, now: datetime) -> None:
    """Begin a booking with what somebody told us before; their address is proved, as they signed in with it."""
    patient = person.patient
    given = person.given | {"born": patient.date_of_birth.isoformat()}
    intake = save_answers(intake=intake_of(booking.key), given=given)
    intake.medicines = person.earlier.medicines
    intake.save(update_fields=["medicines"])
    details = {"first_name": patient.first_name, "last_name": patient.last_name, "mobile": patient.mobile}
    proved = {"email": user.email, "proved_address": user.email} if patient.email.lower() == user.email.lower() else {}
    Booking.objects.unfinished().filter(pk=booking.pk).update(date_of_birth=patient.date_of_birth, **details, **proved)
