"""Every way the waitlist's rows are narrowed."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

from bookings.enums import Answer, Freed, Waiting
from clinic.enums import Role
from clinic.querysets import reaches

if TYPE_CHECKING:
    from clinic.models import Clinic, User


class OfDeskQuerySet(models.QuerySet):
    """Rows for whoever runs the diary of a clinic."""

    def visible_to(self, user: "User") -> Self:
        if reaches(user, Role.RECEPTIONIST, Role.ADMIN):
            return self.filter(clinic__in=user.clinics.all())
        return self.none()

    def at(self, clinic: "Clinic") -> Self:
        return self.filter(clinic=clinic)

    def keyed(self, key: str) -> models.Model | None:
        return self.filter(key=key).first()


class WaitlistQuerySet(OfDeskQuerySet):
    def visible_to(self, user: "User") -> Self:
        if reaches(user, Role.PATIENT):
            return self.filter(session__course__patient__user=user)
        return super().visible_to(user)

    def of_patient(self, patient: models.Model) -> Self:
        return self.filter(session__course__patient=patient)

    def standing(self) -> Self:
        """Those still on the list, with an offer or without."""
        return self.filter(state__in=(Waiting.WAITING, Waiting.OFFERED))

    def of_sessions(self, sessions: Iterable[int]) -> Self:
        return self.filter(session__in=list(sessions))

    def of_session(self, session: models.Model) -> models.Model | None:
        """The entry by which a session waits, if it does."""
        return self.standing().with_people().filter(session=session).first()

    def of_booking(self, booking: models.Model) -> models.Model | None:
        """The entry by which a visitor waits, if they do."""
        return self.standing().with_people().filter(booking=booking).first()

    def with_people(self) -> Self:
        return self.select_related(
            "clinic", "service", "session__course__patient", "session__course__intake", "booking__clinic"
        ).prefetch_related("practitioners")

    def next_first(self) -> Self:
        """In the order in which they are asked: the urgent first, then whoever waits longest."""
        return self.order_by("urgency", "joined_at", "pk")


class FreedQuerySet(OfDeskQuerySet):
    def open(self) -> Self:
        return self.filter(state=Freed.OPEN)

    def being_offered(self) -> Self:
        return self.filter(state__in=(Freed.OPEN, Freed.OFFERED))

    def within(self, start: datetime, end: datetime) -> Self:
        return self.filter(during__overlap=(start, end))

    def to_show(self, now: datetime) -> Self:
        """Those that lie ahead and still matter to the desk."""
        rows = self.filter(during__endswith__gt=now, state__in=(Freed.OPEN, Freed.OFFERED, Freed.CLOSED))
        return rows.select_related("practitioner", "clinic").order_by("during", "pk")

    def oldest_first(self) -> Self:
        return self.order_by("freed_at", "pk")

    def with_people(self) -> Self:
        return self.select_related("practitioner", "clinic")


class OfferQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        if reaches(user, Role.RECEPTIONIST, Role.ADMIN):
            return self.filter(entry__clinic__in=user.clinics.all())
        if reaches(user, Role.PATIENT):
            return self.filter(entry__session__course__patient__user=user)
        return self.none()

    def of_patient(self, patient: models.Model) -> Self:
        return self.filter(entry__session__course__patient=patient)

    def of_session(self, session: models.Model) -> Self:
        return self.filter(entry__session=session)

    def to_answer(self, now: datetime) -> Self:
        """Those that can still be accepted, the one that runs out first on top."""
        return self.open().filter(until__gt=now).order_by("until", "pk")

    def open(self) -> Self:
        return self.filter(answer=Answer.OPEN)

    def run_out(self, now: datetime) -> Self:
        return self.open().filter(until__lte=now).order_by("until", "pk")

    def keyed(self, key: str) -> models.Model | None:
        return self.with_people().filter(key=key).first()

    def of_freed(self, rows: Iterable[models.Model]) -> Self:
        return self.filter(freed__in=list(rows)).order_by("made_at", "pk")

    def with_people(self) -> Self:
        return self.select_related(
            "practitioner__clinic",
            "room",
            "equipment",
            "service__clinic",
            "freed",
            "held",
            "appointment__clinic",
            "entry__clinic",
            "entry__service",
            "entry__session__course__patient",
            "entry__booking__clinic",
        )
