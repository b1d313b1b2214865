"""Money that came in: from insurers for invoices, from patients for visits. No card is charged here; what happened is noted."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from clinic import audit
from clinic.locks import limit_waiting
from clinic.models import User
from insurers.charging import Given
from insurers.enums import InvoiceState, PaidBy, Series
from insurers.models import Charge, Invoice, Payment
from insurers.money import written
from insurers.services.fees import charge_visits
from insurers.services.invoicing import InvoiceChanged, lock_or_changed, owed_on, settle_state
from insurers.services.numbering import next_number

PAYABLE = (*InvoiceState.outstanding(), InvoiceState.REFUSED)


class TooMuch(ValueError):
    """More came in than is owed."""

    def __init__(self, amount: int, owed: int, currency: str):
        left = f"Only {written(owed, currency)} is still owed" if owed > 0 else "Nothing is owed any more"
        super().__init__(f"{left}: {written(amount, currency)} would be more. Check the amount.")


@transaction.atomic
def record_insurer_payment(
    *, invoice: Invoice, amount: int, paid_on: date, way: PaidBy, reference: str, once: str, by: User, now: datetime
) -> Payment:
    """Note what an insurer paid for an invoice; the same form sent twice is one payment."""
    found = lock_or_changed(invoice)
    if known := _known(once):
        return known
    owed = owed_on(found)
    if found.state == InvoiceState.PAID:
        raise TooMuch(amount, 0, found.clinic.currency)
    if found.state not in PAYABLE:
        raise InvoiceChanged(found)
    if amount > owed:
        raise TooMuch(amount, owed, found.clinic.currency)
    payment = Payment.objects.create(
        clinic=found.clinic,
        invoice=found,
        amount=amount,
        way=way,
        reference=reference,
        paid_on=paid_on,
        taken_at=now,
        taken_by=by,
        once=once,
    )
    settle_state(found)
    audit.record(by, "payment.insurer", payment, invoice=found.key, amount=amount)
    return payment


@transaction.atomic
def take_payment(*, visits: Iterable[Given], charge_key: str, amount: int, way: PaidBy, once: str, by: User, now: datetime) -> Payment:
    """Take what a patient pays for a visit, and give the receipt its number; the same form sent twice is one payment.

    `visits` are those of the patient that nobody has charged yet: they are charged first, by date.
    """
    charges = charge_visits(visits=visits, now=now)
    charge = charges[charge_key] if charge_key in charges else Charge.objects.get(visit=charge_key)
    limit_waiting()
    Charge.objects.select_for_update(no_key=True).get(pk=charge.pk)
    if known := _known(once):
        return known
    owed, clinic = Charge.objects.with_sums().get(pk=charge.pk).owed, charge.clinic
    if amount > owed:
        raise TooMuch(amount, owed, clinic.currency)
    payment = Payment.objects.create(
        clinic=clinic,
        charge=charge,
        amount=amount,
        way=way,
        number=next_number(clinic, Series.RECEIPT),
        paid_on=now.astimezone(clinic.tz).date(),
        taken_at=now,
        taken_by=by,
        once=once,
    )
    audit.record(by, "payment.take", payment, amount=amount)
    return payment


@transaction.atomic
def undo_payment(*, payment: Payment, because: str, by: User, now: datetime) -> Payment:
    """Take back a payment that was noted by mistake, or paid out again; its receipt number is not given a second time."""
    if payment.invoice_id:
        lock_or_changed(payment.invoice)
    undone = Payment.objects.standing().filter(pk=payment.pk).update(undone_at=now, undone_because=because)
    if not undone:
        return payment
    if payment.invoice_id:
        settle_state(lock_or_changed(payment.invoice))
    audit.record(by, "payment.undo", payment)
    return payment


def _known(once: str) -> Payment | None:
    return Payment.objects.filter(once=once).first()
