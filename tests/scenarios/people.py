"""Those who come to the doors at the same instant: browsers that are making a booking, and the desk."""

from datetime import datetime

from django.test import Client

from bookings.models import Appointment, Booking
from tests.bookings.cast import House
from tests.bookings.test_online import HEALTHY, visitor
from tests.factories import ServiceFactory, TechniqueFactory
from treatments.models import Service

NOTHING_MORE = {"where": "lower_back", "medicines_typed": "", "details": ""}


def minutes_of(house: House, minutes: int, **more: object) -> Service:
    """A visit of so many hands-on minutes that new patients can book, with everybody of the house, and no cleaning after it."""
    physio = TechniqueFactory(slug="physiotherapy", name="Physiotherapy", needles=False)
    plain = {"hands_in": minutes, "rest": 0, "hands_out": 0, "cleaning": 0, "first_visit": True, "techniques": [physio]}
    return ServiceFactory(clinic=house.clinic, practitioners=[house.practitioner], **(plain | more))


def making(house: House, number: int, *, service: Service, now: datetime, **more: object) -> tuple[Client, Booking]:
    """A browser whose visitor has answered everything and only has to choose a time."""
    about = {"first_name": f"Visitor{number}", "email": f"visitor{number}@example.org"}
    about["proved_address"] = about["email"]
    answers = HEALTHY | NOTHING_MORE | more.pop("answers", {})
    booking = visitor(house, now=now, answers=answers, service=service, **(about | more))
    client = Client()
    session = client.session
    session["booking"] = booking.key
    session.save()
    return client, booking


def choose(client: Client, house: House, start: datetime, practitioner=None):
    """Ask for a time, as the times page does."""
    who = practitioner or house.practitioner
    return client.post(f"/book/{house.clinic.slug}/times/", {"time": f"{start:%Y%m%dT%H%MZ}-{who.key}"})


def at_the_desk(house: House) -> Client:
    client = Client()
    client.force_login(house.desk)
    return client


def move(client: Client, appointment: Appointment, start: datetime, person) -> object:
    """Type another time for a visit, as the desk does."""
    day = f"{start:%Y-%m-%d}"
    return client.post(f"/diary/visits/{appointment.key}/move/?on={day}", {"clock": f"{start:%H:%M}", "person": person.key})


def text(response) -> str:
    return " ".join(response.content.decode().split())
