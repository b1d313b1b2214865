"""A patient's plan and visit with an offer from the waitlist, in a real browser: no barriers, and the keyboard is enough to move."""

import os
import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from bookings.enums import CancelledBy
from bookings.messages import visit_link
from bookings.models import Appointment
from bookings.selectors import Openings, Wish
from bookings.services.appointments import book_appointment, cancel_appointment
from bookings.services.waitlist import Wishes, offer_freed_times, wait_for_session
from clinic.enums import Role
from clinic.models import Clinic, User
from tests.browser.house import MONDAY, london
from tests.factories import CourseFactory, PatientFactory, SessionFactory, UserFactory
from treatments.models import Service

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (320, 1280)


@pytest.fixture
def clinic(clock) -> Clinic:
    clock.set(MONDAY)
    return london()


@pytest.fixture
def hannah(clinic) -> User:
    return UserFactory(role=Role.PATIENT, name="Hannah Lindley", email="hannah@example.org")


def booked(clinic: Clinic, user: User | None, days: int) -> Appointment:
    """A visit so many days from Monday, at the first free time after ten."""
    service = Service.objects.get(clinic=clinic, slug="acupuncture")
    day = MONDAY.date() + timedelta(days=days)
    found = Openings(Wish(service=service, first_day=day, last_day=day, now=MONDAY))
    slot = next(slot for slot in found.all() if slot.local_start.hour >= 10)
    session = SessionFactory(course=CourseFactory(patient=PatientFactory(clinic=clinic, user=user, first_name="Hannah")))
    return book_appointment(session=session, slot=slot, by=clinic_desk(clinic), now=MONDAY)


def clinic_desk(clinic: Clinic) -> User:
    return User.objects.filter(role=Role.RECEPTIONIST, clinics=clinic).first()


@pytest.fixture
def visit(clinic, hannah) -> Appointment:
    """Hannah's visit in ten days, and an earlier time that is kept for her."""
    visit, desk = booked(clinic, hannah, 10), clinic_desk(clinic)
    wishes = Wishes(first_day=MONDAY.date(), last_day=MONDAY.date() + timedelta(days=14))
    wait_for_session(session=visit.session, service=visit.service, wishes=wishes, by=desk, now=MONDAY)
    freed = booked(clinic, None, 3)
    cancel_appointment(appointment=freed, by=desk, who=CancelledBy.PATIENT, because="", now=MONDAY)
    assert len(offer_freed_times(now=MONDAY)) == 1
    return visit


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True, caret="initial")


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_offer_on_the_plan_is_taken_without_scripts(visit, hannah, new_page, barriers, client, live_server, width):
    client.force_login(hannah)
    cookie = {"name": "session", "value": client.cookies["session"].value, "url": live_server.url}
    page = new_page(width=width)
    page.context.add_cookies([cookie])
    page.goto("/plan/")
    look(page, f"plan-{width}")
    assert (barriers(page), overflow(page)) == ([], 0)

    plain = new_page(width=width, scripts=False)
    plain.context.add_cookies([cookie])
    plain.goto("/plan/")
    before = visit.start
    plain.get_by_role("link", name=re.compile("Take it or say no")).click()
    plain.get_by_role("button", name="Take this time").click()
    expect(plain.get_by_text("The time is yours")).to_be_visible()
    visit.refresh_from_db()
    assert visit.start < before


@pytest.mark.parametrize("width", WIDTHS)
def test_a_visit_moves_by_keyboard_with_its_days_fetched_in_place(visit, new_page, barriers, width):
    page = new_page(width=width)
    page.goto(re.sub(r"^https?://[^/]+", "", visit_link(visit)))
    look(page, f"visit-{width}")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("link", name="Move to another time").press("Enter")
    look(page, f"move-{width}")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("link", name="December", exact=True).press("Enter")
    page.get_by_role("link", name="Thursday 10 December", exact=True).press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Thursday 10 December"))).to_be_focused()
    assert page.url.endswith("/visit/move/?day=2026-12-10")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Move to this time").press("Enter")
    expect(page.get_by_text(re.compile("Your visit is moved to Thu 10 Dec 2026"))).to_be_visible()
    visit.refresh_from_db()
    assert visit.start.date() == datetime(2026, 12, 10).date()
    page.get_by_role("link", name="Cancel this visit").press("Enter")
    page.get_by_role("button", name="Cancel this visit").press("Enter")
    expect(page.get_by_text("Your visit is cancelled. We have mailed you that it is.")).to_be_visible()
    look(page, f"cancelled-{width}")
