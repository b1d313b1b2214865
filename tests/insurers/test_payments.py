from datetime import timedelta

import pytest

from insurers.enums import PaidBy, RefusedFor
from insurers.models import Charge, Invoice, Payment
from insurers.services.invoicing import InvoiceChanged, refuse_invoice, write_off
from insurers.services.payments import TooMuch, record_insurer_payment, take_payment, undo_payment
from tests.bookings.test_appointments import race
from tests.factories import NOON, ClinicFactory
from tests.insurers.billing import TODAY, an_admin, an_approved_course, given, paid_at_desk, paid_in, sent, with_policy
from tests.insurers.builders import a_course, a_patient, a_user

pytestmark = pytest.mark.django_db


def state_of(invoice: Invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).state


# From insurers


def test_an_invoice_is_part_paid_then_paid():
    course = an_approved_course()
    invoice = sent(course)

    paid_in(invoice, 3_000, once="first")
    assert state_of(invoice) == "part_paid"
    paid_in(invoice, 2_800, once="second")
    assert state_of(invoice) == "paid"
    with pytest.raises(TooMuch, match="Nothing is owed any more"):
        paid_in(invoice, 1, once="third")


def test_a_payment_larger_than_the_invoice_is_refused_in_words_and_nothing_is_lost():
    invoice = sent(an_approved_course())
    paid_in(invoice, 3_000, once="first")

    with pytest.raises(TooMuch, match=r"Only £28.00 is still owed: £28.01 would be more"):
        paid_in(invoice, 2_801, once="second")
    assert (state_of(invoice), Payment.objects.count()) == ("part_paid", 1)


def test_a_form_that_is_sent_twice_is_one_payment():
    invoice = sent(an_approved_course())

    assert paid_in(invoice, 3_000) == paid_in(invoice, 3_000)
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_note_the_whole_sum_at_one_instant_note_it_once():
    course = an_approved_course()
    invoice, by = sent(course), an_admin(course)

    def pay(number):
        return record_insurer_payment(
            invoice=invoice, amount=5_800, paid_on=TODAY, way=PaidBy.TRANSFER, reference="", once=f"form{number}", by=by, now=NOON
        )

    results = race(4, pay)

    assert sum(isinstance(each, Payment) for each in results) == 1
    assert all(isinstance(each, (Payment, TooMuch)) for each in results)


def test_a_refused_invoice_can_be_paid_after_all_and_one_written_off_can_not():
    course = an_approved_course()
    refused = refuse_invoice(invoice=sent(course), refused_for=RefusedFor.OTHER, because="", by=an_admin(course))
    paid_in(refused, 5_800)
    other = an_approved_course()
    given_up = write_off(invoice=sent(other), because="Too old", by=an_admin(other))

    assert state_of(refused) == "paid"
    with pytest.raises(InvoiceChanged, match="is written off by now"):
        paid_in(given_up, 1, once="late")


def test_a_payment_taken_back_opens_the_invoice_again():
    course = an_approved_course()
    invoice = sent(course)
    first, second = paid_in(invoice, 3_000, once="first"), paid_in(invoice, 2_800, once="second")

    undo_payment(payment=second, because="Typed twice", by=an_admin(course), now=NOON)
    assert state_of(invoice) == "part_paid"
    undo_payment(payment=first, because="Of another invoice", by=an_admin(course), now=NOON)
    assert state_of(invoice) == "sent"
    undo_payment(payment=first, because="Again", by=an_admin(course), now=NOON)
    assert Payment.objects.get(pk=first.pk).undone_because == "Of another invoice"


# From patients


def test_a_patient_pays_in_parts_and_each_has_a_receipt_with_a_number():
    course = a_course(patient=a_patient(ClinicFactory(slug="almond")))
    visit = given(course)

    numbers = [paid_at_desk(visit, 5_000, once="first").number, paid_at_desk(visit, 800, once="second").number]

    assert numbers == ["RALM-00001", "RALM-00002"]
    with pytest.raises(TooMuch, match="Nothing is owed any more"):
        paid_at_desk(visit, 1, once="third")


def test_an_insured_patient_owes_only_their_part():
    course = an_approved_course()
    with_policy(course, excess_kind="visit", excess=1_500)
    visit = given(course)

    with pytest.raises(TooMuch, match=r"Only £15.00 is still owed"):
        paid_at_desk(visit, 5_800)
    paid_at_desk(visit, 1_500)
    assert list(Charge.objects.owing()) == []


def test_earlier_visits_that_nobody_charged_take_the_excess_first():
    course = an_approved_course()
    with_policy(course, excess_kind="yearly", excess=6_000)
    early, today = given(course, days_ago=7), given(course, number=2)

    take_payment(visits=[today, early], charge_key=today.visit, amount=200, way=PaidBy.CASH, once="desk", by=an_admin(course), now=NOON)

    assert [charge.excess for charge in Charge.objects.by_date()] == [5_800, 200]


def test_yen_are_whole_and_written_without_places():
    clinic = ClinicFactory(slug="yanaka", zone="Asia/Tokyo", currency="JPY", country="JP")
    visit = given(a_course(patient=a_patient(clinic)), price=7_000)

    with pytest.raises(TooMuch, match=r"Only ¥7,000 is still owed: ¥7,001 would be more"):
        paid_at_desk(visit, 7_001)
    late = take_payment(
        visits=[visit],
        charge_key=visit.visit,
        amount=7_000,
        way=PaidBy.CASH,
        once="desk",
        by=a_user(),
        now=NOON + timedelta(hours=4),  # tomorrow in Tokyo
    )
    assert late.paid_on == TODAY + timedelta(days=1)


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_take_the_same_money_take_it_once():
    course = a_course()
    visit, by = given(course), a_user()

    def pay(number):
        return take_payment(visits=[visit], charge_key=visit.visit, amount=5_800, way=PaidBy.CARD, once=f"d{number}", by=by, now=NOON)

    results = race(4, pay)

    assert sum(isinstance(each, Payment) for each in results) == 1
    assert all(isinstance(each, (Payment, TooMuch)) for each in results)
    assert Charge.objects.count() == 1
