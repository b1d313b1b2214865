"""A whole course in a real browser: reserved without scripts, its rest planned again, and no barriers on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Appointment
from bookings.selectors import Openings, Wish
from bookings.services.appointments import book_appointment, mark_dna
from bookings.services.courses import book_course, preview_course
from clinic.models import Clinic, User
from tests.browser.house import MONDAY, answer_safely, london, sign_in
from tests.factories import PatientFactory
from treatments.enums import Chronicity, Severity
from treatments.models import Condition, Course, Service
from treatments.services.courses import open_assessment, prescribe_course

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(clock) -> Clinic:
    clock.set(MONDAY)
    return london()


@pytest.fixture
def check(barriers) -> Callable[[Page], None]:
    """Look for barriers on a phone and on a desk; nothing scrolls sideways."""

    def look(page: Page) -> None:
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    return look


def to_times(page: Page, clinic: Clinic) -> None:
    page.goto(f"/book/{clinic.slug}/")
    page.get_by_role("radio", name="Lower back pain").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Continue").click()
    answer_safely(page)


def to_course(page: Page, clinic: Clinic) -> None:
    to_times(page, clinic)
    page.locator("input[name=time]").first.check()
    page.get_by_role("button", name="Hold it and see a whole course").click()


def test_a_whole_course_is_reserved_without_scripts(new_page, clinic):
    page = new_page(scripts=False)
    to_course(page, clinic)
    page.get_by_role("radio", name="6", exact=True).check()
    page.get_by_role("button", name="Show the dates").click()
    expect(page.get_by_text("You only ever book to the next review")).to_be_visible()
    page.get_by_text("Another time for visit 3").click()
    page.locator("#visit-3 input[type=radio]").nth(1).check()
    page.get_by_role("button", name="Reserve these 10 visits").click()
    expect(page.get_by_text("We keep 9 later dates for you")).to_be_visible()
    assert page.url.endswith("/payer/")


def test_its_pages_put_up_no_barrier(new_page, clinic, check):
    page = new_page()
    to_course(page, clinic)
    check(page)
    page.get_by_role("button", name="Show the dates").click()
    check(page)
    page.get_by_role("radio", name="6", exact=True).check()
    page.get_by_role("button", name="Show the dates").click()
    page.get_by_text("Another time for visit 3").click()
    check(page)


def test_the_desk_plans_the_rest_again_after_a_missed_session(new_page, clinic, clock, check):
    desk = User.objects.filter(role="receptionist", clinics=clinic).first()
    course = booked_course(clinic, desk)
    missed = Appointment.objects.of_course(course).with_people().get(session__number=2)
    clock.set(missed.start + timedelta(days=1))
    mark_dna(appointment=missed, by=desk, now=missed.start + timedelta(hours=1))
    page = new_page()
    sign_in(page, desk.email)
    page.goto("/tasks/")
    page.get_by_role("link", name="Plan the rest again").click()
    expect(page.get_by_role("heading", name="What changes")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Make th").click()
    expect(page.get_by_text("is planned again. One message tells what has changed.")).to_be_visible()
    assert Appointment.objects.of_course(course).standing().filter(session__number=2).exists()


def booked_course(clinic: Clinic, desk: User, now: datetime = MONDAY) -> Course:
    """A course of ten, every session with its time."""
    service = Service.objects.get(clinic=clinic, slug="acupuncture")
    who = service.practitioners.first()
    first = open_assessment(patient=PatientFactory(clinic=clinic), clinic=clinic, intake=None, complaint="lower_back", now=now)
    wish = Wish(service=service, first_day=now.date(), last_day=now.date() + timedelta(days=3), now=now, practitioner=who)
    book_appointment(session=first, slot=Openings(wish).first(), by=desk, now=now)
    course = prescribe_course(
        course=first.course,
        condition=Condition.objects.get(slug="chronic_low_back_pain"),
        severity=Severity.MODERATE,
        chronicity=Chronicity.CHRONIC,
        techniques=list(service.techniques.all()),
        service=service,
        sessions=10,
        reason="",
        goal="",
        by=desk,
        practitioner=who,
        now=now,
    )
    book_course(course=course, values=preview_course(course=course, now=now).values, by=desk, now=now)
    return course
