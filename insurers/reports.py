"""What admins ask about money: who owes how much for how long, what became of each approval, and why insurers refuse."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clinic.models import User
from insurers.enums import CoverState, InvoiceState, RefusedFor
from insurers.models import Authorisation, Charge, Invoice, InvoiceLine

AGES = ((30, "Up to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"), (None, "Over 90 days"))


@dataclass
class Outstanding:
    """What one insurer owes in one currency, by how long ago it was asked; `ages` go with AGES."""

    insurer: str
    slug: str
    currency: str
    invoices: int = 0
    ages: list[int] = field(default_factory=lambda: [0] * len(AGES))

    @property
    def total(self) -> int:
        return sum(self.ages)


def outstanding(*, user: User, now: datetime) -> list[Outstanding]:
    """What insurers owe for invoices that were sent, the largest debt first, each currency for itself."""
    found: dict[tuple[str, str], Outstanding] = {}
    for invoice in Invoice.objects.visible_to(user).outstanding().with_people().with_sums():
        row = found.setdefault(
            (invoice.insurer.slug, invoice.clinic.currency),
            Outstanding(invoice.insurer.name, invoice.insurer.slug, invoice.clinic.currency),
        )
        row.invoices += 1
        row.ages[_age((now - invoice.sent_at).days)] += invoice.owed
    return sorted(found.values(), key=lambda row: (row.currency, -row.total, row.insurer))


@dataclass(frozen=True)
class Debt:
    """What patients owe in one currency."""

    currency: str
    patients: int
    total: int


def patients_owe(*, user: User) -> list[Debt]:
    """What patients owe for visits that were charged, by currency."""
    people, sums = defaultdict(set), Counter()
    rows = Charge.objects.visible_to(user).owing().values_list("clinic__currency", "session__course__patient_id", "owed")
    for currency, patient, owed in rows:
        people[currency].add(patient)
        sums[currency] += owed
    return [Debt(currency, len(people[currency]), sums[currency]) for currency in sorted(sums)]


@dataclass(frozen=True, kw_only=True)
class Use:
    """One approval: sessions authorised, booked, attended, invoiced and paid, side by side."""

    insurer: str
    patient: str
    policy: str
    code: str
    last_day: date | None
    authorised: int
    booked: int
    attended: int
    invoiced: int
    awaited: int
    paid: int

    @property
    def not_invoiced(self) -> int:
        """Attended, and on no invoice that was sent."""
        return self.attended - self.invoiced


def uses(*, user: User, insurer: str = "") -> list[Use]:
    """What became of each approval, those with something left to do first: one query, whatever their number."""
    rows = Authorisation.objects.visible_to(user).granted()
    rows = rows.filter(policy__insurer__slug=insurer) if insurer else rows
    lines = InvoiceLine.objects.filter(charge__authorisation=OuterRef("pk"))
    counted = rows.annotate(
        booked=Count("covers", filter=Q(covers__state__in=CoverState.taking())),
        attended=Count("covers", filter=Q(covers__state=CoverState.CONSUMED)),
        invoiced=_count(lines.exclude(invoice__state=InvoiceState.DRAFTED)),
        awaited=_count(lines.filter(invoice__state__in=InvoiceState.outstanding())),
        paid=_count(lines.filter(invoice__state=InvoiceState.PAID)),
    ).select_related("policy__insurer", "policy__patient")
    found = [_use(row) for row in counted]
    return sorted(found, key=lambda use: (-use.not_invoiced, -use.awaited, use.insurer, use.patient, use.code))


@dataclass(frozen=True)
class Refusals:
    """How often invoices were refused for one reason, by which insurers, and how much was asked."""

    reason: str
    count: int
    insurers: str
    amounts: tuple[tuple[str, int], ...]


def refusals(*, user: User) -> list[Refusals]:
    """Why insurers refused invoices, the most frequent reason first; one that was paid after all still counts."""
    rows = Invoice.objects.visible_to(user).refused().with_people().with_sums()
    by_reason: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in rows:
        by_reason[invoice.refused_for].append(invoice)
    found = [_refusals(reason, invoices) for reason, invoices in by_reason.items()]
    return sorted(found, key=lambda row: (-row.count, row.reason))


def _age(days: int) -> int:
    return next(place for place, (limit, _) in enumerate(AGES) if limit is None or days <= limit)


def _count(lines: QuerySet) -> Coalesce:
    counted = lines.order_by().values("charge__authorisation").annotate(many=Count("pk")).values("many")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _use(row: Authorisation) -> Use:
    return Use(
        insurer=row.policy.insurer.name,
        patient=row.policy.patient.name,
        policy=row.policy.key,
        code=row.code,
        last_day=row.last_day,
        authorised=row.units,
        booked=row.booked,
        attended=row.attended,
        invoiced=row.invoiced,
        awaited=row.awaited,
        paid=row.paid,
    )


def _refusals(reason: str, invoices: list[Invoice]) -> Refusals:
    amounts: Counter = Counter()
    for invoice in invoices:
        amounts[invoice.clinic.currency] += invoice.total
    names = sorted({invoice.insurer.name for invoice in invoices})
    return Refusals(RefusedFor(reason).label, len(invoices), ", ".join(names), tuple(sorted(amounts.items())))
