"""The check-back in a real browser: one tap from the mail's link, on a phone, without JavaScript; a worrying answer reaches who treated."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from clinic.models import Task, User
from tests.browser.house import MONDAY, london, sign_in
from tests.factories import CourseFactory, PatientFactory
from tests.treatments.cast import draft, needle
from treatments.models import CheckBack, Session, SessionRecord
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def record(clock) -> SessionRecord:
    """A signed session near the lungs, this morning."""
    clock.set(MONDAY)
    clinic = london()
    by = User.objects.filter(clinics=clinic, role=Role.PRACTITIONER).first()
    course = CourseFactory(patient=PatientFactory(clinic=clinic, first_name="Hannah", last_name="Lindley"))
    session = Session.objects.create(course=course, number=1)
    begun = start_record(session=session, practitioner=by.practitioner, now=MONDAY)
    save_draft(record=begun, draft=draft(needles=[needle("GB21", depth_mm=5, reason="Neck")]), by=by, now=MONDAY)
    return sign_record(record=begun, by=by, now=MONDAY)


def link_to(record: SessionRecord) -> str:
    return f"/how/{mint(purpose=LinkPurpose.CHECK_BACK, about=record.key, expires_at=MONDAY + timedelta(days=28))}/"


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [320, 1280])
def test_one_tap_and_a_worrying_answer_without_javascript(new_page, record, width):
    page = new_page(width=width, scripts=False)
    page.goto(link_to(record))
    assert page.url.endswith("/how/")
    assert not CheckBack.objects.exists()

    page.get_by_role("button", name="The same").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for telling us")
    assert CheckBack.objects.count() == 1

    chest = page.get_by_role("radiogroup", name="Chest pain, sharp pain on breathing")
    chest.get_by_text("Yes, after needles in the chest").click()
    page.get_by_role("button", name="Send").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Please get help now")
    expect(page.get_by_role("link", name="Call 999").first).to_be_visible()
    task = Task.objects.get(kind="check-back")
    assert (task.user, task.due <= CheckBack.objects.newest_first().first().at) == (record.practitioner.user, True)
    assert Task.objects.filter(kind="check-back ring", for_role="receptionist").count() == 1


@pytest.mark.parametrize("width", [320, 1280])
def test_every_state_of_the_page_fits_and_has_no_barrier(new_page, record, barriers, width):
    page = new_page(width=width)
    page.goto(link_to(record))
    assert (barriers(page), fits(page)) == ([], True)
    page.get_by_role("button", name="Worse").click()
    assert (barriers(page), fits(page)) == ([], True)
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert (barriers(page), fits(page)) == ([], True)
    page.get_by_role("radiogroup", name="Redness, heat").get_by_text("Spreading redness").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Please get medical help today")).to_be_visible()
    assert (barriers(page), fits(page)) == ([], True)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_practitioner_reads_it_and_says_what_was_done(new_page, record, barriers, width):
    page = new_page(width=width, scripts=False)
    page.goto(link_to(record))
    page.get_by_role("button", name="Worse").click()
    staff = sign_in(new_page(width=width), record.practitioner.user.email)
    staff.goto("/tasks/")
    staff.get_by_role("link", name="Read and ring").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Hannah Lindley after the visit")
    assert (barriers(staff), fits(staff)) == ([], True)
    staff.get_by_label("What did you do?").fill("Rang: a flare since the morning, easing. Sees me on Thursday.")
    staff.get_by_role("button", name="Keep").press("Enter")
    expect(staff.get_by_text("a flare since the morning")).to_be_visible()
    staff.goto("/tasks/")
    expect(staff.get_by_role("link", name="Read and ring")).to_have_count(0)
