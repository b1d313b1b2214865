"""Invoices and receipts as PDF."""

from dataclasses import dataclass
from datetime import date, datetime

from insurers.enums import Payer
from insurers.invoice_sheets import Sheet, SheetLine
from insurers.models import Funding, Payment
from insurers.money import written
from insurers.paper import Letterhead, Paper

DRAFT = "Draft invoice, not sent"


def invoice_pdf(sheet: Sheet, *, made: datetime) -> bytes:
    """An invoice as its sheet has it: one row for each visit, and the sum."""
    title = f"Invoice {sheet.number}" if sheet.number else DRAFT
    paper = Paper(title=title, head=_head(sheet.clinic, sheet.address, sheet.phone, sheet.email), made=made)
    paper.title_line(title)
    paper.facts([("To", sheet.insurer), ("Date", _day(sheet.dated)), ("Invoice number", sheet.number)])
    for patient in dict.fromkeys((line.patient, line.born, line.policy_number) for line in sheet.lines):
        _patient(paper, sheet, [line for line in sheet.lines if (line.patient, line.born, line.policy_number) == patient])
    paper.heading("To pay")
    paper.paragraph(
        f"{sheet.insurer} owes {written(sheet.total, sheet.currency)}. Please name invoice {sheet.number or 'number'} when paying."
    )
    return paper.content()


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What an insurer wants to see when a patient claims back what they paid."""

    number: str
    clinic: str
    address: str
    phone: str
    email: str
    patient: str
    born: date
    policy: str
    treatment: str
    on: date
    practitioner: str
    qualification: str
    registration: str
    amount: str
    way: str
    paid_on: date
    fee: str
    left: str
    undone: str

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values, as page and paper show them."""
        return [
            ("Receipt", self.number),
            ("Patient", f"{self.patient}, born {_birthday(self.born)}"),
            ("Policy", self.policy),
            ("Treatment", self.treatment),
            ("Date of the visit", _written(self.on)),
            ("Place", f"{self.clinic}, {self.address}"),
            ("Treated by", self.practitioner),
            ("Qualification", self.qualification),
            ("Registration", self.registration),
            ("Fee of the visit", self.fee),
            ("Amount paid", f"{self.amount}, {self.way} on {_written(self.paid_on)}"),
            ("Still to pay", self.left),
            ("Taken back", self.undone),
        ]


def receipt_of(payment: Payment, *, owed: int) -> Receipt:
    """The receipt of what a patient paid; `owed` is what the visit still lacks."""
    charge, clinic = payment.charge, payment.clinic
    person, patient = charge.practitioner, charge.patient
    return Receipt(
        number=payment.number,
        clinic=str(clinic),
        address=clinic.address,
        phone=clinic.phone,
        email=clinic.email,
        patient=patient.name,
        born=patient.date_of_birth,
        policy=_claimed_from(payment),
        treatment=f"{charge.service.name}{', missed' if charge.missed else ''}",
        on=charge.on,
        practitioner=person.name,
        qualification=", ".join(part for part in (person.profession, person.letters) if part),
        registration=", ".join(part for part in (person.register, person.registration) if part),
        amount=written(payment.amount, clinic.currency),
        way=payment.get_way_display().lower(),
        paid_on=payment.paid_on,
        fee=written(charge.fee, clinic.currency),
        left=written(owed, clinic.currency) if owed > 0 else "",
        undone=payment.undone_because,
    )


def receipt_pdf(receipt: Receipt, *, made: datetime) -> bytes:
    """A receipt to claim back with."""
    title = f"Receipt {receipt.number}"
    paper = Paper(title=title, head=_head(receipt.clinic, receipt.address, receipt.phone, receipt.email), made=made)
    paper.title_line(title)
    paper.facts(receipt.facts[1:])
    return paper.content()


def _patient(paper: Paper, sheet: Sheet, lines: list[SheetLine]) -> None:
    first = lines[0]
    paper.heading(first.patient)
    treated_by = dict.fromkeys(
        f"{line.practitioner}, {line.letters} ({line.register} {line.registration})".replace(", (", " (") for line in lines
    )
    codes = dict.fromkeys(line.code for line in lines if line.code)
    paper.facts(
        [
            ("Born", _birthday(date.fromisoformat(first.born))),
            ("Policy number", first.policy_number),
            ("Authorisation", ", ".join(codes)),
            ("Treated by", "\n".join(treated_by)),
        ]
    )
    rows = [_row(line, sheet.currency) for line in lines]
    total = ("Together", "", "", "", written(sum(line.amount for line in lines), sheet.currency))
    paper.sheet(
        ("Date", "Treatment", "Fee", "Patient’s part", "To pay"),
        [*rows, total],
        widths=(32, 62, 24, 28, 24),
        right=(2, 3, 4),
        strong_last=True,
    )


def _row(line: SheetLine, currency: str) -> tuple[str, ...]:
    return (
        _written(line.day),
        line.treatment,
        written(line.fee, currency),
        written(line.patient_part, currency) if line.patient_part else "–",
        written(line.amount, currency),
    )


def _claimed_from(payment: Payment) -> str:
    """The policy from which the patient claims back, where they said so."""
    funding = Funding.objects.filter(course=payment.charge.session.course_id, payer=Payer.RECLAIM).select_related("policy__insurer").first()
    return f"{funding.policy.insurer.name}, {funding.policy.number}" if funding else ""


def _head(clinic: str, address: str, phone: str, email: str) -> Letterhead:
    return Letterhead(name=clinic, address=address, phone=phone, email=email)


def _day(on: str) -> str:
    return _written(date.fromisoformat(on))


def _written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _birthday(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
