"""Invoices: drafted, checked, sent, paid or not."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bookings.billing import unbilled
from bookings.services.billing import draft_unbilled
from insurers.billing_querysets import InvoiceQuerySet
from insurers.enums import InvoiceState
from insurers.invoice_papers import invoice_pdf
from insurers.invoice_sheets import Sheet, SheetLine, problems_of, sheet_of
from insurers.invoice_sheets import lines_of as sheet_rows
from insurers.models import Invoice, Payment
from insurers.money import plain
from insurers.services.invoicing import (
    InvoiceChanged,
    InvoiceDropped,
    NotReady,
    TooEarlyToChase,
    WrongShares,
    chase_invoice,
    discard_draft,
    pass_shortfall,
    refuse_invoice,
    send_invoice,
    write_off,
)
from insurers.services.payments import TooMuch, record_insurer_payment
from web.billing.forms import STATES, InsurerPaidForm, LookForm, ReasonForm, RefusedForm, SendForm, ShortfallForm
from web.billing.words import Line, counted, first_deadline, lines_of
from web.files import pdf_response
from web.forms import HouseForm
from web.guard import allow
from web.sheets import csv_response

A_PAGE = 50
HEAD = [
    "Number",
    "State",
    "Insurer",
    "Patient",
    "Clinic",
    "First visit",
    "Sent on",
    "Currency",
    "Asked",
    "Paid",
    "Left to patients",
    "Owed",
]
LINES_HEAD = [
    *("Invoice", "Date", "Patient", "Born", "Policy number", "Authorisation", "Treatment", "Practitioner"),
    *("Register", "Registration", "Currency", "Fee", "Patient's part", "To pay"),
]


@allow("billing.manage")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Visits that wait for an invoice, then every invoice with what is owed on it."""
    wanted = LookForm(request.GET).wanted
    mine = Invoice.objects.visible_to(request.user)
    page = Paginator(_found(mine, wanted).newest_first(), A_PAGE).get_page(request.GET.get("page"))
    waiting = unbilled(user=request.user)
    shown = {
        "page": page,
        "lines": lines_of(page, request.now),
        "wanted": wanted,
        "tabs": _tabs(mine, wanted),
        "insurers": mine.insurers(),
        "waiting": len(waiting),
        "waiting_since": waiting[0].on if waiting else None,
        "first_deadline": first_deadline(waiting),
        "pages_query": urlencode(wanted),
    }
    return render(request, "billing/invoices.html", shown)


def _found(mine: InvoiceQuerySet, wanted: dict[str, str]) -> InvoiceQuerySet:
    found = mine.in_state(wanted["state"]).to_insurer(wanted["insurer"]).find(wanted["q"])
    return mine.among(found).with_people().with_sums()


def _tabs(mine: InvoiceQuerySet, wanted: dict[str, str]) -> list[tuple[str, str, int]]:
    many = mine.to_insurer(wanted["insurer"]).find(wanted["q"]).count_states()
    return [(state, words, many[state] if state else sum(many.values())) for state, words in STATES]


@allow("billing.manage")
@require_safe
def board_csv(request: HttpRequest) -> HttpResponse:
    """The invoices that are looked for, as a file."""
    found = _found(Invoice.objects.visible_to(request.user), LookForm(request.GET).wanted).newest_first()
    return csv_response("invoices", HEAD, [_csv_row(Line(invoice, request.now)) for invoice in found])


def _csv_row(line: Line) -> list[object]:
    invoice, currency = line.invoice, line.invoice.clinic.currency
    sent = invoice.sent_at.astimezone(invoice.clinic.tz).date() if invoice.sent_at else ""
    known = [line.name, line.look[1], invoice.insurer.name, line.whose, invoice.clinic.place, invoice.first_visit, sent, currency]
    return [*known, *(plain(amount, currency) for amount in (invoice.total, invoice.paid, invoice.shortfall, invoice.owed))]


