"""What patients pay at the desk, and the receipts they take with them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from bookings.billing import Bill, bill_of, desk_bills, payable
from bookings.models import Appointment
from bookings.services.billing import pay_at_desk
from clinic.access import may
from insurers.invoice_papers import Receipt, receipt_of, receipt_pdf
from insurers.models import Charge, Payment
from insurers.money import plain
from insurers.services.invoicing import InvoiceChanged
from insurers.services.payments import TooMuch, undo_payment
from web.billing.forms import DeskForm, LookForm, ReasonForm
from web.files import pdf_response
from web.guard import allow
from web.sheets import csv_response

A_PAGE = 50
HEAD = ["Visit", "Patient", "Service", "Clinic", "Currency", "Fee", "Patient's part", "Paid", "Owed"]


@allow("payment.take")
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead everybody to their part of it."""
    return redirect("billing:invoices" if may(request.user, "billing.manage") else "billing:desk")


@allow("payment.take")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Today's visits with what their patients owe, then what is open from before."""
    words = LookForm(request.GET).wanted["q"]
    bills = desk_bills(user=request.user, now=request.now, words=words)
    page = Paginator([bill for bill in bills if not bill.is_today], A_PAGE).get_page(request.GET.get("page"))
    shown = {"today": [bill for bill in bills if bill.is_today], "page": page, "earlier": page.object_list, "words": words}
    return render(request, "billing/desk.html", shown)


@allow("payment.take")
@require_safe
def board_csv(request: HttpRequest) -> HttpResponse:
    """What patients owe, as a file."""
    bills = desk_bills(user=request.user, now=request.now, words=LookForm(request.GET).wanted["q"])
    return csv_response("patients-owe", HEAD, [_csv_row(bill) for bill in bills if bill.owed])


def _csv_row(bill: Bill) -> list[object]:
    appointment, currency = bill.appointment, bill.appointment.clinic.currency
    known = [bill.on, appointment.patient.name, appointment.service.name, appointment.clinic.place, currency]
    return [*known, *(plain(amount, currency) for amount in (bill.charge.fee, bill.due, bill.paid, bill.owed))]


@allow("payment.take")
def pay(request: HttpRequest, key: str) -> HttpResponse:
    """One visit: its fee in its parts, what was paid, and taking what is open."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).with_people(), key=key)
    if not payable().keyed([key]).exists():
        raise Http404  # nobody owes anything for a visit that hasn't happened
    request.clinic = found.clinic
    bill = bill_of(found, now=request.now)
    form = DeskForm(request.POST or None, currency=found.clinic.currency, owed=bill.owed)
    if form.is_valid():
        try:
            payment = pay_at_desk(appointment=found, by=request.user, now=request.now, **form.cleaned_data)
        except TooMuch as refused:
            form.add_error("amount", str(refused))
        else:
            messages.success(request, f"Noted. Receipt {payment.number} is ready.")
            return redirect("billing:receipt", payment.key)
    payments = Payment.objects.visible_to(request.user).of_visit(key)
    return render(request, "billing/pay.html", {"bill": bill, "appointment": found, "form": form, "payments": payments})


@allow("payment.take")
@require_safe
def receipt(request: HttpRequest, key: str) -> HttpResponse:
    """What was paid, as an insurer wants to read it."""
    payment = _payment(request, key)
    return render(request, "billing/receipt.html", {"payment": payment, "receipt": _receipt(payment)})


@allow("payment.take")
@require_safe
def receipt_paper(request: HttpRequest, key: str) -> HttpResponse:
    """The receipt as PDF."""
    payment = _payment(request, key)
    return pdf_response(f"receipt-{payment.number}", receipt_pdf(_receipt(payment), made=payment.taken_at))


def _payment(request: HttpRequest, key: str) -> Payment:
    found = get_object_or_404(Payment.objects.visible_to(request.user).from_patients().with_people(), key=key)
    request.clinic = found.clinic
    return found


def _receipt(payment: Payment) -> Receipt:
    owed = Charge.objects.with_sums().get(pk=payment.charge_id).owed
    return receipt_of(payment, owed=owed)


@allow("billing.manage")
def take_back(request: HttpRequest, key: str) -> HttpResponse:
    """Take back a payment that was noted by mistake, or paid out again, with a reason."""
    found = get_object_or_404(Payment.objects.visible_to(request.user).standing().with_people().select_related("invoice__clinic"), key=key)
    request.clinic = found.clinic
    back = found.charge.visit if found.charge_id else found.invoice.key
    form = ReasonForm(request.POST or None, asks="Why it is taken back")
    if form.is_valid():
        try:
            undo_payment(payment=found, by=request.user, now=request.now, because=form.cleaned_data["because"])
        except InvoiceChanged as changed:
            messages.warning(request, str(changed))
        else:
            messages.success(request, "The payment is taken back. It stays on file with your reason.")
        return redirect("billing:pay" if found.charge_id else "billing:invoice", back)
    return render(request, "billing/take_back.html", {"payment": found, "form": form, "back": back})
