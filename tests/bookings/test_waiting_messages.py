"""What people read about offers and new times: every part of every message."""

from datetime import timedelta

import pytest

from bookings.services.absences import add_absence
from bookings.services.waitlist import leave_open
from bookings.tasks import offer_freed_times
from clinic.models import Link
from intervals import Interval
from messaging.enums import Channel
from messaging.models import Message
from messaging.render import render
from tests.bookings.cast import small_clinic
from tests.bookings.test_waitlist import NOON, an_offer, book, cancel, fresh, tick, wait
from tests.factories import at


@pytest.fixture
def house(db):
    return small_clinic()


def parts(message, now=NOON) -> list[str]:
    """The mail and the text of a message: subject, text, html and SMS, each on one line."""
    letter = render(message=message, now=now)
    message.channel, message.address = Channel.SMS, "07700900142"
    said = [letter.subject, letter.text, letter.html, render(message=message, now=now).text]
    return [" ".join(each.split()) for each in said]


def test_an_offer_says_when_with_whom_until_when_and_how_to_answer(house):
    offer, _ = an_offer(house)
    subject, text, html, sms = parts(Message.objects.get(about=offer.key))

    assert subject == "A time is free: Thu 26 Nov 2026, 15:00"
    for said in (text, html):
        assert "15:00 to 15:45" in said and "London time" in said
        assert f"With {house.practitioner.name}" in said
        assert "We keep it for you until Thu 26 Nov 2026, 12:30, London time." in said
        assert "https://meridian.test/offer/" in said
    assert "Thu 26 Nov 15:00" in sms and "until 12:30" in sms and "/offer/" in sms
    assert all("Acupuncture" not in said for said in (subject, text, html, sms))


def test_who_has_a_later_time_reads_that_it_moves(house):
    visit = book(house, "17:00")
    wait(house, session=visit.session)
    cancel(house, book(house))
    tick()
    _, text, html, _ = parts(Message.objects.get(kind="waitlist-offer"))

    assert "your later visit moves to this time" in text and "your later visit moves to this time" in html


def test_an_offer_taken_back_says_so_and_that_they_stay_on_the_list(house):
    offer, _ = an_offer(house)
    Message.objects.filter(about=offer.key).update(state="sent")
    leave_open(freed=fresh(offer.freed), by=house.desk, now=NOON)
    subject, text, html, sms = parts(Message.objects.get(kind="waitlist-gone"))

    assert subject == "We had to take back Thu 26 Nov 2026, 15:00"
    assert all("You stay on the waitlist" in said for said in (text, html, sms))


def test_a_visit_that_can_not_stand_gives_a_way_to_another_time(house):
    visit = book(house)
    during = Interval(at("14:00"), at("18:00"))
    add_absence(
        clinic=house.clinic, timeline=house.practitioner.timeline, during=during, reason="Gall stones", by=house.desk, now=at("08:00")
    )
    subject, text, html, sms = parts(Message.objects.get(kind="visit-needs-new-time"))

    assert subject == "Your visit on Thu 26 Nov 2026, 15:00 needs a new time"
    assert all("https://meridian.test/visit/" in said for said in (text, html, sms))
    assert all("Gall stones" not in said for said in (subject, text, html, sms))
    assert visit.key[:4].upper() in text


def test_the_link_of_an_offer_lives_until_the_visit_and_only_its_digest_is_kept(house):
    offer, _ = an_offer(house)
    _, text, _, _ = parts(Message.objects.get(about=offer.key))
    token = text.split("/offer/")[1].split("/")[0]

    link = Link.objects.filter(purpose="offer").first()
    assert (link.about, link.expires_at) == (offer.key, offer.start)
    assert not Link.objects.filter(digest__contains=token).exists()


def test_the_clocks_task_offers_what_is_free_by_the_clock(house, clock):
    wait(house)
    cancel(house, book(house))
    clock.set(NOON + timedelta(minutes=1))
    offer_freed_times()
    offer_freed_times()

    assert Message.objects.filter(kind="waitlist-offer").count() == 1
