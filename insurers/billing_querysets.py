"""Every way the rows of money are narrowed."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from clinic.enums import Role
from clinic.querysets import reaches
from insurers.enums import InvoiceState

if TYPE_CHECKING:
    from clinic.models import User
    from insurers.models import Invoice

BILLING = (Role.ADMIN,)
DESK = (Role.RECEPTIONIST, Role.ADMIN)


class OfMoneyQuerySet(models.QuerySet):
    """Rows about money: for those of the clinic whose work it is."""

    path = "clinic"
    roles: tuple[Role, ...] = DESK

    def visible_to(self, user: "User") -> Self:
        return self.filter(**{f"{self.path}__in": user.clinics.all()}) if reaches(user, *self.roles) else self.none()

    def keyed(self, key: str) -> Self:
        return self.filter(key=key)


class FeeAgreementQuerySet(OfMoneyQuerySet):
    path = "service__clinic"

    def by_service(self) -> Self:
        return self.select_related("insurer", "service__clinic").order_by("insurer__name", "-first_day")

    def among(self, insurers: Iterable[int], services: Iterable[int]) -> Self:
        return self.filter(insurer__in=set(insurers), service__in=set(services))


def sum_of(rows: models.QuerySet, by: str, what: str) -> Coalesce:
    """The sum of `what` over the rows that point at the outer row by `by`; nought where there are none."""
    summed = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(total=Sum(what)).values("total")
    return Coalesce(Subquery(summed, output_field=IntegerField()), 0)


class ChargeQuerySet(OfMoneyQuerySet):
    def with_people(self) -> Self:
        return self.select_related("clinic", "service", "practitioner", "session__course__patient", "policy__insurer", "authorisation")

    def with_sums(self) -> Self:
        """Each with `due` (the patient's part and what an insurer left), `paid` by the patient, and what is `owed`."""
        payments = self.model._meta.get_field("payments").related_model.objects.standing()
        due = F("excess") + F("share") + F("beyond_limit") + F("own") + Coalesce(F("line__shortfall"), 0)
        return self.annotate(due=due, paid=sum_of(payments, "charge", "amount")).annotate(owed=F("due") - F("paid"))

    def owing(self) -> Self:
        return self.with_sums().filter(owed__gt=0)

    def of_visits(self, keys: Iterable[str]) -> Self:
        return self.filter(visit__in=list(keys))

    def to_bill(self) -> Self:
        """Those of which an insurer owes a part that stands on no invoice."""
        return self.filter(insurer_part__gt=0, line=None)

    def by_date(self) -> Self:
        return self.order_by("on", "pk")


class InvoiceQuerySet(OfMoneyQuerySet):
    roles = BILLING

    def with_people(self) -> Self:
        return self.select_related("clinic", "insurer", "patient")

    def with_sums(self) -> Self:
        """Each with its `total`, the `shortfall` that patients took over, what was `paid`, what is `owed`, and its `first_visit`."""
        lines = self.model._meta.get_field("lines").related_model.objects.all()
        payments = self.model._meta.get_field("payments").related_model.objects.standing()
        first = lines.filter(invoice=OuterRef("pk")).order_by("charge__on").values("charge__on")[:1]
        found = self.annotate(
            total=sum_of(lines, "invoice", "amount"),
            shortfall=sum_of(lines, "invoice", "shortfall"),
            paid=sum_of(payments, "invoice", "amount"),
            first_visit=Subquery(first),
        )
        return found.annotate(owed=F("total") - F("shortfall") - F("paid"))

    def among(self, found: Self) -> Self:
        return self.filter(pk__in=found.order_by().values("pk"))

    def insurers(self) -> list[tuple[str, str]]:
        """The insurers that these go to, by name."""
        return list(self.order_by("insurer__name").values_list("insurer__slug", "insurer__name").distinct())

    def count_states(self) -> Counter:
        """How many stand in each state."""
        counted = self.order_by().values("state").annotate(many=Count("pk", distinct=True))
        return Counter({row["state"]: row["many"] for row in counted})

    def in_state(self, state: str) -> Self:
        return self.filter(state=state) if state else self

    def outstanding(self) -> Self:
        return self.filter(state__in=InvoiceState.outstanding())

    def refused(self) -> Self:
        """Those that were refused at some time, whatever came of it."""
        return self.exclude(refused_for="")

    def to_insurer(self, slug: str) -> Self:
        return self.filter(insurer__slug=slug) if slug else self

    def find(self, words: str) -> Self:
        """Those whose number or patient holds every word."""
        rows = self
        for word in words.split()[:5]:
            people = "lines__charge__session__course__patient"
            rows = rows.filter(
                Q(number__icontains=word) | Q(**{f"{people}__first_name__icontains": word}) | Q(**{f"{people}__last_name__icontains": word})
            )
        return rows.distinct() if words.split() else rows

    def other_numbers(self, invoice: "Invoice") -> set[str]:
        """The numbers that other invoices to this insurer have."""
        others = self.filter(insurer=invoice.insurer_id).exclude(pk=invoice.pk).exclude(number="")
        return set(others.values_list("number", flat=True))

    def newest_first(self) -> Self:
        return self.order_by(F("sent_at").desc(nulls_first=True), "-pk")


class PaymentQuerySet(OfMoneyQuerySet):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at=None)

    def from_patients(self) -> Self:
        return self.exclude(charge=None)

    def of_invoice(self, invoice: "Invoice") -> Self:
        """Everything noted for it, what was taken back too."""
        return self.filter(invoice=invoice).select_related("taken_by").by_date()

    def of_visit(self, key: str) -> Self:
        """Everything a patient paid for that visit, what was taken back too."""
        return self.filter(charge__visit=key).select_related("taken_by").by_date()

    def with_people(self) -> Self:
        return self.select_related("clinic", "charge__session__course__patient", "charge__service", "charge__practitioner", "taken_by")

    def by_date(self) -> Self:
        return self.order_by("paid_on", "pk")
