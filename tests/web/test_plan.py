"""A patient's own page: their visits, course, pain, cover and messages, and nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client

from bookings.enums import State
from bookings.services.appointments import book_appointment
from clinic.enums import Role
from clinic.models import User
from insurers.enums import Payer
from insurers.services import record_authorisation, set_funding
from tests.factories import ConditionFactory, CourseFactory, InsurerFactory, PatientFactory, SessionFactory, UserFactory, at
from tests.web.patients import NOW, booking_house, snapshot
from treatments.enums import CourseState
from treatments.models import Course, Outcome

pytestmark = pytest.mark.django_db
DAYS = ("2026-11-30", "2026-12-07", "2026-12-14")


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return booking_house()


@pytest.fixture
def hannah(house) -> User:
    return UserFactory(role=Role.PATIENT, name="Hannah Lindley")


@pytest.fixture
def course(house, hannah) -> Course:
    """Four sessions, three of them booked, the last one a review."""
    course = CourseFactory(
        patient=PatientFactory(clinic=house.clinic, user=hannah, first_name="Hannah"),
        condition=ConditionFactory(),
        state=CourseState.ACTIVE,
        prescribed_at=NOW,
        goal="Carry the shopping home",
    )
    sessions = [SessionFactory(course=course, number=number, review=number == 4, gap_min_days=5, gap_max_days=9) for number in range(1, 5)]
    for session, day in zip(sessions, DAYS, strict=False):
        book_appointment(session=session, slot=house.slot(at("10:00", day)), by=house.desk, now=NOW)
    return course


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def test_a_patient_sees_next_visits_course_and_messages(hannah, course):
    page = text(signed_in(hannah).get("/plan/"))
    shown = (
        "Hannah",
        "Monday 30 November 2026",
        "London time",
        "0 of 4 visits done",
        "Carry the shopping home",
        "Mon 7 Dec 2026, 10:00",
        "Visit booked",
    )
    assert [words for words in shown if words not in page] == []


def test_the_line_shows_what_is_booked_and_what_is_planned(hannah, course):
    stops = signed_in(hannah).get("/plan/").context["stops"]
    assert [(stop["week"], stop["state"], stop["day"], stop["review"]) for stop in stops] == [
        (1, "booked", "30 Nov", False),
        (2, "booked", "7 Dec", False),
        (3, "booked", "14 Dec", False),
        (4, "planned", "", True),
    ]


def test_pain_is_a_line_and_a_table(hannah, course):
    for session, score, days in zip(course.sessions.all(), (7, 6, 4), (0, 7, 14), strict=False):
        Outcome.objects.create(course=course, session=session, measure="nrs_pain", value=score, at=NOW + timedelta(days=days))
    page = text(signed_in(hannah).get("/plan/"))
    assert "3 points lower" in page
    assert "Your pain before each visit by visit" in page


def test_what_the_insurer_still_covers_is_shown_in_units(hannah, course, house):
    funding = set_funding(course=course, payer=Payer.INSURER, insurer=InsurerFactory(name="AXA Health"), policy_number="1234567A", now=NOW)
    record_authorisation(
        policy=funding.policy, code="ABC1234", units=2, first_day=None, last_day=None, body_area="", by=house.desk, now=NOW
    )
    page = signed_in(hannah).get("/plan/")
    assert (page.context["left"].booked, len(page.context["left"].beyond)) == (2, 1)
    assert all(words in text(page) for words in ("What AXA Health still covers", "2 visits approved", "1 not covered yet"))


def test_who_has_no_record_is_told_how_to_begin(house):
    assert "You have no visits with us yet" in text(signed_in(UserFactory(role=Role.PATIENT)).get("/plan/"))


def test_a_family_sees_one_plan_at_a_time(hannah, course, house):
    tom = PatientFactory(clinic=house.clinic, user=hannah, first_name="Tom")
    client = signed_in(hannah)
    assert client.get("/plan/").context["patient"] == course.patient
    page = client.get("/plan/", {"of": tom.key})
    assert page.context["patient"] == tom
    assert "No visit booked" in text(page)


def test_nobody_sees_a_strangers_plan_or_visit(hannah, course, house):
    stranger = UserFactory(role=Role.PATIENT)
    PatientFactory(clinic=house.clinic, user=stranger, first_name="Ben")
    client = signed_in(stranger)
    visit = course.sessions.first().appointments.get()
    assert "Hannah" not in text(client.get("/plan/", {"of": course.patient.key}))
    assert client.get(f"/plan/visit/{visit.key}/").status_code == 404
    assert client.get("/visit/").status_code == 404


@pytest.mark.parametrize("role", (Role.RECEPTIONIST, Role.PRACTITIONER, Role.ADMIN))
def test_staff_have_no_plan(house, course, role):
    client = signed_in(UserFactory(role=role, clinics=[house.clinic]))
    assert client.get("/plan/").status_code == 404
    assert client.get(f"/plan/visit/{course.sessions.first().appointments.get().key}/").status_code == 404


def test_who_is_signed_out_is_asked_to_sign_in(course):
    assert Client().get("/plan/").status_code == 302
    assert Client().get(f"/plan/visit/{course.sessions.first().appointments.get().key}/").status_code == 302


def test_a_visit_of_the_plan_is_cancelled_from_there(hannah, course):
    client = signed_in(hannah)
    visit = course.sessions.first().appointments.get()
    assert client.get(f"/plan/visit/{visit.key}/")["Location"] == "/visit/"
    client.post("/visit/cancel/")
    visit.refresh_from_db()
    assert visit.state == State.CANCELLED


def test_looking_changes_nothing(hannah, course):
    client = signed_in(hannah)
    before = snapshot()
    client.get("/plan/")
    client.get(f"/plan/visit/{course.sessions.first().appointments.get().key}/")
    assert snapshot() == before


def test_the_plan_asks_little_of_the_database(hannah, course, django_assert_max_num_queries):
    client = signed_in(hannah)
    with django_assert_max_num_queries(15):
        client.get("/plan/")
