"""Booking a whole course at the desk."""

from datetime import date

import pytest

from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from clinic.enums import Role
from clinic.models import Absence
from insurers.enums import Payer
from insurers.models import Policy
from insurers.selectors import Left
from insurers.services import record_authorisation, set_funding
from messaging.models import Message
from tests.bookings.test_courses import prescribed
from tests.factories import InsurerFactory, UserFactory, at
from tests.web.desk import NOW, desk, text, visit
from web.reception.course import cover_ahead

MOST_QUERIES = 15  # the session, the course, everybody's time, what stands, what the insurer covers: each once


@pytest.fixture
def house(db, clock):
    clock.set(NOW)
    return desk()


@pytest.fixture
def course(house):
    return prescribed(house)


@pytest.fixture
def at_desk(client, house):
    client.force_login(house.desk)
    return client


def address(course):
    return f"/courses/{course.key}/book/"


def dates_of(response):
    return {f"date-{each.number}": each.value for each in response.context["page"].dates}


def test_the_proposal_names_every_date_and_why(at_desk, course):
    response = at_desk.get(address(course))
    page = text(response)

    assert "Book these 9 visits" in page
    assert "<b>Thu 3 Dec 2026</b>" in page
    assert "7 days after the visit before, as planned." in page
    assert "Patient pays £58" in page
    assert [stop["number"] for stop in response.context["page"].stops] == list(range(1, 11))
    assert page.count('type="radio"') == 9 * 4


def test_the_course_is_booked_in_one_step(at_desk, course):
    dates = dates_of(at_desk.get(address(course)))
    response = at_desk.post(address(course), dates, follow=True)

    assert "9 visits booked for" in text(response) and "All sessions have their time" in text(response)
    assert Appointment.objects.count() == 10
    assert Message.objects.filter(kind="course-booked").count() == 1


def test_pressing_twice_books_the_course_once(at_desk, course):
    dates = dates_of(at_desk.get(address(course)))
    for _ in range(2):
        assert at_desk.post(address(course), dates).status_code == 302

    assert Appointment.objects.count() == 10


def test_one_date_is_swapped_while_the_others_stay(at_desk, course):
    page = at_desk.get(address(course)).context["page"]
    dates = {f"date-{each.number}": each.value for each in page.dates}
    other = page.dates[2].others[0].value
    response = at_desk.post(address(course), dates | {"date-4": other, "show": "yes"})

    assert dates_of(response) == dates | {"date-4": other}
    assert Appointment.objects.count() == 1
    at_desk.post(address(course), dates_of(response))
    assert Appointment.objects.count() == 10


def test_a_date_that_has_gone_is_named_and_the_others_are_kept(house, at_desk, course):
    page = at_desk.get(address(course)).context["page"]
    dates = {f"date-{each.number}": each.value for each in page.dates}
    book_appointment(session=house.session(), slot=page.dates[2].slot, by=house.desk, now=NOW)
    response = at_desk.post(address(course), dates)

    assert response.status_code == 409
    assert "Session 4: That time has just gone." in text(response)
    lost = response.context["page"].dates[2]
    assert f"<s>Thu 17 Dec 2026 {page.dates[2].slot.local_start:%H:%M}</s>" in text(response)
    assert lost.others[0] == lost.slot  # what is proposed instead comes first
    again = dates_of(response)
    assert {name: value for name, value in again.items() if name != "date-4"} == {name: dates[name] for name in again if name != "date-4"}
    assert Appointment.objects.count() == 2
    chosen = again | {"date-4": response.context["page"].dates[2].others[0].value}
    assert at_desk.post(address(course), chosen).status_code == 302
    assert Appointment.objects.count() == 11


def test_wishes_are_kept(at_desk, course):
    response = at_desk.get(address(course), {"days": ["1"], "earliest": "14:00", "away_from": "2026-12-07", "away_to": "2026-12-13"})
    slots = [each.slot for each in response.context["page"].dates]

    assert all(slot.local_start.hour >= 14 for slot in slots)
    assert not any(date(2026, 12, 7) <= slot.local_date <= date(2026, 12, 13) for slot in slots)
    assert sum(slot.local_date.weekday() == 1 for slot in slots) >= 7


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"earliest": "14:00", "latest": "12:00"}, "This must be later than “Not before”"),
        ({"away_from": "2026-12-13", "away_to": "2026-12-07"}, "This must be the same day as “Away from”, or later"),
        ({"earliest": "soon"}, "Enter a time, like 09:10"),
        ({"away_from": "2026-02-30"}, "Enter a date, like 2026-11-20"),
    ],
)
def test_wishes_that_cannot_be_are_explained(at_desk, course, asked, words):
    response = at_desk.get(address(course), asked)

    assert response.status_code == 200
    assert words in text(response)


