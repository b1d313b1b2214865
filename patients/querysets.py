"""Every way patients' rows are narrowed."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

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
    def of_patient(self, patient: models.Model) -> Self:
        return self.filter(patient=patient)

    def on_form(self, form: str) -> Self:
        return self.filter(form=form)

    def before_visit(self, key: str) -> Self:
        """Those given for one visit."""
        return self.filter(visit_key=key)

    def screened(self) -> Self:
        return self.exclude(screened_at=None)

    def unscreened(self) -> Self:
        """Those that were begun and not sent."""
        return self.filter(screened_at=None)

    def shown_to(self, *, knows: bool, mine: str) -> Self:
        """All for whoever signed in as the patient; for others only what their own browser began."""
        return self if knows else self.filter(key=mine)

    def replaced_by_these(self, intake: models.Model) -> Self:
        return self.filter(replaced_by=intake)

    def with_people(self) -> Self:
        return self.select_related("clinic", "patient__clinic")

    def newest_first(self) -> Self:
        return self.order_by("-screened_at", "-pk")

    def newest_of_each(self, patients: Iterable[int]) -> Self:
        """The newest screened answers of each of these patients."""
        return (
            self.filter(patient__in=list(patients)).exclude(screened_at=None).order_by("patient", "-screened_at", "-pk").distinct("patient")
        )

    def waiting_for_review(self) -> Self:
        """Those a clinician must look at: never decided about, or a question answered since."""
        replied = Exists(self.model.objects.filter(pk=OuterRef("pk"), questions__answered_at__gt=F("reviewed_at")))
        unread = Q(tier__in=("emergency", "block", "review"), reviewed_at=None)
        return self.exclude(patient=None).filter(unread | replied, replaced_by=None).order_by("screened_at")

    def newest_decision_of_each(self, patients: Iterable[int]) -> Self:
        """What a clinician decided about last for each of these patients: what was limited there holds until the next decision."""
        rows = self.filter(patient__in=list(patients)).exclude(reviewed_at=None)
        return rows.order_by("patient", "-reviewed_at", "-pk").distinct("patient")

    def that_count_of_each(self, patients: Iterable[int]) -> Self:
        """The newest answers of each of these patients and those decided about last, often the same, in one query; newest first."""
        patients = list(patients)
        newest, decided = self.newest_of_each(patients).values("pk"), self.newest_decision_of_each(patients).values("pk")
        return self.filter(Q(pk__in=newest) | Q(pk__in=decided)).select_related("reviewed_by").newest_first()


class FindingQuerySet(OfPatientQuerySet):
    path = "intake__patient__"

    def standing(self) -> Self:
        return self.filter(overruled_at=None)

    def of_intakes(self, intakes: Iterable[models.Model]) -> Self:
        return self.filter(intake__in=list(intakes))

    def standing_or_overruled(self, intakes: Iterable[models.Model]) -> Self:
        """All of these answers, and whatever a clinician ever overruled for the same patients."""
        rows = list(intakes)
        return self.filter(Q(intake__in=rows) | Q(intake__patient__in=[row.patient_id for row in rows], overruled_at__isnull=False))

    def overruled_before(self, intake: models.Model) -> Self:
        """What a clinician overruled in other answers of the same patient, newest first."""
        rows = self.filter(intake__patient=intake.patient_id).exclude(intake=intake).exclude(overruled_at=None)
        return rows.select_related("overruled_by").order_by("-overruled_at", "pk")

    def alerting(self) -> Self:
        """Those that stand and close or hold up some treatment: what the desk sees that there is, and never what it is."""
        return self.standing().filter(alerts=True)

    def worst_first(self) -> Self:
        return self.order_by("rank", "pk")


class QuestionQuerySet(OfPatientQuerySet):
    path = "intake__patient__"

    def open(self) -> Self:
        return self.filter(answered_at=None, withdrawn_at=None)

    def of_intake(self, intake: models.Model) -> Self:
        return self.filter(intake=intake)

    def with_people(self) -> Self:
        return self.select_related("asked_by", "intake__patient__clinic")
