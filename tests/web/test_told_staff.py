"""What staff see of the messages: all of a patient's, all of a visit's, with states and reasons and nothing clinical."""

import pytest

from clinic.enums import Role
from messaging.enums import State
from messaging.models import Message
from tests.clock import MovedClock
from tests.factories import NOON, AppointmentFactory, UserFactory
from tests.treatments.cast import draft, open_case, prescribe
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(clock: MovedClock):
    clock.set(NOON)


@pytest.fixture
def case():
    return open_case()


@pytest.fixture
def visit(case):
    """A visit that was recorded: its aftercare is about the record and belongs to the visit."""
    prescribe(case)
    visit = AppointmentFactory(session=case.session(), practitioner=case.practitioner, service=case.service)
    begun = start_record(session=visit.session, practitioner=case.practitioner, now=NOON)
    save_draft(record=begun, draft=draft(note="Sore neck"), by=case.user, now=NOON)
    sign_record(record=begun, by=case.user, now=NOON, visit=visit.key)
    rows = Message.objects.of_visit(visit.key)
    rows.of_kinds(["aftercare-right_after"]).update(state=State.SENT, sent_at=NOON)
    rows.of_kinds(["aftercare-next_day"]).update(state=State.FAILED, attempts=2, reason="The mailbox is full")
    rows.of_kinds(["aftercare-7_days"]).update(state=State.WITHDRAWN, reason="A newer session has its own advice")
    return visit


@pytest.fixture
def desk(client, case):
    client.force_login(UserFactory(role=Role.RECEPTIONIST, clinics=[case.clinic]))
    return client


def text(response):
    return response.content.decode()


def test_a_visit_shows_all_that_was_promised_about_it(desk, visit):
    shown = text(desk.get(f"/diary/?visit={visit.key}"))
    assert "Aftercare, right after, " in shown
    assert "Did not arrive: aftercare, next day. The mailbox is full." in shown
    assert "Next: aftercare, day 3, " in shown
    assert "Withdrawn: aftercare, day 7. A newer session has its own advice." in shown
    assert "Sore neck" not in shown


def test_a_patients_page_shows_their_messages_their_wishes_and_the_way_to_send_again(desk, case, visit):
    case.patient.ways = {"reminders": "sms"}
    case.patient.save()
    shown = text(desk.get(f"/patients/{case.patient.key}/"))
    for words in ("Aftercare, right after", "The mailbox is full", "Reminders before a visit", "By text message", "/outbox/?q=Hannah"):
        assert words in shown
    assert "Sore neck" not in shown
