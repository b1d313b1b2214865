from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.billing import bill_of, desk_bills, given_of, payable, unbilled, uncharged_of
from bookings.enums import State
from bookings.models import Appointment
from bookings.services.billing import draft_unbilled, pay_at_desk
from clinic.enums import Role
from insurers.enums import CoverState, PaidBy
from insurers.models import Charge, Cover
from insurers.services import reserve_cover
from tests.bookings.test_appointments import race
from tests.factories import NOON, AppointmentFactory, ClinicFactory
from tests.insurers.billing import an_approved_course, with_policy
from tests.insurers.builders import a_course, a_patient, a_user, an_insured_course
from treatments.models import Course, SessionRecord

pytestmark = pytest.mark.django_db


def visit(course: Course, number: int = 1, *, days_ago: int = 0, state: State = State.COMPLETED, signed: bool = True) -> Appointment:
    """A visit of that session at noon, so many days ago, with its cover; signed where it was held."""
    start = NOON - timedelta(days=days_ago, hours=1)
    session = course.sessions.get(number=number)
    appointment = AppointmentFactory(session=session, during=DateTimeTZRange(start, start + timedelta(minutes=45)), state=state)
    reserve_cover(session=session, on=start.date(), key=appointment.key)
    if state == State.COMPLETED and signed:
        by = a_user(Role.PRACTITIONER, course.clinic)
        SessionRecord.objects.create(
            session=session, practitioner=appointment.practitioner, started_at=start, saved_at=start, signed_at=start, signed_by=by
        )
    return appointment


def admin_of(course: Course):
    return a_user(Role.ADMIN, course.clinic)


def test_what_was_given_is_what_the_appointment_says_on_the_clinic_s_own_day():
    clinic = ClinicFactory(zone="Asia/Tokyo", currency="JPY")
    held = visit(a_course(patient=a_patient(clinic)))
    late = AppointmentFactory(
        session__course__patient__clinic=clinic, clinic=clinic, during=DateTimeTZRange(NOON + timedelta(hours=5), NOON + timedelta(hours=6))
    )

    given = given_of(held)
    assert (given.visit, given.clinic, given.service, given.practitioner) == (held.key, clinic, held.service, held.practitioner)
    assert (given.price, given.on) == (held.price, NOON.date())
    assert given_of(late).on == NOON.date() + timedelta(days=1)


def test_only_what_is_signed_and_an_insurer_s_waits_for_an_invoice():
    clinic = ClinicFactory()
    course, alone = an_approved_course(4, patient=a_patient(clinic)), a_course(patient=a_patient(clinic))
    held = visit(course, 1, days_ago=2)
    visit(course, 2, signed=False)
    visit(course, 3, state=State.ARRIVED)
    visit(alone)
    own = visit(course, 4)
    Cover.objects.of_key(own.key).update(state=CoverState.SELF_PAY, authorisation=None)

    assert [given.visit for given in unbilled(user=admin_of(course))] == [held.key]
    assert unbilled(user=admin_of(course), insurer="aviva") == []
    draft_unbilled(by=admin_of(course), now=NOON)
    assert unbilled(user=admin_of(course)) == []


def test_what_waits_for_a_code_is_drafted_too_so_that_nobody_forgets_it():
    course = an_insured_course(1)
    held = visit(course)

    assert [given.visit for given in unbilled(user=admin_of(course))] == [held.key]


def test_other_clinics_visits_are_nobody_s_business():
    course = an_approved_course()
    visit(course)
    stranger = a_user(Role.ADMIN, ClinicFactory())

    assert (unbilled(user=stranger), desk_bills(user=stranger, now=NOON)) == ([], [])


def test_the_desk_shows_today_first_then_the_oldest_debt():
    clinic = ClinicFactory()
    old, older = (visit(a_course(1, patient=a_patient(clinic)), days_ago=days) for days in (3, 9))
    today = visit(a_course(1, patient=a_patient(clinic)), state=State.ARRIVED)
    paid = visit(a_course(1, patient=a_patient(clinic)))
    desk = a_user(Role.RECEPTIONIST, clinic)
    pay_at_desk(appointment=paid, amount=5_800, way=PaidBy.CARD, once="paid", by=desk, now=NOON)

    bills = desk_bills(user=desk, now=NOON)

    assert [bill.appointment for bill in bills] == [today, paid, older, old]
    assert [(bill.owed, bill.paid, bill.due) for bill in bills[:2]] == [(5_800, 0, 5_800), (0, 5_800, 5_800)]
    assert [bill.appointment for bill in desk_bills(user=desk, now=NOON, words="nobody")] == []


def test_an_earlier_visit_that_nobody_charged_takes_the_excess_first():
    course = an_approved_course(2)
    with_policy(course, excess_kind="yearly", excess=6_000)
    first, second = visit(course, 1, days_ago=7), visit(course, 2)

    assert [given.visit for given in uncharged_of(course.patient)] == [first.key, second.key]
    assert bill_of(second, now=NOON).owed == 200
    pay_at_desk(appointment=second, amount=200, way=PaidBy.CASH, once="pays", by=admin_of(course), now=NOON)
    assert list(Charge.objects.by_date().values_list("visit", "excess")) == [(first.key, 5_800), (second.key, 200)]


def test_only_who_came_or_is_charged_for_missing_pays():
    course = an_approved_course(4)
    came, missed = visit(course, 1, state=State.REMOVING), visit(course, 2, state=State.DNA)
    visit(course, 3, state=State.BOOKED)
    charged = visit(course, 4, state=State.CANCELLED)
    Cover.objects.of_key(charged.key).update(state=CoverState.CHARGED, authorisation=None)

    assert set(payable()) == {came, charged}
    assert (given_of(missed).missed, given_of(came).missed) == (True, False)
    assert bill_of(charged, now=NOON).owed == 5_800


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_take_the_excess_of_two_visits_at_one_instant_take_it_once():
    course = an_approved_course(2)
    with_policy(course, excess_kind="yearly", excess=5_000)
    visits, by = [visit(course, 1, days_ago=1), visit(course, 2)], admin_of(course)

    def pay(number):
        return pay_at_desk(appointment=visits[number], amount=5_000, way=PaidBy.CARD, once=f"desk{number}", by=by, now=NOON)

    results = race(2, pay)

    assert sum(isinstance(each, Exception) for each in results) == 1
    assert sorted(Charge.objects.values_list("excess", flat=True)) == [0, 5_000]
