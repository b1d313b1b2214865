"""The scenarios that touch patients, through the pages and links they hold: T3, T4, T8, E1 and E4 to E7 over HTTP."""

import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.enums import CancelledBy, State
from bookings.messages import visit_link
from bookings.models import Appointment, Offer
from bookings.services.appointments import book_appointment, cancel_appointment
from bookings.services.waitlist import expire_offer
from bookings.slots import read_value
from bookings.waiting_messages import offer_link
from messaging.models import Message
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_waitlist import EXPIRES, MORNING, book, cancel, tick, wait
from tests.factories import PractitionerFactory, at
from tests.scenarios.people import choose, making, text
from tests.scenarios.test_t03_phases import make_house
from tests.scenarios.test_t04_clock_change import night
from tests.web.patients import Visitor, booking_house, snapshot

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("08:00")


def holder(address: str) -> Client:
    """A browser that has followed a private link."""
    client = Client()
    assert client.get(urlsplit(address).path).status_code == 302
    return client


# T3. One room, two practitioners, anybody will do


def test_two_browsers_want_the_one_room_at_nine_and_the_loser_is_offered_a_quarter_to_ten(clock):
    clock.set(NOW)
    house = make_house()
    house.clinic.slug = "bloomsbury"
    house.clinic.save()
    house.scan.first_visit = True
    house.scan.save()
    browsers = [making(house, number, service=house.scan, now=NOW)[0] for number in (1, 2)]

    answers = race(2, lambda number: choose(browsers[number], house, at("09:00"), house.people[number]))

    assert sorted(answer.status_code for answer in answers) == [302, 409]
    [lost] = [answer for answer in answers if answer.status_code == 409]
    offered = re.findall(r'name="time" value="([^"]+)"', lost.content.decode())
    assert read_value(offered[0])[0] == at("09:45")
    assert ("That time has just gone. These are the nearest." in text(lost), overlaps()) == (True, 0)


# T4. The hour that comes twice


def test_a_page_shows_both_hours_apart_and_each_is_held_on_its_own(clock):
    house, now, _ = night("Europe/Berlin", date(2026, 10, 25))
    clock.set(now)
    house.clinic.slug = "bloomsbury"
    house.clinic.save()
    browsers = [making(house, number, service=house.half, now=now)[0] for number in (1, 2)]
    page = browsers[0].get("/book/bloomsbury/times/", {"day": "2026-10-25", "all": "1"})
    shown = re.findall(r'value="(20261025T\d{4}Z-[^"]+)"[^>]*><span class="time__at">(02:00) <small>(\w+)</small>', page.content.decode())

    assert [(read_value(value)[0], zone) for value, _, zone in shown] == [
        (at("00:00", "2026-10-25"), "CEST"),
        (at("01:00", "2026-10-25"), "CET"),
    ]
    for browser, (value, *_) in zip(browsers, shown, strict=True):
        assert browser.post("/book/bloomsbury/times/", {"time": value}).status_code == 302
    assert Appointment.objects.filter(state=State.HELD).count() == 2


# T8. An offer is taken, runs out, is taken twice


def offered_to_first(slug: str = "bloomsbury"):
    house = small_clinic(slug=slug)
    first, second = wait(house), wait(house, minute=1)
    cancel(house, book(house))
    [offer] = tick()
    return offer, first, second


@pytest.mark.parametrize("number", range(6))
def test_a_press_and_the_end_of_the_offer_at_one_instant_leave_one_of_them(clock, number):
    clock.set(MORNING)
    offer, first, second = offered_to_first()
    browser = holder(offer_link(offer))
    clock.set(EXPIRES - timedelta(microseconds=1))
    deeds = [lambda: browser.post("/offer/take/"), lambda: expire_offer(offer=Offer.objects.keyed(offer.key), now=EXPIRES)]
    order = (0, 1) if number % 2 else (1, 0)
    results = race(2, lambda which: deeds[order[which]]())
    answer, lapsed = (results[which] for which in order)
    following = tick(EXPIRES)

    assert answer.status_code == 302
    if lapsed is True:
        assert "This offer ran out" in text(browser.get("/offer/"))
        assert [each.entry for each in following] == [second]
    else:
        assert (answer["Location"], following) == ("/visit/", [])
        assert Appointment.objects.get(state=State.BOOKED).session == first.session
    assert overlaps() == 0


def test_a_double_press_takes_an_offer_once_and_shows_the_same_visit_twice(clock):
    clock.set(MORNING)
    offer, first, _ = offered_to_first()
    browser = holder(offer_link(offer))
    cookies = [browser.cookies, browser.cookies]

    def press(number: int):
        client = Client()
        client.cookies = cookies[number]
        return client.post("/offer/take/")

    answers = race(2, press)
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/visit/")] * 2
    assert Appointment.objects.get(state=State.BOOKED).session == first.session
    assert Message.objects.filter(kind="appointment-booked", recipient=first.patient.key).count() == 1


