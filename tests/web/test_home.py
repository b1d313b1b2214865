"""The front page: what a clinic does, who works there, what it costs, and asking to be rung."""

import pytest
from django.test import Client

from bookings.models import AssessmentRequest
from clinic.models import Task
from tests.factories import ClinicFactory, PractitionerFactory
from tests.web.patients import NOW, axa, booking_house, snapshot

pytestmark = pytest.mark.django_db
CALL = {"name": "Ben Carter", "phone": "020 7946 0111", "when": "evening"}


@pytest.fixture
def house(clock):
    clock.set(NOW)
    house = booking_house()
    house.practitioner.register, house.practitioner.registration = "British Acupuncture Council", "000417"
    house.practitioner.save()
    return house


def test_the_front_page_shows_people_prices_the_next_free_visit_and_the_other_clinic(house):
    tokyo = ClinicFactory(slug="yanaka", place="Yanaka, Tokyo", zone="Asia/Tokyo", country="JP", currency="JPY", position=2)
    PractitionerFactory(clinic=tokyo, name="Aiko Hayashi")
    axa()
    page = Client().get("/").content.decode()
    shown = (
        "British Acupuncture Council, 000417",
        "£58",
        "Thu 26 Nov, 09:00",
        "London time",
        "/c/yanaka/",
        "/book/bloomsbury/",
        "Simplyhealth",
    )
    assert [words for words in shown if words not in page] == []
    assert "Aiko Hayashi" not in page


def test_a_clinics_own_page_speaks_for_it(house):
    tokyo = ClinicFactory(slug="yanaka", place="Yanaka, Tokyo", zone="Asia/Tokyo", country="JP", currency="JPY", position=2)
    PractitionerFactory(clinic=tokyo, name="Aiko Hayashi")
    page = Client().get("/c/yanaka/").content.decode()
    assert all(words in page for words in ("Aiko Hayashi", "Tokyo time", "/book/yanaka/"))
    assert Client().get("/c/elsewhere/").status_code == 404


def test_a_clinic_that_closed_is_not_shown(house):
    house.clinic.active = False
    house.clinic.save()
    assert Client().get("/c/bloomsbury/").status_code == 404
    assert "We open soon" in Client().get("/").content.decode()


def test_the_front_page_asks_little_of_the_database(house, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        Client().get("/")


def test_urgent_signs_lead_to_the_numbers_of_the_country(house):
    page = Client().get("/c/bloomsbury/urgent/").content.decode()
    assert all(words in page for words in ("Call 999", "A&amp;E", "NHS 111", "Nothing is booked"))


def test_asking_to_be_rung_becomes_a_task_for_the_desk_and_asking_twice_is_asking_once(house):
    visitor = Client()
    for _ in range(2):
        assert visitor.post("/c/bloomsbury/assessment/", CALL)["Location"] == "/c/bloomsbury/assessment/asked/"
    asked = AssessmentRequest.objects.get()
    task = Task.objects.get()
    assert (task.about, task.for_role, task.words) == (
        asked.key,
        "receptionist",
        "Ring Ben Carter on 020 7946 0111 in the evening: free assessment",
    )
    assert "ring you" in visitor.get("/c/bloomsbury/assessment/asked/").content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    (
        ({"name": " "}, "Type your name"),
        ({"phone": "call me"}, "Enter a phone number"),
        ({"when": "at-night"}, "Choose one of the times shown"),
        ({"when": ""}, "Choose when we can ring you"),
    ),
)
def test_what_is_missing_is_said_and_nothing_is_kept(house, change, words):
    response = Client().post("/c/bloomsbury/assessment/", CALL | change)
    page = response.content.decode()
    assert all(each in page for each in ("<title>Error: ", "There is a problem", words))
    assert AssessmentRequest.objects.count() == 0


def test_nobody_asks_a_hundred_times(house):
    statuses = [Client().post("/c/bloomsbury/assessment/", CALL | {"name": f"Ben {number}"}).status_code for number in range(12)]
    assert statuses == [302] * 10 + [429] * 2


def test_looking_changes_nothing(house):
    before = snapshot()
    for address in ("/", "/c/bloomsbury/", "/c/bloomsbury/urgent/", "/c/bloomsbury/assessment/", "/c/bloomsbury/assessment/asked/"):
        assert Client().get(address).status_code == 200
    assert snapshot() == before
