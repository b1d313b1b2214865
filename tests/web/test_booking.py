"""A visitor books a first visit, page by page, and can't skip, repeat or talk around anything."""

import pytest

from bookings.enums import State
from bookings.models import Appointment, Booking
from patients.models import Patient
from tests.web.patients import Visitor, booking_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return booking_house()


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


def test_a_visitor_books_from_the_first_page_to_the_last(visitor, house):
    assert visitor.get().status_code == 200
    assert visitor.begin()["Location"] == visitor.url("visit/")
    assert visitor.choose()["Location"] == visitor.url("safety/about/")
    assert visitor.answer()["Location"] == visitor.url("times/")
    assert visitor.take()["Location"] == visitor.url("payer/")
    assert visitor.pay()["Location"] == visitor.url("about/")
    assert visitor.tell()["Location"] == visitor.url("code/")
    assert visitor.prove()["Location"] == visitor.url("check/")
    page = visitor.get("check/").content.decode()
    assert all(words in page for words in ("Lower back pain", "Thu 26 Nov 2026, 10:00 to 10:45", "London time", "hannah@example.org"))
    assert visitor.post("check/")["Location"] == visitor.url("done/")
    done = visitor.get("done/").content.decode()
    assert "Your visit is booked" in done
    assert Appointment.objects.get().state == State.BOOKED
    assert (Patient.objects.get().name, Booking.objects.get().finished_at is not None) == ("Hannah Lindley", True)
