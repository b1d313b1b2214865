"""What stands on an invoice: read from the rows while it is a draft, and from its own sheet once it was sent."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date

from insurers.inforce import directory_in_force
from insurers.invoice_checks import Asks, BilledVisit, Problem, chase_from, deadline, invoice_problems
from insurers.models import Insurer, Invoice, InvoiceLine
from insurers.numbers import coming_number


@dataclass(frozen=True, kw_only=True)
class SheetLine:
    """One visit as it is printed; `on` and `born` are dates in their international writing."""

    on: str
    patient: str
    born: str
    policy_number: str
    code: str
    treatment: str
    practitioner: str
    letters: str
    register: str
    registration: str
    fee: int
    patient_part: int
    amount: int

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A whole invoice as it is printed."""

    number: str
    insurer: str
    currency: str
    clinic: str
    address: str
    phone: str
    email: str
    dated: str
    lines: tuple[SheetLine, ...]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


def asks_of(insurer: Insurer) -> Asks:
    """What the directory knows of how this insurer wants its invoices."""
    return Asks(
        slug=insurer.slug,
        approval=insurer.pre_authorisation.startswith("required") or insurer.approval_first,
        within_months=insurer.invoice_months,
        number_length=insurer.invoice_number_length,
        one_a_day=insurer.one_a_day,
        chase_after_days=insurer.chase_after_days,
    )


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """The visits of an invoice, by date, with everything that is printed of them."""
    people = ("charge__session__course__patient", "charge__policy", "charge__authorisation", "charge__service", "charge__practitioner")
    return list(invoice.lines.select_related(*people))


def sheet_of(invoice: Invoice, *, today: date, number: str = "") -> Sheet:
    """What the invoice says: as it was sent, or as it would be sent today."""
    if invoice.sheet and not number:
        kept = invoice.sheet | {"lines": tuple(SheetLine(**line) for line in invoice.sheet["lines"])}
        return Sheet(**kept)
    clinic = invoice.clinic
    return Sheet(
        number=number,
        insurer=invoice.insurer.name,
        currency=clinic.currency,
        clinic=str(clinic),
        address=clinic.address,
        phone=clinic.phone,
        email=clinic.email,
        dated=today.isoformat(),
        lines=tuple(_line(line) for line in lines_of(invoice)),
    )


def kept(sheet: Sheet) -> dict[str, object]:
    """A sheet as the invoice keeps it."""
    plain = {field.name: getattr(sheet, field.name) for field in fields(sheet)}
    return plain | {"lines": [asdict(line) for line in sheet.lines]}


def problems_of(invoice: Invoice, *, today: date, number: str = "") -> list[Problem]:
    """What would make the insurer send this invoice back, if it went today."""
    sheet = sheet_of(invoice, today=today, number=number or invoice.number or coming_number(invoice.clinic))
    used = Invoice.objects.other_numbers(invoice)
    return invoice_problems(
        asks_of(invoice.insurer),
        number=sheet.number,
        visits=_visits(sheet.lines),
        today=today,
        used_numbers=frozenset(used),
        book=directory_in_force(),
    )


def deadline_of(invoice: Invoice) -> date | None:
    """The last day on which this invoice may be sent; needs the invoice's `first_visit`."""
    return deadline(asks_of(invoice.insurer), invoice.first_visit) if invoice.first_visit else None


def chase_day_of(invoice: Invoice) -> date | None:
    """The first day on which its insurer may be asked about this invoice; None before it was sent."""
    return chase_from(asks_of(invoice.insurer), invoice.sent_at.astimezone(invoice.clinic.tz).date()) if invoice.sent_at else None


def _line(line: InvoiceLine) -> SheetLine:
    charge = line.charge
    person, patient = charge.practitioner, charge.session.course.patient
    return SheetLine(
        on=charge.on.isoformat(),
        patient=patient.name,
        born=patient.date_of_birth.isoformat(),
        policy_number=charge.policy.number,
        code=charge.authorisation.code if charge.authorisation else "",
        treatment=charge.service.name,
        practitioner=person.name,
        letters=person.letters,
        register=person.register,
        registration=person.registration,
        fee=charge.fee,
        patient_part=charge.fee - line.amount,
        amount=line.amount,
    )


def _visits(lines: Iterable[SheetLine]) -> list[BilledVisit]:
    return [
        BilledVisit(
            on=line.day,
            patient=line.patient,
            policy_number=line.policy_number,
            code=line.code,
            practitioner=line.practitioner,
            registration=line.registration,
        )
        for line in lines
    ]
