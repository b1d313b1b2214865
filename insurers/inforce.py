"""The directory as it stands in the table: the files as they came, with what people have changed and added."""

from collections.abc import Iterable

from insurers.directory import Directory, Entry, InvoiceRule, NumberFormat, directory
from insurers.models import Insurer

KINDS = {"policy": "policy", "member": "member", "authorisation": "code"}


def directory_in_force() -> Directory:
    """Every insurer that can be chosen, with its numbers and rules as they are kept now: one question to the database."""
    return directory_of(Insurer.objects.listed())


def directory_of(rows: Iterable[Insurer]) -> Directory:
    """The directory of these insurers alone."""
    rows = list(rows)
    return Directory(
        insurers={row.slug: _entry(row) for row in rows},
        formats=tuple(_formats(rows)),
        invoices={row.slug: _rule(row) for row in rows},
    )


def _entry(row: Insurer) -> Entry:
    return Entry(
        slug=row.slug,
        name=row.name,
        current_name=row.name.partition(" (")[0],
        other_names=tuple(part for part in row.other_names.split(", ") if part),
        former_names=tuple(part for part in row.former_names.split(", ") if part),
        group=row.group,
        kind=row.kind,
        claim_model=row.claim_model,
        pre_authorisation=row.pre_authorisation,
        referral=row.referral,
        acupuncture=row.acupuncture,
        limits=row.limits,
        excess=row.excess,
        excess_collector=row.excess_collector,
        invoices=row.invoices,
        requirements=row.requirements,
        source=row.source,
        evidence="",
        verified=row.verified,
        checked=row.checked_on.isoformat() if row.checked_on else "",
    )


def _formats(rows: Iterable[Insurer]) -> Iterable[NumberFormat]:
    """The shapes of each insurer's numbers; what one is often mistaken for comes from the files."""
    mistaken = {(slug, each.kind): each.confused for each in directory().formats for slug in each.insurers}
    for row in rows:
        for kind, prefix in KINDS.items():
            shapes = tuple(part.strip() for part in getattr(row, f"{prefix}_shapes").split(",") if part.strip())
            label = getattr(row, f"{prefix}_label")
            if shapes and label:
                yield NumberFormat(insurers=(row.slug,), kind=kind, label=label, shapes=shapes, confused=mistaken.get((row.slug, kind), ()))


def _rule(row: Insurer) -> InvoiceRule:
    return InvoiceRule(
        insurers=(row.slug,),
        within_months=row.invoice_months,
        number_length=row.invoice_number_length,
        number_unique=row.invoice_number_unique,
        chase_after_days=row.chase_after_days,
        one_a_day=row.one_a_day,
        approval_first=row.approval_first,
        sent_by=row.invoice_by,
        source=row.rules_source,
        verified=row.rules_verified,
    )
