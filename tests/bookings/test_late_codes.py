"""An insurer's code that the patient said they send: reminded in time, and dealt with when it is late; never silently."""

from datetime import timedelta

import pytest

from bookings.code_messages import REMINDER, YOU_PAY, promise_reminder
from bookings.enums import State
from bookings.messages import CANCELLED
from bookings.services.codes import accept_code
from bookings.services.late_codes import NO_CODE, settle_late_codes
from insurers.enums import CodeLate, CoverState
from insurers.models import Cover, CoverRules
from messaging.kinds import kind
from messaging.models import Message
from messaging.render import render
from tests.bookings.test_codes import accept, waiting
from tests.factories import NOON
from tests.insurers.builders import a_user, an_insured_course

pytestmark = pytest.mark.django_db
START = NOON + timedelta(days=5)
DUE = START - timedelta(hours=24)


@pytest.fixture
def visit():
    course = an_insured_course()
    course.patient.email = "olivia@example.org"
    course.patient.save()
    return waiting(course, 1, START)


def rule(visit, **answers):
    CoverRules.objects.update_or_create(clinic=visit.clinic, defaults=answers)


def told(visit, name):
    return list(Message.objects.about(visit.key).of_kinds([name]).values_list("due_at", flat=True))


def test_the_reminder_comes_before_the_deadline_and_says_what_happens_without_the_code(visit):
    promise_reminder(visit, now=NOON)

    assert told(visit, REMINDER) == [DUE - timedelta(hours=24)]
    letter = render(message=Message.objects.get(kind=REMINDER), now=DUE - timedelta(hours=24))
    assert "Mon 30 Nov 2026" in letter.subject
    assert "Without the code we can’t keep the time for you." in letter.text

    rule(visit, code_late=CodeLate.SELF_PAY)
    assert "you pay £58.00 when you come" in render(message=Message.objects.get(kind=REMINDER), now=DUE).text


def test_nobody_is_reminded_of_a_code_that_is_here(visit):
    assert kind(REMINDER).still_true(visit.key, NOON) == ""

    accept(visit.session.course, a_user())

    assert kind(REMINDER).still_true(visit.key, NOON) == "The code is here, or the visit is cancelled"


def test_before_its_time_a_visit_goes_on_waiting(visit):
    assert settle_late_codes(now=DUE - timedelta(seconds=1)) == []

    visit.refresh_from_db()
    assert visit.state == State.PROVISIONAL


def test_a_late_code_gives_the_time_free_and_the_patient_hears(visit):
    assert settle_late_codes(now=DUE) == [visit]
    assert settle_late_codes(now=DUE) == []

    visit.refresh_from_db()
    assert (visit.state, visit.cancelled_because) == (State.CANCELLED, NO_CODE)
    assert not visit.occupancies.filter(live=True).exists()
    assert Cover.objects.get(key=visit.key).state == CoverState.RELEASED
    assert told(visit, CANCELLED) == [DUE]


def test_by_the_clinics_rule_the_visit_stands_and_the_patient_pays_and_hears(visit):
    rule(visit, code_late=CodeLate.SELF_PAY, code_hours=48)

    assert settle_late_codes(now=START - timedelta(hours=48)) == [visit]

    visit.refresh_from_db()
    assert (visit.state, visit.waits_for_code) == (State.BOOKED, False)
    assert Cover.objects.get(key=visit.key).state == CoverState.SELF_PAY
    assert told(visit, YOU_PAY) == [START - timedelta(hours=48)]
    assert "you pay £58.00 when you come" in render(message=Message.objects.get(kind=YOU_PAY), now=START - timedelta(hours=47)).text


def test_a_code_that_comes_after_all_covers_a_visit_that_was_to_be_paid(visit):
    rule(visit, code_late=CodeLate.SELF_PAY)
    settle_late_codes(now=DUE)

    accept_code(policy=visit.session.course.funding.policy, code="PRE-1", units=6, first_day=None, last_day=None, by=a_user(), now=DUE)

    assert Cover.objects.get(key=visit.key).state == CoverState.RESERVED


def test_one_that_waits_for_a_clinician_too_goes_on_waiting_for_that(visit):
    rule(visit, code_late=CodeLate.SELF_PAY)
    type(visit).objects.filter(pk=visit.pk).update(waits_for_review=True)

    settle_late_codes(now=DUE)

    visit.refresh_from_db()
    assert (visit.state, visit.waits_for_code, visit.waits_for_review) == (State.PROVISIONAL, False, True)
