import csv
import io
import re
from datetime import timedelta

import pytest

from clinic import clock
from clinic.enums import Role
from clinic.models import AuditEntry, Task
from clinic.services import BookingRules, set_task
from messaging.enums import State
from messaging.models import Message
from messaging.services import post
from messaging.services.delivery import beat
from patients.addresses import address_of
from tests.factories import (
    AppointmentFactory,
    ClinicFactory,
    PatientFactory,
    PractitionerFactory,
    RoomFactory,
    ServiceFactory,
    SessionFactory,
    UserFactory,
)
from web.manage.hours import hours_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return ClinicFactory()


@pytest.fixture
def receptionist(client, clinic):
    user = UserFactory(role=Role.RECEPTIONIST, clinics=[clinic])
    client.force_login(user)
    return user


@pytest.fixture
def admin(client, clinic):
    user = UserFactory(role=Role.ADMIN, clinics=[clinic])
    client.force_login(user)
    return user


@pytest.fixture
def patient(clinic):
    return PatientFactory(clinic=clinic, first_name="Helen", last_name="Ward", email="helen@mail.example")


def told(patient, *, due=None, **fields):
    """A confirmation that was promised to the patient; the fields are as delivery would leave them."""
    visit = AppointmentFactory(session=SessionFactory(course__patient=patient))
    [message] = post("appointment-booked", to=address_of(patient), about=visit.key, due=due or clock.now(), visit=visit.key)
    Message.objects.about(visit.key).update(**fields)
    message.refresh_from_db()
    return message


def failed(patient, **fields):
    return told(patient, **{"state": State.FAILED, "attempts": 3, "reason": "The mailbox is full"} | fields)


def text(response):
    return " ".join(response.content.decode().split())


# Messages


def test_a_message_stands_in_the_outbox_with_its_reason_and_a_masked_address(client, receptionist, patient):
    failed(patient)

    page = text(client.get("/outbox/"))

    assert "Helen Ward" in page and "The mailbox is full" in page and "h...n@mail.example" in page
    assert "helen@mail.example" not in page


def test_an_empty_outbox_says_so(client, receptionist):
    assert "No message is due today." in text(client.get("/outbox/"))
    assert "No message fits what you look for." in text(client.get("/outbox/?state=failed"))


def test_messages_are_filtered_by_state_name_and_way(client, receptionist, clinic, patient):
    failed(patient)
    told(PatientFactory(clinic=clinic, first_name="Rob", last_name="Ellis"), due=clock.now() + timedelta(days=3))

    def shown(query):
        body = text(client.get(f"/outbox/{query}")).partition("<tbody>")[2]
        return [name in body for name in ("Helen Ward", "Rob Ellis")]

    assert shown("") == [True, False]
    assert shown("?state=due") == [False, True]
    assert shown("?state=failed") == shown("?q=helen+ward") == [True, False]
    assert shown("?q=ellis") == [False, True]
    assert shown("?by=sms") == [False, False]
    assert client.get("/outbox/?state=nonsense&page=x&by=pigeon").status_code == 200


def test_a_message_is_sent_again_once_to_the_address_that_is_right_now(client, receptionist, patient):
    message = failed(patient)
    patient.email = "helen@post.example"
    patient.save()

    page = text(client.post(f"/outbox/{message.key}/again/", follow=True))

    message.refresh_from_db()
    assert list(Message.objects.order_by("pk").values_list("state", "address", "again")) == [
        (State.FAILED, "helen@mail.example", 0),
        (State.DUE, "helen@post.example", 1),
    ]
    assert message.settled_at is not None
    assert "once more" in page


def test_whoever_told_the_person_says_so(client, receptionist, patient):
    message = failed(patient)

    client.post(f"/outbox/{message.key}/told/")

    assert not Message.objects.needing_a_look().exists()
    assert AuditEntry.objects.get().verb == "message.told"


def test_a_message_that_waits_can_go_now(client, receptionist, patient):
    message = told(patient, due=clock.now() + timedelta(days=2))

    client.post(f"/outbox/{message.key}/now/")

    message.refresh_from_db()
    assert message.due_at <= clock.now()


