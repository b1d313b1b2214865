"""A course under way, as the tests of records and pages need it: the catalogue's rows, a practitioner, a patient and a session."""

from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from django.core.management import call_command

from clinic.enums import Role
from clinic.models import Practitioner
from patients.enums import Tier
from patients.models import Finding, Intake, Patient
from tests.factories import (
    NOON,
    ClinicFactory,
    CourseFactory,
    IntakeFactory,
    PatientFactory,
    PractitionerFactory,
    ServiceFactory,
    UserFactory,
)
from treatments.enums import Chronicity, Severity, Side
from treatments.models import Acupoint, Condition, Course, Service, Session, Technique
from treatments.readiness import Needle
from treatments.services.courses import prescribe_course
from treatments.services.records import Draft


@dataclass
class Case:
    """Who and what one clinical test is about."""

    practitioner: Practitioner
    patient: Patient
    course: Course
    service: Service

    @property
    def user(self):
        return self.practitioner.user

    @property
    def clinic(self):
        return self.patient.clinic

    def session(self, number: int = 1) -> Session:
        return self.course.sessions.get(number=number)


def open_case() -> Case:
    """A patient with an assessment, at a clinic that knows the whole catalogue."""
    call_command("load_catalogue", stdout=StringIO())
    clinic = ClinicFactory()
    user = UserFactory(role=Role.PRACTITIONER, clinics=[clinic])
    practitioner = PractitionerFactory(clinic=clinic, user=user)
    course = CourseFactory(patient=PatientFactory(clinic=clinic))
    Session.objects.create(course=course, number=1)
    service = ServiceFactory(clinic=clinic, practitioners=[practitioner])
    return Case(practitioner, course.patient, course, service)


def prescribe(case: Case, **changes: Any) -> Course:
    """Prescribe the ten sessions of a moderate, chronic low back pain."""
    wish = {
        "condition": Condition.objects.get(slug="chronic_low_back_pain"),
        "severity": Severity.MODERATE,
        "chronicity": Chronicity.CHRONIC,
        "techniques": [technique()],
        "service": case.service,
        "sessions": 10,
        "reason": "",
        "goal": "Out of the car without a hand on the roof",
        "by": case.user,
        "practitioner": case.practitioner,
        "now": NOON,
    }
    case.course = prescribe_course(course=case.course, **{**wish, **changes})
    return case.course


def technique(slug: str = "traditional_acupuncture") -> Technique:
    return Technique.objects.get(slug=slug)


def needle(code: str, side: Side = Side.BOTH, needles: int = 2, depth_mm: int = 15, **more: str) -> Needle:
    return Needle(point=Acupoint.objects.get(code=code), side=side, needles=needles, depth_mm=depth_mm, **more)


def draft(**changes: Any) -> Draft:
    """Everything a record needs to be signed: BL23 both, two needles in and out."""
    whole = {
        "techniques": [technique()],
        "red_flags_asked": True,
        "consent_confirmed": True,
        "position": "prone",
        "retention_minutes": 25,
        "needle_make": "Aoki J",
        "needle_lot": "4417B",
        "needle_expiry": date(2029, 3, 31),
        "needles_out": 2,
        "pain_before": 6,
        "pain_after": 4,
        "adverse_asked": True,
        "next_plan": "Weekly to session 4, then review.",
        "needles": [needle("BL23")],
    }
    return Draft(**{**whole, **changes})


def raise_flag(patient: Patient, *rules: str, tier: Tier = Tier.CAUTION, words: str = "", regions: tuple[str, ...] = ()) -> Intake:
    """Screened answers of the patient in which these rules spoke."""
    intake = IntakeFactory(patient=patient, flags=list(rules), regions=list(regions), tier=tier, screened_at=NOON)
    for rule in rules:
        Finding.objects.create(
            intake=intake, rule=rule, tier=tier, rank=tier.rank, words=words or rule.replace("_", " "), said="Yes", source="Text book"
        )
    return intake