@allow("billing.manage")
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Draft invoices for every visit that waits for one."""
    made = draft_unbilled(by=request.user, now=request.now)
    if made:
        messages.success(request, f"{counted(len(made), 'invoice')} drafted. Nothing has been sent yet.")
    else:
        messages.success(request, "No visit waits for an invoice.")
    return redirect("billing:invoices")


@allow("billing.manage")
@require_safe
def see(request: HttpRequest, key: str) -> HttpResponse:
    """One invoice: what it says, what is wrong with it, and what can be done."""
    return _show(request, _find(request, key))


def _find(request: HttpRequest, key: str) -> Invoice:
    found = get_object_or_404(Invoice.objects.visible_to(request.user).with_people().with_sums(), key=key)
    request.clinic = found.clinic
    return found


def _show(request: HttpRequest, found: Invoice, deed: str = "", form: HouseForm | None = None) -> HttpResponse:
    line, rows = Line(found, request.now), sheet_rows(found)
    forms = _forms(found, line, rows) | ({deed: form} if form is not None else {})
    goes = found.state in (InvoiceState.DRAFTED, InvoiceState.REFUSED) and not found.shortfall
    shown = {
        "invoice": found,
        "line": line,
        "sheet": sheet_of(found, today=line.today),
        "problems": problems_of(found, today=line.today) if goes else [],
        "payments": Payment.objects.visible_to(request.user).of_invoice(found),
        "forms": forms,
        "form": form,
        "opened": deed,
        "may_chase": line.may_chase,
    }
    return render(request, "billing/invoice.html", shown)


def _forms(found: Invoice, line: Line, rows: list) -> dict[str, HouseForm]:
    """The deeds that the invoice's state leaves open, each with its form."""
    currency, open_sum = found.clinic.currency, found.owed > 0
    makers: dict[str, tuple[bool, Callable[..., HouseForm]]] = {
        "send": (found.state in (InvoiceState.DRAFTED, InvoiceState.REFUSED) and not found.shortfall, SendForm),
        "paid": (
            found.state in (*InvoiceState.outstanding(), InvoiceState.REFUSED) and open_sum,
            lambda **ids: InsurerPaidForm(currency=currency, owed=found.owed, today=line.today, **ids),
        ),
        "refused": (found.state == InvoiceState.SENT, RefusedForm),
        "shortfall": (
            found.state in (InvoiceState.PART_PAID, InvoiceState.REFUSED) and open_sum,
            lambda **ids: ShortfallForm(lines=rows, paid=found.paid, currency=currency, **ids),
        ),
        "written_off": (
            found.state in (InvoiceState.SENT, InvoiceState.PART_PAID, InvoiceState.REFUSED) and open_sum,
            lambda **ids: ReasonForm(asks="Why it is given up", **ids),
        ),
    }
    return {deed: make(**ids(deed)) for deed, (is_open, make) in makers.items() if is_open}


def ids(deed: str) -> dict[str, str]:
    """Several forms stand on one page: each names its fields after its deed."""
    return {"auto_id": f"{deed}_%s"}


def _act(request: HttpRequest, found: Invoice, deed: str, form: HouseForm, act: Callable[[dict], object], words: str) -> HttpResponse:
    """Do what the form says, or show it again with what is wrong."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except InvoiceDropped as dropped:
            messages.warning(request, str(dropped))
            return redirect("billing:invoices")
        except InvoiceChanged as changed:
            messages.warning(request, str(changed))
            return redirect("billing:invoice", found.key)
        except NotReady as lacking:
            say_what_is_needed(form, lacking)
        except (TooMuch, WrongShares) as refused:
            form.add_error("amount" if "amount" in form.fields else None, str(refused))
        else:
            messages.success(request, words)
            return redirect("billing:invoice", found.key)
    return _show(request, _find(request, found.key), deed, form)


def say_what_is_needed(form: HouseForm, lacking: NotReady) -> None:
    """What stops the invoice, a line each; where nothing stops it, that somebody should look."""
    needed = [problem.words for problem in lacking.problems if problem.stops]
    for words in needed or ["Look at what is said under “Before this goes out”. If it is right all the same, tick that you have looked."]:
        form.add_error(None if needed else "doubts_seen", words)


@allow("billing.manage")
@require_safe
def paper(request: HttpRequest, key: str) -> HttpResponse:
    """The invoice as PDF: as it was sent, or as it would be."""
    found = _find(request, key)
    sheet = sheet_of(found, today=Line(found, request.now).today)
    return pdf_response(f"invoice-{found.number or 'draft'}", invoice_pdf(sheet, made=found.sent_at or request.now))


@allow("billing.manage")
@require_safe
def lines_csv(request: HttpRequest, key: str) -> HttpResponse:
    """The invoice's visits as a file, for whoever types or loads them elsewhere."""
    found = _find(request, key)
    sheet = sheet_of(found, today=Line(found, request.now).today)
    rows = [_line_row(sheet, row) for row in sheet.lines]
    return csv_response(f"invoice-{found.number or 'draft'}", LINES_HEAD, rows)


