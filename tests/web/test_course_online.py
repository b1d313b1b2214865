"""A whole course at the booking: proposed beside the held first visit, kept or not, never an obligation."""

import pytest
from django.test import Client
from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.services.course_online import later_of
from bookings.slots import read_value
from clinic.models import User
from messaging.models import Message
from patients.models import Patient
from tests.factories import at
from tests.web.patients import Visitor, booking_house
from web.practitioner.actions import next_action

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return booking_house()


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def looking(visitor, *, onset="years", pain="3"):
    """Answer the safety questions, hold a first time, and ask for a whole course."""
    visitor.to_times(onset=onset)
    answer = visitor.post("times/", time=f"{at('10:00'):%Y%m%dT%H%MZ}-{visitor.house.practitioner.key}", then="course")
    assert answer["Location"] == visitor.url("course/")
    return visitor.post("course/", pain=pain) if pain else visitor.get("course/")


def proposed(page) -> dict[str, str]:
    return {row.field: row.slot.value for row in page.context["page"].rows}


def finish(visitor):
    visitor.pay()
    visitor.tell()
    visitor.prove()
    return visitor.post("check/")


def test_the_first_visit_alone_is_the_default_way(visitor):
    visitor.to_times()
    assert visitor.take()["Location"] == visitor.url("payer/")
    assert "Hold it and see a whole course" in text(visitor.get("times/"))


def test_two_short_questions_come_first_and_one_of_them_only_where_it_is_not_known(visitor):
    page = text(looking(visitor, pain=""))
    assert "How bad has it been" in page
    assert "How long have you had it" not in page


def test_how_long_is_asked_where_the_answers_do_not_tell(visitor):
    page = looking(visitor, onset="again")
    assert (page.status_code, "Choose how long you have had it" in text(page)) == (422, True)
    assert visitor.post("course/", pain="5", lasted="chronic")["Location"] == visitor.url("course/")
    assert "ten visits" in text(visitor.get("course/"))


def test_a_wrong_number_is_asked_again_in_words(visitor):
    answer = looking(visitor, pain="11")
    assert (answer.status_code, "Choose a number from 0 to 10" in text(answer)) == (422, True)


def test_a_whole_course_is_kept_when_the_first_visit_is_booked(visitor):
    looking(visitor)
    page = visitor.get("course/")
    words = text(page)
    assert all(part in words for part in ("eight visits", "£58", "You only ever book to the next review", "Reserve these 8 visits"))

    assert visitor.post("course/", **proposed(page))["Location"] == visitor.url("payer/")
    assert Appointment.objects.count() == 1
    visitor.pay()
    visitor.tell()
    visitor.prove()
    assert "7 later visits, provisional" in text(visitor.get("check/"))
    visitor.post("check/")

    assert "We keep 7 later dates for you" in text(visitor.get("done/"))
    assert (Appointment.objects.filter(state=State.BOOKED).count(), Appointment.objects.kept().count()) == (1, 7)
    assert Message.objects.filter(kind="course-kept").count() == 1


def test_only_the_first_visit_leaves_no_date_behind(visitor):
    looking(visitor)
    page = visitor.get("course/")
    visitor.post("course/", **proposed(page))
    assert visitor.post("course/", only="first")["Location"] == visitor.url("payer/")
    finish(visitor)
    assert Appointment.objects.count() == 1


def test_another_time_for_one_visit_is_chosen_and_the_others_stay(visitor):
    looking(visitor)
    page = visitor.get("course/")
    values = proposed(page)
    other = page.context["page"].rows[3].line.alternatives[0].value
    shown = visitor.post("course/", **values | {"date-5": other, "show": "yes"})
    assert proposed(shown) == values | {"date-5": other}
    visitor.post("course/", **proposed(shown))
    assert later_of(visitor.booking)[5] == other


