"""Every way patients' rows are narrowed."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from clinic.enums import Role
from clinic.querysets import reaches

if TYPE_CHECKING:
    from clinic.models import User


def seen_by(user: "User", path: str = "") -> Q:
    """The patients a user may know of, as a condition on rows that reach them by `path`: their own record, or those of their clinics."""
    if reaches(user, *Role.staff()):
        return Q(**{f"{path}clinic__in": user.clinics.all()})
    if reaches(user, Role.PATIENT):
        return Q(**{f"{path}user": user})
    return Q(pk__in=[])


class PatientQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(seen_by(user))

    def known_as(self, *, email: str, born: date) -> Self:
        """The records a person may mean who proved this address and gave this birth date."""
        return self.filter(email__iexact=email, date_of_birth=born).order_by("pk")

    def alike(self, *, email: str, born: date, last_name: str) -> Self:
        """The records that may be of the same person: the same address, or the same birth date and family name."""
        same_name = Q(date_of_birth=born, last_name__iexact=last_name)
        return self.filter(same_name | Q(email__iexact=email) if email else same_name).order_by("last_name", "first_name", "pk")

    def find(self, words: str) -> Self:
        """Those whose names, address or number hold every word."""
        rows = self
        for word in words.split()[:5]:
            rows = rows.filter(
                Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__istartswith=word) | Q(mobile__icontains=word)
            )
        return rows.order_by("last_name", "first_name")


class OfPatientQuerySet(models.QuerySet):
    """Clinical rows: for clinicians of the patient's clinic and for the patient."""

    path = "patient__"

    def visible_to(self, user: "User") -> Self:
        if reaches(user, Role.PRACTITIONER, Role.PATIENT):
            return self.filter(seen_by(user, self.path))
        return self.none()


class IntakeQuerySet(OfPatientQuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-screened_at", "-pk")

    def newest_of_each(self, patients: Iterable[int]) -> Self:
        """The newest screened answers of each of these patients."""
        return (
            self.filter(patient__in=list(patients)).exclude(screened_at=None).order_by("patient", "-screened_at", "-pk").distinct("patient")
        )

    def waiting_for_review(self) -> Self:
        return self.exclude(patient=None).filter(tier="review", reviewed_at=None).order_by("screened_at")


class FindingQuerySet(OfPatientQuerySet):
    path = "intake__patient__"

    def standing(self) -> Self:
        return self.filter(overruled_at=None)

    def of_intakes(self, intakes: Iterable[models.Model]) -> Self:
        return self.filter(intake__in=list(intakes))

    def alerting(self) -> Self:
        """Those that stand and close or hold up some treatment: what the desk sees that there is, and never what it is."""
        return self.standing().filter(alerts=True)

    def worst_first(self) -> Self:
        return self.order_by("rank", "pk")
