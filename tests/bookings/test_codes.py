"""When the insurer answers: what becomes sure, and that nobody waits for somebody who waits for them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.enums import CancelledBy, State
from bookings.models import Appointment
from bookings.services.appointments import cancel_appointment, local_date_of
from bookings.services.codes import accept_code, let_patient_pay
from bookings.services.states import StateChanged
from insurers.enums import CoverState
from insurers.models import Authorisation, Cover
from insurers.services import reserve_cover
from tests.factories import NOON, AppointmentFactory
from tests.insurers.builders import a_clinic, a_patient, a_user, an_insured_course

ROUNDS = 15


def waiting(course, number, start):
    """A provisional visit that waits for a code, covered as its booking would."""
    session = course.sessions.get(number=number)
    during = DateTimeTZRange(start, start + timedelta(minutes=45))
    appointment = AppointmentFactory(session=session, during=during, state=State.PROVISIONAL, waits_for_code=True)
    reserve_cover(session=session, on=local_date_of(appointment), key=appointment.key)
    return appointment


def accept(course, by, **said):
    answer = {"code": "PRE-1", "units": 6, "first_day": None, "last_day": None} | said
    return accept_code(policy=course.funding.policy, by=by, now=NOON, **answer)


@pytest.mark.django_db
def test_the_last_day_is_judged_by_the_clinics_calendar():
    course = an_insured_course(patient=a_patient(a_clinic("America/New_York")))
    new_york = ZoneInfo("America/New_York")
    last_evening = waiting(course, 1, datetime(2026, 12, 31, 19, 30, tzinfo=new_york))  # 1 January in UTC
    next_morning = waiting(course, 2, datetime(2027, 1, 1, 9, 0, tzinfo=new_york))

    booked = accept(course, a_user(), last_day=date(2026, 12, 31))

    assert booked == [last_evening]
    next_morning.refresh_from_db()
    assert (next_morning.state, Cover.objects.get(key=next_morning.key).state) == (State.PROVISIONAL, CoverState.AWAITING)


@pytest.mark.django_db
def test_whoever_pays_for_themselves_waits_for_no_code():
    course = an_insured_course()
    visits = [waiting(course, number, NOON + timedelta(days=number)) for number in (1, 2)]

    assert let_patient_pay(policy=course.funding.policy, by=a_user(), now=NOON) == visits
    assert set(Cover.objects.values_list("state", flat=True)) == {CoverState.SELF_PAY}


@pytest.mark.django_db(transaction=True)
def test_a_code_and_cancellations_at_the_same_time_end_in_order():
    admin = a_user()
    for _ in range(ROUNDS):
        course = an_insured_course()
        visits = [waiting(course, number, NOON + timedelta(days=number)) for number in (1, 2, 3)]

        together([lambda course=course: accept(course, admin, units=2), *(lambda visit=visit: cancel(visit, admin) for visit in visits)])

        states = dict(Appointment.objects.of_course(course).values_list("key", "state"))
        covers = dict(Cover.objects.of_course(course).values_list("key", "state"))
        assert all((states[key] == State.CANCELLED) == (covers[key] == CoverState.RELEASED) for key in states)
        assert all(states[key] == State.BOOKED for key in states if covers[key] == CoverState.RESERVED)
        assert Authorisation.objects.with_use().get(policy=course.funding.policy).reserved <= 2


def cancel(visit, by):
    """Cancel what one saw as provisional; who meanwhile finds it booked looks again and cancels that."""
    for _ in range(2):
        try:
            return cancel_appointment(appointment=visit, by=by, who=CancelledBy.PATIENT, because="", now=NOON)
        except StateChanged:
            visit.refresh_from_db()
    return None


def together(deeds):
    """Do all of them at once, each on a connection of its own."""

    def alone(deed):
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result() for done in [pool.submit(alone, deed) for deed in deeds]]
