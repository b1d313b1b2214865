"""A booking goes step by step, once, by the clinic's own figures, and nobody takes more than their share."""

import pytest

from bookings.models import Appointment, Booking
from clinic.models import Practitioner, Throttle
from patients.models import Patient
from tests.factories import at
from tests.security.crawl import fingerprint, undone
from tests.security.doors import DOORS, EVERYBODY
from tests.security.posts import POSTS
from tests.web.patients import Visitor, booking_house

pytestmark = pytest.mark.django_db
STEPS = [name for name in POSTS if name.startswith("book:")]


@pytest.fixture
def house():
    return booking_house()


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


def post(world, actor: str, name: str):
    return world.client(actor).post(POSTS[name].address(name, world), POSTS[name].body(world))


def visits(house):
    return Appointment.objects.filter(clinic=house.clinic)


def patients(house):
    return Patient.objects.filter(clinic=house.clinic)


# Skipped and repeated


@pytest.mark.parametrize("name", sorted(set(STEPS) - {"book:start"}))
def test_a_step_without_those_before_it_leads_back_and_keeps_nothing(world, name):
    before = fingerprint()
    answer = post(world, "A0", name)
    assert (answer.status_code, answer["Location"]) == (302, "/book/here/")
    assert fingerprint() == before


@pytest.mark.parametrize("name", sorted(set(STEPS) - {"book:start"}))
def test_a_step_repeated_after_the_end_changes_nothing(world, name):
    assert post(world, "VI", "book:check")["Location"] == "/book/here/done/"
    before = fingerprint()
    answer = world.clients["VI"].post(POSTS[name].address(name, world), POSTS[name].body(world))
    assert (answer.status_code, answer["Location"]) == (302, "/book/here/done/")
    assert fingerprint() == before


@pytest.mark.parametrize("name", ("patient:move", "patient:cancel"))
def test_a_visit_cancelled_once_is_neither_moved_nor_cancelled_again(world, name):
    post(world, "LK", "patient:cancel")
    before = fingerprint()
    assert post(world, "LK", name).status_code == 302
    assert fingerprint() == before


def test_a_session_that_names_no_booking_or_one_of_another_clinic_is_no_way_in(world):
    for key, slug in (("nobody", "here"), (world.booking.key, "elsewhere")):
        client = world.client("A0")
        session = client.session
        session["booking"] = key
        session.save()
        assert client.post(f"/book/{slug}/check/")["Location"] == f"/book/{slug}/"
    assert not Booking.objects.exclude(finished_at=None).exists()


# The clinic's own figures


def test_price_length_and_person_are_the_services_whatever_is_sent(visitor, house):
    visitor.to_times()
    wanted = {"price": "1", "hands_in": "5", "rest": "0", "minutes": "5", "room": "1", "service": house.physio.key, "state": "booked"}
    visitor.post("times/", time=f"20261126T1000Z-{house.practitioner.key}", **wanted)
    held = visits(house).get()
    assert (held.price, held.minutes, held.service, held.state) == (5800, 45, house.service, "held")


def test_somebody_who_does_not_give_the_service_is_not_booked_for_it(visitor, house):
    visitor.to_times()
    house.service.practitioners.clear()
    assert visitor.take().status_code == 409
    assert not visits(house).exists()


def test_somebody_who_left_meanwhile_is_not_booked(visitor, house):
    visitor.to_check()
    Practitioner.objects.update(active=False)
    assert visitor.post("check/").status_code == 409
    assert not patients(house).exists()


def test_somebody_who_leaves_before_the_visit_is_not_booked(visitor, house):
    visitor.to_check()
    Practitioner.objects.update(leaves_on=at("10:00").date())
    assert visitor.post("check/").status_code == 409
    assert not patients(house).exists()


# Shares


def test_one_address_holds_one_time(house, clock):
    first, second = Visitor(house, clock), Visitor(house, clock)
    first.to_check(clock="10:00")
    second.to_check(clock="14:00")
    assert [held.start for held in visits(house)] == [at("14:00")]
    assert first.post("check/").status_code in (302, 409)
    assert not patients(house).exists()


def test_one_browser_holds_one_time(visitor, house):
    visitor.to_times()
    for hour in ("10:00", "11:00", "14:00"):
        visitor.take(hour)
    assert [held.start for held in visits(house)] == [at("14:00")]


# Each writes to the row of a booking that began at a door with a limit, or is counted by the library that signs people in
UNCOUNTED = {"book:service", "book:safety", "book:payer"}
COUNTED_BY_THE_LIBRARY = {name for name in POSTS if name.startswith("account_")}


@pytest.mark.parametrize("name", sorted(name for name in POSTS if DOORS[name].who == EVERYBODY or POSTS[name].actor == "LK"))
def test_a_door_for_everybody_turns_away_who_knocks_too_often(world, name):
    if name in UNCOUNTED | COUNTED_BY_THE_LIBRARY:
        return
    with undone():
        assert post(world, POSTS[name].actor, name).status_code != 429
    with undone():
        post(world, POSTS[name].actor, name)
        Throttle.objects.update(count=10_000)
        before = fingerprint()
        answer = post(world, POSTS[name].actor, name)
        assert answer.status_code == 429
        assert "Please wait a moment" in answer.content.decode()
        assert fingerprint() == before


def test_signing_in_is_counted(world):
    """Six tries with a wrong password: the right one is refused too, whoever tries."""
    client = world.client("A0")
    wrong = {"login": world.hannah.user.email, "password": "not the password"}
    statuses = [client.post("/account/login/", wrong).status_code for _ in range(12)]
    assert 429 in statuses or "several tries" in client.post("/account/login/", POSTS["account_login"].body(world)).content.decode()
