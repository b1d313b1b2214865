"""The desk's small clinic on a Thursday morning, with its people, for the tests of its pages."""

from datetime import datetime

from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from clinic.enums import Role
from patients.models import Patient
from tests.bookings.cast import House, small_clinic
from tests.factories import CourseFactory, PatientFactory, SessionFactory, UserFactory, at

NOW = at("08:00")
MOST_QUERIES = 16


def desk(**clinic: object) -> House:
    """The small clinic, with a practitioner who can sign in."""
    house = small_clinic(**clinic)
    house.practitioner.user = UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    house.practitioner.save()
    return house


def patient_of(house: House, **about: object) -> Patient:
    return PatientFactory(clinic=house.clinic, **about)


def visit(house: House, start: datetime, *, room: int = 0, patient: Patient | None = None, now: datetime = NOW, **session) -> Appointment:
    """A booked visit of a patient, made as the house makes it."""
    patient = patient or patient_of(house)
    course = CourseFactory(patient=patient, **({"prescribed_at": NOW} if session.get("number", 1) > 1 else {}))
    return book_appointment(session=SessionFactory(course=course, **session), slot=house.slot(start, room=room), by=house.desk, now=now)


def text(response) -> str:
    return " ".join(response.content.decode().split())
