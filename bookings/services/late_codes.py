"""When an insurer's code has not come by its time: by the clinic's rule the time is given free, or the patient pays; they always hear."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings.code_messages import take_back_reminder, tell_you_pay
from bookings.enums import CancelledBy, State
from bookings.models import Appointment
from bookings.services.appointments import cancel_appointment
from bookings.services.covering import code_due
from bookings.services.states import StateChanged, step
from clinic import audit
from clinic.services import settle_tasks
from insurers.enums import CodeLate
from insurers.house import rules_by_clinic
from insurers.services import let_patient_pay_for

NO_CODE = "Your insurer’s code did not reach us in time"
CODE_MISSING = "code missing"
LONGEST_NOTICE = timedelta(hours=168)


def settle_late_codes(*, now: datetime) -> list[Appointment]:
    """Deal with every provisional visit whose code is late; safe to run twice, and side by side. Returns those that were dealt with."""
    waiting = Appointment.objects.waiting_for_a_code().filter(during__startswith__lte=now + LONGEST_NOTICE, during__startswith__gt=now)
    waiting = list(waiting.order_by("pk")[:500])
    rules = rules_by_clinic(visit.clinic_id for visit in waiting)
    late = [visit for visit in waiting if visit.start - timedelta(hours=rules[visit.clinic_id].code_hours) <= now]
    return [visit for visit in late if settle_late_code(appointment=visit, code_late=CodeLate(rules[visit.clinic_id].code_late), now=now)]


@transaction.atomic
def settle_late_code(*, appointment: Appointment, code_late: CodeLate, now: datetime) -> bool:
    """Give one visit's time free, or let it stand and be paid by its patient; say whether there was anything to do."""
    fresh = (
        Appointment.objects.waiting_for_a_code()
        .with_people()
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=appointment.pk)
        .first()
    )
    if fresh is None or code_due(fresh) > now:
        return False
    settle_tasks(about=fresh.key, by=None, now=now, kinds=(CODE_MISSING,))
    try:
        if code_late == CodeLate.RELEASE:
            take_back_reminder(fresh, because="The time was given free")
            cancel_appointment(appointment=fresh, by=audit.THE_HOUSE, who=CancelledBy.CLINIC, because=NO_CODE, now=now)
        else:
            _let_stand(fresh, now=now)
    except StateChanged:
        return False
    return True


def _let_stand(appointment: Appointment, *, now: datetime) -> None:
    """The visit no longer waits for a code; one that waits for a clinician goes on waiting for that."""
    let_patient_pay_for(key=appointment.key)
    if appointment.waits_for_review:
        Appointment.objects.filter(pk=appointment.pk).update(waits_for_code=False)
    else:
        step(appointment=appointment, to=State.BOOKED, by=audit.THE_HOUSE, now=now, waits_for_code=False)
    tell_you_pay(appointment, now=now)
