"""Offers under way at one instant, with real commits."""

from datetime import timedelta

import pytest

from bookings.enums import Freed, State, Waiting
from bookings.models import Appointment, FreedTime, Offer, WaitlistEntry
from bookings.services.waitlist import OfferGone, expire_offer, wait_for_first_visit
from insurers.models import Cover
from messaging.models import Message
from patients.models import Patient
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_waitlist import AFTERNOONS, EXPIRES, MORNING, accept, book, cancel, tick, visitor, wait
from tests.factories import at
from treatments.models import Session


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", (12, pytest.param(100, marks=pytest.mark.slow)))
def test_a_claim_and_the_expiry_at_one_instant_leave_one_of_them(times):
    """Each time: either the first has it and nobody else is asked, or it ran out, they read that, and the second gets one offer."""
    house = small_clinic()
    first, second = wait(house), wait(house, minute=1)
    cancel(house, book(house))
    for number in range(times):
        [offer] = tick()
        deeds = [
            lambda offer=offer: accept(offer, now=EXPIRES - timedelta(microseconds=1)),
            lambda offer=offer: expire_offer(offer=Offer.objects.keyed(offer.key), now=EXPIRES),
        ]
        order = (0, 1) if number % 2 else (1, 0)

        results = race(2, lambda which, deeds=deeds, order=order: deeds[order[which]]())
        claimed, lapsed = (results[which] for which in order)
        following = tick(EXPIRES)

        if lapsed is True:
            assert (type(claimed), [each.entry for each in following]) == (OfferGone, [second])
        else:
            assert (claimed.session, lapsed, following) == (first.session, False, [])
        assert Message.objects.filter(kind="waitlist-offer", recipient=second.patient.key).count() == len(following)
        assert overlaps() == 0
        put_back()


def put_back():
    """The freed time is free again, and both wait, as if nothing had been offered."""
    Offer.objects.all().delete()
    Cover.objects.all().delete()
    Message.objects.filter(kind="waitlist-offer").delete()
    Appointment.objects.exclude(state=State.CANCELLED).delete()
    WaitlistEntry.objects.update(state=Waiting.WAITING)
    FreedTime.objects.update(state=Freed.OPEN)


@pytest.mark.django_db(transaction=True)
def test_eight_presses_at_once_book_once():
    house = small_clinic()
    wait(house)
    cancel(house, book(house))
    [offer] = tick()

    results = race(8, lambda _: accept(offer))

    assert {each.pk for each in results} == {results[0].pk}
    assert (Appointment.objects.filter(state=State.BOOKED).count(), Message.objects.filter(kind="appointment-booked").count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_make_one_offer_a_time_and_one_a_person():
    house = small_clinic()
    for number in range(3):
        wait(house, minute=number)
    for visit in (book(house, "15:00"), book(house, "16:00")):
        cancel(house, visit)

    race(4, lambda _: tick())

    offers = Offer.objects.open()
    assert (offers.count(), len({offer.entry_id for offer in offers}), len({offer.start for offer in offers})) == (2, 2, 2)
    assert (Message.objects.filter(kind="waitlist-offer").count(), overlaps()) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_two_cancellations_at_one_instant_go_to_two_people():
    house = small_clinic()
    for number in range(2):
        wait(house, minute=number)
    visits = [book(house, "15:00"), book(house, "16:00")]

    def cancel_and_look(number):
        cancel(house, visits[number])
        return tick()

    race(2, cancel_and_look)
    tick()

    assert sorted(offer.start for offer in Offer.objects.open()) == [at("15:00"), at("16:00")]
    assert Offer.objects.open().values("entry").distinct().count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_visitor_who_presses_eight_times_becomes_one_patient():
    house = small_clinic()
    wait_for_first_visit(booking=visitor(house), wishes=AFTERNOONS, by="Visitor", now=MORNING)
    cancel(house, book(house))
    [offer] = tick()

    results = race(8, lambda _: accept(offer))

    assert {each.pk for each in results} == {results[0].pk}
    assert (Patient.objects.filter(first_name="Wilma").count(), Session.objects.filter(course__patient__first_name="Wilma").count()) == (
        1,
        1,
    )
