"""Who pays, who comes and the code that proves the address: asked once, in words, and never refused for a doubt."""

import pytest
from django.core import mail

from bookings.enums import State
from bookings.models import Appointment
from insurers.enums import Payer
from insurers.models import Funding
from tests.web.patients import Visitor, axa, booking_house, mailed_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return booking_house()


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


def text(response) -> str:
    return response.content.decode()


# Payer


def test_an_insurer_is_billed_with_the_numbers_as_it_writes_them(visitor):
    insurer = axa()
    visitor.to_times()
    visitor.take("10:00", "2026-11-28")
    answer = {"payer": "insurer", "insurer": insurer.slug, "number": "1234567 a", "code_when": "later"}
    assert visitor.pay(**answer)["Location"] == visitor.url("about/")
    booking = visitor.booking
    assert (booking.insurer, booking.policy_number, booking.authorisation_code, booking.code_follows) == (insurer, "1234567A", "", True)
    visitor.tell()
    visitor.prove()
    assert "Code to follow by Fri 27 Nov, 10:00" in text(visitor.get("check/"))
    visitor.post("check/")
    assert (Appointment.objects.get().state, Funding.objects.get().payer) == (State.PROVISIONAL, Payer.INSURER)


def test_an_odd_number_is_remarked_on_and_stops_nobody(visitor):
    insurer = axa()
    visitor.to_times()
    visitor.take()
    answer = {"payer": "insurer", "insurer": insurer.slug, "number": "204518 K", "code_when": "now", "code": "ABC1234"}
    assert visitor.pay(**answer)["Location"] == visitor.url("about/")
    assert "please check the card or letter" in text(visitor.get("payer/"))


@pytest.mark.parametrize(
    ("sent", "words"),
    (
        ({"payer": ""}, "Choose who pays"),
        ({"payer": "the-queen"}, "Choose one of the answers shown"),
        ({"payer": "insurer"}, "Choose your insurer"),
        ({"payer": "insurer", "insurer": "nobody"}, "Choose one of the answers shown"),
        ({"payer": "insurer", "insurer": "axa_ppp"}, "Type your policy or membership number"),
        ({"payer": "insurer", "insurer": "axa_ppp", "number": "<b>"}, "please check what was typed"),
        ({"payer": "insurer", "insurer": "axa_ppp", "number": "1234567A", "code_when": "now"}, "Type your code"),
    ),
)
def test_what_an_insurer_needs_is_asked_for_in_words(visitor, sent, words):
    axa()
    visitor.to_times()
    visitor.take()
    assert words in text(visitor.post("payer/", **sent))
    assert visitor.booking.payer == ""


def test_who_claims_it_back_may_name_a_plan_and_who_pays_alone_leaves_no_number(visitor):
    insurer = axa()
    visitor.to_times()
    visitor.take()
    visitor.pay(payer="reclaim", plan=insurer.slug)
    assert (visitor.booking.payer, visitor.booking.insurer) == (Payer.RECLAIM, insurer)
    visitor.pay(payer="self", insurer=insurer.slug, number="1234567A")
    assert (visitor.booking.insurer, visitor.booking.policy_number) == (None, "")


# About you, and the code


def test_the_birth_date_is_asked_once_and_nothing_is_ticked_beforehand(visitor):
    visitor.to_times()
    visitor.take()
    visitor.pay()
    page = text(visitor.get("about/"))
    assert "Born 14 March 1984" in page
    assert "bday" not in page
    assert " checked" not in page


@pytest.mark.parametrize("missing", ("first_name", "last_name", "mobile", "email", "keep", "true"))
def test_about_you_needs_everything_and_keeps_the_rest(visitor, missing):
    visitor.to_times()
    visitor.take()
    visitor.pay()
    page = text(visitor.tell(**{missing: ""}))
    assert "<title>Error: About you" in page
    assert (visitor.booking.first_name, mail.outbox) == ("", [])


def test_the_code_is_sent_alike_to_who_is_known_and_who_is_not(visitor, house, clock):
    visitor.book()
    known, new = Visitor(house, clock), Visitor(house, clock)
    pages = []
    for who, email in ((known, "hannah@example.org"), (new, "joanna@example.org")):
        who.to_times()
        who.take("12:00" if who is known else "14:00")
        who.pay()
        assert who.tell(email=email)["Location"] == who.url("code/")
        pages.append(len(text(who.get("code/"))))
    assert pages[0] == pages[1]


def test_a_wrong_code_is_said_and_another_can_be_sent(visitor):
    visitor.to_times()
    visitor.take()
    visitor.pay()
    visitor.tell()
    first = mailed_code()
    assert "That code doesn’t fit" in text(visitor.post("code/", code="nonsense"))
    visitor.post("code/again/")
    assert len(mail.outbox) == 2
    assert "That code doesn’t fit" in text(visitor.post("code/", code=first)) or first == mailed_code()
    assert visitor.prove()["Location"] == visitor.url("check/")


def test_a_mail_server_that_is_away_is_said_kindly(visitor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    visitor.to_times()
    visitor.take()
    visitor.pay()
    visitor.tell()
    assert "We could not send the code just now" in text(visitor.get("code/"))
