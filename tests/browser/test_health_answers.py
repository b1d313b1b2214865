"""Health questions in a real browser: a healthy adult, medicines as they were read, and a pacemaker told of before a visit."""

import re

import pytest
from playwright.sync_api import Page, expect

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.slots import Parts, Slot
from clinic.enums import LinkPurpose
from clinic.keys import new_key
from clinic.links import mint
from clinic.models import User
from tests.browser.house import MONDAY, answer_safely, london, sign_in
from tests.browser.test_main_job import book, to_safety
from tests.factories import at
from treatments.models import Service, Session, Technique

pytestmark = pytest.mark.django_db(transaction=True)
THE_DAY = at("08:00", "2026-12-01")


def go_on(page: Page, name: str = "Continue") -> None:
    page.get_by_role("button", name=name).click()


def answer_the_day(page: Page, *, says: str) -> None:
    """Answer the questions of the day as somebody well, but for the one thing that `says` names."""
    while page.get_by_role("button", name="Continue").count():
        for group in page.get_by_role("group").filter(has=page.get_by_role("checkbox")).all():
            new = group.get_by_role("checkbox", name=says)
            (new if new.count() else group.get_by_role("checkbox", name="None of these")).check()
        for choice in page.get_by_role("radio", name="No", exact=True).all():
            choice.check()
        go_on(page)


def visit_by(first: Appointment, service: Service, day: str, number: int) -> Appointment:
    """The next visit of a course, booked at the desk."""
    session = Session.objects.create(course=first.session.course, number=number)
    slot = Slot(
        service=service, parts=Parts.of(service), practitioner=first.practitioner, room=first.room, equipment=None, start=at("10:00", day)
    )
    return book_appointment(session=session, slot=slot, by=User.objects.get(email="desk@meridian.example"), now=MONDAY)


def test_a_healthy_adult_answers_eight_short_pages_and_may_go_back(new_page, clock):
    clock.set(MONDAY)
    london()
    page = new_page(width=320, scripts=False)
    to_safety(page)
    expect(page.get_by_text("Topic 1 of 8")).to_be_visible()
    answer_safely(page)
    assert "/times/" in page.url
    page.go_back()
    expect(page.get_by_role("checkbox", name="None of these")).to_be_checked()


def test_medicines_are_confirmed_on_one_page_without_a_script(new_page, clock):
    clock.set(MONDAY)
    london()
    page = new_page(width=320, scripts=False)
    to_safety(page)
    answer_safely(page)
    page.goto("/book/bloomsbury/safety/bleeding/")
    page.get_by_label("Anything else you take?").fill("bisopralol 2.5 once a day, zorblaxine")
    go_on(page)
    while "/safety/" in page.url:
        go_on(page)
    expect(page.get_by_text("You typed “bisopralol 2.5 once a day”. We read: Bisoprolol. Is that right?")).to_be_visible()
    expect(page.get_by_label("“zorblaxine”")).to_be_visible()
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Say whether we read “bisopralol” right")
    page.get_by_role("radio", name="Yes").check()
    go_on(page)
    assert "/times/" in page.url


def test_a_pacemaker_told_of_before_a_visit_makes_those_with_current_wait(new_page, clock):
    clock.set(MONDAY)
    london()
    patient = new_page(width=320, scripts=False)
    book(patient, day="Tuesday 24 November", clock="08:30")
    expect(patient.get_by_role("heading", level=1)).to_contain_text("booked")
    first = Appointment.objects.get()
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    electro = Service.objects.get(pk=first.service_id)
    electro.pk, electro.key, electro.slug = None, new_key(), "electro"
    electro.save()
    electro.practitioners.set(first.service.practitioners.all())
    electro.techniques.set([Technique.objects.get(slug="electroacupuncture")])
    visits = [visit_by(first, first.service, "2026-12-01", 2), visit_by(first, electro, "2026-12-08", 3)]

    clock.set(THE_DAY)
    counter = sign_in(new_page(), "desk@meridian.example")
    counter.goto(f"/diary/?visit={visits[0].key}&day=2026-12-01")
    counter.get_by_role("button", name="Send the health questions").press("Enter")
    expect(counter.get_by_text("is sent a link to the health questions")).to_be_visible()
    counter.get_by_role("button", name="Send the health questions").press("Enter")
    expect(counter.get_by_text("The link went out at 08:00")).to_be_visible()
    patient.goto(f"/visit/{mint(purpose=LinkPurpose.VISIT, about=visits[0].key, expires_at=visits[0].start)}/")
    patient.get_by_role("link", name="Answer today’s questions").click()
    answer_the_day(patient, says="A pacemaker, ICD or other heart device")
    go_on(patient, "Send my answers")
    expect(patient.get_by_role("heading", level=1)).to_contain_text("Thank you")

    assert [Appointment.objects.get(pk=visit.pk).state for visit in visits] == [State.BOOKED, State.PROVISIONAL]
    rhea = sign_in(new_page(), "rhea@meridian.example")
    rhea.goto(f"/today/2026-12-01/?visit={visits[0].key}")
    answers = rhea.get_by_role("region", name="Today’s answers")
    expect(answers.get_by_text("A pacemaker, ICD or other heart device").first).to_be_visible()
    counter.goto(f"/diary/?visit={visits[0].key}&day=2026-12-01")
    expect(counter.get_by_role("button", name="Send the health questions")).to_have_count(0)
    expect(counter.get_by_text("Health questions answered")).to_be_visible()
    assert not re.search("pacemaker", counter.content(), re.I)
