"""What of a patient may be put on the waitlist: sessions without a time, and sessions whose time could be earlier."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bookings.desk import courses_to_book, next_without_a_time
from bookings.models import Appointment, WaitlistEntry
from clinic.models import User
from patients.models import Patient
from treatments.models import Course, Service, Session


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One session that may wait; with its visit, where it has one already."""

    session: Session
    service: Service
    visit: Appointment | None = None
    entry: WaitlistEntry | None = None


def sessions_that_may_wait(*, user: User, patient: Patient, now: datetime) -> list[Choice]:
    """The next session of each course without a time, and the visits ahead, each with the entry it has on the list."""
    unbooked = [
        Choice(session=session, service=course.service) for course, session in courses_to_book(user=user, patient=patient) if course.service
    ]
    visits = Appointment.objects.visible_to(user).of_patient(patient).ahead(now).with_people()
    return with_entries([*unbooked, *(Choice(session=visit.session, service=visit.service, visit=visit) for visit in visits)])


def own_sessions_that_may_wait(*, user: User, patient: Patient) -> list[Choice]:
    """What a patient may put on the list themselves: the next session of each of their courses that has no time yet."""
    found = next_without_a_time(courses=Course.objects.visible_to(user), patient=patient)
    return with_entries(Choice(session=session, service=course.service) for course, session in found if course.service)


def with_entries(choices: Iterable[Choice]) -> list[Choice]:
    choices = list(choices)
    rows = WaitlistEntry.objects.standing().of_sessions(choice.session.pk for choice in choices).prefetch_related("practitioners")
    entries = {row.session_id: row for row in rows}
    return [
        Choice(session=choice.session, service=choice.service, visit=choice.visit, entry=entries.get(choice.session.pk))
        for choice in choices
    ]
