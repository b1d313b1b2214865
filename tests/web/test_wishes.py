"""Stopping messages with one press, choosing them on a page, and the clinic's own hours."""

import pytest
from django.test import Client

from clinic.models import Clinic
from messaging import kinds
from messaging.models import Message
from messaging.services import deliver_next
from tests.clock import MovedClock
from tests.factories import NOON, UserFactory
from tests.treatments.cast import draft, open_case, prescribe
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(clock: MovedClock):
    clock.set(NOON)


@pytest.fixture
def case():
    case = open_case()
    prescribe(case)
    begun = start_record(session=case.session(), practitioner=case.practitioner, now=NOON)
    save_draft(record=begun, draft=draft(), by=case.user, now=NOON)
    sign_record(record=begun, by=case.user, now=NOON)
    return case


@pytest.fixture
def mail(case, mailoutbox):
    """The mail right after the visit."""
    while deliver_next(now=NOON):
        pass
    return next(mail for mail in mailoutbox if "/how/" in mail.body)


def text(response):
    return response.content.decode()


def path(mail):
    url = mail.extra_headers["List-Unsubscribe"].strip("<>")
    return url[url.index("/stop/") :]


def test_a_mail_program_stops_it_with_one_press_and_no_token(case, mail):
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert path(mail) in mail.body

    answer = Client(enforce_csrf_checks=True).post(path(mail), {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    case.patient.refresh_from_db()
    assert case.patient.ways == {"aftercare": "none"}


def test_looking_at_the_link_stops_nothing(case, mail, client):
    shown = text(client.get(path(mail)))
    assert "Stop these messages?" in shown
    assert "Advice and questions after a visit" in shown
    case.patient.refresh_from_db()
    assert case.patient.ways == {}
    assert "Stopped" in text(client.post(path(mail)))


def test_a_link_that_was_changed_or_is_of_another_kind_stops_nothing(case, mail, client):
    for address in (path(mail).replace(":", ":x"), "/stop/nothing/", f"/stop/{Message.objects.first().key}/"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert not kinds.kind("appointment-booked").may_be_stopped
    assert not kinds.kind("task").may_be_stopped
    assert not kinds.kind("waitlist-offer").may_be_stopped


CHOSEN = {"reminders": "sms", "aftercare": "both", "offers": "mail", "news": "none", "language": "ja", "shows_what": "on"}


def test_the_page_of_choices_opens_by_the_link_and_keeps_them(case, mail, client):
    answer = client.get(path(mail).replace("/stop/", "/wishes/"))
    assert (answer.status_code, answer["Location"], answer["Referrer-Policy"]) == (302, "/wishes/", "no-referrer")
    assert "from 21:00 to 08:00" in text(client.get("/wishes/"))

    assert "Kept." in text(client.post("/wishes/", CHOSEN, follow=True))

    case.patient.refresh_from_db()
    assert case.patient.ways == {"reminders": "sms", "aftercare": "both", "offers": "mail", "news": "none"}
    assert (case.patient.language, case.patient.shows_what) == ("ja", True)


def test_text_messages_need_a_number(case, mail, client):
    case.patient.mobile = ""
    case.patient.save()
    client.get(path(mail).replace("/stop/", "/wishes/"))
    answer = client.post("/wishes/", CHOSEN)
    assert "We have no mobile number for text messages" in text(answer)
    case.patient.refresh_from_db()
    assert case.patient.ways == {}


def test_offers_cannot_be_stopped_only_left(case, mail, client):
    client.get(path(mail).replace("/stop/", "/wishes/"))
    assert "There is a problem" in text(client.post("/wishes/", CHOSEN | {"offers": "none"}))


def test_without_a_link_there_is_no_page(client):
    assert client.get("/wishes/").status_code == 404


HOURS = {
    "remind_mail_hours": "72",
    "remind_sms_hours": "12",
    "quiet_from": "20:00",
    "quiet_until": "09:00",
    "escalate_minutes": "30",
    "summary_at": "",
}


def test_an_admin_sets_when_we_write(case, admin_page):
    address = f"/clinic/messages/{case.clinic.slug}/"
    assert "48" in text(admin_page.get(address))
    admin_page.post(address, HOURS)
    clinic = Clinic.objects.get(pk=case.clinic.pk)
    assert (clinic.remind_mail_hours, clinic.remind_sms_hours, clinic.escalate_minutes, clinic.summary_at) == (72, 12, 30, None)
    assert f"{clinic.quiet_from:%H:%M}-{clinic.quiet_until:%H:%M}" == "20:00-09:00"
    assert "There is a problem" in text(admin_page.post(address, HOURS | {"quiet_from": "late", "remind_sms_hours": "0"}))


@pytest.fixture
def admin_page(case, client):
    client.force_login(UserFactory(role="admin", clinics=[case.clinic]))
    return client
