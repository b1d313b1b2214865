from datetime import date, timedelta

import pytest

from clinic.enums import Role
from insurers.models import Cover
from insurers.selectors import Left, code_doubts, cover_words, covers_of, sessions_left, sessions_left_of, visits_of
from insurers.services import consume_cover, release_cover, reserve_cover
from tests.insurers.builders import a_clinic, a_course, a_patient, a_user, an_insured_course, approve

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


def book(course, number, days):
    return reserve_cover(session=course.sessions.get(number=number), on=TODAY + timedelta(days=days), key=f"visit-{course.pk}-{number}")


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def admin(clinic):
    return a_user(Role.ADMIN, clinic)


@pytest.fixture
def course(clinic):
    return an_insured_course(10, patient=a_patient(clinic))


# One visit, one course


def test_cover_words_say_who_pays(course):
    approve(course, 1, code="KLM4821")
    covered, waiting = book(course, 1, 0), book(course, 2, 7)
    own = a_course(patient=course.patient)

    assert cover_words(covers_of([covered.key])[covered.key]) == "Covered by Bupa, code KLM4821"
    assert cover_words(waiting) == "Not covered yet"
    assert cover_words(book(own, 1, 0)) == "Patient pays"
    release_cover(key=waiting.key)
    assert cover_words(Cover.objects.get(key=waiting.key)) == ""
    assert cover_words(None) == ""


def test_sessions_left_counts_rows_and_names_the_visits_beyond(course):
    approve(course, 6, last=date(2026, 12, 31))
    for number in range(1, 9):
        book(course, number, number * 3)
    consume_cover(key=f"visit-{course.pk}-1")

    left = sessions_left(course)

    assert (left.units, left.used, left.booked, left.left, left.last_day) == (6, 1, 5, 0, date(2026, 12, 31))
    assert [visit.on for visit in left.beyond] == [TODAY + timedelta(days=21), TODAY + timedelta(days=24)]
    assert left.words == "1 used, 5 booked, 0 left of 6"


def test_sessions_left_asks_as_often_for_many_courses_as_for_one(course, django_assert_num_queries):
    own = a_course(patient=course.patient)
    others = [an_insured_course(patient=course.patient) for _ in range(3)]

    with django_assert_num_queries(3):
        found = sessions_left_of([course, own, *others])

    assert found == dict.fromkeys([course.pk, *(other.pk for other in others)], Left())
    assert sessions_left(own) is None


# One policy


def test_a_code_in_another_shape_or_of_another_patient_is_doubted(course, clinic):
    other = an_insured_course(patient=a_patient(clinic))
    approve(other, 6, code="K-771A")
    axa = an_insured_course(patient=a_patient(clinic), insurer="AXA PPP", slug="axa_ppp")

    assert code_doubts(course.funding.policy, "k-771a") == ["Another patient has this code on file."]
    assert code_doubts(other.funding.policy, "k-771a") == []
    assert code_doubts(axa.funding.policy, "ABC1234") == []
    assert len(code_doubts(axa.funding.policy, "12")) == 1


def test_the_visits_of_a_policy_are_shown_by_date_without_the_cancelled(course):
    for number, days in ((1, 9), (2, 3), (3, 6)):
        book(course, number, days)
    release_cover(key=f"visit-{course.pk}-3")

    assert [visit.session.number for visit in visits_of(course.funding.policy)] == [2, 1]
