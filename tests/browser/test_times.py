"""Choosing a time in a real browser: only the day or the month is fetched, and focus, address and the way back go with it."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from bookings.models import Appointment
from tests.browser.house import MONDAY, answer_safely, london

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(clock):
    clock.set(MONDAY)
    return london()


def to_times(page: Page) -> Page:
    page.goto("/book/bloomsbury/")
    page.get_by_role("radio", name="Lower back pain").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio", name="Acupuncture, first visit").check()
    page.get_by_role("button", name="Continue").click()
    answer_safely(page)
    page.wait_for_url("**/times/")  # until its scripts run: a day pressed earlier is asked for as a whole page
    return page


def asked_of(page: Page) -> list[str]:
    """What the page asks the server for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True, caret="initial")


def day(page: Page, name: str):
    return page.get_by_role("link", name=name, exact=True)


@pytest.mark.parametrize("width", (320, 1280))
def test_a_day_and_a_month_are_fetched_in_place(clinic, new_page, barriers, width):
    page = to_times(new_page(width=width))
    look(page, f"times-{width}")
    assert barriers(page) == []
    asked = asked_of(page)

    day(page, "Thursday 26 November").press("Enter")
    head = page.get_by_role("heading", name=re.compile("Thursday 26 November"))
    expect(head).to_be_focused()
    assert page.url.endswith("/times/?day=2026-11-26")
    expect(day(page, "Thursday 26 November")).to_have_attribute("aria-current", "date")
    expect(page.locator("#month a[aria-current]")).to_have_count(1)

    page.get_by_role("link", name="December", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="December 2026: ")).to_have_text(re.compile("days with free times$"))
    expect(page.get_by_role("link", name="January", exact=True)).to_be_focused()
    assert page.url.endswith("/times/?month=2026-12")
    assert [url.partition("/times/")[2].partition("?")[0] for url in asked if "/times/" in url] == ["day/", "month/"]
    look(page, f"times-december-{width}")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_going_back_shows_what_was_there_and_keeps_nothing_in_the_browser(clinic, page):
    to_times(page)
    day(page, "Thursday 26 November").click()
    expect(page.get_by_role("heading", name=re.compile("Thursday 26 November"))).to_be_visible()
    page.get_by_role("link", name="December", exact=True).click()
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name=re.compile("Thursday 26 November"))).to_be_visible()
    expect(page.get_by_role("heading", name="November 2026")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("Thursday 26 November"))).to_be_visible()
    kept = page.evaluate("[...Object.values(localStorage), ...Object.values(sessionStorage)]")
    assert kept == ["/book/bloomsbury/times/?day=2026-11-26"]


def test_a_time_fetched_by_keyboard_is_held(clinic, page):
    to_times(page)
    day(page, "Friday 27 November").press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Friday 27 November"))).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Hold this time", exact=True).press("Enter")
    page.wait_for_url("**/payer/")
    assert f"{Appointment.objects.get().start:%Y-%m-%d}" == "2026-11-27"


def test_a_piece_that_cannot_be_had_is_asked_for_as_a_page(clinic, page):
    to_times(page)
    page.route("**/times/day/**", lambda route: route.abort())
    day(page, "Thursday 26 November").click()
    page.wait_for_url("**/times/?day=2026-11-26")
    expect(page.get_by_role("heading", name=re.compile("Thursday 26 November"))).to_be_visible()


@pytest.mark.parametrize("width", (320, 1280))
def test_without_scripts_a_day_and_a_month_are_pages(clinic, new_page, width):
    page = to_times(new_page(width=width, scripts=False))
    page.get_by_role("link", name="December", exact=True).click()
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    day(page, "Thursday 10 December").click()
    expect(page.get_by_role("heading", name=re.compile("Thursday 10 December"))).to_be_visible()
    page.get_by_role("link", name=re.compile("^All .* times on Thursday 10 December")).click()
    page.locator("input[name=time]").nth(1).check()
    page.get_by_role("button", name="Hold this time", exact=True).click()
    assert "/payer/" in page.url


def test_a_month_without_times_hides_the_button_and_shows_what_else_to_do(clinic, page):
    for timeline in (each.timeline for each in clinic.practitioners.all()):
        timeline.hours.all().delete()
    to_times(page)
    look(page, "times-none")
    expect(page.get_by_text("No free time until Thu 31 Dec.")).to_be_visible()
    expect(page.get_by_role("button", name="Hold this time", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Join the waitlist").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Join the waitlist")
