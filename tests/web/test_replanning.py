"""The page that plans the rest of a course again, for the practitioner and the desk."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bookings.enums import Because, CancelledBy, State
from bookings.models import Occupancy
from bookings.services.appointments import book_appointment, cancel_appointment
from bookings.services.replanning import propose_changes
from bookings.slots import read_value
from clinic.enums import Role
from clinic.models import Task
from insurers.enums import CoverState
from insurers.models import Cover
from messaging.models import Message
from tests.bookings.test_courses import prescribed
from tests.bookings.test_replanning import NOW, booked, days, hold, visit
from tests.factories import ClinicFactory, PractitionerFactory, UserFactory
from tests.factories import at as instant
from tests.web.desk import desk, text
from tests.web.desk import visit as booked_visit
from treatments.enums import CourseState

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return desk()


@pytest.fixture
def course(house):
    return booked(house)


def at(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def at_desk(house):
    return at(house.desk)


@pytest.fixture
def practitioner(house):
    return at(house.practitioner.user)


def url(course, because=""):
    return reverse("practitioner:replan", args=[course.key]) + (f"?because={because}" if because else "")


def sent(response, **more):
    """What the form on the page would send."""
    form = response.context["form"]
    return {name: form[name].value() or "" for name in form.fields} | more


def lose(house, course, number=3):
    cancel_appointment(appointment=visit(course, number), by=house.desk, who=CancelledBy.PATIENT, because="", now=NOW)


def test_the_task_leads_the_desk_to_the_page_and_the_page_settles_it(house, course, at_desk):
    lose(house, course)
    assert url(course) in text(at_desk.get("/tasks/"))
    page = at_desk.get(url(course))
    assert "A visit was cancelled." in text(page)
    assert "Make this change" in text(page)

    answer = at_desk.post(url(course), sent(page))

    assert answer["Location"] == reverse("reception:book_course", args=[course.key])
    assert 3 in days(course)
    assert not Task.objects.open().filter(kind="plan again").exists()
    assert Message.objects.filter(kind="course-changed").count() == 1


def test_where_nothing_has_to_change_it_says_so(course, at_desk):
    page = text(at_desk.get(url(course)))
    assert "Nothing has to change" in page
    assert '<button class="button button--large' not in page


def test_the_desk_is_told_nothing_clinical_and_decides_nothing_clinical(house, course, at_desk):
    for number, pain in ((1, 7), (2, 6), (3, 4), (4, 2)):
        hold(house, course, number, pain=pain)
    assert "Improved" not in text(at_desk.get(url(course)))
    assert at_desk.get(url(course, "improved")).status_code == 404
    assert at_desk.post(url(course), {"because": "stopped", "stamp": "x", "reason": "y"}).status_code == 404


def test_a_practitioner_finds_what_the_review_asks_for_and_widens_the_rest(house, course, practitioner, clock):
    for number, pain in ((1, 7), (2, 6), (3, 4), (4, 2)):
        hold(house, course, number, pain=pain)
    clock.set(visit(course, 4).end + timedelta(hours=1))
    practitioner.force_login(house.practitioner.user)
    assert url(course, "improved") in text(practitioner.get(reverse("practitioner:course", args=[course.key])))
    page = practitioner.get(url(course, "improved"))
    assert "offer the next wider interval" in text(page)

    refused = practitioner.post(url(course), sent(page, reason=" "))
    assert (refused.status_code, "Say why, in a few words" in text(refused)) == (422, True)
    assert practitioner.post(url(course), sent(page, reason="Sleeps through"))["Location"] == reverse(
        "practitioner:course", args=[course.key]
    )
    course.refresh_from_db()
    assert (course.reason, course.proposal["widened_after"]) == ("Sleeps through", [4])


def test_a_practitioner_reads_what_the_end_of_a_course_does_and_then_it_does_that(house, course, practitioner):
    ahead = days(course)
    page = practitioner.get(url(course, "stopped"))
    assert f"{len(ahead)} visits that are booked are cancelled with it" in text(page)
    assert f"<b>{len(ahead)} visits are cancelled.</b> All of it is done together" in text(page)
    assert text(page).count("Cancelled</span>") == len(ahead)

    assert practitioner.post(url(course), sent(page, reason=" ")).status_code == 422
    assert days(course) == ahead
    done = practitioner.post(url(course), sent(page, reason="Moves to Leeds"), follow=True)

    course.refresh_from_db()
    assert (course.state, course.ended_because, days(course)) == (CourseState.STOPPED, "Moves to Leeds", {})
    assert f"its {len(ahead)} visits ahead are cancelled. One message tells {course.patient.name}." in text(done)
    assert not Occupancy.objects.exists()
    assert set(Cover.objects.values_list("state", flat=True)) == {CoverState.RELEASED}
    due = Message.objects.filter(state="due").exclude(kind="course-booked")  # which is not sent any more: no visit lies ahead
    assert [message.kind for message in due] == ["course-changed"]
    assert practitioner.get(url(course)).status_code == 302


def test_an_assessment_ends_with_its_visit(house, practitioner):
    first = booked_visit(house, instant("10:00"))
    course = first.session.course
    page = practitioner.get(url(course, "stopped"))
    assert "<b>1 visit is cancelled.</b>" in text(page)
    practitioner.post(url(course), sent(page, reason="Has gone to a clinic nearer home"))

    course.refresh_from_db()
    first.refresh_from_db()
    assert (course.state, first.state) == (CourseState.STOPPED, State.CANCELLED)


def test_a_course_without_a_visit_ahead_ends_without_a_message(house, practitioner):
    course = prescribed(house, booked=False)
    page = practitioner.get(url(course, "stopped"))
    assert "No booked visit lies ahead." in text(page)
    assert "gets one message" not in text(page)
    shown = text(practitioner.post(url(course), sent(page, reason="Has gone to a clinic nearer home"), follow=True))

    assert "The course has ended. No visit was ahead." in shown
    assert not Message.objects.exists()


def test_what_changed_meanwhile_is_shown_and_nothing_is_done(house, course, at_desk):
    lose(house, course)
    page = at_desk.get(url(course))
    lose(house, course, 8)
    before = days(course)

    answer = at_desk.post(url(course), sent(page))

    assert (answer.status_code, days(course)) == (409, before)
    assert "Nothing was changed" in text(answer)
    assert at_desk.post(url(course), sent(answer)).status_code == 302


def test_a_time_that_is_gone_is_named_and_another_is_proposed(house, course, at_desk):
    lose(house, course)
    page = at_desk.get(url(course))
    gone = propose_changes(course=course, because=Because.CANCELLED, now=NOW).lines[2].slot
    book_appointment(session=house.session(), slot=gone, by=house.desk, now=NOW)

    answer = at_desk.post(url(course), sent(page))

    assert (answer.status_code, "Session 3: That time has just gone." in text(answer)) == (409, True)
    assert sent(answer)["date-3"] != gone.value


def test_strangers_and_patients_find_nothing(course):
    elsewhere = ClinicFactory()
    stranger = UserFactory(role=Role.PRACTITIONER, clinics=[elsewhere])
    PractitionerFactory(clinic=elsewhere, user=stranger)
    for user in (stranger, UserFactory(role=Role.PATIENT)):
        assert at(user).get(url(course)).status_code == 404


# Single dates swapped


def radios(page, number):
    return re.findall(rf'name="date-{number}" value="([^"]+)"', page.content.decode())


def test_one_date_is_swapped_and_the_others_stay(house, course, at_desk):
    lose(house, course)
    before = days(course)
    page = at_desk.get(url(course))
    proposed, *others = radios(page, 3)
    assert len(others) == 3
    wanted = others[-1]

    shown = at_desk.post(url(course), sent(page) | {"date-3": wanted, "show": "yes"})
    assert (shown.status_code, radios(shown, 3)[0], days(course)) == (200, wanted, before)
    at_desk.post(url(course), sent(shown))

    assert visit(course, 3).start == read_value(wanted)[0] != read_value(proposed)[0]
    assert {number: day for number, day in days(course).items() if number != 3} == before


def test_a_date_that_stays_can_be_swapped_too(house, course, at_desk):
    page = at_desk.get(url(course))
    assert "Nothing has to change" in text(page)
    wanted = radios(page, 4)[1]
    shown = at_desk.post(url(course), sent(page) | {"date-4": wanted, "show": "yes"})
    assert "Make this change" in text(shown)
    others = {number: day for number, day in days(course).items() if number != 4}

    at_desk.post(url(course), sent(shown))

    assert visit(course, 4).start == read_value(wanted)[0]
    assert {number: day for number, day in days(course).items() if number != 4} == others


def test_dates_that_come_too_near_together_are_refused_in_words(house, course, at_desk):
    page = at_desk.get(url(course))
    before = days(course)
    near = visit(course, 5).start - timedelta(days=1)
    wanted = f"{near:%Y%m%dT%H%MZ}-{house.practitioner.key}"

    answer = at_desk.post(url(course), sent(page) | {"date-4": wanted})

    assert (answer.status_code, days(course)) == (409, before)
    assert "Nothing was changed" in text(answer)
    assert "Session 5 would be less than" in text(answer)
