from datetime import date, timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.enums import Role
from insurers.board import Need, Wanted, board, due_count, row_of
from insurers.enums import Payer
from insurers.models import Policy
from insurers.selectors import sessions_left
from insurers.services import note_refusal, note_request, reserve_cover, set_funding
from tests.insurers.builders import NOW, a_clinic, a_course, a_patient, a_practitioner, a_user, an_insured_course, an_insurer, approve
from tests.insurers.drift import SESSIONS, do, many_deeds

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


def needs(admin, **wanted):
    return [(row.patient, row.need) for row in board(user=admin, now=NOW, wanted=Wanted(**wanted)).rows]


def test_six_approved_of_ten_booked_shows_the_four_that_are_not_covered(admin, course):
    for number in range(1, 11):
        book(course, number, number * 4)

    approve(course, 6, last=date(2027, 6, 30))
    [row] = board(user=admin, now=NOW).rows

    assert (row.need, row.left.units, row.left.booked, row.left.left) == (Need.OUT, 6, 6, 0)
    assert [visit.on for visit in row.left.beyond] == [TODAY + timedelta(days=days) for days in (28, 32, 36, 40)]
    assert (row.insurer, row.patient, row.code, row.to_book) == ("Bupa", "Olivia Marsh", "PRE-1", 0)


def test_a_visit_without_any_code_is_missing_one_and_due_the_day_before(admin, course):
    book(course, 1, 1)

    found = board(user=admin, now=NOW)

    assert [row.need for row in found.rows] == [row.need for row in found.due] == [Need.MISSING]
    assert found.counts == {"missing": 1, "refused": 0, "check": 0, "waiting": 0, "asked": 0, "ends": 0, "out": 0}


def test_nothing_is_due_for_a_visit_after_tomorrow(admin, course):
    book(course, 1, 2)

    assert board(user=admin, now=NOW).due == []


def test_a_visit_that_was_held_without_a_code_stays_due(admin, course):
    book(course, 1, -20)
    course.state = "stopped"
    course.save()

    assert [row.first_beyond for row in board(user=admin, now=NOW).due] == [TODAY - timedelta(days=20)]


def test_a_code_from_the_patient_is_to_be_checked(admin, clinic):
    course = an_insured_course(patient=a_patient(clinic), code="ABC1234")
    book(course, 1, 5)

    assert [(row.need, row.code) for row in board(user=admin, now=NOW).rows] == [(Need.CHECK, "ABC1234")]


def test_what_was_asked_waits_for_the_answer_and_a_refusal_for_a_decision(admin, course):
    book(course, 1, 5)
    note_request(policy=course.funding.policy, by=admin, now=NOW)
    assert needs(admin) == [("Olivia Marsh", Need.ASKED)]

    note_refusal(policy=course.funding.policy, by=admin, now=NOW)
    assert needs(admin) == [("Olivia Marsh", Need.REFUSED)]


def test_an_approval_that_ends_before_the_visits_is_shown(admin, course):
    approve(course, 6, last=TODAY + timedelta(days=10))
    book(course, 1, 11)

    assert needs(admin) == [("Olivia Marsh", Need.ENDS)]


def test_sessions_still_to_book_make_a_policy_run_out(admin, course):
    approve(course, 8)
    for number in range(1, 7):
        book(course, number, number)
    assert [(row.need, row.to_book) for row in board(user=admin, now=NOW).rows] == [(Need.OUT, 4)]

    approve(course, 10)
    found = board(user=admin, now=NOW)
    assert (found.rows, found.fine, found.needy) == ([], 1, 0)


def test_the_board_counts_days_in_the_clinics_zone(admin):
    tokyo = a_clinic("Asia/Tokyo")
    admin.clinics.add(tokyo)
    course = an_insured_course(patient=a_patient(tokyo))
    book(course, 1, 2)

    at_night = NOW.replace(hour=15)  # midnight in Tokyo: the 27th there

    assert [row.today for row in board(user=admin, now=at_night).due] == [TODAY + timedelta(days=1)]


