from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from clinic.models import AuditEntry
from insurers.enums import AuthorisationState, CoverState, Payer
from insurers.models import Authorisation, Cover, Funding, Policy
from insurers.selectors import sessions_left
from insurers.services import (
    UnitsAlreadyUsed,
    consume_cover,
    move_cover,
    note_refusal,
    note_request,
    release_cover,
    reserve_cover,
    set_funding,
)
from tests.insurers.builders import NOW, a_course, a_practitioner, a_user, an_insured_course, an_insurer, approve
from treatments.models import SessionRecord

DEC_31, JAN_1 = date(2026, 12, 31), date(2027, 1, 1)
RESERVED, AWAITING, CONSUMED, RELEASED, SELF_PAY = (
    CoverState.RESERVED,
    CoverState.AWAITING,
    CoverState.CONSUMED,
    CoverState.RELEASED,
    CoverState.SELF_PAY,
)


def book(course, number, on=DEC_31):
    """Cover the session of that number, as the booking would: by the key of its visit."""
    return reserve_cover(session=course.sessions.get(number=number), on=on, key=f"visit-{course.pk}-{number}")


def states(course):
    return list(Cover.objects.of_course(course).order_by("session__number").values_list("state", flat=True))


# Who pays


@pytest.mark.django_db
def test_set_funding_keeps_the_policy_and_the_code_that_the_patient_gave():
    course = a_course()

    funding = set_funding(course=course, payer=Payer.INSURER, insurer=an_insurer(), policy_number=" bup 12 ", code="abc1234", now=NOW)

    assert (funding.payer, funding.policy.number, funding.policy.patient) == (Payer.INSURER, "BUP12", course.patient)
    assert list(Authorisation.objects.values_list("policy", "code", "state")) == [(funding.policy.pk, "ABC1234", AuthorisationState.ASKED)]


@pytest.mark.django_db
def test_set_funding_twice_is_saying_it_once():
    course = an_insured_course(code="ABC1234")

    again = set_funding(course=course, payer=Payer.INSURER, insurer=an_insurer(), policy_number=f"BUP{course.pk}", code="ABC1234", now=NOW)

    assert (Policy.objects.get(), Funding.objects.get(), Authorisation.objects.count()) == (again.policy, again, 1)


@pytest.mark.django_db
def test_the_course_in_hand_knows_who_pays_from_now_on():
    course = an_insured_course()
    assert course.funding.payer == Payer.INSURER
    set_funding(course=course, payer=Payer.SELF, now=NOW)

    assert course.funding.payer == Payer.SELF
    assert sessions_left(course) is None


@pytest.mark.django_db
def test_claiming_back_without_an_insurer_is_paying():
    funding = set_funding(course=a_course(), payer=Payer.RECLAIM, now=NOW)

    assert (funding.payer, funding.policy) == (Payer.SELF, None)


@pytest.mark.django_db
@pytest.mark.parametrize("payer", [Payer.SELF, Payer.RECLAIM, None])
def test_reserve_cover_lets_the_patient_pay_where_no_insurer_is_billed(payer):
    course = a_course()
    if payer:
        set_funding(course=course, payer=payer, insurer=an_insurer(), policy_number="1", now=NOW)

    cover = book(course, 1)

    assert (cover.state, cover.authorisation, cover.on) == (SELF_PAY, None, DEC_31)


@pytest.mark.django_db
def test_a_patient_who_decides_to_pay_gives_the_units_to_those_who_wait():
    course = an_insured_course()
    other = a_course(patient=course.patient)
    set_funding(course=other, payer=Payer.INSURER, insurer=an_insurer(), policy_number=f"BUP{course.pk}", now=NOW)
    approve(course, 1)
    book(course, 1)
    book(other, 1)
    assert (states(course), states(other)) == ([RESERVED], [AWAITING])

    set_funding(course=course, payer=Payer.SELF, now=NOW)

    assert (states(course), states(other)) == ([SELF_PAY], [RESERVED])


@pytest.mark.django_db
def test_billing_an_insurer_after_all_waits_for_its_code_but_leaves_what_was_held():
    course = an_insured_course()
    approve(course, 1)
    book(course, 1)
    consume_cover(key=f"visit-{course.pk}-1")
    book(course, 2)

    set_funding(course=course, payer=Payer.INSURER, insurer=an_insurer("WPA"), policy_number="W1", now=NOW)

    assert states(course) == [CONSUMED, AWAITING]


# The cover of a visit


@pytest.mark.django_db
def test_reserve_cover_waits_until_there_is_a_code():
    cover = book(an_insured_course(), 1)

    assert (cover.state, cover.authorisation) == (AWAITING, None)


@pytest.mark.django_db
def test_the_last_day_is_covered_and_the_next_is_not():
    course = an_insured_course()
    approve(course, 6, last=DEC_31)

    assert [book(course, 1, DEC_31).state, book(course, 2, JAN_1).state] == [RESERVED, AWAITING]


@pytest.mark.django_db
def test_units_come_from_the_code_that_ends_first():
    course = an_insured_course()
    later = approve(course, 6, last=date(2027, 1, 31), code="LATER")
    sooner = approve(course, 1, last=DEC_31, code="SOONER")

    assert [book(course, number).authorisation for number in (1, 2)] == [sooner, later]


@pytest.mark.django_db
def test_moving_past_the_last_day_gives_the_unit_to_who_waits():
    course = an_insured_course()
    approve(course, 1, last=DEC_31)
    book(course, 1)
    book(course, 2)

    moved = move_cover(key=f"visit-{course.pk}-1", on=JAN_1)

    assert (moved.state, moved.on) == (AWAITING, JAN_1)
    assert states(course) == [AWAITING, RESERVED]