def test_a_deed_that_no_longer_fits_changes_nothing_and_says_so(client, receptionist, patient):
    message = told(patient, state=State.WITHDRAWN, reason="The visit was cancelled")

    page = text(client.post(f"/outbox/{message.key}/again/", follow=True))

    assert "This message is withdrawn by now." in page
    assert Message.objects.count() == 1
    assert client.post(f"/outbox/{message.key}/burn/").status_code == 404


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/outbox/", "/account/logout/", ""])
def test_after_a_deed_one_stays_in_the_outbox(client, receptionist, patient, back):
    assert client.post(f"/outbox/{failed(patient).key}/told/", {"back": back}).url == "/outbox/"


def test_the_list_comes_back_as_it_was(client, receptionist, patient):
    assert client.post(f"/outbox/{failed(patient).key}/told/", {"back": "/outbox/?state=failed"}).url == "/outbox/?state=failed"


def test_the_file_of_messages_masks_addresses(client, receptionist, patient):
    failed(patient)

    [_, row] = csv.reader(io.StringIO(client.get("/outbox/messages.csv").content.decode("utf-8-sig")))

    assert (row[2], row[4], row[6], row[8]) == ("Failed", "Helen Ward", "h...n@mail.example", "3")


@pytest.mark.parametrize("many", [1, 5])
def test_the_outbox_asks_a_fixed_number_of_questions(client, receptionist, clinic, many, django_assert_max_num_queries):
    for _ in range(many):
        failed(PatientFactory(clinic=clinic))

    with django_assert_max_num_queries(16):
        client.get("/outbox/")


def test_messages_of_another_clinic_are_not_there(client, patient):
    message = failed(patient)
    client.force_login(UserFactory(role=Role.ADMIN, clinics=[ClinicFactory()]))

    assert "Helen" not in text(client.get("/outbox/?state=failed"))
    assert client.post(f"/outbox/{message.key}/told/").status_code == 404
    assert Message.objects.needing_a_look().exists()


@pytest.mark.parametrize("role", [Role.PATIENT, Role.PRACTITIONER])
def test_the_outbox_is_for_the_office(client, clinic, patient, role):
    message = failed(patient)
    client.force_login(UserFactory(role=role, clinics=[clinic]))

    assert [client.get(address).status_code for address in ("/outbox/", "/outbox/messages.csv")] == [404, 404]
    assert client.post(f"/outbox/{message.key}/told/").status_code == 404


# Tasks


def task(clinic, role=Role.RECEPTIONIST, *, hours=4, **fields):
    asked = {"kind": "ring", "about": "course1", "words": "Ring Helen Ward", "due": clock.now() + timedelta(hours=hours)}
    return set_task(clinic=clinic, for_role=role, **asked | fields)


def test_tasks_of_ones_role_are_listed_and_ticked_off_once(client, receptionist, clinic):
    mine = task(clinic, hours=-1)
    task(clinic, Role.ADMIN, about="other", words="Not for reception")

    page = text(client.get("/tasks/"))
    assert "Ring Helen Ward" in page and "Overdue" in page and "Not for reception" not in page
    for _ in range(2):
        assert client.post(f"/tasks/{mine.key}/done/").url == "/tasks/"

    assert list(AuditEntry.objects.values_list("verb", "about")) == [("task.finish", mine.key)]
    assert list(Task.objects.open().values_list("words", flat=True)) == ["Not for reception"]
    assert "Nothing to do." in text(client.get("/tasks/"))


def test_a_task_leads_to_where_it_is_done(client, admin, clinic):
    task(clinic, Role.ADMIN, kind="code missing")

    assert 'href="/approvals/"' in text(client.get("/tasks/")).partition("<main")[2]


def test_nobody_ticks_off_the_task_of_another(client, receptionist, clinic):
    others = [task(clinic, Role.ADMIN), task(ClinicFactory(), about="x"), task(clinic, user=UserFactory(), about="y")]

    assert [client.post(f"/tasks/{other.key}/done/").status_code for other in others] == [404] * 3
    assert Task.objects.open().count() == 3


# The clinic


def test_the_clinic_shows_people_rooms_hours_and_services(client, admin, clinic, django_assert_max_num_queries):
    for _ in range(2):
        other = ClinicFactory(currency="JPY")
        admin.clinics.add(other)
        ServiceFactory(clinic=other, price=9000)
    person, room, service = PractitionerFactory(clinic=clinic), RoomFactory(clinic=clinic), ServiceFactory(clinic=clinic)

    with django_assert_max_num_queries(16):
        page = text(client.get("/clinic/"))

    assert all(words in page for words in (person.name, room.name, service.name, "£58.00", "¥9,000", "Mon to Sun", "09:00 to 18:00"))


