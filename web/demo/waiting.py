"""Somebody is ill, some patients would like an earlier time, and one visit is cancelled: what the desk sees to on such a day."""

from datetime import date, datetime, time, timedelta

from bookings.enums import CancelledBy, Urgency
from bookings.models import Appointment
from bookings.services.absences import add_absence
from bookings.services.appointments import cancel_appointment
from bookings.services.waitlist import Wishes, wait_for_session
from clinic.models import Clinic, User
from intervals import Interval, local_date, to_instant

WISHES = (
    {"urgency": Urgency.URGENT, "notice_hours": 1},
    {"earliest": time(12), "notice_hours": 3},
    {"weekdays": ("0", "1", "2", "3", "4"), "latest": time(12, 30), "notice_hours": 24},
    {"urgency": Urgency.ANY_TIME, "note": "Works nights, rings back in the afternoon"},
    {"earliest": time(16), "notice_hours": 3},
)


def fill_waitlist(clinic: Clinic, *, now: datetime) -> None:
    """Put some of those with a later visit on the list, free one time, and send one practitioner home for an afternoon."""
    desk = User.objects.filter(clinics=clinic, role="receptionist").first()
    today = local_date(now, clinic.tz)
    ahead = Appointment.objects.filter(clinic=clinic).ahead(now).with_people()
    join(ahead.filter(during__startswith__gte=now + timedelta(days=8)), today, desk, now)
    freed = ahead.filter(during__startswith__gte=now + timedelta(days=2)).first()
    if freed:
        cancel_appointment(appointment=freed, by=desk, who=CancelledBy.PATIENT, because="Away on business", now=now)
    stay_home(clinic, today + timedelta(days=5), desk, now)


def join(later: list[Appointment], today: date, desk: User, now: datetime) -> None:
    """One visit of each of five people, each a day longer on the list."""
    known: dict[int, Appointment] = {}
    for visit in later:
        known.setdefault(visit.patient.pk, visit)
    for number, (visit, wish) in enumerate(zip(known.values(), WISHES, strict=False)):
        wishes = Wishes(first_day=today, last_day=local_date(visit.start, visit.clinic.tz), **wish)
        joined = now - timedelta(days=number + 1)
        wait_for_session(session=visit.session, service=visit.service, wishes=wishes, by=desk, now=joined)


def stay_home(clinic: Clinic, first_day: date, desk: User, now: datetime) -> None:
    """Whoever has most visits on the next busy day is away from noon."""
    for day in (first_day + timedelta(days=number) for number in range(7)):
        starts, ends = (to_instant(day, hour, clinic.tz)[0] for hour in (time(12), time(20)))
        visits = Appointment.objects.filter(clinic=clinic).ahead(now).between(starts, ends).with_people()
        people = [visit.practitioner for visit in visits]
        if people:
            busiest = max(people, key=lambda person: (people.count(person), -person.pk))
            during = Interval(starts, ends)
            add_absence(clinic=clinic, timeline=busiest.timeline, during=during, reason="Dentist", by=desk, now=now)
            return