def test_what_the_insurer_covers_is_said_for_each_date(house, at_desk, course):
    set_funding(course=course, payer=Payer.INSURER, insurer=InsurerFactory(), policy_number="1234567", now=NOW)
    policy = Policy.objects.get()
    record_authorisation(policy=policy, code="ABC1", units=4, first_day=None, last_day=None, by=house.desk, now=NOW)
    page = text(at_desk.get(address(course)))

    assert "Covered, 2 left after it" in page and "Covered, the last one approved" in page
    assert "6 of these dates are not covered yet." in page


def test_units_run_out_and_nothing_is_covered_after_the_last_day():
    days = [date(2026, 12, 3), date(2026, 12, 10), date(2026, 12, 17)]
    left = Left(units=6, used=3, booked=2, last_day=date(2026, 12, 12))

    assert [(cover.tier, cover.words) for cover in cover_ahead(left, days, price="£58")] == [
        ("clear", "Covered, the last one approved"),
        ("review", "Beyond what is approved"),
        ("block", "After the insurer’s last day, Sat 12 Dec 2026"),
    ]
    assert cover_ahead(Left(), days[:1], price="£58")[0].words == "Nothing approved yet"
    assert cover_ahead(None, days[:1], price="£58")[0].words == "Patient pays £58"


def test_a_course_without_any_free_time_says_so(house, at_desk, course):
    Absence.objects.create(
        clinic=house.clinic, timeline=house.practitioner.timeline, during=(NOW, at("09:00", "2027-12-01")), reason="Away"
    )
    response = at_desk.get(address(course))

    assert response.status_code == 200
    assert "No date" in text(response) and "Book single visits" in text(response)


def test_a_course_that_is_not_prescribed_has_nothing_to_book(house, at_desk):
    course = house.session().course

    assert "A practitioner prescribes the course first." in text(at_desk.get(address(course)))


def test_the_panel_leads_to_the_rest_of_the_course(at_desk, course):
    booked = Appointment.objects.get()

    assert "Book 9 more visits" in text(at_desk.get(f"/diary/?day=2026-11-26&visit={booked.key}"))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "No date was chosen"),
        ({"date-2": "nonsense"}, "That time has just gone."),
        ({"date-99": "20261203T1000Z-x"}, "No date was chosen"),
    ],
)
def test_dates_that_are_none_book_nothing(at_desk, course, sent, words):
    assert words in text(at_desk.post(address(course), sent, follow=True))
    assert Appointment.objects.count() == 1


def test_only_the_clinics_own_desk_books_a_course(house, client, course):
    other = desk()
    for user in (house.practitioner.user, other.desk, UserFactory(role=Role.PATIENT)):
        client.force_login(user)
        assert (client.get(address(course)).status_code, client.post(address(course), {}).status_code) == (404, 404)


def test_clinical_words_stay_with_the_clinicians(at_desk, course):
    course.goal, course.reason = "canary-goal", "canary-reason"
    course.save()
    page = text(at_desk.get(address(course)))

    assert "canary" not in page and str(course.condition) not in page


def test_the_proposal_asks_the_same_number_of_questions_for_few_and_many_visits(house, at_desk, course, django_assert_max_num_queries):
    at_desk.get(address(course))
    with django_assert_max_num_queries(MOST_QUERIES):
        at_desk.get(address(course))
    for hour in (9, 11, 13, 15):
        visit(house, NOW.replace(hour=hour, day=27))
    with django_assert_max_num_queries(MOST_QUERIES):
        at_desk.get(address(course))


def test_a_proposal_under_an_approval_asks_little_more(house, at_desk, course, django_assert_max_num_queries):
    set_funding(course=course, payer=Payer.INSURER, insurer=InsurerFactory(), policy_number="1234567", now=NOW)
    record_authorisation(policy=Policy.objects.get(), code="ABC1", units=4, first_day=None, last_day=None, by=house.desk, now=NOW)
    with django_assert_max_num_queries(MOST_QUERIES + 2):
        assert "Covered, 2 left after it" in text(at_desk.get(address(course)))
