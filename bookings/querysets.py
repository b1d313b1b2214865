"""Every way the house narrows appointments: a name here, never a filter in a view."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from bookings.enums import State
from clinic.enums import Role
from clinic.querysets import reaches

if TYPE_CHECKING:
    from clinic.models import Clinic, User


class AppointmentQuerySet(models.QuerySet):
    def live(self) -> Self:
        return self.filter(state__in=State.occupying())

    def promised(self) -> Self:
        """Those that somebody counts on: not held, not cancelled."""
        return self.exclude(state__in=(State.HELD, State.CANCELLED))

    def at(self, clinic: "Clinic") -> Self:
        return self.filter(clinic=clinic)

    def standing(self) -> Self:
        """The one appointment that a session has: not cancelled, and not missed."""
        return self.exclude(state__in=(State.CANCELLED, State.DNA))

    def promised_to_patients(self) -> Self:
        """Those a patient knows of, cancelled ones too: all but times that are only held."""
        return self.exclude(state=State.HELD)

    def between(self, start: datetime, end: datetime) -> Self:
        return self.filter(during__overlap=(start, end)).order_by("during", "pk")

    def ahead(self, now: datetime) -> Self:
        return self.filter(state__in=State.ahead(), during__startswith__gte=now).order_by("during", "pk")

    def still_to_treat(self, now: datetime) -> Self:
        """Those whose treatment has not begun: ahead, or the patient waits."""
        return self.filter(state__in=(*State.ahead(), State.ARRIVED), during__endswith__gt=now).order_by("during", "pk")

    def of_course(self, course: models.Model) -> Self:
        return self.filter(session__course=course).order_by("during", "pk")

    def of_patient(self, patient: models.Model) -> Self:
        return self.filter(session__course__patient=patient).order_by("during", "pk")

    def of_session(self, session: models.Model) -> Self:
        """The one that stands for a session: neither cancelled nor missed."""
        return self.filter(session=session).exclude(state__in=(State.CANCELLED, State.DNA))

    def of_intakes(self, intakes: Iterable[models.Model]) -> Self:
        """Those of courses that rest on these answers."""
        return self.filter(session__course__intake__in=list(intakes)).order_by("during", "pk")

    def waiting_for_review(self) -> Self:
        return self.filter(state=State.PROVISIONAL, waits_for_review=True).order_by("during", "pk")

    def arrived_unread(self) -> Self:
        """Those whose patient has come, with answers of the day that a clinician has to read first."""
        return self.filter(state=State.ARRIVED, waits_for_review=True)

    def with_practitioner(self, practitioner: models.Model) -> Self:
        return self.filter(practitioner=practitioner)

    def keyed(self, keys: Iterable[str]) -> Self:
        return self.filter(key__in=list(keys))

    def kept(self) -> Self:
        """Dates of a course that nobody has prescribed yet: provisional, and free to let go."""
        return self.filter(state=State.PROVISIONAL, waits_for_prescription=True).order_by("during", "pk")

    def count_courses(self) -> int:
        """How many courses these belong to: all the dates of one count as one."""
        return self.order_by().values("session__course").distinct().count()

    def waiting_for_a_code(self) -> Self:
        """Provisional visits that wait for an insurer's code, of whatever policy."""
        return self.filter(state=State.PROVISIONAL, waits_for_code=True)

    def waiting_for_code(self, policy: models.Model) -> Self:
        """Provisional visits of the courses that this policy pays for, whose code has not come."""
        return self.filter(state=State.PROVISIONAL, waits_for_code=True, session__course__funding__policy=policy)

    def with_people(self) -> Self:
        """Everything a tile or a line about a visit shows, in one query."""
        return self.select_related(
            "clinic", "practitioner", "room", "equipment", "service", "session__course__patient", "session__course__condition"
        )

    def with_records(self) -> Self:
        return self.select_related("session__record", "session__course__intake")

    def visible_to(self, user: "User") -> Self:
        if reaches(user, Role.RECEPTIONIST, Role.ADMIN, Role.PRACTITIONER):
            return self.filter(clinic__in=user.clinics.all())
        if reaches(user, Role.PATIENT):
            return self.exclude(state=State.HELD).filter(session__course__patient__user=user)
        return self.none()  # a role nobody thought of sees nothing


class OccupancyQuerySet(models.QuerySet):
    def live(self) -> Self:
        return self.filter(live=True)

    def on(self, timelines: Iterable[int]) -> Self:
        return self.filter(timeline__in=list(timelines))

    def expired(self, now: datetime) -> Self:
        return self.filter(live=True, until__lte=now)

    def counting(self, now: datetime) -> Self:
        """Those that still take their time: live, and not a hold that has run out."""
        return self.filter(Q(until=None) | Q(until__gt=now), live=True)


class BookingQuerySet(models.QuerySet):
    def keyed(self, key: str, clinic: "Clinic") -> Self:
        """The booking of that key, with all that its pages show."""
        rows = self.filter(key=key, clinic=clinic)
        return rows.select_related("clinic", "service", "insurer", "appointment__practitioner", "appointment__service", "appointment__room")

    def whole(self) -> Self:
        """With all that finishing one needs, in one query; the clinic of its service and of its visit is its own."""
        return self.select_related(
            "clinic", "service", "insurer", *(f"appointment__{name}" for name in ("practitioner", "room", "equipment"))
        )

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def holding(self, now: datetime) -> Self:
        return self.unfinished().filter(appointment__until__gt=now)

    def proved_by(self, address: str) -> Self:
        return self.filter(email=address, proved_address=address)

    def oldest_first(self) -> Self:
        return self.order_by(F("created_at").asc(), "pk")