@pytest.mark.django_db
def test_moving_inside_the_dates_keeps_the_unit_although_somebody_earlier_waits():
    course = an_insured_course()
    approve(course, 1, last=DEC_31)
    book(course, 2, DEC_31)
    book(course, 1, DEC_31 - timedelta(days=20))

    moved = move_cover(key=f"visit-{course.pk}-2", on=DEC_31 - timedelta(days=1))

    assert moved.state == RESERVED
    assert states(course) == [AWAITING, RESERVED]


@pytest.mark.django_db
def test_release_cover_gives_the_unit_back_once():
    course = an_insured_course()
    approve(course, 1)
    book(course, 1)
    book(course, 2)

    release_cover(key=f"visit-{course.pk}-1")
    release_cover(key=f"visit-{course.pk}-1")

    assert states(course) == [RELEASED, RESERVED]


@pytest.mark.django_db
def test_consume_cover_uses_one_unit_however_often_it_is_called():
    course = an_insured_course()
    approval = approve(course, 2)
    book(course, 1)

    for _ in range(3):
        consume_cover(key=f"visit-{course.pk}-1")

    assert states(course) == [CONSUMED]
    assert Authorisation.objects.with_use().values_list("consumed", "reserved").get(pk=approval.pk) == (1, 0)


@pytest.mark.django_db
def test_what_was_used_is_neither_moved_nor_released():
    course = an_insured_course()
    approve(course, 1)
    book(course, 1)
    consume_cover(key=f"visit-{course.pk}-1")

    release_cover(key=f"visit-{course.pk}-1")
    moved = move_cover(key=f"visit-{course.pk}-1", on=JAN_1)

    assert (moved.state, moved.on) == (CONSUMED, DEC_31)


@pytest.mark.django_db
def test_a_visit_that_nobody_covered_is_left_alone():
    release_cover(key="unknown")
    consume_cover(key="unknown")

    assert not Cover.objects.exists()


# What the insurer says


@pytest.mark.django_db
def test_record_authorisation_covers_what_waits_by_date():
    course = an_insured_course()
    for number in (3, 1, 2):
        book(course, number, DEC_31 + timedelta(days=number))

    approval = approve(course, 2)

    assert states(course) == [RESERVED, RESERVED, AWAITING]
    assert (approval.state, approval.code) == (AuthorisationState.GRANTED, "PRE-1")
    assert list(AuditEntry.objects.values_list("verb", "about", "detail")) == [
        ("authorisation.record", approval.key, {"policy": course.funding.policy.key, "units": 2})
    ]


@pytest.mark.django_db
def test_a_code_recorded_after_the_visit_was_signed_is_used_at_once():
    course = an_insured_course()
    book(course, 1)
    signed(course.sessions.get(number=1))

    approve(course, 1)

    assert states(course) == [CONSUMED]


def signed(session):
    """A signed record, with no more in it than the tables ask for."""
    practitioner = a_practitioner(session.course.clinic)
    return SessionRecord.objects.create(
        session=session, practitioner=practitioner, started_at=NOW, saved_at=NOW, signed_at=NOW, signed_by=practitioner.user
    )


@pytest.mark.django_db
def test_recording_the_same_code_again_corrects_it_and_takes_units_back():
    course = an_insured_course()
    first = approve(course, 3)
    for number in (1, 2, 3):
        book(course, number, DEC_31 + timedelta(days=number))

    second = approve(course, 2, code="pre-1")

    assert (second.pk, states(course)) == (first.pk, [RESERVED, RESERVED, AWAITING])


@pytest.mark.django_db
def test_a_code_cannot_approve_fewer_sessions_than_were_held_under_it():
    course = an_insured_course()
    approve(course, 2)
    for number in (1, 2):
        book(course, number)
        consume_cover(key=f"visit-{course.pk}-{number}")

    with pytest.raises(UnitsAlreadyUsed) as refused:
        approve(course, 1)

    assert refused.value.used == 2
    assert Authorisation.objects.get().units == 2


@pytest.mark.django_db
def test_an_answer_belongs_to_the_question():
    course, admin = an_insured_course(), a_user()
    asked = note_request(policy=course.funding.policy, by=admin, now=NOW)
    assert note_request(policy=course.funding.policy, by=admin, now=NOW + timedelta(days=1)) == asked

    refused = note_refusal(policy=course.funding.policy, by=admin, now=NOW)
    granted = approve(course, 4)

    assert (refused.pk, refused.state) == (asked.pk, AuthorisationState.REFUSED)
    assert (granted.state, Authorisation.objects.count()) == (AuthorisationState.GRANTED, 2)


# All at once


@pytest.mark.django_db(transaction=True)
def test_the_last_unit_goes_to_one_of_two_who_book_at_once():
    course = an_insured_course()
    approve(course, 6, last=DEC_31)
    for number in range(1, 6):
        book(course, number)
        consume_cover(key=f"visit-{course.pk}-{number}")

    together([lambda: book(course, 6), lambda: book(course, 7)])

    assert sorted(states(course)[5:]) == sorted([RESERVED, AWAITING])


def together(deeds):
    """Do all of them at once, each on a connection of its own; what goes wrong in one goes wrong in the test."""

    def alone(deed):
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result() for done in [pool.submit(alone, deed) for deed in deeds]]