def test_a_service_gets_a_new_name_and_price_and_booked_visits_keep_theirs(client, admin, clinic):
    service = ServiceFactory(clinic=clinic)
    visit = AppointmentFactory(service=service, session__course__patient__clinic=clinic)

    client.post(f"/clinic/services/{service.key}/", {"name": "Acupuncture, follow-up", "price": "£61.50", "online": "on"})

    service.refresh_from_db()
    visit.refresh_from_db()
    assert (service.name, service.price, visit.price) == ("Acupuncture, follow-up", 6150, 5800)
    assert AuditEntry.objects.get().detail == {"was": {"name": "Acupuncture", "price": 5800}}


@pytest.mark.parametrize("price", ["", "much", "-5", "1.234", "99999999999"])
def test_a_price_that_is_none_is_said_and_nothing_is_changed(client, admin, clinic, price):
    service = ServiceFactory(clinic=clinic)

    page = text(client.post(f"/clinic/services/{service.key}/", {"name": "Acupuncture", "price": price}))

    service.refresh_from_db()
    assert service.price == 5800
    assert "There is a problem" in page


def test_only_the_admin_of_the_clinic_changes_it(client, clinic):
    service = ServiceFactory(clinic=clinic)
    for user in (UserFactory(role=Role.RECEPTIONIST, clinics=[clinic]), UserFactory(role=Role.ADMIN, clinics=[ClinicFactory()])):
        client.force_login(user)
        assert client.post(f"/clinic/services/{service.key}/", {"name": "X", "price": "1"}).status_code == 404

    assert not AuditEntry.objects.exists()


def test_hours_take_as_few_words_as_they_need():
    person = PractitionerFactory(hours=[])
    for weekday, starts, ends in (
        ("0", "08:00", "12:00"),
        ("0", "13:00", "18:00"),
        ("1", "09:00", "17:00"),
        ("2", "09:00", "17:00"),
        ("5", "09:00", "17:00"),
    ):
        person.timeline.hours.create(weekday=weekday, starts=starts, ends=ends)
    person.timeline.refresh_from_db()

    assert hours_of(person.timeline) == [
        ("Mon", "08:00 to 12:00, 13:00 to 18:00"),
        ("Tue and Wed", "09:00 to 17:00"),
        ("Sat", "09:00 to 17:00"),
    ]


# Health


def test_machines_hear_ok_or_degraded_and_nothing_else(client):
    assert client.get("/health/").json() == {"status": "degraded"}
    beat(name="worker", now=clock.now())
    assert client.get("/health/").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_admins_see_what_it_is_made_of_and_others_do_not(client, admin, clinic):
    assert "Last look for due messages" in text(client.get("/clinic/health/"))
    client.force_login(UserFactory(role=Role.RECEPTIONIST, clinics=[clinic]))
    assert client.get("/clinic/health/").status_code == 404


# Who works here, and until when


@pytest.fixture
def person(clinic):
    return PractitionerFactory(clinic=clinic, name="Yuki Sato")


def test_the_people_of_the_clinic_lead_to_their_last_day(client, admin, person):
    address = f"/clinic/people/{person.key}/"
    assert address in text(client.get("/clinic/"))
    shown = text(client.get(address))
    assert "No visit is booked with Y. Sato." in shown

    AppointmentFactory(practitioner=person, clinic=person.clinic, during=(at_in(2), at_in(2, minutes=45)))
    AppointmentFactory(practitioner=person, clinic=person.clinic, during=(at_in(3), at_in(3, minutes=45)))
    assert "2 visits are booked with Y. Sato, the last on" in text(client.get(address))


@pytest.mark.parametrize(
    ("said", "words"),
    (
        ({}, "Choose whether they stay"),
        ({"how": "leaves"}, "Enter the first day on which they can’t be booked"),
        ({"how": "leaves", "leaves_on": "2001-01-01"}, "Enter a day after today"),
        ({"how": "leaves", "leaves_on": "soon"}, "Enter a date, like 2026-11-20"),
    ),
)
def test_a_last_day_that_makes_no_sense_is_asked_for_again(client, admin, person, said, words):
    assert words in client.post(f"/clinic/people/{person.key}/", said).content.decode()
    person.refresh_from_db()
    assert (person.leaves_on, person.active) == (None, True)


