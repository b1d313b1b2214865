"""Waiting for a time, seen from the patient's own pages: what is offered, what is waited for, and the way off the list."""

from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from bookings.enums import Answer, CancelledBy, State, Waiting
from bookings.messages import visit_link
from bookings.models import Appointment, Offer, WaitlistEntry
from bookings.services.appointments import book_appointment, cancel_appointment
from bookings.services.waitlist import Wishes, offer_freed_times, wait_for_session
from clinic.enums import Role
from clinic.models import User
from tests.factories import PatientFactory, SessionFactory, UserFactory, at
from tests.web.patients import NOW, booking_house
from treatments.models import Session

pytestmark = pytest.mark.django_db
LATE, SOON = "2026-12-07", "2026-11-30"


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return booking_house()


@pytest.fixture
def hannah(house) -> User:
    return UserFactory(role=Role.PATIENT, name="Hannah Lindley")


@pytest.fixture
def visit(house, hannah) -> Appointment:
    """Hannah's visit in ten days; she would like an earlier one."""
    session = house.session()
    session.course.patient.user = hannah
    session.course.patient.save()
    booked = book_appointment(session=session, slot=house.slot(at("10:00", LATE)), by=house.desk, now=NOW)
    wishes = Wishes(first_day=NOW.date(), last_day=NOW.date() + timedelta(weeks=2), weekdays=("0",))
    wait_for_session(session=session, service=house.service, wishes=wishes, by=house.desk, now=NOW)
    return booked


@pytest.fixture
def offer(house, visit) -> Offer:
    """Somebody else cancels next Monday, 14:00: it is kept for Hannah."""
    freed = book_appointment(session=house.session(), slot=house.slot(at("14:00", SOON)), by=house.desk, now=NOW)
    cancel_appointment(appointment=freed, by=house.desk, who=CancelledBy.PATIENT, because="", now=NOW)
    [made] = offer_freed_times(now=NOW)
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_plan_shows_what_is_offered_until_when_and_leads_to_the_answer(hannah, visit, offer):
    client = signed_in(hannah)
    page = text(client.get("/plan/"))
    assert "A time is free for you: Mon 30 Nov 2026, 14:00" in page
    assert "Your later visit stays yours until you take it." in page

    taken = client.get(reverse("patient:plan_offer", args=[offer.key]), follow=True)
    assert (taken.redirect_chain[0][0], "Take this time" in text(taken)) == ("/offer/", True)
    client.post(reverse("patient:offer_take"))
    visit.refresh_from_db()
    assert (visit.start, visit.state) == (at("14:00", SOON), State.BOOKED)
    page = text(client.get("/plan/"))
    assert ("A time is free for you" in page, "You are on the waitlist" in page) == (False, False)


def test_an_offer_that_ran_out_is_not_shown_any_more(hannah, offer, clock):
    clock.set(offer.until)
    page = text(signed_in(hannah).get("/plan/"))
    assert ("A time is free for you" in page, "You are on the waitlist" in page) == (False, True)


def test_the_plan_says_what_is_waited_for_and_one_press_ends_it(hannah, visit):
    client, entry = signed_in(hannah), WaitlistEntry.objects.get()
    page = text(client.get("/plan/"))
    assert all(words in page for words in ("You are on the waitlist", "An earlier time for visit 1", "Mon, until Thu 10 Dec 2026"))

    for _ in range(2):
        ended = client.post(reverse("patient:plan_stop_waiting", args=[entry.key]), follow=True)
        assert "You are off the waitlist. Your visits stay as they are." in text(ended)
    entry.refresh_from_db()
    visit.refresh_from_db()
    assert (entry.state, visit.state) == (Waiting.CLOSED, State.BOOKED)


def test_leaving_the_list_gives_the_offered_time_back(hannah, offer):
    signed_in(hannah).post(reverse("patient:plan_stop_waiting", args=[offer.entry.key]))
    offer.refresh_from_db()
    assert (offer.answer, Appointment.objects.filter(state=State.HELD).count()) == (Answer.WITHDRAWN, 0)


def test_nobody_sees_or_ends_what_a_stranger_waits_for(house, offer):
    stranger = UserFactory(role=Role.PATIENT)
    PatientFactory(clinic=house.clinic, user=stranger, first_name="Ben")
    client = signed_in(stranger)
    page = text(client.get("/plan/"))
    assert ("A time is free for you" in page, "waitlist" in page) == (False, False)
    assert client.get(reverse("patient:plan_offer", args=[offer.key])).status_code == 404
    assert client.post(reverse("patient:plan_stop_waiting", args=[offer.entry.key])).status_code == 404
    offer.refresh_from_db()
    assert offer.answer == Answer.OPEN


