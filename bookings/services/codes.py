"""When the insurer answers: the code is recorded, and the visits that waited for it become sure."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from bookings import messages
from bookings.enums import State
from bookings.models import Appointment
from bookings.querysets import AppointmentQuerySet
from bookings.services.states import step
from clinic import audit
from clinic.models import User
from clinic.services import settle_tasks
from insurers.enums import Payer
from insurers.models import Cover, Policy
from insurers.services import record_authorisation, set_funding
from treatments.models import Course


@transaction.atomic
def accept_code(
    *,
    policy: Policy,
    by: User,
    now: datetime,
    **said: object,
) -> list[Appointment]:
    """Record what the insurer approved, said as `record_authorisation` takes it, and return the visits that this made sure.

    Those it doesn't cover go on waiting.
    """
    waiting = _lock(Appointment.objects.waiting_for_code(policy))
    record_authorisation(policy=policy, by=by, now=now, **said)
    return _make_sure(waiting, by=by, now=now)


@transaction.atomic
def let_patient_pay(*, policy: Policy, by: User, now: datetime) -> list[Appointment]:
    """Stop billing this policy: the patient pays for what was not held yet, and no visit waits for a code any more."""
    waiting = _lock(Appointment.objects.waiting_for_code(policy))
    for course in Course.objects.filter(funding__policy=policy, funding__payer=Payer.INSURER).order_by("pk"):
        set_funding(course=course, payer=Payer.SELF, now=now)
    audit.record(by, "policy.stop_billing", policy)
    return _make_sure(waiting, by=by, now=now)


def _lock(appointments: AppointmentQuerySet) -> list[Appointment]:
    """Lock the visits before their policy, in the order in which cancelling one does: the other way round two could wait for ever."""
    return list(appointments.order_by("pk").select_for_update(no_key=True, of=["self"]))


def _make_sure(waiting: Iterable[Appointment], *, by: User, now: datetime) -> list[Appointment]:
    """Let every visit that is paid for by now stop waiting for a code; return those that became booked."""
    waiting = list(waiting)
    open_covers = Cover.objects.filter(key__in=[appointment.key for appointment in waiting]).awaiting()
    still_waits = set(open_covers.values_list("key", flat=True))
    paid = [appointment for appointment in waiting if appointment.key not in still_waits]
    return [appointment for appointment in paid if _stop_waiting(appointment, by=by, now=now)]


def _stop_waiting(appointment: Appointment, *, by: User, now: datetime) -> bool:
    """Book the visit, unless it waits for a clinician as well; say which."""
    settle_tasks(about=appointment.key, by=by, now=now, kinds=("code missing",))
    if appointment.waits_for_review:
        Appointment.objects.filter(pk=appointment.pk).update(waits_for_code=False)
        return False
    step(appointment=appointment, to=State.BOOKED, by=by, now=now, waits_for_code=False)
    messages.tell_settled(appointment, now=now)
    return True
