"""What a practitioner can do next with a visit: one main thing, said as a button."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from intervals import local_date


@dataclass(frozen=True)
class Action:
    """One button: a link, or a deed that is posted."""

    words: str
    href: str
    mark: str
    posts: bool = False


def next_action(appointment: Appointment, *, today: date) -> Action:
    """The next thing to do with this visit."""
    record = reverse("practitioner:record", args=[appointment.session.key])
    match appointment.state:
        case State.PROVISIONAL if appointment.waits_for_review and appointment.session.course.intake_id:
            return Action("Read the answers", reverse("practitioner:review", args=[appointment.session.course.intake.key]), "eye")
        case State.PROVISIONAL if appointment.waits_for_prescription:
            return Action("Prescribe a course", reverse("practitioner:prescribe", args=[appointment.session.course.key]), "pen")
        case State.PROVISIONAL:
            return Action("Open the record", record, "pen")
        case State.BOOKED | State.CONFIRMED if local_date(appointment.start, appointment.clinic.tz) > today:
            return Action("Open the patient’s page", reverse("practitioner:patient", args=[appointment.patient.key]), "person")
        case State.BOOKED | State.CONFIRMED:
            return deed("check-in", "Check in", "check", appointment)
        case State.ARRIVED:
            return deed("insertion", "Start insertion" if appointment.rest else "Start treatment", "needle", appointment)
        case State.INSERTING if appointment.rest:
            return deed("rest", "Needles are in: rest", "rest", appointment)
        case State.RESTING:
            return deed("removal", "Needles out", "needle", appointment)
    is_signed = getattr(getattr(appointment.session, "record", None), "is_signed", False)
    return Action("Open the record" if is_signed else "Sign record", record, "lock" if is_signed else "pen")


def deed(name: str, words: str, mark: str, appointment: Appointment) -> Action:
    return Action(words, reverse("practitioner:step", args=[appointment.key, name]), mark, posts=True)
