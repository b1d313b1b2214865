"""The desk in a real browser: by keyboard alone, without scripts, and as axe-core sees it on a phone and on a desk."""

import re

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from bookings.enums import State
from bookings.models import Appointment
from bookings.selectors import Openings, Wish
from bookings.services.desk import book_first_visit
from clinic.models import Clinic, User
from intervals import local_date
from tests.browser.house import MONDAY, london, sign_in
from tests.factories import PatientFactory
from treatments.models import Service

pytestmark = pytest.mark.django_db(transaction=True)

DESK = "desk@meridian.example"


@pytest.fixture
def clinic(clock) -> Clinic:
    clock.set(MONDAY)
    return london()


def booked(clinic: Clinic, *, last_name: str = "Lindley", at: int = 0) -> Appointment:
    """A first visit of this Monday, at the first free time or a later one."""
    service, today = Service.objects.get(clinic=clinic, slug="acupuncture-first"), local_date(MONDAY, clinic.tz)
    patient = PatientFactory(clinic=clinic, first_name="Hannah", last_name=last_name)
    slot = Openings(Wish(service=service, first_day=today, last_day=today, now=MONDAY, patient=patient)).all()[at]
    desk = User.objects.get(email=DESK)
    return book_first_visit(patient=patient, complaint="lower_back", slot=slot, by=desk, now=MONDAY)


def test_the_day_is_run_by_keyboard_alone(new_page, clinic):
    visit = booked(clinic)
    page = sign_in(new_page(), DESK)
    page.goto("/diary/")

    page.get_by_role("link", name=re.compile("Hannah")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Hannah Lindley")).to_be_visible()
    press(page, "c")
    expect(page.get_by_text("Hannah Lindley is checked in.")).to_be_visible()
    press(page, "z")
    expect(page.get_by_text("is no longer checked in")).to_be_visible()
    expect(page.get_by_role("group", name="Move to")).to_be_visible()  # fetched after the page
    press(page, "m")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Move Hannah Lindley’s visit")
    page.locator("input[name=time]").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Move the visit").press("Enter")
    expect(page.get_by_text("Hannah Lindley is moved to")).to_be_visible()
    press(page, "l")
    expect(page.get_by_role("table")).to_be_visible()
    press(page, "j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday 24 November 2026")
    before, visit = visit.start, Appointment.objects.get()
    assert (visit.state, visit.start != before) == (State.BOOKED, True)


def test_somebody_new_is_registered_and_booked_on_a_phone_without_scripts(new_page, clinic):
    page = sign_in(new_page(width=320, scripts=False), DESK)
    page.goto("/diary/book/?q=simmons")
    page.get_by_role("main").get_by_role("link", name="Register a patient").first.click()
    for label, words in {"First name": "Ruth", "Last name": "Simmons", "Day": "14", "Month": "March", "Year": "1965"}.items():
        page.get_by_label(label, exact=True).fill(words)
    page.get_by_label("Mobile").fill("07700 900461")
    page.get_by_role("button", name="Register and go on to book").click()
    page.get_by_role("link", name=re.compile("^Acupuncture, first visit")).click()
    page.get_by_role("link", name=re.compile("Tue 24 Nov")).click()
    page.get_by_role("radio", name=re.compile("^10:00")).first.check()
    page.get_by_label("What brings them?").select_option(label="Lower back pain")
    page.get_by_role("button", name="Book this visit").click()

    expect(page.get_by_text("Ruth Simmons is booked: Tue 24 Nov 2026, 10:00")).to_be_visible()
    assert f"{localtime(Appointment.objects.get().start, clinic.tz):%H:%M}" == "10:00"


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_of_the_desk_puts_up_a_barrier(new_page, clinic, barriers, width):
    visit = booked(clinic)
    booked(clinic, last_name="A very long family name that goes on-and-on", at=20)
    page = sign_in(new_page(width=width), DESK)
    for address in pages(visit):
        page.goto(address)
        assert (address, barriers(page), sideways(page)) == (address, [], 0)


def press(page: Page, key: str) -> None:
    """Press a key once the page's scripts listen."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def pages(visit: Appointment) -> list[str]:
    return [
        "/diary/",
        f"/diary/visits/{visit.key}/",
        f"/diary/?as=list&visit={visit.key}",
        "/diary/?view=week",
        "/diary/?by=room",
        f"/diary/visits/{visit.key}/move/",
        f"/diary/visits/{visit.key}/cancel/",
        "/diary/book/?q=hannah",
        f"/diary/book/?patient={visit.patient.key}",
        f"/diary/book/?patient={visit.patient.key}&service={visit.service.key}",
        "/diary/register/",
        f"/courses/{visit.session.course.key}/book/",
        "/patients/",
        "/patients/?q=nobody",
        "/rooms/",
    ]


def sideways(page: Page) -> int:
    """How many pixels the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")
