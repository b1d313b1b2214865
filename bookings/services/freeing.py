"""What came free is written down with the deed that freed it, for the waitlist to look at."""

from datetime import date, datetime, timedelta

from bookings.enums import Freed
from bookings.models import Appointment, FreedTime
from clinic.models import Practitioner
from intervals import Interval, local_date, local_days

WORTH_OFFERING = timedelta(minutes=20)
FURTHEST = timedelta(days=60)


def note_freed(appointment: Appointment, *, because: str, now: datetime) -> None:
    """Note that the time of a visit that has not begun is free again, in the transaction of the deed."""
    note_stretch(appointment.practitioner, Interval(appointment.start, appointment.end), because=because, now=now)


def note_stretch(practitioner: Practitioner, stretch: Interval, *, because: str, now: datetime) -> None:
    """Note a stretch of somebody's time; one that has begun is nobody's any more, and a short one is too short for anybody."""
    if stretch.start > now and stretch.duration >= WORTH_OFFERING:
        FreedTime.objects.create(
            clinic=practitioner.clinic, practitioner=practitioner, during=(stretch.start, stretch.end), because=because[:100], freed_at=now
        )


def unnote_stretch(practitioner: Practitioner, stretch: Interval) -> None:
    """Close what was noted of a stretch that is taken again, where nobody was offered it."""
    noted = FreedTime.objects.filter(practitioner=practitioner, during=(stretch.start, stretch.end), state=Freed.OPEN)
    noted.update(state=Freed.CLOSED)


def note_days(practitioner: Practitioner, stretch: Interval, *, because: str, now: datetime) -> None:
    """Note a long stretch day by day, so that each day is offered by itself; what is far away can wait to be booked."""
    whole = stretch.common(Interval(now + timedelta(seconds=1), now + FURTHEST))
    if whole is None:
        return
    for bounds in days_of(practitioner, whole).values():
        if part := whole.common(bounds):
            note_stretch(practitioner, part, because=because, now=now)


def days_of(practitioner: Practitioner, stretch: Interval) -> dict[date, Interval]:
    zone = practitioner.clinic.tz
    return local_days(zone, local_date(stretch.start, zone), local_date(stretch.end, zone))
