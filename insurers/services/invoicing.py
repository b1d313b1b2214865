"""Invoices from draft to settled: each step is taken once, whoever presses at the same time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.locks import limit_waiting
from clinic.models import User
from insurers.charging import Given
from insurers.enums import Grouping, InvoiceState, RefusedFor, Series
from insurers.invoice_checks import Problem
from insurers.invoice_sheets import chase_day_of, kept, problems_of, sheet_of
from insurers.models import Authorisation, Charge, Cover, Invoice, InvoiceLine
from insurers.money import written
from insurers.services.fees import charge_visits
from insurers.services.numbering import next_number

STEPS = {
    InvoiceState.DRAFTED: (InvoiceState.SENT,),
    InvoiceState.SENT: (InvoiceState.PART_PAID, InvoiceState.PAID, InvoiceState.REFUSED, InvoiceState.WRITTEN_OFF),
    InvoiceState.PART_PAID: (InvoiceState.SENT, InvoiceState.PAID, InvoiceState.WRITTEN_OFF),
    InvoiceState.PAID: (InvoiceState.SENT, InvoiceState.PART_PAID),
    InvoiceState.REFUSED: (InvoiceState.SENT, InvoiceState.PART_PAID, InvoiceState.PAID, InvoiceState.WRITTEN_OFF),
    InvoiceState.WRITTEN_OFF: (),
}


class InvoiceChanged(ValueError):
    """Somebody else has moved the invoice on meanwhile."""

    def __init__(self, invoice: Invoice):
        super().__init__(f"{_name(invoice)} is {InvoiceState(invoice.state).label.lower()} by now. Look at it again.")
        self.invoice = invoice


class NotReady(ValueError):
    """Something on the invoice is missing or looks wrong."""

    def __init__(self, problems: list[Problem]):
        super().__init__(" ".join(problem.words for problem in problems))
        self.problems = problems


class TooEarlyToChase(ValueError):
    """The insurer asks not to be chased yet."""


class WrongShares(ValueError):
    """What patients are to take over isn't what the insurer left."""


@transaction.atomic
def draft_invoices(*, visits: Iterable[Given], by: User, now: datetime) -> list[Invoice]:
    """Charge these visits, and put what insurers owe for them on drafts, as each insurer wants them together; each visit once."""
    charges = charge_visits(visits=visits, now=now)
    wanted = Charge.objects.of_visits(charges).to_bill().with_people().by_date()
    grouped = defaultdict(list)
    for charge in wanted:
        grouped[_group(charge)].append(charge)
    drafts = [_draft(group, now) for group in grouped]
    lines = [
        InvoiceLine(invoice=draft, charge=charge, amount=charge.insurer_part)
        for draft, found in zip(drafts, grouped.values(), strict=True)
        for charge in found
    ]
    InvoiceLine.objects.bulk_create(lines)
    audit.record_all(by, "invoice.draft", drafts)
    return drafts


@transaction.atomic
def discard_draft(*, invoice: Invoice, by: User) -> None:
    """Drop a draft: its visits can be drafted anew, by the policy and the fees as they are then."""
    found = _locked(invoice, InvoiceState.DRAFTED)
    charges = list(found.lines.values_list("charge", flat=True))
    audit.record(by, "invoice.discard", found)
    found.delete()
    Charge.objects.filter(pk__in=charges, payments=None).delete()


@transaction.atomic
def send_invoice(*, invoice: Invoice, by: User, now: datetime, doubts_seen: bool = False) -> Invoice:
    """Give a draft its number and keep its words as they go out, or send a refused one again, put right, under the number it has."""
    found = _locked(invoice, InvoiceState.DRAFTED, InvoiceState.REFUSED)
    _renew_codes(found)
    today = now.astimezone(found.clinic.tz).date()
    if found.lines.exclude(shortfall=0).exists():
        raise WrongShares("Patients owe what this invoice asked for by now, so it can’t go to the insurer again.")
    number = found.number or next_number(found.clinic, Series.INVOICE)
    problems = problems_of(found, today=today, number=number)
    if any(problem.stops or not doubts_seen for problem in problems):
        raise NotReady(problems)
    _move(found, InvoiceState.SENT, number=number, sent_at=now, sheet=kept(sheet_of(found, today=today, number=number)))
    audit.record(by, "invoice.send", found, number=number)
    return found


@transaction.atomic
def refuse_invoice(*, invoice: Invoice, refused_for: RefusedFor, because: str, by: User) -> Invoice:
    """Note that the insurer pays nothing, and why."""
    found = _locked(invoice, InvoiceState.SENT)
    _move(found, InvoiceState.REFUSED, refused_for=refused_for, because=because)
    audit.record(by, "invoice.refuse", found, reason=refused_for)
    return found


@transaction.atomic
def write_off(*, invoice: Invoice, because: str, by: User) -> Invoice:
    """Give up what is still owed, with a reason."""
    found = _locked(invoice, InvoiceState.SENT, InvoiceState.PART_PAID, InvoiceState.REFUSED)
    _move(found, InvoiceState.WRITTEN_OFF, because=because)
    audit.record(by, "invoice.write_off", found)
    return found