def test_wishes_change_the_dates_and_stay_with_the_form(visitor):
    looking(visitor)
    page = visitor.get("course/", days="1", part="afternoon", away_from="2026-12-07", away_to="2026-12-13")
    days = [row.slot.local_start for row in page.context["page"].rows]
    assert {day.weekday() for day in days[1:]} == {1}
    assert all(day.hour >= 12 for day in days)
    assert 'action="?days=1&amp;part=afternoon' in text(page)


def test_wishes_that_cannot_be_read_are_asked_again(visitor):
    looking(visitor)
    page = text(visitor.get("course/", away_from="2026-12-13", away_to="2026-12-07"))
    assert "Choose the same day as “Away from”, or a later one" in page


def test_a_date_that_went_while_they_looked_is_named_with_others_to_choose(visitor, house):
    looking(visitor)
    values = proposed(visitor.get("course/"))
    take_away(house, values["date-4"])

    answer = visitor.post("course/", **values)

    assert (answer.status_code, "Visit 4: That time has just gone." in text(answer)) == (409, True)
    assert visitor.booking.later == {}


def test_a_date_that_went_before_the_last_button_is_named_and_the_first_stays_held(visitor, house):
    looking(visitor)
    values = proposed(visitor.get("course/"))
    visitor.post("course/", **values)
    visitor.pay()
    visitor.tell()
    visitor.prove()
    take_away(house, values["date-4"])

    answer = visitor.post("check/")

    assert (answer.status_code, "Visit 4: That time has just gone." in text(answer)) == (409, True)
    assert Patient.objects.filter(email="hannah@example.org").count() == 0
    again = visitor.get("course/")
    assert visitor.post("course/", **proposed(again))["Location"] == visitor.url("check/")
    assert visitor.post("check/")["Location"] == visitor.url("done/")
    assert Appointment.objects.kept().count() == 7


def take_away(house, value):
    start, _ = read_value(value)
    book_appointment(session=house.session(), slot=house.slot(start), by=house.desk, now=at("08:00"))


def test_it_opens_only_while_a_time_is_held(visitor):
    visitor.to_times()
    assert visitor.get("course/")["Location"] == visitor.url("times/")


def test_a_patient_sees_that_dates_are_kept_and_lets_one_go(visitor):
    looking(visitor)
    visitor.post("course/", **proposed(visitor.get("course/")))
    finish(visitor)
    visitor.client.force_login(User.objects.get(email="hannah@example.org"))
    assert "kept until you agree a plan" in text(visitor.client.get(reverse("patient:plan")))
    assert "Let the later dates go" in text(visitor.client.get(reverse("patient:plan")))
    third = Appointment.objects.kept().get(session__number=3)
    visitor.client.get(reverse("patient:plan_visit", args=[third.key]))
    assert "let it go free of charge at any time" in text(visitor.client.get(reverse("patient:visit")))
    visitor.client.post(reverse("patient:cancel"), {"because": ""})
    third.refresh_from_db()
    assert (third.state, third.cancelled_late) == (State.CANCELLED, False)


def test_all_later_dates_are_let_go_with_one_button_and_the_first_visit_stays(visitor):
    looking(visitor)
    visitor.post("course/", **proposed(visitor.get("course/")))
    finish(visitor)
    visitor.client.force_login(User.objects.get(email="hannah@example.org"))
    course = Appointment.objects.kept().first().session.course
    for _ in range(2):
        assert visitor.client.post(reverse("patient:plan_let_go", args=[course.key]))["Location"] == reverse("patient:plan")
    assert [visit.session.number for visit in Appointment.objects.of_course(course).standing()] == [1]
    assert Message.objects.filter(kind="course-released").count() == 1


def test_staff_see_what_a_kept_date_waits_for(visitor, house):
    looking(visitor)
    visitor.post("course/", **proposed(visitor.get("course/")))
    finish(visitor)
    kept = Appointment.objects.kept().with_people().first()
    at_desk = Client()
    at_desk.force_login(house.desk)
    day = kept.start.date()
    assert "Kept for a course." in text(
        at_desk.get(reverse("reception:diary"), {"day": day, "visit": kept.key, "clinic": house.clinic.slug})
    )
    assert next_action(kept, today=day).words == "Prescribe a course"
