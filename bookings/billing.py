"""Which visits are to be paid for: what was given in each, by the appointment that was kept for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from bookings.enums import State
from bookings.models import Appointment
from bookings.querysets import AppointmentQuerySet
from clinic.models import User
from insurers.charging import Given, charges_for
from insurers.enums import CoverState, Payer
from insurers.models import Charge, Cover
from patients.models import Patient

LOOK_BACK = timedelta(days=90)  # older visits that nobody charged are from before the house kept money


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a visit costs its patient: the charge (made, or as it would be made now), and what was paid."""

    appointment: Appointment
    charge: Charge
    paid: int
    owed: int
    on: date
    is_today: bool

    @property
    def due(self) -> int:
        """The patient's part in all."""
        return self.paid + self.owed

    @property
    def shortfall(self) -> int:
        """What of it the insurer was asked for, and left unpaid."""
        return self.due - self.charge.parts.patient


def given_of(appointment: Appointment) -> Given:
    """A visit as it is charged; one that was missed is charged as such."""
    return Given(
        visit=appointment.key,
        clinic=appointment.clinic,
        session=appointment.session,
        on=appointment.start.astimezone(appointment.clinic.tz).date(),
        service=appointment.service,
        practitioner=appointment.practitioner,
        price=appointment.price,
        missed=appointment.state in (State.DNA, State.CANCELLED),
    )


def unbilled(*, user: User, insurer: str = "") -> list[Given]:
    """The visits that were held and signed, that an insurer is to be billed for, and that stand on no invoice, by date."""
    billed = Exists(Charge.objects.filter(visit=OuterRef("key")).filter(Q(line__isnull=False) | Q(insurer_part=0)))
    rows = Appointment.objects.visible_to(user).filter(
        ~billed, state=State.COMPLETED, session__record__signed_at__isnull=False, session__course__funding__payer=Payer.INSURER
    )
    rows = rows.filter(session__course__funding__policy__insurer__slug=insurer) if insurer else rows
    rows = _whole(rows).select_related("session__course__funding__policy__insurer")
    visits = [given_of(appointment) for appointment in rows]
    charges = charges_for(visits)
    return [given for given in visits if charges[given.visit].insurer_part]


def uncharged_of(patient: Patient) -> list[Given]:
    """The visits of a patient that were held and that nobody has charged yet, by date: they take an excess in that order."""
    rows = payable().filter(~Exists(Charge.objects.filter(visit=OuterRef("key"))), session__course__patient=patient)
    return [given_of(appointment) for appointment in _whole(rows)]


def payable() -> AppointmentQuerySet:
    """Visits that somebody came to, and missed ones that their patient is to pay for."""
    charged = Exists(Cover.objects.filter(key=OuterRef("key"), state=CoverState.CHARGED))
    came = Q(state__in=(*State.in_the_house(), State.COMPLETED))
    return Appointment.objects.filter(came | Q(charged, state__in=(State.DNA, State.CANCELLED)))


def desk_bills(*, user: User, now: datetime, words: str = "") -> list[Bill]:
    """What patients owe at the clinics somebody works at: today's visits, paid ones too, then whatever is open."""
    mine = payable().filter(pk__in=Appointment.objects.visible_to(user).values("pk"))
    today = Q(during__startswith__gte=now - timedelta(days=1))
    open_charges = Charge.objects.visible_to(user).owing().values("visit")
    uncharged = Q(~Exists(Charge.objects.filter(visit=OuterRef("key"))), during__startswith__gte=now - LOOK_BACK)
    rows = mine.filter(today | Q(key__in=open_charges) | uncharged)
    for word in words.split()[:5]:
        rows = rows.filter(Q(session__course__patient__first_name__icontains=word) | Q(session__course__patient__last_name__icontains=word))
    bills = bills_of(_whole(rows), now=now)
    return sorted((bill for bill in bills if bill.owed or (bill.is_today and bill.due)), key=_first)


def bills_of(appointments: Iterable[Appointment], *, now: datetime) -> list[Bill]:
    """What each of these visits costs its patient, in a fixed number of queries."""
    appointments = list(appointments)
    visits = {appointment.key: given_of(appointment) for appointment in appointments}
    charges = charges_for(visits.values())
    sums = {row.visit: row for row in Charge.objects.of_visits(visits).with_sums()}
    return [_bill(appointment, visits[appointment.key], charges[appointment.key], sums, now) for appointment in appointments]


def bill_of(appointment: Appointment, *, now: datetime) -> Bill:
    """What one visit costs its patient, after the earlier ones that nobody has charged yet."""
    earlier = [given for given in uncharged_of(appointment.patient) if given.visit != appointment.key]
    given = given_of(appointment)
    charge = charges_for([*earlier, given])[given.visit]
    sums = {row.visit: row for row in Charge.objects.of_visits([given.visit]).with_sums()}
    return _bill(appointment, given, charge, sums, now)


def _bill(appointment: Appointment, given: Given, charge: Charge, sums: dict[str, Charge], now: datetime) -> Bill:
    known = sums.get(given.visit)
    return Bill(
        appointment=appointment,
        charge=charge,
        paid=known.paid if known else 0,
        owed=known.owed if known else charge.parts.patient,
        on=given.on,
        is_today=given.on == now.astimezone(appointment.clinic.tz).date(),
    )


def _first(bill: Bill) -> tuple[object, ...]:
    """Today's open ones, then what is open from before with the oldest first, then what is paid."""
    return not bill.is_today, not bill.owed, bill.appointment.start, bill.appointment.pk


def _whole(rows: AppointmentQuerySet) -> AppointmentQuerySet:
    return rows.with_people().order_by("during", "pk")
