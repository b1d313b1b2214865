"""Bills drafted and paid for visits that were kept."""

from datetime import datetime

from django.db import transaction

from bookings.billing import given_of, unbilled, uncharged_of
from bookings.models import Appointment
from clinic.models import User
from insurers.enums import PaidBy
from insurers.models import Invoice, Payment
from insurers.services.invoicing import draft_invoices
from insurers.services.payments import take_payment


@transaction.atomic
def draft_unbilled(*, by: User, now: datetime, insurer: str = "") -> list[Invoice]:
    """Draft invoices for every visit that waits for one, of one insurer or of all."""
    return draft_invoices(visits=unbilled(user=by, insurer=insurer), by=by, now=now)


@transaction.atomic
def pay_at_desk(*, appointment: Appointment, amount: int, way: PaidBy, once: str, by: User, now: datetime) -> Payment:
    """Take what a patient pays for a visit; earlier visits that nobody charged are charged first, so that they take the excess."""
    visits = {given.visit: given for given in [*uncharged_of(appointment.patient), given_of(appointment)]}
    return take_payment(visits=visits.values(), charge_key=appointment.key, amount=amount, way=way, once=once, by=by, now=now)
