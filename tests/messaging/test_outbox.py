"""What is promised is promised once, can be taken back, and can be sent again."""

from datetime import timedelta

import pytest
from django.db import transaction

from clinic.enums import Role
from clinic.models import AuditEntry, Clinic, User
from messaging import kinds
from messaging.enums import Channel, State
from messaging.kinds import Kind, UnknownKind
from messaging.models import Message
from messaging.services import mark_told, post, resend, send_now, withdraw
from tests.messaging.conftest import NOW, address

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(bloomsbury: Clinic) -> User:
    user = User.objects.create_user("dan@meridian.example", name="Dan Price", role=Role.RECEPTIONIST)
    user.clinics.add(bloomsbury)
    return user


def test_post_keeps_keys_and_an_address_and_nothing_of_what_is_said(hannah, truth):
    [message] = post("visit-note", to=hannah, about="visit-1", visit="visit-1", due=NOW, useful_until=NOW + timedelta(days=1))
    message = Message.objects.get(pk=message.pk)
    assert (message.kind, message.about, message.visit, message.recipient) == ("visit-note", "visit-1", "visit-1", "patient-hannah")
    assert (message.channel, message.address, message.name, message.language) == (Channel.MAIL, "hannah@mail.example", "Hannah", "en-gb")
    assert (message.state, message.due_at, message.next_try_at, message.attempts) == (State.DUE, NOW, NOW, 0)
    assert message.message_id == f"<{message.key}@localhost>"
    assert message.words == "Reminder"
    assert message.masked_address == "h...h@mail.example"


def test_posting_twice_is_promising_once(hannah, truth):
    [first] = post("visit-note", to=hannah, about="visit-1", due=NOW)
    [again] = post("visit-note", to=hannah, about="visit-1", due=NOW + timedelta(hours=5))
    assert again == first
    assert list(Message.objects.all()) == [first]


def test_another_version_recipient_kind_or_thing_is_another_promise(bloomsbury, hannah, truth):
    post("visit-note", to=hannah, about="visit-1", due=NOW)
    post("visit-note", to=hannah, about="visit-1", due=NOW, version=2)
    post("visit-note", to=hannah, about="visit-2", due=NOW)
    post("visit-text", to=hannah, about="visit-1", due=NOW)
    post("visit-note", to=address(bloomsbury, "ben"), about="visit-1", due=NOW)
    assert Message.objects.count() == 5


def test_a_booking_that_fails_promises_nothing(hannah, truth):
    with pytest.raises(RuntimeError), transaction.atomic():
        post("visit-note", to=hannah, about="visit-1", due=NOW)
        raise RuntimeError
    assert not Message.objects.exists()


def test_a_kind_nobody_registered_is_refused_when_it_is_posted(hannah):
    with pytest.raises(UnknownKind):
        post("no-such-kind", to=hannah, about="visit-1", due=NOW)


@pytest.mark.parametrize(
    ("mail", "mobile", "kind", "reason"),
    [
        ("", "", "visit-note", "No e-mail address"),
        ("hannah", "", "visit-note", "The e-mail address can’t be right: please check it"),
        ("a@b.example\nBcc: all@b.example", "", "visit-note", "The e-mail address can’t be right: please check it"),
        ("", "", "visit-text", "No mobile number"),
        ("", "ring me", "visit-text", "The mobile number can’t be right: please check it"),
    ],
)
def test_without_a_usable_address_the_row_says_what_is_missing(bloomsbury, truth, mail, mobile, kind, reason):
    [message] = post(kind, to=address(bloomsbury, "hannah", mail=mail, mobile=mobile), about="visit-1", due=NOW)
    assert (message.state, message.reason) == (State.FAILED, reason)
    assert list(Message.objects.needing_a_look()) == [message]


@pytest.mark.parametrize(
    ("wanted", "mail", "sent_by"),
    [
        ((Channel.MAIL,), "a@b.example", "mail"),
        ((Channel.SMS,), "a@b.example", "sms"),
        ((Channel.SMS, Channel.MAIL), "a@b.example", "mail"),
        ((Channel.MAIL, Channel.SMS), "", "sms"),
        ((Channel.MAIL,), "", "sms"),
        ((), "a@b.example", "mail"),
    ],
)
def test_a_message_goes_once_by_a_way_that_is_wanted_or_by_one_that_works(bloomsbury, truth, monkeypatch, wanted, mail, sent_by):
    both = Kind(name="both", words="Both", still_true=truth.still_true, context=truth.context, channels=(Channel.MAIL, Channel.SMS))
    monkeypatch.setitem(kinds.KINDS, "both", both)
    [message] = post("both", to=address(bloomsbury, "ann", mail=mail, channels=wanted), about="visit-1", due=NOW)
    assert (message.channel, message.state) == (sent_by, State.DUE)