def test_the_visits_own_page_shows_the_earlier_time_and_the_place_on_the_list(visit, offer, clock):
    client = Client()
    client.get(urlsplit(visit_link(visit)).path)
    page = text(client.get("/visit/"))
    assert "An earlier time is free for you: Mon 30 Nov 2026, 14:00." in page
    assert "You are on the waitlist for an earlier time" in page
    assert client.get("/visit/offer/")["Location"] == "/offer/"
    assert "Take this time" in text(client.get("/offer/"))

    clock.set(offer.until)
    assert "An earlier time is free for you" not in text(client.get("/visit/"))
    over = client.get("/visit/offer/", follow=True)
    assert (over.redirect_chain[0][0], "That offer is over. Your visit stays as it is." in text(over)) == ("/visit/", True)


def test_without_a_link_no_offer_of_a_visit_is_found(offer):
    assert Client().get("/visit/offer/").status_code == 404


def test_the_plan_with_an_offer_asks_little_of_the_database(hannah, offer, django_assert_max_num_queries):
    client = signed_in(hannah)
    with django_assert_max_num_queries(18):
        client.get("/plan/")


# A visit that has no time yet

WISHES = {"days": ["1"], "part": "morning", "weeks": "4", "notice": "24"}


@pytest.fixture
def unbooked(house, hannah) -> Session:
    """Visit 2 of Hannah's course, which nobody has booked; visit 3 comes after it."""
    session = house.session()
    course, patient = session.course, session.course.patient
    course.service = house.service
    course.save()
    patient.user = hannah
    patient.save()
    book_appointment(session=session, slot=house.slot(at("10:00", SOON)), by=house.desk, now=NOW)
    SessionFactory(course=course, number=3)
    return SessionFactory(course=course, number=2)


def wait_at(session: Session) -> str:
    return reverse("patient:plan_wait", args=[session.key])


def test_a_visit_without_a_time_joins_the_waitlist_from_the_plan(house, hannah, unbooked):
    client = signed_in(hannah)
    page = text(client.get("/plan/"))
    assert ("No time yet" in page, f'href="{wait_at(unbooked)}"' in page, "for visit 3" in page) == (True, True, False)
    assert "When would visit 2 suit you?" in text(client.get(wait_at(unbooked)))

    page = text(client.post(wait_at(unbooked), WISHES, follow=True))

    entry = WaitlistEntry.objects.get()
    assert (entry.session, entry.service, entry.wants_earlier, entry.state) == (unbooked, house.service, False, Waiting.WAITING)
    assert (entry.weekdays, entry.latest, entry.notice_hours, entry.last_day) == (["1"], time(12, 30), 24, NOW.date() + timedelta(weeks=4))
    assert "You are on the waitlist for visit 2." in page and "A time for visit 2" in page
    assert "No time yet" not in page


def test_asking_again_changes_the_wishes_and_waits_once(hannah, unbooked):
    client = signed_in(hannah)
    client.post(wait_at(unbooked), WISHES)
    assert f'href="{wait_at(unbooked)}">Change' in text(client.get("/plan/"))
    assert "What you choose here takes its place." in text(client.get(wait_at(unbooked)))

    client.post(wait_at(unbooked), WISHES | {"days": ["2", "3"]})
    assert WaitlistEntry.objects.get().weekdays == ["2", "3"]


def test_a_wish_without_its_answers_comes_back_with_words(hannah, unbooked):
    page = text(signed_in(hannah).post(wait_at(unbooked), {"part": "", "weeks": "", "notice": "3"}))
    assert "Choose a time of day" in page and "Choose how long we look" in page
    assert not WaitlistEntry.objects.exists()


def test_only_the_next_visit_without_a_time_waits(hannah, unbooked):
    client = signed_in(hannah)
    booked, after = (unbooked.course.sessions.get(number=number) for number in (1, 3))
    for session in (booked, after):
        assert "That visit has a time already, or another one comes first." in text(client.post(wait_at(session), WISHES, follow=True))
    assert not WaitlistEntry.objects.exists()


def test_nobody_waits_with_a_visit_of_somebody_else(house, unbooked):
    stranger = UserFactory(role=Role.PATIENT)
    PatientFactory(clinic=house.clinic, user=stranger)
    assert signed_in(stranger).get(wait_at(unbooked)).status_code == 404
    assert signed_in(stranger).post(wait_at(unbooked), WISHES).status_code == 404
    assert signed_in(house.desk).post(wait_at(unbooked), WISHES).status_code == 404
    assert not WaitlistEntry.objects.exists()