def test_the_board_is_filtered_by_insurer_need_and_words(admin, course, clinic):
    book(course, 1, 3)
    other = an_insured_course(patient=a_patient(clinic, "Dev", "Patel"), insurer="Aviva", code="418203")
    book(other, 1, 2)
    everybody = [("Dev Patel", Need.CHECK), ("Olivia Marsh", Need.MISSING)]  # of the same hour: the nearer visit first

    assert needs(admin) == everybody
    assert needs(admin, insurer="aviva") == needs(admin, need="check") == needs(admin, words="4182 dev") == everybody[:1]
    assert needs(admin, insurer="wpa") == []


def test_the_board_is_filtered_by_clinic_and_practitioner(admin, course, clinic):
    other_clinic = a_clinic()
    admin.clinics.add(other_clinic)
    elsewhere = an_insured_course(patient=a_patient(other_clinic, "Dev", "Patel"))
    elsewhere.practitioner = a_practitioner(other_clinic)
    elsewhere.save()
    book(course, 1, 3)
    book(elsewhere, 1, 3)

    assert needs(admin, clinic=clinic.pk) == [("Olivia Marsh", Need.MISSING)]
    assert needs(admin, practitioner=elsewhere.practitioner.key) == [("Dev Patel", Need.MISSING)]
    assert [words for _, words in board(user=admin, now=NOW).practitioners] == [elsewhere.practitioner.short_name]


def test_a_code_that_the_patient_said_they_send_waits_on_the_patient(admin, course):
    book(course, 1, 5)
    course.funding.code_follows = True
    course.funding.save()
    assert needs(admin) == [("Olivia Marsh", Need.WAITING)]

    note_request(policy=course.funding.policy, by=admin, now=NOW)
    assert needs(admin) == [("Olivia Marsh", Need.ASKED)]


def test_the_oldest_stands_first_and_pages_follow_each_other(admin, clinic):
    courses = [an_insured_course(patient=a_patient(clinic, "Ada", f"No{number}")) for number in range(5)]
    for age, course in enumerate(courses):
        book(course, 1, 9)
        note_request(policy=course.funding.policy, by=admin, now=NOW - timedelta(days=age))

    first, second = (board(user=admin, now=NOW, start=start, many=3) for start in (0, 3))

    assert [row.patient for row in (*first.rows, *second.rows)] == [f"Ada No{number}" for number in (4, 3, 2, 1, 0)]
    assert (first.found, second.found, len(first.rows)) == (5, 5, 3)


def test_what_is_due_is_counted_as_the_board_does(admin, course, clinic):
    book(course, 1, 1)
    book(course, 2, 0)
    book(an_insured_course(patient=a_patient(clinic)), 1, 2)

    assert due_count(user=admin, now=NOW) == board(user=admin, now=NOW).due_count == 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(chance=st.randoms(use_true_random=False))
def test_what_the_board_adds_up_is_what_a_course_says_of_itself(chance):
    with transaction.atomic():
        clinic = a_clinic()
        admin = a_user(Role.ADMIN, clinic)
        courses = [an_insured_course(SESSIONS, patient=a_patient(clinic)) for _ in range(2)]
        for deed in many_deeds(Random(chance.random()), 15):
            do(deed, courses, admin)

        for course in courses:
            policy = Policy.objects.billed_for(course).first()
            row = row_of(user=admin, now=NOW, policy=policy.key) if policy else None
            assert (row and row.left) == sessions_left(course)
        transaction.set_rollback(True)


def test_nobody_sees_the_board_of_another_clinic(course):
    book(course, 1, 0)

    assert board(user=a_user(Role.ADMIN, a_clinic()), now=NOW).rows == []
    assert board(user=a_user(Role.PRACTITIONER, course.clinic), now=NOW).rows == []


def test_those_who_pay_themselves_are_not_on_the_board(admin, clinic):
    course = a_course(patient=a_patient(clinic))
    set_funding(course=course, payer=Payer.RECLAIM, insurer=an_insurer(), policy_number="1", now=NOW)
    book(course, 1, 0)

    found = board(user=admin, now=NOW)

    assert (found.rows, found.due, found.fine) == ([], [], 0)


@pytest.mark.parametrize("many", [1, 4])
def test_the_board_asks_three_questions_whatever_its_size(admin, clinic, django_assert_num_queries, many):
    for _ in range(many):
        book(an_insured_course(patient=a_patient(clinic)), 1, 0)

    with django_assert_num_queries(3):
        board(user=admin, now=NOW)
