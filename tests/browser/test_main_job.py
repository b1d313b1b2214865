"""The main job from end to end, in a real browser with a real worker: booked, screened, planned, treated, looked after."""

import re
import time
from email.message import EmailMessage

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from bookings.models import Appointment
from insurers.models import Cover
from messaging.models import Beat, Message
from messaging.tasks import deliver_due
from tests.browser.house import MONDAY, answer_safely, london, sign_in
from treatments.models import Course, SessionRecord

pytestmark = pytest.mark.django_db(transaction=True)

HANNAH = "hannah.lindley@example.org"
POINTS = ("BL23 b 20", "GV4 m 15", "BL40 b 20")


def to_safety(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Book a visit").first.click()
    page.get_by_role("radio", name="Lower back pain").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("radio", name="Acupuncture, first visit").check()
    page.get_by_role("button", name="Continue").click()


def book(page: Page, *, day: str, clock: str) -> None:
    """Book a first visit as Hannah, insured, with a code; the safety questions are answered with a caution."""
    to_safety(page)
    answer_safely(page)
    if "/result/" in page.url:
        page.get_by_role("link", name="Continue").click()
    page.get_by_role("link", name=day, exact=True).click()
    page.get_by_role("group", name=re.compile(f"Choose a time {day}")).get_by_role("radio", name=re.compile(f"^{clock}")).check()
    page.get_by_role("button", name="Hold this time").click()
    expect(page.get_by_text("Held for you until")).to_be_visible()
    page.get_by_role("radio", name="My insurer pays").check()
    page.get_by_label("Insurer", exact=True).first.select_option(label="AXA Health (Axa PPP)")
    page.get_by_label("Policy or membership number").fill("1234567A")
    page.get_by_role("radio", name="I have it").check()
    page.get_by_label("Your code").fill("ABC1234")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("First name").fill("Hannah")
    page.get_by_label("Last name").fill("Lindley")
    page.get_by_label("Mobile number").fill("07700 900142")
    page.get_by_label("E-mail").fill(HANNAH)
    for box in page.get_by_role("main").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("textbox").first.fill(mailed_code())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check")
    page.get_by_role("button", name=re.compile("Book this visit")).click()


def mailed_code() -> str:
    """The six figures that were mailed last."""
    return re.search(r"\d{3} \d{3}", mail.outbox[-1].body).group()


def test_a_red_flag_stops_with_advice_and_keeps_no_time(new_page, clock, worker):
    clock.set(MONDAY)
    london()
    page = new_page(width=320, scripts=False)
    to_safety(page)
    page.get_by_label("Day", exact=True).fill("14")
    page.get_by_label("Month", exact=True).fill("March")
    page.get_by_label("Year", exact=True).fill("1984")
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("checkbox", name=re.compile("numbness or tingling between your legs")).check()
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("999|A&E|now", re.I))
    expect(page.get_by_role("link", name=re.compile("999")).first).to_be_visible()
    page.goto("/book/bloomsbury/times/")
    assert "/times/" not in page.url
    assert not Appointment.objects.exists()


