"""Every way insurers' rows are narrowed."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, F, Q

from clinic.enums import Role
from clinic.querysets import reaches
from insurers.enums import AuthorisationState, CoverState
from patients.querysets import seen_by

if TYPE_CHECKING:
    from clinic.models import User

OFFICE = Role.RECEPTIONIST, Role.ADMIN, Role.PATIENT


class InsurerQuerySet(models.QuerySet):
    def listed(self) -> Self:
        return self.filter(active=True).order_by("name")


class OfCoverQuerySet(models.QuerySet):
    """Rows about who pays: for the office of the patient's clinic and for the patient."""

    path = "patient__"

    def visible_to(self, user: "User") -> Self:
        if reaches(user, *OFFICE):
            return self.filter(seen_by(user, self.path))
        return self.none()


class PolicyQuerySet(OfCoverQuerySet):
    path = "patient__"


class FundingQuerySet(OfCoverQuerySet):
    path = "course__patient__"


class AuthorisationQuerySet(OfCoverQuerySet):
    path = "policy__patient__"

    def granted(self) -> Self:
        return self.filter(state=AuthorisationState.GRANTED)

    def on(self, day: date) -> Self:
        """Those whose dates hold `day`, both ends included."""
        return self.filter(Q(first_day=None) | Q(first_day__lte=day), Q(last_day=None) | Q(last_day__gte=day))

    def with_use(self) -> Self:
        """Each with `consumed` and `reserved`: the units its cover rows take."""
        return self.annotate(
            consumed=Count("covers", filter=Q(covers__state=CoverState.CONSUMED)),
            reserved=Count("covers", filter=Q(covers__state=CoverState.RESERVED)),
        )

    def first_to_end(self) -> Self:
        return self.order_by(F("last_day").asc(nulls_last=True), "pk")


class CoverQuerySet(OfCoverQuerySet):
    path = "session__course__patient__"

    def awaiting(self) -> Self:
        return self.filter(state=CoverState.AWAITING)

    def taking(self) -> Self:
        return self.filter(state__in=CoverState.taking())

    def by_date(self) -> Self:
        return self.order_by("on", "pk")
