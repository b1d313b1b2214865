"""Small insured worlds for the tests of who pays."""

from datetime import UTC, date, datetime
from itertools import count

from clinic.enums import Role, TimelineKind
from clinic.models import Clinic, Practitioner, Timeline, User
from insurers.enums import Payer
from insurers.models import Insurer
from insurers.services import record_authorisation, set_funding
from patients.models import Patient
from treatments.models import Course, Session

NOW = datetime(2026, 11, 26, 10, 52, tzinfo=UTC)
numbers = count(1)


def a_clinic(zone: str = "Europe/London", **fields) -> Clinic:
    number = next(numbers)
    return Clinic.objects.create(
        slug=f"clinic-{number}",
        name="Meridian",
        place=f"Place {number}",
        address="3 Almond Yard",
        phone="020 7946 0182",
        email="desk@clinic.example",
        zone=zone,
        country="GB",
        currency="GBP",
        **fields,
    )


def an_insurer(name: str = "Bupa") -> Insurer:
    return Insurer.objects.get_or_create(slug=name.lower().replace(" ", "-"), defaults={"name": name})[0]


def a_user(role: Role = Role.ADMIN, *clinics: Clinic) -> User:
    user = User.objects.create_user(f"user-{next(numbers)}@clinic.example", name=f"User {Role(role).label}", role=role)
    user.clinics.set(clinics)
    return user


def a_practitioner(clinic: Clinic) -> Practitioner:
    timeline = Timeline.objects.create(kind=TimelineKind.PRACTITIONER)
    return Practitioner.objects.create(clinic=clinic, timeline=timeline, user=a_user(Role.PRACTITIONER, clinic), name="Rhea Mehta")


def a_patient(clinic: Clinic | None = None, first: str = "Olivia", last: str = "Marsh") -> Patient:
    return Patient.objects.create(
        clinic=clinic or a_clinic(),
        timeline=Timeline.objects.create(kind=TimelineKind.PATIENT),
        first_name=first,
        last_name=last,
        date_of_birth=date(1980, 3, 14),
        email=f"patient-{next(numbers)}@mail.example",
        created_at=NOW,
    )


def a_course(sessions: int = 10, patient: Patient | None = None) -> Course:
    patient = patient or a_patient()
    course = Course.objects.create(patient=patient, clinic=patient.clinic, complaint="lower-back", opened_at=NOW)
    Session.objects.bulk_create(Session(course=course, number=number) for number in range(1, sessions + 1))
    return course


def an_insured_course(sessions: int = 10, *, patient: Patient | None = None, insurer: str = "Bupa", code: str = "") -> Course:
    course = a_course(sessions, patient)
    set_funding(course=course, payer=Payer.INSURER, insurer=an_insurer(insurer), policy_number=f"BUP{course.pk}", code=code, now=NOW)
    return course


def approve(
    course: Course, units: int, *, first: date | None = None, last: date | None = None, code: str = "PRE-1", by: User | None = None
):
    return record_authorisation(
        policy=course.funding.policy, code=code, units=units, first_day=first, last_day=last, by=by or a_user(), now=NOW
    )