def test_a_clinic_works_from_the_first_click_to_the_aftercare(new_page, clock, worker, barriers):
    clock.set(MONDAY)
    london()

    # The patient books, signed out and without a script.
    patient = new_page(width=320, scripts=False)
    book(patient, day="Tuesday 24 November", clock="08:30")
    expect(patient.get_by_role("heading", level=1)).to_contain_text("booked")
    visit = Appointment.objects.get()
    assert (visit.state, visit.practitioner.name) == ("booked", "Rhea Mehta")
    deliver_due.delay()
    letter = wait_for_mail(worker, "Your visit is booked")
    assert any(part.get_filename() == "visit.ics" for part in letter.iter_attachments())
    assert re.search(r"/visit/[\w-]{40,}/", letter.get_body(("plain",)).get_content())

    # The practitioner sees the day, reads what was found, and prescribes.
    rhea = sign_in(new_page(), "rhea@meridian.example")
    rhea.goto("/today/2026-11-24/")
    rhea.get_by_role("link", name="Hannah Lindley").first.click()
    rhea.goto(f"/courses/{visit.session.course.key}/prescribe/")
    rhea.get_by_label("Condition").select_option(label="Chronic low back pain")
    rhea.get_by_role("radio", name=re.compile("Moderate")).check()
    rhea.get_by_role("radio", name=re.compile("Chronic")).check()
    rhea.get_by_label(re.compile("Kind of visit|Visit")).first.select_option(label="Acupuncture")
    rhea.get_by_role("button", name="Show what the table proposes").click()
    expect(rhea.get_by_text("10 sessions")).to_be_visible()
    rhea.get_by_role("button", name="Prescribe", exact=True).click()
    course = Course.objects.get()
    assert (course.state, course.sessions.count()) == ("active", 10)

    # The receptionist books the other nine from a preview, in one step.
    desk = sign_in(new_page(), "desk@meridian.example")
    desk.goto(f"/courses/{course.key}/book/")
    desk.get_by_role("button", name=re.compile("Book these 9")).click()
    assert Appointment.objects.of_course(course).count() == 10

    # The admin records an authorisation of six: four booked sessions are not covered, and the board names them.
    admin = sign_in(new_page(), "admin@meridian.example")
    admin.goto("/approvals/")
    admin.get_by_role("link", name="Record code").first.click()
    admin.get_by_label("Authorisation number").fill("ABC1234")
    admin.get_by_label("Sessions", exact=True).fill("6")
    admin.get_by_label("Last day, included").fill("30 Jun 2027")
    admin.get_by_role("button", name="Record the code").click()
    admin.goto("/approvals/")
    expect(admin.get_by_text("4 visits:")).to_be_visible()
    assert Cover.objects.filter(state="reserved").count() == 6

    # The day comes: she is checked in, treated, and the record is signed.
    clock.set(visit.start)
    desk.goto(f"/diary/?day=2026-11-24&visit={visit.key}")
    desk.get_by_role("button", name=re.compile("Check in")).first.click()
    rhea.goto("/today/")
    rhea.get_by_role("button", name="Start insertion").click()
    rhea.goto(f"/sessions/{visit.session.key}/record/")
    for point in POINTS:
        rhea.get_by_label(re.compile("Add or change a point")).fill(point)
        rhea.get_by_role("button", name="Add", exact=True).click()
    fill_record(rhea)
    rhea.get_by_role("button", name="Sign record").click()
    expect(rhea.get_by_text("Signed").first).to_be_visible()
    record = SessionRecord.objects.get()
    visit.refresh_from_db()
    assert (visit.state, Cover.objects.get(key=visit.key).state) == ("completed", "consumed")

    # The worker sends the aftercare that fits, once, and keeps the rest for its hour.
    deliver_due.delay()
    aftercare = wait_for_mail(worker, "After your visit")
    assert "needle" in aftercare.get_body(("plain",)).get_content().lower()
    due = Message.objects.filter(about=record.key)
    assert due.filter(state="sent").count() == 1
    assert due.filter(state="due", kind__in=("aftercare-next_day", "aftercare-3_days", "aftercare-7_days")).count() == 3
    sent = len(worker.mails())
    run_worker_again()
    run_worker_again()
    assert len(worker.mails()) == sent
    admin.goto("/outbox/")
    expect(admin.get_by_role("row", name=re.compile("Aftercare, right after")).first).to_be_visible()

    # The patient signs in with a code and sees the plan, the next visits, and what was sent.
    home = new_page(width=320)
    home.goto("/account/login/code/")
    home.get_by_label("E-mail").fill(HANNAH)
    home.get_by_role("main").get_by_role("button").first.click()
    home.get_by_role("main").get_by_role("textbox").first.fill(sign_in_code())
    home.get_by_role("main").get_by_role("button").first.click()
    home.wait_for_url("**/plan/")
    for words in ("1 of 10 visits done", "Tuesday 1 December 2026", "4 not covered yet", "After your visit today"):
        expect(home.get_by_text(words).first).to_be_visible()
    assert barriers(home) == []


def sign_in_code() -> str:
    """The code to sign in with that was mailed last."""
    return re.search(r"^\s*([A-Z0-9]{3,4}[- ]?[A-Z0-9]{3,4})\s*$", mail.outbox[-1].body, re.M).group(1)


def fill_record(page: Page) -> None:
    """Everything a record needs beside its points."""
    page.get_by_label("Red flags asked").check()
    page.get_by_label("Agrees to today’s treatment").check()
    page.get_by_label("Position").select_option(index=1)
    page.get_by_role("checkbox", name="Traditional (Chinese) acupuncture").check()
    for legend, score in (("before", "6"), ("after", "4")):
        page.get_by_role("group", name=re.compile(legend)).get_by_role("radio", name=score, exact=True).check(force=True)
    page.get_by_label("Asked for anything unwanted").check()
    page.get_by_label("Plan", exact=True).fill("Once a week, walk each day")
    page.get_by_label("Make").fill("Tewa 0.25 x 40 mm")
    page.get_by_label("Lot").fill("T2411-07")
    page.get_by_label("Expires").fill("2028-06-30")
    page.get_by_label("Minutes at rest").fill("25")
    page.get_by_label("Needles out").fill("5")


def wait_for_mail(worker, subject: str) -> EmailMessage:
    """The worker's mail with that subject, within half a minute."""
    for _ in range(300):
        for letter in worker.mails():
            if subject in str(letter["Subject"]):
                return letter
        time.sleep(0.1)
    raise AssertionError(f"No mail about “{subject}” among {[str(letter['Subject']) for letter in worker.mails()]}")


def run_worker_again() -> None:
    """Let the worker look through the outbox once more, and wait until it has."""
    before = Beat.objects.get(name="worker").at
    deliver_due.delay()
    for _ in range(300):
        if Beat.objects.get(name="worker").at > before:
            return
        time.sleep(0.1)
    raise AssertionError("The worker has not looked")
