"""Small insured worlds for the tests of who pays."""

from datetime import date

from clinic.enums import Role
from clinic.models import Clinic, Practitioner, User
from insurers.directory import directory
from insurers.enums import Payer
from insurers.models import Authorisation, Insurer
from insurers.services import record_authorisation, set_funding
from insurers.services.directory import rows_of
from patients.models import Patient
from tests.factories import NOON as NOW
from tests.factories import ClinicFactory, CourseFactory, PatientFactory, PractitionerFactory, SessionFactory, UserFactory
from treatments.models import Course

KNOWN = rows_of(directory())


def a_clinic(zone: str = "Europe/London") -> Clinic:
    return ClinicFactory(zone=zone)


def an_insurer(name: str = "Bupa", slug: str = "") -> Insurer:
    """One of the directory, with what it asks for, or any other."""
    known = KNOWN.get(slug, {})
    return Insurer.objects.get_or_create(slug=slug or name.lower(), defaults=known | {"name": name})[0]


def a_user(role: Role = Role.ADMIN, *clinics: Clinic) -> User:
    return UserFactory(role=role, clinics=clinics)


def a_practitioner(clinic: Clinic) -> Practitioner:
    return PractitionerFactory(clinic=clinic, user=a_user(Role.PRACTITIONER, clinic))


def a_patient(clinic: Clinic | None = None, first: str = "Olivia", last: str = "Marsh") -> Patient:
    return PatientFactory(clinic=clinic or ClinicFactory(), first_name=first, last_name=last)


def a_course(sessions: int = 10, patient: Patient | None = None) -> Course:
    course = CourseFactory(patient=patient or a_patient())
    for number in range(1, sessions + 1):
        SessionFactory(course=course, number=number)
    return course


def an_insured_course(
    sessions: int = 10, *, patient: Patient | None = None, insurer: str = "Bupa", slug: str = "", code: str = ""
) -> Course:
    course = a_course(sessions, patient)
    company = an_insurer(insurer, slug)
    set_funding(course=course, payer=Payer.INSURER, insurer=company, policy_number=f"BUP{course.pk}", code=code, now=NOW)
    return course


def approve(
    course: Course, units: int, *, first: date | None = None, last: date | None = None, code: str = "PRE-1", by: User | None = None
) -> Authorisation:
    by = by or a_user()
    return record_authorisation(policy=course.funding.policy, code=code, units=units, first_day=first, last_day=last, by=by, now=NOW)
