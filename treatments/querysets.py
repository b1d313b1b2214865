"""Every way treatments' rows are narrowed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models

from clinic.enums import Role
from clinic.querysets import OfClinicQuerySet, reaches
from patients.querysets import OfPatientQuerySet
from treatments.enums import CourseState

if TYPE_CHECKING:
    from clinic.models import Clinic, Practitioner, User
    from patients.models import Intake, Patient
    from treatments.models import Course, Session, SessionRecord


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

    def bookable_by(self, user: "User") -> Self:
        """Courses whose dates somebody may arrange: staff of the clinic, the desk among them, for whom the clinical words are not."""
        return self.filter(clinic__in=user.clinics.all()) if reaches(user, *Role.staff()) else self.none()

    def prescribed(self) -> Self:
        return self.filter(state=CourseState.ACTIVE)

    def newest_first(self) -> Self:
        return self.order_by("-opened_at", "-pk")

    def of_patient(self, patient: "Patient") -> Self:
        return self.filter(patient=patient)

    def with_people(self) -> Self:
        return self.select_related("patient", "clinic", "condition", "service", "practitioner", "intake")

    def with_answers(self, intake: "Intake") -> Self:
        """Those that rest on these answers."""
        return self.filter(intake=intake).select_related("clinic", "patient")


class SessionQuerySet(OfPatientQuerySet):
    path = "course__patient__"

    def planned(self) -> Self:
        """Those of the plan that still stand."""
        return self.filter(dropped_at=None)

    def planned_or_held(self, course: "Course") -> Self:
        """The sessions of a course that stand or were held."""
        rows = self.filter(course=course).exclude(record=None, dropped_at__isnull=False)
        return rows.select_related("record").order_by("number")

    def with_course(self) -> Self:
        return self.select_related("course__patient", "course__clinic", "course__condition", "course__practitioner")

    def without_record(self) -> Self:
        return self.filter(record=None)

    def held(self) -> Self:
        """Those whose record is signed."""
        return self.exclude(record=None).exclude(record__signed_at=None)

    def unheld(self) -> Self:
        return self.exclude(pk__in=self.held().values("pk"))

    def beyond(self, number: int) -> Self:
        return self.filter(number__gt=number)

    def of_courses(self, courses: Iterable[int]) -> Self:
        return self.filter(course__in=list(courses))


class RecordQuerySet(OfPatientQuerySet):
    path = "session__course__patient__"

    def signed(self) -> Self:
        return self.exclude(signed_at=None)

    def unsigned_of(self, practitioner: "Practitioner") -> Self:
        """The drafts that somebody has still to sign."""
        return self.filter(practitioner=practitioner, signed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-started_at", "-pk")

    def of_course(self, course: "Course") -> Self:
        return self.filter(session__course=course)

    def of_patient(self, patient: "Patient") -> Self:
        return self.filter(session__course__patient=patient)

    def of_session(self, session: "Session") -> Self:
        return self.filter(session=session)

    def beside(self, session: "Session") -> Self:
        """Those of other sessions."""
        return self.exclude(session=session)

    def begun_after(self, record: "SessionRecord") -> Self:
        return self.filter(started_at__gt=record.started_at)

    def with_course(self) -> Self:
        return self.select_related("practitioner", "session__course__clinic", "session__course__patient")

    def with_what_was_done(self) -> Self:
        """Everything a page about a record shows."""
        needlings = self.model.needlings.field.model.objects.select_related("point")  # one question for both
        return self.with_names().prefetch_related("techniques", models.Prefetch("needlings", needlings))

    def with_names(self) -> Self:
        return self.select_related("session__course__condition", "practitioner", "signed_by")

    def saying_whether_told(self) -> Self:
        """With `was_told`: whether the patient said afterwards how they are."""
        told = self.model.check_backs.rel.related_model.objects.filter(record=models.OuterRef("pk"))
        return self.annotate(was_told=models.Exists(told))


class OutcomeQuerySet(OfPatientQuerySet):
    path = "course__patient__"

    def of_session(self, session: "Session") -> Self:
        return self.filter(session=session)

    def of_course(self, course: "Course") -> Self:
        """Every score of a course, oldest first."""
        return self.filter(course=course).select_related("session").order_by("at", "pk")


class CheckBackQuerySet(OfPatientQuerySet):
    path = "record__session__course__patient__"

    def of_record(self, record: "SessionRecord") -> Self:
        return self.filter(record=record)

    def of_patient(self, patient: "Patient") -> Self:
        return self.filter(record__session__course__patient=patient)

    def waiting(self) -> Self:
        """Those that somebody at the clinic still has to look at."""
        return self.filter(seen_at=None, needs_by__isnull=False)

    def that_stop_needling(self) -> Self:
        return self.waiting().filter(stops_needling=True)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")

    def with_people(self) -> Self:
        return self.select_related(
            "seen_by", "record__practitioner__user", "record__session__course__clinic", "record__session__course__patient"
        )


class AdviceQuerySet(models.QuerySet):
    def in_course(self, course: "Course") -> Self:
        """What was advised in a course, in the order it was said."""
        return self.filter(record__session__course=course).order_by("pk")

    def to_press(self, record: "SessionRecord", moment: str) -> Self:
        """The points of one message."""
        return self.filter(record=record, moment=moment, item__startswith="press:")
