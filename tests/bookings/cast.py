"""A small clinic for tests about time: one acupuncturist, two rooms, and visits of 15 + 25 + 5 minutes."""

from dataclasses import dataclass
from datetime import datetime

from bookings.slots import Slot
from clinic.models import Clinic, Practitioner, Room, User
from tests.factories import (
    ClinicFactory,
    CourseFactory,
    PatientFactory,
    PractitionerFactory,
    RoomFactory,
    ServiceFactory,
    SessionFactory,
    UserFactory,
    slot,
)
from treatments.models import Service, Session


@dataclass
class House:
    clinic: Clinic
    practitioner: Practitioner
    rooms: list[Room]
    service: Service
    desk: User

    def slot(self, start: datetime, *, room: int = 0, service: Service | None = None) -> Slot:
        return slot(start, service=service or self.service, practitioner=self.practitioner, room=self.rooms[room])

    def session(self) -> Session:
        """A session of somebody new."""
        return SessionFactory(course=CourseFactory(patient=PatientFactory(clinic=self.clinic)))


def small_clinic(**clinic: object) -> House:
    site = ClinicFactory(**clinic)
    person = PractitionerFactory(clinic=site)
    return House(
        clinic=site,
        practitioner=person,
        rooms=[RoomFactory(clinic=site, position=number) for number in (1, 2)],
        service=ServiceFactory(clinic=site, practitioners=[person]),
        desk=UserFactory(clinics=[site]),
    )
