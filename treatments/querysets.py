"""Every way treatments' rows are narrowed."""

from typing import TYPE_CHECKING, Self

from clinic.querysets import OfClinicQuerySet
from patients.querysets import OfPatientQuerySet
from treatments.enums import CourseState

if TYPE_CHECKING:
    from clinic.models import Clinic


class ServiceQuerySet(OfClinicQuerySet):
    def offered(self) -> Self:
        return self.filter(active=True).order_by("position", "name")

    def online(self) -> Self:
        return self.offered().filter(online=True)

    def first_visits(self) -> Self:
        return self.filter(first_visit=True)

    def at(self, clinic: "Clinic") -> Self:
        return self.filter(clinic=clinic)


class CourseQuerySet(OfPatientQuerySet):
    def open(self) -> Self:
        return self.filter(state__in=CourseState.open())

    def newest_first(self) -> Self:
        return self.order_by("-opened_at", "-pk")


class SessionQuerySet(OfPatientQuerySet):
    path = "course__patient__"

    def planned(self) -> Self:
        """Those of the plan that still stand."""
        return self.filter(dropped_at=None)

    def without_record(self) -> Self:
        return self.filter(record=None)

    def held(self) -> Self:
        """Those whose record is signed."""
        return self.exclude(record=None).exclude(record__signed_at=None)

    def unheld(self) -> Self:
        return self.exclude(pk__in=self.held().values("pk"))

    def beyond(self, number: int) -> Self:
        return self.filter(number__gt=number)


class RecordQuerySet(OfPatientQuerySet):
    path = "session__course__patient__"

    def signed(self) -> Self:
        return self.exclude(signed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-started_at", "-pk")
