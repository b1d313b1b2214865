"""Rows for tests, each as small as the constraints allow."""

from datetime import UTC, date, datetime, time

import factory
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.enums import Door, State
from bookings.models import Appointment
from bookings.slots import Parts, Slot
from clinic.enums import Role, TimelineKind, Weekday
from clinic.models import Clinic, Equipment, Practitioner, Room, Timeline, User, WeeklyHours
from insurers.models import Insurer, Policy
from patients.models import Intake, Patient
from treatments.models import Condition, Course, Service, Session, Technique

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday, and London's clocks agree with UTC


def at(clock: str, day: str = "2026-11-26") -> datetime:
    """The instant of a clock time in London on a winter's day."""
    return datetime.fromisoformat(f"{day}T{clock}:00+00:00")


class ClinicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Clinic

    slug = factory.Sequence(lambda n: f"clinic-{n}")
    name = "Meridian"
    place = "Bloomsbury, London"
    address = "3 Almond Yard, London WC1Z 4QT"
    phone = "020 7946 0182"
    email = "hello@meridian.example"
    zone = "Europe/London"
    country = "GB"
    currency = "GBP"
    min_notice_minutes = 0


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.RECEPTIONIST
    password = "!"

    @factory.post_generation
    def clinics(self, create, clinics, **kwargs):
        if create and clinics:
            self.clinics.set(clinics)


def timeline(kind: TimelineKind) -> factory.SubFactory:
    return factory.SubFactory(TimelineFactory, kind=kind)


class TimelineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Timeline

    kind = TimelineKind.ROOM


def open_daily(timeline: Timeline, *, starts: time = time(9), ends: time = time(18)) -> None:
    """Give a timeline the same hours on every day of the week."""
    WeeklyHours.objects.bulk_create(WeeklyHours(timeline=timeline, weekday=day, starts=starts, ends=ends) for day in Weekday.values)


class OpenFactory(factory.django.DjangoModelFactory):
    """Something with a timeline, open from 09:00 to 18:00 every day unless told otherwise."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @factory.post_generation
    def hours(self, create, hours, **kwargs):
        if create and hours != []:
            starts, ends = hours or (time(9), time(18))
            open_daily(self.timeline, starts=starts, ends=ends)


class PractitionerFactory(OpenFactory):
    class Meta:
        model = Practitioner

    clinic = factory.SubFactory(ClinicFactory)
    timeline = timeline(TimelineKind.PRACTITIONER)
    name = factory.Sequence(lambda n: f"Rhea Mehta{n}")
    letters = "MBAcC"


class RoomFactory(OpenFactory):
    class Meta:
        model = Room

    clinic = factory.SubFactory(ClinicFactory)
    timeline = timeline(TimelineKind.ROOM)
    name = factory.Sequence(lambda n: f"Room {n}")


class EquipmentFactory(OpenFactory):
    class Meta:
        model = Equipment

    clinic = factory.SubFactory(ClinicFactory)
    timeline = timeline(TimelineKind.MACHINE)
    name = factory.Sequence(lambda n: f"Device {n}")
    kind = "electro"


class TechniqueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Technique
        django_get_or_create = ("slug",)

    slug = "traditional_acupuncture"
    name = "Traditional acupuncture"
    family = "needling"
    needles = True
    words = "Needles rest in points."


class ServiceFactory(factory.django.DjangoModelFactory):
    """Acupuncture as the product tells it: 15 minutes hands-on, 25 at rest, 5 hands-on, 5 of cleaning."""

    class Meta:
        model = Service
        skip_postgeneration_save = True

    clinic = factory.SubFactory(ClinicFactory)
    slug = factory.Sequence(lambda n: f"service-{n}")
    name = "Acupuncture"
    short_name = "Acu"
    hands_in = 15
    rest = 25
    hands_out = 5
    price = 5800

    @factory.post_generation
    def practitioners(self, create, people, **kwargs):
        if create and people:
            self.practitioners.set(people)

    @factory.post_generation
    def techniques(self, create, techniques, **kwargs):
        if create:
            self.techniques.set(techniques if techniques is not None else [TechniqueFactory()])


class PatientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Patient

    clinic = factory.SubFactory(ClinicFactory)
    timeline = timeline(TimelineKind.PATIENT)
    first_name = factory.Sequence(lambda n: f"Hannah{n}")
    last_name = "Lindley"
    date_of_birth = date(1984, 3, 14)
    email = factory.Sequence(lambda n: f"hannah{n}@example.org")
    mobile = "07700 900142"
    created_at = NOON


class IntakeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Intake

    clinic = factory.SelfAttribute("patient.clinic")
    patient = factory.SubFactory(PatientFactory)
    booking_key = factory.Sequence(lambda n: f"booking{n}")
    complaint = "lower_back"
    rules_version = "1"


class ConditionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Condition
        django_get_or_create = ("slug",)

    slug = "chronic_low_back_pain"
    name = "Chronic low back pain"


class CourseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Course

    patient = factory.SubFactory(PatientFactory)
    clinic = factory.SelfAttribute("patient.clinic")
    complaint = "lower_back"
    opened_at = NOON


class SessionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Session

    course = factory.SubFactory(CourseFactory)
    number = 1


class InsurerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Insurer

    slug = factory.Sequence(lambda n: f"insurer-{n}")
    name = factory.Sequence(lambda n: f"Insurer {n}")


class PolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Policy

    patient = factory.SubFactory(PatientFactory)
    insurer = factory.SubFactory(InsurerFactory)
    number = "12345678"
    created_at = NOON


class AppointmentFactory(factory.django.DjangoModelFactory):
    """A booked visit that takes no time of anybody: for tests that are not about time."""

    class Meta:
        model = Appointment

    clinic = factory.SelfAttribute("session.course.clinic")
    session = factory.SubFactory(SessionFactory)
    service = factory.SubFactory(ServiceFactory, clinic=factory.SelfAttribute("..clinic"))
    practitioner = factory.SubFactory(PractitionerFactory, clinic=factory.SelfAttribute("..clinic"))
    room = factory.SubFactory(RoomFactory, clinic=factory.SelfAttribute("..clinic"))
    during = DateTimeTZRange(NOON, NOON.replace(minute=45))
    hands_in = 15
    rest = 25
    hands_out = 5
    cleaning = 5
    price = 5800
    state = State.BOOKED
    state_since = NOON
    door = Door.DESK
    created_at = NOON


def slot(start: datetime, *, service: Service, practitioner: Practitioner, room: Room, equipment: Equipment | None = None) -> Slot:
    """A slot as a page would hand it over."""
    return Slot(service=service, parts=Parts.of(service), practitioner=practitioner, room=room, equipment=equipment, start=start)
