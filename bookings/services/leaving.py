"""Somebody leaves the clinic: always possible, on a day to come or at once; their visits from then on become a worklist."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from bookings.models import Appointment
from bookings.services.absences import ask_for_new_times, stand_again, take_back_holds, visits_hit
from clinic import audit
from clinic.enums import Role
from clinic.locks import lock
from clinic.models import Practitioner, User
from intervals import local_date, local_day


@transaction.atomic
def set_leaving_day(*, practitioner: Practitioner, leaves_on: date | None, by: User, now: datetime) -> None:
    """Note the first day on which somebody can no longer be booked, or that they stay: visits from then on wait for a new time.

    Once that day has come they are deactivated and can’t sign in; who stays after all can do both again.
    """
    clinic = practitioner.clinic
    locked = lock([practitioner.timeline_id])
    hit = visits_hit(clinic, Q(practitioner=practitioner), now=now)
    _note(practitioner, leaves_on=leaves_on, active=leaves_on is None or leaves_on > local_date(now, clinic.tz))
    stand_again(clinic, hit, now=now)
    if leaves_on:
        begins = max(local_day(clinic.tz, leaves_on).start, now)
        take_back_holds(Appointment.objects.filter(during__endswith__gt=begins), locked, by=by, now=now)
        ask_for_new_times(clinic, Q(practitioner=practitioner, during__endswith__gt=begins), now=now)
    audit.record(by, "practitioner.leave", practitioner, on=str(leaves_on or ""))


def _note(practitioner: Practitioner, *, leaves_on: date | None, active: bool) -> None:
    """Write it down; somebody who only treats signs in as long as they work here, an admin goes on being one."""
    practitioner.leaves_on, practitioner.active = leaves_on, active
    practitioner.save(update_fields=["leaves_on", "active"])
    User.objects.filter(practitioner=practitioner, role=Role.PRACTITIONER).update(is_active=active)


def deactivate_leavers(*, now: datetime) -> int:
    """Deactivate those whose leaving day has come; return how many."""
    leavers = [person for person in Practitioner.objects.leaving().select_related("clinic") if _has_come(person, now)]
    for practitioner in leavers:
        deactivate_leaver(practitioner=practitioner, now=now)
    return len(leavers)


@transaction.atomic
def deactivate_leaver(*, practitioner: Practitioner, now: datetime) -> None:
    """Deactivate one whose leaving day has come, unless somebody put it off meanwhile."""
    lock([practitioner.timeline_id])
    practitioner.refresh_from_db(fields=["leaves_on", "active"])
    if practitioner.active and _has_come(practitioner, now):
        _note(practitioner, leaves_on=practitioner.leaves_on, active=False)
        audit.record(audit.THE_HOUSE, "practitioner.left", practitioner, on=str(practitioner.leaves_on))


def _has_come(practitioner: Practitioner, now: datetime) -> bool:
    return practitioner.leaves_on is not None and practitioner.leaves_on <= local_date(now, practitioner.clinic.tz)
