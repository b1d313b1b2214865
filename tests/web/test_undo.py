"""One press that takes back what the desk has just done."""

import re

import pytest
from django.test import Client

from bookings.enums import State
from bookings.services.appointments import book_appointment
from tests.factories import UserFactory, at
from tests.web.desk import NOW, desk, text, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return desk()


@pytest.fixture
def at_desk(house):
    return signed_in(house.desk)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def way_back(response):
    """Where the button of the notice leads."""
    found = re.search(r'<form action="(/diary/visits/[^"]+/undo/\?was=[^"]+)"', text(response))
    return found and found[1].replace("&amp;", "&")


def cancel(client, booked):
    return client.post(f"/diary/visits/{booked.key}/cancel/", {"who": "clinic", "because": "Mistyped"}, follow=True)


def test_a_cancelled_visit_comes_back_with_one_press(house, at_desk):
    booked = visit(house, at("10:00"))
    page = cancel(at_desk, booked)
    assert "is cancelled." in text(page)

    done = at_desk.post(way_back(page), follow=True)

    booked.refresh_from_db()
    assert booked.state == State.BOOKED
    assert f"Undone. {booked.patient.name} comes Thu 26 Nov 2026, 10:00" in text(done)
    assert way_back(at_desk.get("/diary/")) is None


def test_a_moved_visit_goes_back_with_one_press(house, at_desk):
    booked = visit(house, at("10:00"))
    to = f"20261126T1400Z-{house.practitioner.key}"
    page = at_desk.post(f"/diary/visits/{booked.key}/move/", {"time": to}, follow=True)
    at_desk.post(way_back(page))
    booked.refresh_from_db()
    assert booked.start == at("10:00")


def test_somebody_who_came_after_all_comes_back_with_one_press(house, at_desk, clock):
    booked = visit(house, at("10:00"))
    clock.set(at("10:20"))
    page = at_desk.post(f"/diary/visits/{booked.key}/dna/", follow=True)
    at_desk.post(way_back(page))
    booked.refresh_from_db()
    assert booked.state == State.BOOKED


def test_a_time_that_has_gone_meanwhile_is_said_in_words(house, at_desk):
    booked = visit(house, at("10:00"))
    page = cancel(at_desk, booked)
    book_appointment(session=house.session(), slot=house.slot(at("10:00")), by=house.desk, now=NOW)

    done = at_desk.post(way_back(page), follow=True)

    assert "This can’t be undone. That time has just gone." in text(done)
    booked.refresh_from_db()
    assert booked.state == State.CANCELLED


def test_the_way_back_is_good_for_who_did_it_and_that_visit_only(house, at_desk):
    booked, other = visit(house, at("10:00")), visit(house, at("11:00"))
    way = way_back(cancel(at_desk, booked))
    cancel(at_desk, other)
    colleague = signed_in(UserFactory(clinics=[house.clinic]))
    for client, address in (
        (colleague, way),
        (at_desk, way.replace(booked.key, other.key)),
        (at_desk, way[:-3] + "abc"),
        (at_desk, f"/diary/visits/{booked.key}/undo/"),
    ):
        assert "Only who did it can take it back" in text(client.post(address, follow=True))
    booked.refresh_from_db()
    other.refresh_from_db()
    assert (booked.state, other.state) == (State.CANCELLED, State.CANCELLED)
    assert at_desk.get(way).status_code == 405
    assert signed_in(house.practitioner.user).post(way).status_code == 404