@transaction.atomic
def chase_invoice(*, invoice: Invoice, by: User, now: datetime) -> Invoice:
    """Note that the insurer was asked where the money is; not before the day from which it wants to be asked."""
    found = _locked(invoice, *InvoiceState.outstanding())
    first = chase_day_of(found)
    if now.astimezone(found.clinic.tz).date() < first:
        raise TooEarlyToChase(f"{found.insurer.name} asks not to be chased before {first:%a} {first.day} {first:%b %Y}.")
    Invoice.objects.filter(pk=found.pk).update(chased_at=now)
    audit.record(by, "invoice.chase", found)
    return found


@transaction.atomic
def pass_shortfall(*, invoice: Invoice, shares: Mapping[str, int], by: User) -> Invoice:
    """Let patients owe what the insurer left unpaid: so much of each line, by its key; together no more than is owed."""
    found = _locked(invoice, InvoiceState.PART_PAID, InvoiceState.REFUSED)
    lines = {line.key: line for line in found.lines.all()}
    owed = owed_on(found)
    total = sum(shares.values())
    if not 0 < total <= owed or set(shares) - set(lines):
        raise WrongShares(f"Together this has to be between {written(1, _currency(found))} and {written(owed, _currency(found))}.")
    for key, share in shares.items():
        lines[key].shortfall += share
        if share < 0 or lines[key].shortfall > lines[key].amount:
            raise WrongShares("Nobody can owe more than was asked for their visit.")
    InvoiceLine.objects.bulk_update(lines.values(), ["shortfall"])
    if found.state == InvoiceState.PART_PAID and total == owed:
        _move(found, InvoiceState.PAID)
    audit.record(by, "invoice.shortfall", found, amount=total)
    return found


def lock_invoice(invoice: Invoice) -> Invoice:
    """The invoice as it stands, and nobody else's until the transaction ends."""
    limit_waiting()
    return Invoice.objects.with_people().select_for_update(no_key=True, of=["self"]).get(pk=invoice.pk)


def owed_on(invoice: Invoice) -> int:
    """What the insurer still owes."""
    return Invoice.objects.with_sums().get(pk=invoice.pk).owed


def settle_state(invoice: Invoice) -> None:
    """Bring the state of a locked invoice in line with what was paid."""
    found = Invoice.objects.with_sums().get(pk=invoice.pk)
    if found.owed <= 0:
        _move(invoice, InvoiceState.PAID)
    else:
        _move(invoice, InvoiceState.PART_PAID if found.paid else InvoiceState.SENT)


def _locked(invoice: Invoice, *states: InvoiceState) -> Invoice:
    found = lock_or_changed(invoice)
    if found.state not in states:
        raise InvoiceChanged(found)
    return found


def lock_or_changed(invoice: Invoice) -> Invoice:
    """As `lock_invoice`; one that somebody has dropped meanwhile has changed."""
    try:
        return lock_invoice(invoice)
    except Invoice.DoesNotExist:
        raise InvoiceDropped from None


class InvoiceDropped(ValueError):
    """Somebody else has dropped the draft meanwhile."""

    def __init__(self):
        super().__init__("Somebody has dropped this draft meanwhile. Its visits wait for a new one.")


def _move(invoice: Invoice, to: InvoiceState, **changes: object) -> None:
    """Change the state once: from where it was seen, and only by a step that exists."""
    was = InvoiceState(invoice.state)
    if was == to and not changes:
        return
    moved = to in STEPS[was] and Invoice.objects.filter(pk=invoice.pk, state=was).update(state=to, **changes)
    if not moved:
        raise InvoiceChanged(invoice)
    invoice.state = to
    for name, value in changes.items():
        setattr(invoice, name, value)


def _group(charge: Charge) -> tuple[object, ...]:
    """Which visits go on one invoice, as the insurer wants it; no group crosses clinics."""
    insurer = charge.policy.insurer
    per = {
        Grouping.VISIT: charge.pk,
        Grouping.PATIENT: charge.session.course.patient_id,
        Grouping.INSURER: None,
    }[insurer.invoice_grouping]
    patient = None if insurer.invoice_grouping == Grouping.INSURER else charge.session.course.patient
    return charge.clinic, insurer, patient, per


def _draft(group: tuple[object, ...], now: datetime) -> Invoice:
    clinic, insurer, patient, _ = group
    return Invoice.objects.create(clinic=clinic, insurer=insurer, patient=patient, drafted_at=now)


def _renew_codes(invoice: Invoice) -> None:
    """A code that was recorded after the visit was charged belongs on the invoice."""
    charges = Charge.objects.filter(line__invoice=invoice, authorisation=None)
    codes = dict(Cover.objects.of_keys(charges.values_list("visit", flat=True)).values_list("key", "authorisation_id"))
    for charge in charges:
        if code := codes.get(charge.visit):
            charge.authorisation = Authorisation(pk=code)
            charge.save(update_fields=["authorisation"])


def _name(invoice: Invoice) -> str:
    return f"Invoice {invoice.number}" if invoice.number else "This draft"


def _currency(invoice: Invoice) -> str:
    return invoice.clinic.currency