def _line_row(sheet: Sheet, row: SheetLine) -> list[object]:
    known = [sheet.number, row.on, row.patient, row.born, row.policy_number, row.code, row.treatment, row.practitioner]
    amounts = [plain(amount, sheet.currency) for amount in (row.fee, row.patient_part, row.amount)]
    return [*known, row.register, row.registration, sheet.currency, *amounts]


@allow("billing.manage")
@require_POST
def send(request: HttpRequest, key: str) -> HttpResponse:
    """Give the draft its number, and keep it as it goes out."""
    found = _find(request, key)
    form = SendForm(request.POST, **ids("send"))
    return _act(
        request,
        found,
        "send",
        form,
        lambda said: send_invoice(invoice=found, by=request.user, now=request.now, doubts_seen=said["doubts_seen"]),
        f"Noted as sent. The PDF below is what {found.insurer.name} gets.",
    )


@allow("billing.manage")
@require_POST
def paid(request: HttpRequest, key: str) -> HttpResponse:
    """Note what the insurer paid."""
    found = _find(request, key)
    today = Line(found, request.now).today
    form = InsurerPaidForm(request.POST, currency=found.clinic.currency, owed=found.owed, today=today, **ids("paid"))
    return _act(
        request,
        found,
        "paid",
        form,
        lambda said: record_insurer_payment(invoice=found, by=request.user, now=request.now, **said),
        "The payment is noted.",
    )


@allow("billing.manage")
@require_POST
def refused(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer pays nothing, and why."""
    found = _find(request, key)
    form = RefusedForm(request.POST, **ids("refused"))
    return _act(
        request,
        found,
        "refused",
        form,
        lambda said: refuse_invoice(invoice=found, by=request.user, **said),
        "Noted. Put it right and send it again, or let the patient pay.",
    )


@allow("billing.manage")
@require_POST
def shortfall(request: HttpRequest, key: str) -> HttpResponse:
    """Let patients owe what the insurer left unpaid."""
    found = _find(request, key)
    form = ShortfallForm(request.POST, lines=sheet_rows(found), paid=found.paid, currency=found.clinic.currency, **ids("shortfall"))
    return _act(
        request,
        found,
        "shortfall",
        form,
        lambda said: pass_shortfall(invoice=found, shares=form.shares, by=request.user),
        "The patient owes it now; it stands at the desk.",
    )


@allow("billing.manage")
@require_POST
def written_off(request: HttpRequest, key: str) -> HttpResponse:
    """Give up what is owed, with a reason."""
    found = _find(request, key)
    form = ReasonForm(request.POST, asks="Why it is given up", **ids("written_off"))
    return _act(request, found, "written_off", form, lambda said: write_off(invoice=found, by=request.user, **said), "Written off.")


@allow("billing.manage")
@require_POST
def chased(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer was asked where the money is."""
    found = _find(request, key)
    try:
        chase_invoice(invoice=found, by=request.user, now=request.now)
    except (InvoiceChanged, TooEarlyToChase) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, f"Noted: {found.insurer.name} was asked about {found.number}.")
    return redirect("billing:invoice", key)


@allow("billing.manage")
@require_POST
def drop(request: HttpRequest, key: str) -> HttpResponse:
    """Drop a draft; its visits wait for a new one."""
    found = _find(request, key)
    visits = counted(len(sheet_rows(found)), "visit")
    try:
        discard_draft(invoice=found, by=request.user)
    except (InvoiceChanged, InvoiceDropped) as changed:
        messages.warning(request, str(changed))
    else:
        messages.success(request, f"The draft is dropped. {visits} can be drafted again.")
    return redirect("billing:invoices")
