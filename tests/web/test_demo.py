"""The demonstration: made through the real services, whole, and only where invented people are wanted."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.management import CommandError, call_command

from bookings.enums import State
from bookings.models import Appointment
from clinic.models import Clinic, Practitioner, Room, User
from insurers.models import Insurer
from messaging.models import Message
from patients.models import Patient
from tests.bookings.test_appointments import overlaps
from tests.factories import at
from treatments.models import SessionRecord, Technique
from web.demo.sent import texts

NOW = at("11:00")


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    return settings


@pytest.mark.django_db
def test_the_demo_s_diary_is_full_and_holds_no_overlap(demo, clock):
    clock.set(NOW)
    call_command("load_catalogue", verbosity=0)
    call_command("load_insurers", verbosity=0)
    call_command("make_demo", stdout=StringIO())

    london = Clinic.objects.get(slug="bloomsbury")
    assert (london.practitioners.count(), london.rooms.count(), london.equipment.count()) == (3, 4, 1)
    assert (Practitioner.objects.filter(clinic__slug="yanaka").count(), Room.objects.filter(clinic__slug="yanaka").count()) == (2, 2)
    assert (Technique.objects.count(), Insurer.objects.count()) == (14, 28)
    assert overlaps() == 0
    week = timedelta(weeks=1)
    for clinic in Clinic.objects.all():
        visits = Appointment.objects.filter(clinic=clinic)
        assert visits.filter(state=State.COMPLETED, during__startswith__lt=NOW - week).count() > 5
        assert visits.filter(state=State.BOOKED, during__startswith__gt=NOW + week).count() > 5
    assert SessionRecord.objects.signed().count() == Appointment.objects.filter(state=State.COMPLETED).count()
    assert not Message.objects.filter(state="due", due_at__lt=NOW).exists()
    assert set(Patient.objects.values_list("clinic__slug", "language")) == {("bloomsbury", "en-gb"), ("yanaka", "ja")}

    people = Patient.objects.count()
    said = StringIO()
    call_command("make_demo", stdout=said)
    assert Patient.objects.count() == people
    assert all(role in said.getvalue() for role in ("Practitioner", "Receptionist", "Admin", "Patient"))


@pytest.mark.django_db
def test_invented_people_are_made_only_where_that_is_said():
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("make_demo")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_demo_needs_the_catalogue(demo):
    with pytest.raises(CommandError, match="load_catalogue"):
        call_command("make_demo")


def send(folder):
    """One mail into a folder, as the demo sends them."""
    backend = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(folder))
    mail = EmailMultiAlternatives("Your visit is booked", "Hello Hannah", to=["hannah@example.org"], connection=backend)
    mail.attach_alternative("<p>Hello</p>", "text/html")
    mail.attach("visit.ics", "BEGIN:VCALENDAR", "text/calendar")
    mail.send()


@pytest.mark.django_db
@pytest.mark.urls("tests.web.demo_urls")
def test_what_was_sent_is_shown_with_its_files(client, settings, tmp_path):
    settings.EMAIL_FILE_PATH, settings.SMS_URL = str(tmp_path / "mail"), f"file://{tmp_path / 'sms'}"
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "one.json").write_text('{"id": "one", "to": "07700 900142", "from": "Meridian", "text": "See you on Thu"}')
    send(tmp_path / "mail")

    page = client.get("/demo/sent/").content.decode()

    assert all(words in page for words in ("Your visit is booked", "Hello Hannah", "See you on Thu", "07700 900142"))
    [letter, file] = [client.get(address) for address in re.findall(r'href="(/demo/sent/[^"]+)"', page)]
    assert (letter.status_code, letter.content.strip()) == (200, b"<p>Hello</p>")
    assert "default-src 'none'" in letter["Content-Security-Policy"]
    assert (file.status_code, file.content) == (200, b"BEGIN:VCALENDAR")


@pytest.mark.django_db
@pytest.mark.urls("tests.web.demo_urls")
@pytest.mark.parametrize("address", ("/demo/sent/nothing/", "/demo/sent/nothing/0/"))
def test_what_was_never_sent_is_not_found(client, settings, tmp_path, address):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_outside_the_demo_nobody_sees_what_was_sent(client):
    assert client.get("/demo/sent/").status_code == 404


def test_the_demos_own_provider_shows_its_texts_too(settings, tmp_path):
    settings.SMS_URL = f"http://127.0.0.1:8025/?folder={tmp_path}"
    (tmp_path / "one.json").write_text('{"id": "one", "to": "+447700900142", "from": "Meridian", "text": "See you on Thu", "at": 1.5}')
    assert [(sent.to, sent.text) for sent in texts()] == [("+447700900142", "See you on Thu")]