def test_a_last_day_is_noted_and_shown(client, admin, person):
    client.post(f"/clinic/people/{person.key}/", {"how": "leaves", "leaves_on": "2199-12-01"})
    assert "leaves on Sun 1 Dec 2199" in text(client.get("/clinic/"))
    client.post(f"/clinic/people/{person.key}/", {"how": "has-left"})
    assert "left on" in text(client.get("/clinic/"))


def test_nobody_else_sets_a_last_day(client, receptionist, person):
    assert client.get(f"/clinic/people/{person.key}/").status_code == 404
    assert client.post(f"/clinic/people/{person.key}/", {"how": "has-left"}).status_code == 404


def at_in(days, minutes=0):
    return clock.now() + timedelta(days=days, minutes=minutes)


def test_an_admin_says_how_long_health_answers_stand(client, admin, clinic):
    address = f"/clinic/answers/{clinic.slug}/"
    assert "180" in text(client.get(address))
    assert "Enter 7 or more" in text(client.post(address, {"days": "3"}))
    assert client.post(address, {"days": "90"})["Location"] == "/clinic/"
    clinic.refresh_from_db()
    assert clinic.answers_last_days == 90
    assert "Health answers stand for 90 days." in text(client.get("/clinic/"))
    assert AuditEntry.objects.get(verb="clinic.answers").detail == {"was": 180, "days": 90}


def test_only_the_clinics_own_admin_does(client, admin, receptionist):
    other = ClinicFactory()
    client.force_login(admin)
    assert client.post(f"/clinic/answers/{other.slug}/", {"days": "90"}).status_code == 404
    client.force_login(receptionist)
    assert client.get(f"/clinic/answers/{receptionist.clinics.get().slug}/").status_code == 404


# Rules for booking

RULES = {
    "step_minutes": "15",
    "min_notice_minutes": "90",
    "horizon_days": "60",
    "hold_minutes": "15",
    "cancel_notice_hours": "48",
    "release_days": "5",
    "max_resting": "3",
    "least_useful_minutes": "45",
}


def test_an_admin_sets_the_rules_for_booking(client, admin, clinic):
    address = f"/clinic/rules/{clinic.slug}/"
    assert f'href="{address}"' in text(client.get("/clinic/"))
    assert re.search('name="packs_days"[^>]* checked', text(client.get(address)))

    response = client.post(address, RULES, follow=True)

    clinic.refresh_from_db()
    assert vars(BookingRules.of(clinic)) == {name: int(value) for name, value in RULES.items()} | {"packs_days": False}
    assert f"The rules of {clinic.place} are kept." in text(response)
    entry = AuditEntry.objects.get(verb="clinic.rules")
    assert (entry.by, entry.detail["packs_days"], entry.detail["hold_minutes"]) == (admin, [True, False], [10, 15])


def test_what_did_not_change_is_not_written_down(client, admin, clinic):
    client.post(f"/clinic/rules/{clinic.slug}/", vars(BookingRules.of(clinic)) | {"hold_minutes": "20"})
    client.post(f"/clinic/rules/{clinic.slug}/", vars(BookingRules.of(clinic)) | {"hold_minutes": "20"})

    assert [entry.detail for entry in AuditEntry.objects.filter(verb="clinic.rules")] == [{"hold_minutes": [10, 20]}]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    (
        ("step_minutes", "7", "Choose one of the answers shown"),
        ("horizon_days", "366", "Enter 365 or less"),
        ("max_resting", "0", "Enter 1 or more"),
        ("hold_minutes", "", "Please fill in “A chosen time is held for”"),
        ("least_useful_minutes", "soon", "Enter a whole number, like 12"),
    ),
)
def test_rules_that_make_no_sense_come_back_with_words(client, admin, clinic, field, value, words):
    assert words in text(client.post(f"/clinic/rules/{clinic.slug}/", RULES | {field: value}))
    assert not AuditEntry.objects.exists()


def test_a_step_that_is_no_choice_any_more_can_be_kept(client, admin, clinic):
    clinic.step_minutes = 45
    clinic.save()
    assert client.post(f"/clinic/rules/{clinic.slug}/", RULES | {"step_minutes": "45"}).status_code == 302


def test_the_rules_of_a_clinic_are_its_own_admins(client, admin, receptionist):
    other = ClinicFactory()
    client.force_login(admin)
    assert client.post(f"/clinic/rules/{other.slug}/", RULES).status_code == 404
    client.force_login(receptionist)
    assert client.post(f"/clinic/rules/{receptionist.clinics.get().slug}/", RULES).status_code == 404