def test_withdraw_takes_back_what_is_not_done_and_leaves_the_rest(bloomsbury, hannah, truth):
    [due] = post("visit-note", to=hannah, about="visit-1", due=NOW)
    [text] = post("visit-text", to=hannah, about="visit-1", due=NOW)
    [homeless] = post("visit-note", to=address(bloomsbury, "ben", mail=""), about="visit-1", due=NOW)
    [sent] = post("visit-note", to=address(bloomsbury, "cat"), about="visit-1", due=NOW)
    Message.objects.filter(pk=sent.pk).update(state=State.SENT)
    post("visit-note", to=hannah, about="visit-2", due=NOW)

    assert withdraw(about="visit-1", kinds=["visit-note"], reason="The visit was cancelled") == 2
    assert set(Message.objects.in_state(State.WITHDRAWN)) == {due, homeless}
    assert withdraw(about="visit-1", reason="The visit was cancelled") == 1
    assert set(Message.objects.in_state(State.WITHDRAWN)) == {due, homeless, text}


def test_resend_is_a_row_of_its_own_and_settles_the_old_one(bloomsbury, staff, truth):
    [failed] = post("visit-note", to=address(bloomsbury, "hannah", mail=""), about="visit-1", due=NOW, visit="visit-1")
    again = resend(message=failed, now=NOW, to=address(bloomsbury, "hannah"), by=staff)
    third = resend(message=again, now=NOW, by=staff)
    assert [(row.again, row.state, row.address) for row in Message.objects.order_by("again")] == [
        (0, State.FAILED, ""),
        (1, State.DUE, "hannah@mail.example"),
        (2, State.DUE, "hannah@mail.example"),
    ]
    assert len({failed.message_id, again.message_id, third.message_id}) == 3
    assert not Message.objects.needing_a_look().exists()
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["message.resend"] * 2
    [still_one] = post("visit-note", to=address(bloomsbury, "hannah"), about="visit-1", due=NOW)
    assert still_one == failed


def test_mark_told_ends_the_look_and_says_who(bloomsbury, staff, truth):
    [failed] = post("visit-note", to=address(bloomsbury, "hannah", mail=""), about="visit-1", due=NOW)
    mark_told(message=failed, now=NOW, by=staff)
    mark_told(message=failed, now=NOW, by=staff)
    assert not Message.objects.needing_a_look().exists()
    assert list(AuditEntry.objects.values_list("verb", "by", "about")) == [("message.told", staff.pk, failed.key)]


def test_send_now_hurries_only_what_waits(hannah, truth):
    [message] = post("visit-note", to=hannah, about="visit-1", due=NOW + timedelta(days=1))
    send_now(message=message, now=NOW)
    assert list(Message.objects.overdue(NOW)) == [message]
    Message.objects.update(state=State.SENT, next_try_at=NOW + timedelta(days=1))
    send_now(message=message, now=NOW)
    assert not Message.objects.overdue(NOW).exists()


def test_messages_of_a_visit_and_of_a_person(hannah, truth):
    [about] = post("visit-note", to=hannah, about="visit-1", due=NOW)
    [aftercare] = post("visit-note", to=hannah, about="session-1", visit="visit-1", due=NOW)
    post("visit-note", to=hannah, about="visit-2", due=NOW)
    assert set(Message.objects.of_visit("visit-1")) == {about, aftercare}
    assert Message.objects.of_recipient("patient-hannah").count() == 3


@pytest.mark.parametrize(
    ("role", "at_home", "sees"),
    [
        (Role.RECEPTIONIST, True, 1),
        (Role.ADMIN, True, 1),
        (Role.PRACTITIONER, True, 0),
        (Role.PATIENT, True, 0),
        (Role.RECEPTIONIST, False, 0),
        (Role.ADMIN, False, 0),
    ],
)
def test_only_reception_and_admin_of_the_clinic_see_its_messages(bloomsbury, hannah, truth, role, at_home, sees):
    post("visit-note", to=hannah, about="visit-1", due=NOW)
    user = User.objects.create_user("somebody@meridian.example", role=role)
    if at_home:
        user.clinics.add(bloomsbury)
    assert Message.objects.visible_to(user).count() == sees


def test_two_kinds_of_one_name_are_a_mistake_found_at_once(truth):
    kind = kinds.KINDS["visit-note"]
    kinds.register(kind)
    with pytest.raises(ValueError, match="visit-note"):
        kinds.register(Kind(name="visit-note", words="Other", still_true=truth.still_true, context=truth.context))


def test_a_kind_whose_questions_cannot_be_asked_is_found_at_once(truth):
    with pytest.raises(TypeError):
        kinds.register(Kind(name="odd", words="Odd", still_true=lambda about: "", context=truth.context))
