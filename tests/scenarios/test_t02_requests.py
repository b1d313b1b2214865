"""T2. Two visits for overlapping times while answers wait to be read, and two people who settle one at one instant."""

import re

import pytest
from django.test import Client

from bookings.enums import State
from bookings.messages import PROVISIONAL
from bookings.models import Appointment, Booking
from clinic.enums import Role
from clinic.models import AuditEntry
from messaging.models import Message
from patients.enums import Decision, Tier
from patients.services import intake_of
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import UserFactory, at
from tests.scenarios.people import choose, making, minutes_of, text

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("08:00")
ASKED = {"medicines": ["anticoagulant_medication"]}


@pytest.fixture
def house(clock):
    clock.set(NOW)
    house = small_clinic(slug="bloomsbury", step_minutes=30)
    house.service.first_visit = True
    house.service.save()
    house.short = minutes_of(house, 30, techniques=list(house.service.techniques.all()))
    return house


def ask(house, number, service, start) -> tuple[Client, Booking, int]:
    """Ask for a time with answers that a practitioner has to read, and press the last button; the status is the times page's."""
    client, booking = making(house, number, service=service, now=NOW, answers=ASKED)
    status = choose(client, house, at(start)).status_code
    if status == 302:
        assert client.post("/book/bloomsbury/check/")["Location"] == "/book/bloomsbury/done/"
    booking.refresh_from_db()
    return client, booking, status


def at_the_answers(booking: Booking, house) -> tuple[Client, str, dict[str, str]]:
    """A clinician with the patient's answers open: a browser, the address, and what the form holds."""
    client = Client()
    client.force_login(UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic]))
    address = f"/reviews/{intake_of(booking.key).key}/"
    [as_read] = re.findall(r'name="as_read" value="([^"]+)"', client.get(address).content.decode())
    return client, address, {"words": "Rang.", "as_read": as_read}


def test_overlapping_requests_keep_their_time_and_one_press_settles(house):
    _, first, status = ask(house, 1, house.service, "14:00")
    assert (status, first.appointment.state, intake_of(first.key).tier) == (302, State.PROVISIONAL, Tier.REVIEW)
    assert first.appointment.end == at("14:45")
    other, second, status = ask(house, 2, house.short, "14:30")
    assert (status, second.appointment, second.finished_at) == (409, None, None)

    reader, address, form = at_the_answers(first, house)
    assert reader.post(address, form | {"decision": Decision.REFUSED}).status_code == 302
    first.appointment.refresh_from_db()
    assert first.appointment.state == State.CANCELLED

    assert choose(other, house, at("14:30")).status_code == 302
    assert other.post("/book/bloomsbury/check/").status_code == 302
    second.refresh_from_db()
    visit = second.appointment
    assert (visit.state, visit.start, visit.end) == (State.PROVISIONAL, at("14:30"), at("15:00"))

    readers = [at_the_answers(second, house) for _ in range(2)]
    answers = race(2, lambda number: readers[number][0].post(readers[number][1], readers[number][2] | {"decision": Decision.CLEARED}))
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    [late] = [answer for answer in answers if answer.status_code == 409]
    assert "decided about these answers meanwhile: " in text(late)
    assert "Nothing of yours was kept" in text(late)
    visit.refresh_from_db()
    assert visit.state == State.BOOKED
    assert AuditEntry.objects.filter(verb="answers.cleared").count() == 1
    assert Message.objects.filter(kind="appointment-confirmed", about=visit.key).count() == 1
    assert (overlaps(), Appointment.objects.filter(state=State.BOOKED).count()) == (0, 1)


def test_the_last_button_pressed_twice_at_one_instant_books_once_and_one_press_says_so(house):
    client, booking = making(house, 1, service=house.service, now=NOW, answers=ASKED)
    choose(client, house, at("14:00"))

    def press(_: int) -> tuple[int, str]:
        browser = Client()
        browser.cookies = client.cookies
        answer = browser.post("/book/bloomsbury/check/")
        return answer.status_code, answer["Location"]

    assert race(2, press) == [(302, "/book/bloomsbury/done/")] * 2
    assert Appointment.objects.count() == 1
    assert "This visit is booked already. Pressing again changed nothing." in text(client.get("/book/bloomsbury/done/"))
    booking.refresh_from_db()
    assert Message.objects.filter(about=booking.appointment.key, kind=PROVISIONAL).count() == 1
