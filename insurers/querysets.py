"""Every way insurers' rows are narrowed."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, F, Func, Q, Value
from django.db.models.functions import Cast

from clinic.enums import Role
from clinic.querysets import reaches
from insurers.enums import AuthorisationState, CoverState, Missed, Payer
from patients.querysets import seen_by
from treatments.enums import CourseState

if TYPE_CHECKING:
    from clinic.models import Clinic, User
    from insurers.models import Policy
    from treatments.models import Course

OFFICE = Role.RECEPTIONIST, Role.ADMIN, Role.PATIENT


class InsurerQuerySet(models.QuerySet):
    def listed(self) -> Self:
        return self.filter(active=True).order_by("name")

    def by_name(self) -> Self:
        """All of them, those that can be chosen first."""
        return self.order_by("-active", "name")

    def payers(self) -> Self:
        """Those of the list that pay somebody: a provider of care among them doesn't."""
        return self.listed().exclude(claim_model="none")


class OfCoverQuerySet(models.QuerySet):
    """Rows about who pays: for the office of the patient's clinic and for the patient."""

    path = "patient__"

    def visible_to(self, user: "User") -> Self:
        if reaches(user, *OFFICE):
            return self.filter(seen_by(user, self.path))
        return self.none()


class PolicyQuerySet(OfCoverQuerySet):
    path = "patient__"

    def keyed(self, key: str) -> Self:
        return self.filter(key=key)

    def keyed_any(self, keys: Iterable[str]) -> Self:
        return self.filter(key__in=list(keys))

    def with_people(self) -> Self:
        return self.select_related("insurer", "patient__clinic")

    def billed_for(self, course: "Course") -> Self:
        """The policy that the clinic bills for this course, if it bills one."""
        return self.filter(fundings__course=course, fundings__payer=Payer.INSURER)


class FundingQuerySet(OfCoverQuerySet):
    path = "course__patient__"

    def billed(self) -> Self:
        """Those where the clinic sends its bill to the insurer."""
        return self.filter(payer=Payer.INSURER)

    def on_the_board(self, waiting: "CoverQuerySet") -> Self:
        """Those of open courses, and of any other that has one of the `waiting` visits."""
        return self.filter(Q(course__state__in=CourseState.open()) | Q(course__in=waiting.values("session__course")))


class AuthorisationQuerySet(OfCoverQuerySet):
    path = "policy__patient__"

    def of_policy(self, policy: "Policy") -> Self:
        return self.filter(policy=policy)

    def granted(self) -> Self:
        return self.filter(state=AuthorisationState.GRANTED)

    def asked(self) -> Self:
        return self.filter(state=AuthorisationState.ASKED)

    def oldest_first(self) -> Self:
        return self.order_by("recorded_at", "pk")

    def on(self, day: date) -> Self:
        """Those whose dates hold `day`, both ends included."""
        return self.filter(Q(first_day=None) | Q(first_day__lte=day), Q(last_day=None) | Q(last_day__gte=day))

    def with_use(self) -> Self:
        """Each with `consumed` and `reserved`: the units its cover rows take."""
        return self.annotate(
            consumed=Count("covers", filter=Q(covers__state=CoverState.CONSUMED)),
            reserved=Count("covers", filter=Q(covers__state=CoverState.RESERVED)),
        )

    def in_full(self) -> Self:
        """Each with its use, its people and what it covers."""
        found = self.select_related("policy__insurer", "policy__patient__clinic", "recorded_by", "clinic", "course__clinic")
        return found.prefetch_related("techniques").with_use()

    def first_to_end(self) -> Self:
        return self.order_by(F("last_day").asc(nulls_last=True), "pk")


class CoverQuerySet(OfCoverQuerySet):
    path = "session__course__patient__"

    def of_key(self, key: str) -> Self:
        return self.filter(key=key)

    def of_course(self, course: "Course") -> Self:
        return self.filter(session__course=course)

    def of_keys(self, keys: Iterable[str]) -> Self:
        return self.filter(key__in=list(keys))

    def billed_to(self, policy: "Policy") -> Self:
        """Those of the courses that this policy pays for."""
        return self.billed_to_any([policy.pk])

    def billed_to_any(self, policies: Iterable[int] | models.QuerySet) -> Self:
        return self.filter(session__course__funding__policy__in=policies, session__course__funding__payer=Payer.INSURER)

    def standing(self) -> Self:
        """Those of visits that were not cancelled."""
        return self.exclude(state__in=(CoverState.RELEASED, CoverState.CHARGED))

    def open(self) -> Self:
        """Those that stand and have used nothing yet: what pays for them can still change."""
        return self.filter(state__in=(CoverState.SELF_PAY, CoverState.AWAITING, CoverState.RESERVED))

    def awaiting(self) -> Self:
        return self.filter(state=CoverState.AWAITING)

    def due_by(self, now: datetime) -> Self:
        """Those of visits until tomorrow, by the clinic's own calendar."""
        today = Func(F("session__course__patient__clinic__zone"), Value(now), function="timezone", output_field=models.DateTimeField())
        return self.annotate(tomorrow=Cast(today, models.DateField()) + 1).filter(on__lte=F("tomorrow"))

    def reserved(self) -> Self:
        return self.filter(state=CoverState.RESERVED)

    def consumed(self) -> Self:
        return self.filter(state=CoverState.CONSUMED)

    def not_used_by_a_record(self) -> Self:
        """Those that can still be covered anew: not used, or used only because somebody did not come."""
        return self.exclude(state=CoverState.CONSUMED, missed="")

    def asked_for_missing(self) -> Self:
        """Those for which a patient who did not come pays, or lost a session."""
        return self.filter(Q(state=CoverState.CHARGED) | Q(state=CoverState.CONSUMED, missed=Missed.CONSUME))

    def with_record(self) -> Self:
        """Each with its `course_id`, with `is_signed`: held and signed, and `is_paid`: the patient paid for it then."""
        signed = Q(session__record__signed_at__isnull=False)
        return self.annotate(course_id=F("session__course_id"), is_signed=signed, is_paid=signed & Q(state=CoverState.SELF_PAY))

    def taking(self) -> Self:
        return self.filter(state__in=CoverState.taking())

    def by_date(self) -> Self:
        return self.order_by("on", "pk")


class ChangeQuerySet(models.QuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk").select_related("by")

    def by_people(self) -> Self:
        """Those that somebody made, not a new edition of the directory."""
        return self.filter(by__isnull=False)


class DocumentQuerySet(OfCoverQuerySet):
    path = "authorisation__policy__patient__"

    def oldest_first(self) -> Self:
        return self.order_by("added_at", "pk")


class CoverRulesQuerySet(models.QuerySet):
    def of_clinics(self, clinics: "Iterable[Clinic]") -> Self:
        return self.filter(clinic__in=clinics)
