"""T2. Two visits for one time while answers wait to be read, and two people who settle it at one instant."""

import pytest

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.online import finish_booking
from bookings.services.reviews import review_answers
from clinic.enums import Role
from messaging.models import Message
from patients.enums import Decision, Tier
from patients.models import Intake
from patients.reviewing import Ruling, stamp_of
from patients.services import intake_of
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import UserFactory, at
from tests.scenarios.people import choose, making

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("08:00")
ASKED = {"medicines": ["anticoagulant_medication"]}


def request(house, number, clock, start):
    """Ask for a time with answers that a practitioner has to read: the answer of the page, and the visit if there is one."""
    client, booking = making(house, number, service=house.service, now=NOW, answers=ASKED)
    answer = choose(client, house, at(start))
    booking.refresh_from_db()
    return answer, finish_booking(booking=booking, now=NOW) if answer.status_code == 302 else None


def decide(appointment, decision, by, *, as_read=""):
    intake = Intake.objects.get(pk=appointment.session.course.intake_id)
    return review_answers(
        intake=intake, ruling=Ruling(decision=decision, words="Rang."), as_read=as_read or stamp_of(intake), by=by, now=NOW
    )


def test_a_request_keeps_its_time_and_is_settled_once(clock):
    clock.set(NOW)
    house = small_clinic(slug="bloomsbury", step_minutes=30)
    house.service.first_visit = True
    house.service.save()
    readers = [UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic]) for _ in range(2)]

    answer, first = request(house, 1, clock, "14:00")
    assert (answer.status_code, first.state, intake_of(first.booking.key).tier) == (302, State.PROVISIONAL, Tier.REVIEW)
    answer, nothing = request(house, 2, clock, "14:00")
    assert (answer.status_code, nothing) == (409, None)

    decide(first, Decision.REFUSED, readers[0])
    first.refresh_from_db()
    assert first.state == State.CANCELLED
    answer, second = request(house, 2, clock, "14:00")
    assert (answer.status_code, second.state) == (302, State.PROVISIONAL)

    read = stamp_of(intake_of(second.booking.key))
    results = race(2, lambda number: decide(second, Decision.CLEARED, readers[number], as_read=read))
    second.refresh_from_db()
    assert second.state == State.BOOKED
    assert sorted(type(each).__name__ for each in results) == ["ChangedMeanwhile", "Intake"]
    assert Message.objects.filter(kind="appointment-confirmed", about=second.key).count() == 1
    assert (overlaps(), Appointment.objects.filter(state=State.BOOKED).count()) == (0, 1)
