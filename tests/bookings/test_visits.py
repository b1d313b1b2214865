from datetime import timedelta

import pytest

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.states import StateChanged, step
from bookings.services.visits import NotHere, finish_visit, start_insertion, start_removal, start_rest
from clinic.models import AuditEntry
from insurers.enums import CoverState
from insurers.models import Cover
from messaging.models import Message
from tests.factories import NOON, AppointmentFactory
from tests.treatments.cast import draft, open_case, prescribe
from treatments.models import SessionRecord
from treatments.services.records import NotReady, save_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return open_case()


def visit(case, state=State.ARRIVED, **more):
    return AppointmentFactory(session=case.session(), practitioner=case.practitioner, service=case.service, state=state, **more)


def do(deed, appointment, case, minutes=0):
    return deed(appointment=appointment, by=case.user, now=NOON + timedelta(minutes=minutes))


def test_a_visit_goes_from_the_chair_to_the_signature(case):
    prescribe(case)
    appointment = visit(case)
    Cover.objects.create(session=case.session(), key=appointment.key, on=NOON.date(), state=CoverState.SELF_PAY)

    do(start_insertion, appointment, case)
    do(start_rest, appointment, case, 12)
    assert (appointment.state, appointment.state_since) == (State.RESTING, NOON + timedelta(minutes=12))
    do(start_removal, appointment, case, 37)
    save_draft(record=SessionRecord.objects.get(), draft=draft(), by=case.user, now=NOON)
    do(finish_visit, appointment, case, 42)

    appointment.refresh_from_db()
    assert appointment.state == State.COMPLETED
    assert SessionRecord.objects.get().is_signed
    assert Message.objects.of_visit(appointment.key).filter(kind="aftercare-right_after").count() == 1
    assert list(AuditEntry.objects.filter(about=appointment.key).values_list("verb", flat=True)) == [
        "appointment.inserting",
        "appointment.resting",
        "appointment.removing",
        "appointment.completed",
    ]


def test_nothing_is_finished_while_something_is_missing(case):
    prescribe(case)
    appointment = visit(case, State.REMOVING)

    with pytest.raises(NotReady):
        do(finish_visit, appointment, case)

    appointment.refresh_from_db()
    assert appointment.state == State.REMOVING
    assert not SessionRecord.objects.exists()


def test_a_record_can_be_signed_after_the_visit_was_completed(case):
    prescribe(case)
    appointment = visit(case)
    do(start_insertion, appointment, case)
    save_draft(record=SessionRecord.objects.get(), draft=draft(), by=case.user, now=NOON)
    step(appointment=appointment, to=State.COMPLETED, by=case.user, now=NOON)

    do(finish_visit, appointment, case, 60)

    assert SessionRecord.objects.get().is_signed


@pytest.mark.parametrize("deed", [start_insertion, finish_visit])
def test_who_is_not_here_cannot_be_treated(case, deed):
    with pytest.raises(NotHere):
        do(deed, visit(case, State.BOOKED), case)
    assert not SessionRecord.objects.exists()


def test_a_step_that_somebody_else_took_is_refused(case):
    appointment = visit(case)
    seen_before = Appointment.objects.get(pk=appointment.pk)
    do(start_insertion, appointment, case)

    with pytest.raises(StateChanged, match="This visit is inserting already"):
        do(start_insertion, seen_before, case)
    with pytest.raises(StateChanged):
        do(start_removal, appointment, case)
