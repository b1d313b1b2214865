"""A clinician's decision in a real browser: by keyboard alone, on a phone, and by two people or windows at once."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bookings.enums import State
from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from clinic.models import User
from insurers.enums import CoverState
from insurers.models import Cover
from patients.enums import Tier
from patients.models import Finding, Intake, Question
from tests.browser.house import MONDAY, london, sign_in
from tests.factories import AppointmentFactory, CourseFactory, IntakeFactory, PatientFactory
from tests.treatments.cast import needle, technique
from treatments.enums import Chronicity, Severity
from treatments.models import Condition, Course, Service, Session
from treatments.services.courses import prescribe_course
from treatments.services.records import Draft, save_draft, start_record

pytestmark = pytest.mark.django_db(transaction=True)
SAID = (
    ("anticoagulant_medication", "Takes a blood thinner", "Typed “warfrin 3mg”, read as warfarin", "BNF, accessed 2026"),
    ("pregnancy_second_trimester", "Pregnant, weeks 14 to 27", "Yes", "NICE NG201"),
)


@pytest.fixture
def course(clock) -> Course:
    """Somebody whose answers wait for the practitioner, with a course and a visit today."""
    clock.set(MONDAY)
    clinic = london()
    by = User.objects.filter(clinics=clinic, role=Role.PRACTITIONER).first()
    person = by.practitioner
    patient = PatientFactory(clinic=clinic, first_name="Hannah", last_name="Lindley")
    intake = IntakeFactory(patient=patient, tier=Tier.REVIEW, screened_at=MONDAY, flags=[rule for rule, *_ in SAID])
    for rule, words, said, source in SAID:
        Finding.objects.create(intake=intake, rule=rule, tier=Tier.REVIEW, rank=2, words=words, said=said, source=source)
    course = CourseFactory(patient=patient, intake=intake)
    Session.objects.create(course=course, number=1)
    service = Service.objects.filter(clinic=clinic, first_visit=False, rest__gt=0).first()
    visit = AppointmentFactory(
        session=course.sessions.get(),
        practitioner=person,
        service=service,
        state=State.PROVISIONAL,
        waits_for_review=True,
        during=(MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=2, minutes=45)),
    )
    Cover.objects.create(session=visit.session, key=visit.key, on=MONDAY.date(), state=CoverState.SELF_PAY)
    course.practitioner = person
    return prescribe_course(
        course=course,
        condition=Condition.objects.get(slug="chronic_low_back_pain"),
        severity=Severity.MODERATE,
        chronicity=Chronicity.CHRONIC,
        techniques=[technique()],
        service=service,
        sessions=10,
        reason="",
        goal="Out of the car without a hand on the roof",
        by=by,
        practitioner=person,
        now=MONDAY,
        safety_override="Talked it through with her midwife.",
    )


def practitioner(new_page, course: Course, **kwargs) -> Page:
    return sign_in(new_page(**kwargs), course.practitioner.user.email)


def beginning(course: Course):
    """The record of the first session, begun with two points."""
    by = course.practitioner.user
    record = start_record(session=course.sessions.get(number=1), practitioner=course.practitioner, now=MONDAY)
    needles = [needle("BL23", reason="Agreed with her midwife"), needle("BL40", depth_mm=12)]
    return save_draft(record=record, draft=Draft(techniques=[technique()], needles=needles, note="First."), by=by, now=MONDAY)


def pressed(page: Page, role: str, name: str) -> None:
    """Reach something by focus and press it."""
    control = page.get_by_role(role, name=name)
    control.focus()
    expect(control).to_be_focused()
    page.keyboard.press("Space")


def test_a_decision_with_limits_is_made_by_keyboard_alone(new_page, course, barriers):
    page = practitioner(new_page, course)
    page.goto("/reviews/")
    expect(page.get_by_label("Your question")).to_be_hidden()
    pressed(page, "radio", "Cleared with limits")
    page.get_by_text("What is closed, if you clear with limits").focus()
    page.keyboard.press("Enter")
    pressed(page, "checkbox", "Cupping")
    page.get_by_label("Points to close").focus()
    page.keyboard.type("LI4, B-47")
    page.get_by_role("textbox", name="Why kept with the record").focus()
    page.keyboard.type("Spoke with her midwife.")
    page.get_by_role("button", name="Record the decision").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("in old books BL52, by WHO numbers BL47: which is meant?")
    assert barriers(page) == []
    page.get_by_label("Points to close").fill("LI4, BL52")
    page.get_by_role("button", name="Record the decision").press("Enter")
    expect(page.get_by_text("Cleared with limits.").first).to_be_visible()
    assert Intake.objects.get().limited_points == ["BL52", "LI4"]


@pytest.mark.parametrize("width", [320, 1280])
def test_a_question_goes_to_the_patient_and_comes_back(new_page, course, barriers, width):
    page = practitioner(new_page, course, width=width, scripts=False)
    page.goto("/reviews/")
    page.get_by_label("Ask the patient").check()
    page.get_by_label("Your question").fill("What was your last INR?")
    page.get_by_role("button", name="Record the decision").click()
    question = Question.objects.get()
    visitor = new_page(width=width)
    visitor.goto(f"/question/{mint(purpose=LinkPurpose.QUESTION, about=question.key, expires_at=question.due)}/")
    assert barriers(visitor) == []
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.get_by_label("Your answer").fill("2.4, last week.")
    visitor.get_by_role("button", name="Send your answer").press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert barriers(visitor) == []
    page.goto("/reviews/")
    expect(page.get_by_text("2.4, last week.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_windows_write_one_draft_and_nothing_is_lost(new_page, course, barriers):
    record = beginning(course)
    one = practitioner(new_page, course)
    other = one.context.new_page()
    for window in (one, other):
        window.goto(f"/sessions/{record.session.key}/record/")
    one.get_by_label("Said, seen and thought").fill("Written in the first window.")
    expect(one.locator("#saved")).to_contain_text("Draft saved")
    one.get_by_role("button", name="Save now").click()
    other.get_by_label("Said, seen and thought").fill("Written in the second.")
    expect(other.locator("#saved")).to_contain_text("changed in another window")
    other.get_by_role("button", name="Save now").press("Enter")
    expect(other.get_by_role("alert")).to_be_focused()
    expect(other.get_by_role("row", name="Said, seen and thought")).to_contain_text("Written in the first window.")
    expect(other.get_by_label("Said, seen and thought")).to_have_value("Written in the second.")
    assert barriers(other) == []
    other.get_by_role("button", name="Save now").press("Enter")
    record.refresh_from_db()
    assert record.note == "Written in the second."


def test_a_window_that_saves_itself_never_stands_in_its_own_way(new_page, course):
    record = beginning(course)
    page = practitioner(new_page, course)
    page.goto(f"/sessions/{record.session.key}/record/")
    for words in ("Once.", "Twice."):
        page.get_by_label("Said, seen and thought").fill(words)
        expect(page.locator("#saved")).to_contain_text("Draft saved")
        page.wait_for_function("words => !document.body.classList.contains('htmx-request')", arg=words)
    page.get_by_role("button", name="Save now").click()
    expect(page.get_by_label("Said, seen and thought")).to_have_value("Twice.")
    expect(page.get_by_role("alert")).to_have_count(0)
