"""A patient's pages in a real browser: no barriers, no sideways scrolling, the keyboard is enough, and the hold warns in time."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from playwright.sync_api import Locator, Page, expect

from bookings.models import Appointment
from tests.browser.house import MONDAY, london

pytestmark = pytest.mark.django_db(transaction=True)
HELD_BEFORE_END = timedelta(minutes=10)


@pytest.fixture
def clinic(clock):
    clock.set(MONDAY)
    return london()


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def born(page: Page) -> None:
    for label, value in (("Day", "14"), ("Month", "March"), ("Year", "1984")):
        page.get_by_label(label, exact=True).fill(value)


def answer_page(page: Page) -> None:
    """Answer one safety page as somebody in good health."""
    if page.get_by_label("Day", exact=True).count():
        born(page)
    for group in page.locator("main form fieldset").all():
        none = group.get_by_label(re.compile("^(None of these|No)$"))
        if none.count():
            none.first.check()
        elif group.locator("input[type=radio]").count():
            group.locator("input[type=radio]").first.check()
    press(page, "Continue")


def tell(page: Page) -> None:
    for label, value in (
        ("First name", "Hannah"),
        ("Last name", "Lindley"),
        ("Mobile number", "07700 900142"),
        ("E-mail", "hannah@example.org"),
    ):
        page.get_by_label(label).fill(value)
    for box in page.get_by_role("main").get_by_role("checkbox").all():
        box.check()
    press(page, "Continue")


def mailed_code() -> str:
    return re.search(r"\d{3} \d{3}", mail.outbox[-1].body).group()


@pytest.mark.parametrize("width", (320, 1280))
def test_no_page_of_a_booking_holds_anybody_up(clinic, new_page, barriers, width):
    page = new_page(width=width)

    def look() -> None:
        """No barrier, and nothing to scroll sideways for."""
        assert barriers(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    def wrong() -> None:
        """Press on too early, and find the summary of errors with the focus on it."""
        press(page, "Continue")
        expect(page.get_by_role("alert")).to_be_focused()
        assert page.title().startswith("Error: ")
        look()

    page.goto("/")
    look()
    page.get_by_role("link", name="Book a visit").first.click()
    wrong()
    page.get_by_label("Lower back pain").check()
    press(page, "Continue")
    look()
    page.get_by_label("Acupuncture, first visit").check()
    press(page, "Continue")
    wrong()
    while "/safety/" in page.url:
        answer_page(page)
        look()
    page.get_by_role("link", name="Friday 27 November", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Friday 27 November"))).to_be_focused()
    page.locator("input[name=time]").nth(2).check()
    press(page, "Hold this time")
    page.get_by_label("My insurer pays").check()
    wrong()
    page.get_by_label("I pay", exact=False).first.check()
    press(page, "Continue")
    wrong()
    tell(page)
    page.get_by_label("Code from the mail").fill("000 000")
    wrong()
    page.get_by_label("Code from the mail").fill(mailed_code())
    press(page, "Continue")
    look()
    press(page, "Book this visit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your visit is booked")
    look()
    page.get_by_role("link", name="Move or cancel").click()
    look()
    for name in ("Move to another time", "Cancel this visit"):
        page.goto("/visit/")
        page.get_by_role("link", name=name).click()
        look()


def reach(page: Page, target: Locator) -> None:
    """Go on with the Tab key until the focus is where it should be, and see that it shows."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"The Tab key never comes to {target}")


def choose(page: Page, target: Locator) -> None:
    """Tick or choose with the keyboard; the Tab key stops at the first of a group, arrows go on."""
    if target.get_attribute("type") == "checkbox":
        reach(page, target)
        page.keyboard.press("Space")
        return
    first = page.locator(f"input[name={target.get_attribute('name')}]").first
    reach(page, first)
    page.keyboard.press("Space")
    for _ in range(60):
        if target.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The arrows never come to {target}")


def go_on(page: Page, name: str = "Continue") -> None:
    before = page.url
    reach(page, page.get_by_role("main").get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)


def test_the_keyboard_is_enough_to_book(clinic, page):
    page.goto("/book/bloomsbury/")
    choose(page, page.get_by_label("Sciatica"))
    go_on(page)
    choose(page, page.get_by_label("Acupuncture, first visit"))
    go_on(page)
    for label, value in (("Day", "14"), ("Month", "March"), ("Year", "1984")):
        reach(page, page.get_by_label(label, exact=True))
        page.keyboard.type(value)
    choose(page, page.get_by_label("No", exact=True))
    go_on(page)
    while "/safety/" in page.url:
        for group in page.locator("main form fieldset").all():
            none = group.get_by_label("None of these")
            choose(page, none if none.count() else group.locator("input").first)
        go_on(page)
    choose(page, page.locator("input[name=time]").nth(3))
    go_on(page, "Hold this time")
    choose(page, page.locator("input[name=payer]").first)
    go_on(page)
    for label, value in (
        ("First name", "Hannah"),
        ("Last name", "Lindley"),
        ("Mobile number", "07700 900142"),
        ("E-mail", "hannah@example.org"),
    ):
        reach(page, page.get_by_label(label))
        page.keyboard.type(value)
    for box in page.get_by_role("main").get_by_role("checkbox").all():
        choose(page, box)
    go_on(page)
    reach(page, page.get_by_label("Code from the mail"))
    page.keyboard.type(mailed_code())
    go_on(page)
    go_on(page, "Book this visit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your visit is booked")


def hold_a_time(page: Page) -> datetime:
    """Go as far as a time that is held, and return until when."""
    page.goto("/book/bloomsbury/")
    page.get_by_label("Lower back pain").check()
    press(page, "Continue")
    page.get_by_label("Acupuncture, first visit").check()
    press(page, "Continue")
    while "/safety/" in page.url:
        answer_page(page)
    page.locator("input[name=time]").first.check()
    press(page, "Hold this time")
    return Appointment.objects.get().until


def test_the_hold_warns_before_it_ends_and_is_kept_longer_by_one_button(clinic, new_page, clock):
    page = new_page(width=390)
    page.clock.install(time=MONDAY)
    until = hold_a_time(page)
    clock.set(until - timedelta(minutes=2))
    page.clock.set_fixed_time(until - timedelta(minutes=2))
    page.reload()
    expect(page.get_by_role("status").filter(has_text="2 minutes")).to_have_text("Your time is held for 2 minutes more.")
    press(page, "10 minutes more")
    assert "/payer/" in page.url
    assert until + timedelta(minutes=7) < Appointment.objects.get().until <= until + HELD_BEFORE_END
