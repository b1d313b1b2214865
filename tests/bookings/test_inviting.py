"""The desk sends the health questions: once, to who can be reached, while there is something to answer."""

from datetime import timedelta

import pytest

from bookings.models import Appointment
from bookings.services.inviting import NotSent, send_questions
from clinic.models import AuditEntry
from messaging.enums import Channel
from messaging.kinds import KINDS
from messaging.models import Message
from messaging.render import render
from patients.models import Patient
from tests.bookings.test_rescreening import THE_DAY, answer, booked, house

__all__ = ["house"]


@pytest.fixture
def second(house) -> Appointment:
    return Appointment.objects.with_people().get(pk=booked(house)[1].pk)


def send(house, visit, now=THE_DAY):
    return send_questions(appointment=visit, by=house.desk, now=now)


def links() -> list[Message]:
    return list(Message.objects.of_kinds(["health-questions"]).order_by("pk"))


def test_a_link_goes_by_text_at_once_and_says_nothing_of_why(house, second):
    send(house, second)

    [message] = links()
    assert (message.channel, message.due_at, message.useful_until) == (Channel.SMS, THE_DAY, second.end)
    letter = render(message=message, now=THE_DAY)
    assert "a few questions before your visit: http" in letter.text
    assert AuditEntry.objects.filter(verb="answers.ask_for", about=second.key, by=house.desk).count() == 1


def test_who_has_no_mobile_gets_a_mail_and_who_has_neither_is_asked_at_the_desk(house, second):
    Patient.objects.update(mobile="")
    send(house, second)
    assert [message.channel for message in links()] == [Channel.MAIL]

    Patient.objects.update(email="")
    with pytest.raises(NotSent, match="no mobile number or e-mail address"):
        send(house, second, THE_DAY + timedelta(hours=1))


def test_pressing_twice_sends_once_and_a_quarter_of_an_hour_later_again(house, second):
    send(house, second)
    with pytest.raises(NotSent, match="The link went out at 08:30"):
        send(house, second, THE_DAY + timedelta(minutes=1))

    send(house, second, THE_DAY + timedelta(minutes=15))
    assert [message.version for message in links()] == [1, 2]


def test_nothing_goes_once_all_is_answered(house, second):
    send(house, second)
    answer(second)

    assert KINDS["health-questions"].still_true(second.key, THE_DAY) == "Nothing is left to answer"
    with pytest.raises(NotSent, match="nothing to answer"):
        send(house, second, THE_DAY + timedelta(hours=1))
