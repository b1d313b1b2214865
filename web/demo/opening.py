"""Open the demo's clinics: sites, rooms, people, hours, what they offer."""

from django.contrib.auth.hashers import make_password

from clinic.enums import Role, TimelineKind
from clinic.models import Clinic, Equipment, Practitioner, Room, Timeline, User, WeeklyHours
from treatments.models import Service, Technique
from web.demo.places import PASSWORD


def open_clinic(place: dict) -> Clinic:
    """Make one clinic with everything in it."""
    clinic = Clinic.objects.create(**place["clinic"])
    for position, (name, features) in enumerate(place["rooms"], 1):
        timeline = with_hours(TimelineKind.ROOM, place["room_hours"])
        Room.objects.create(clinic=clinic, timeline=timeline, name=name, features=features, position=position)
    for position, (name, kind) in enumerate(place["machines"], 1):
        timeline = with_hours(TimelineKind.MACHINE, place["room_hours"])
        Equipment.objects.create(clinic=clinic, timeline=timeline, name=name, kind=kind, position=position)
    people = {person["name"]: add_person(clinic, position, **person) for position, person in enumerate(place["people"], 1)}
    for name, email, role in place["staff"]:
        add_user(clinic, name=name, email=email, role=role)
    for position, service in enumerate(place["services"], 1):
        add_service(clinic, position, people, **service)
    return clinic


def with_hours(kind: TimelineKind, hours: list) -> Timeline:
    """A timeline and its weekly hours."""
    timeline = Timeline.objects.create(kind=kind)
    WeeklyHours.objects.bulk_create(
        WeeklyHours(timeline=timeline, weekday=day, starts=starts, ends=ends) for days, starts, ends in hours for day in days
    )
    return timeline


def add_person(clinic: Clinic, position: int, *, name: str, email: str, hours: list, **about: str) -> Practitioner:
    user = add_user(clinic, name=name, email=email, role=Role.PRACTITIONER)
    timeline = with_hours(TimelineKind.PRACTITIONER, hours)
    return Practitioner.objects.create(clinic=clinic, user=user, timeline=timeline, name=name, position=position, **about)


def add_user(clinic: Clinic, *, name: str, email: str, role: str) -> User:
    user = User.objects.create(name=name, email=email, role=role, password=make_password(PASSWORD))
    user.clinics.add(clinic)
    return user


def add_service(
    clinic: Clinic, position: int, everybody: dict, *, shape: tuple, techniques: list, people: list, first_visit: bool = False, **about
) -> Service:
    hands_in, rest, hands_out = shape
    service = Service.objects.create(
        clinic=clinic,
        position=position,
        hands_in=hands_in,
        rest=rest,
        hands_out=hands_out,
        first_visit=first_visit,
        online=first_visit,
        **about,
    )
    service.techniques.set(Technique.objects.filter(slug__in=techniques))
    service.practitioners.set([everybody[name] for name in people])
    return service
