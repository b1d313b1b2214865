"""The demo's London clinic, empty of patients, for journeys in a real browser."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from playwright.sync_api import Page

from clinic.models import Clinic, User
from web.demo.opening import open_clinic
from web.demo.places import LONDON

PASSWORD = "a-long-enough-password"
MONDAY = datetime.fromisoformat("2026-11-23T07:30:00+00:00")


def london() -> Clinic:
    """Open the clinic with its catalogue and insurers; everybody on the staff has one password."""
    call_command("load_catalogue", verbosity=0)
    call_command("load_insurers", verbosity=0)
    clinic = open_clinic(LONDON)
    User.objects.update(password=make_password(PASSWORD))
    return clinic


def sign_in(page: Page, email: str) -> Page:
    """Come in by the front door, with a password."""
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()
    return page


def answer_safely(page: Page) -> None:
    """Answer every safety page as somebody in good health."""
    while "/safety/" in page.url:
        if page.get_by_label("Day", exact=True).count():
            page.get_by_label("Day", exact=True).fill("14")
            page.get_by_label("Month", exact=True).fill("3")
            page.get_by_label("Year", exact=True).fill("1984")
        for name in ("No", "Lower back", "More than a year ago"):
            for choice in page.get_by_role("radio", name=name, exact=True).all():
                choice.check()
        for choice in page.get_by_role("checkbox", name="None of these").all():
            choice.check()
        page.get_by_role("button", name="Continue").click()