# E1. A course that was never offered


def test_dates_of_a_course_that_were_not_offered_are_refused(clock):
    visitor = Visitor(booking_house(), clock)
    visitor.to_times(onset="years")
    person = visitor.house.practitioner
    visitor.post("times/", time=f"{at('10:00'):%Y%m%dT%H%MZ}-{person.key}", then="course")
    visitor.post("course/", pain="3")
    proposed = {row.field: row.slot.value for row in visitor.get("course/").context["page"].rows}
    wrong = {
        "outside hours": at("06:00", "2026-12-03"),
        "past": at("10:00", "2026-11-20"),
        "the day of the first visit": at("15:00"),
        "a closed day": at("10:00", "2026-12-25"),
    }
    for start in wrong.values():
        answer = visitor.post("course/", **proposed | {"date-2": f"{start:%Y%m%dT%H%MZ}-{person.key}"})
        assert (answer.status_code, visitor.booking.later) == (409, {})
    answer = visitor.post("course/", **proposed, **{"date-99": proposed["date-2"], "price": "0", "patient": "1", "repeat": "weekly"})
    assert answer["Location"] == visitor.url("payer/")
    assert sorted(visitor.booking.later["dates"]) == sorted(name.removeprefix("date-") for name in proposed)


# E4 and E5. What is over stays over, and a longer service changes no visit


def test_a_cancelled_visit_is_neither_moved_nor_cancelled_again_by_its_page(clock):
    clock.set(NOW)
    house = booking_house()
    visit = book_appointment(session=house.session(), slot=house.slot(at("10:00", "2026-11-30")), by=house.desk, now=NOW)
    browser = holder(visit_link(visit))
    cancel_appointment(appointment=visit, by=house.desk, who=CancelledBy.CLINIC, because="Ill", now=NOW)
    before = snapshot()
    for address, sent in (("/visit/move/", {"time": house.slot(at("14:00", "2026-11-30")).value}), ("/visit/cancel/", {})):
        assert "This visit has changed meanwhile." in text(browser.post(address, sent, follow=True))
    after = snapshot()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def test_a_longer_service_leaves_the_visit_on_its_page_and_moves_it_at_its_old_length(clock):
    clock.set(NOW)
    house = booking_house()
    visit = book_appointment(session=house.session(), slot=house.slot(at("10:00", "2026-11-30")), by=house.desk, now=NOW)
    house.service.hands_in, house.service.price = 90, 99900
    house.service.save()
    browser = holder(visit_link(visit))

    assert "10:00 to 10:45" in text(browser.get("/visit/"))
    assert "45 minutes" in text(browser.get("/visit/move/"))
    browser.post("/visit/move/", {"time": f"20261130T1400Z-{house.practitioner.key}"})
    visit.refresh_from_db()
    assert (visit.start, visit.minutes, visit.price) == (at("14:00", "2026-11-30"), 45, 5800)


# E6 and E7. Pieces of the page: equal answers, no rows, a fixed number of questions


def test_two_browsers_that_look_first_read_the_same_and_leave_nothing(clock):
    clock.set(NOW)
    house = booking_house()
    before = snapshot()
    asked = {"visit": house.service.key, "day": "2026-11-27"}
    for name in ("day", "month"):
        one, other = race(2, lambda _, name=name: Client().get(f"/book/bloomsbury/times/{name}/", asked).content)
        assert one == other != b""
    assert snapshot() == before


@pytest.mark.parametrize(("name", "most"), (("day/", 11), ("month/", 11), ("", 15)))
def test_a_page_of_times_asks_as_little_of_a_full_diary_as_of_an_empty_one(clock, name, most):
    visitor = Visitor(booking_house(), clock)
    visitor.to_times()
    house = visitor.house
    asked = {"visit": house.service.key, "day": f"{date(2026, 11, 27)}"}

    def questions() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(f"times/{name}", **asked).status_code == 200
        return len(queries)

    questions()
    few = questions()
    for number in range(4):
        house.service.practitioners.add(PractitionerFactory(clinic=house.clinic, position=number + 2))
    for hour in range(9, 17):
        start = at(f"{hour:02}:00", "2026-11-27")
        book_appointment(session=house.session(), slot=house.slot(start), by=house.desk, now=NOW)
    assert questions() == few <= most


def test_pieces_for_somebody_unknown_ask_six_questions_at_most(clock, django_assert_max_num_queries):
    clock.set(NOW)
    house = booking_house()
    for name in ("day", "month"):
        with django_assert_max_num_queries(6):
            Client().get(f"/book/bloomsbury/times/{name}/", {"visit": house.service.key, "day": "2026-11-27", "all": "1"})
