"""Every way the ground's rows are narrowed."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from clinic.enums import Role

if TYPE_CHECKING:
    from clinic.models import Clinic, User


def reaches(user: "User", *roles: Role) -> bool:
    """Say whether `user` is somebody in one of `roles` who may still come in."""
    return bool(user.is_authenticated and user.is_active and user.role in roles)


class ClinicQuerySet(models.QuerySet):
    def open_to_public(self) -> Self:
        return self.filter(active=True).order_by("position", "name")

    def visible_to(self, user: "User") -> Self:
        if reaches(user, *Role.staff()):
            return self.filter(staff=user)
        return self.none()


class OfClinicQuerySet(models.QuerySet):
    """Rows that belong to one clinic: its staff see them."""

    def visible_to(self, user: "User") -> Self:
        if reaches(user, *Role.staff()):
            return self.filter(clinic__staff=user)
        return self.none()

    def at(self, clinic: "Clinic") -> Self:
        return self.filter(clinic=clinic)


class PractitionerQuerySet(OfClinicQuerySet):
    def working(self, on: date | None = None) -> Self:
        """Those who may be booked, on that day where one is given."""
        rows = self.filter(active=True)
        return rows.filter(Q(leaves_on=None) | Q(leaves_on__gt=on)) if on else rows

    def leaving(self) -> Self:
        """Those still at work for whom a leaving day is noted."""
        return self.filter(active=True).exclude(leaves_on=None)

    def by_name(self) -> Self:
        return self.order_by("position", "name")


class PlaceQuerySet(OfClinicQuerySet):
    def usable(self) -> Self:
        return self.filter(active=True)

    def by_name(self) -> Self:
        return self.order_by("position", "name")


class AbsenceQuerySet(OfClinicQuerySet):
    def during(self, start: datetime, end: datetime) -> Self:
        return self.filter(during__overlap=(start, end))


class TaskQuerySet(OfClinicQuerySet):
    def open(self) -> Self:
        return self.filter(done_at=None)

    def visible_to(self, user: "User") -> Self:
        return super().visible_to(user).filter(Q(user=user) | Q(user=None, for_role=user.role))

    def due_between(self, start: datetime, end: datetime) -> Self:
        """Those due in the half-open stretch."""
        return self.filter(due__gte=start, due__lt=end)

    def soonest_first(self) -> Self:
        return self.order_by("due", "pk")


class LinkQuerySet(models.QuerySet):
    def usable(self, now: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now)
