"""What is outstanding, what became of each approval, and why insurers refuse."""

from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from insurers.money import plain
from insurers.reports import AGES, outstanding, patients_owe, refusals, uses
from web.guard import allow
from web.sheets import csv_response

A_PAGE = 50
AGE_WORDS = [words for _, words in AGES]


@allow("billing.manage")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All reports on one page."""
    of_approvals = Paginator(uses(user=request.user), A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "ages": AGE_WORDS,
        "outstanding": outstanding(user=request.user, now=request.now),
        "debts": patients_owe(user=request.user),
        "page": of_approvals,
        "refusals": refusals(user=request.user),
    }
    return render(request, "billing/reports.html", shown)


@allow("billing.manage")
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """One of the reports as a file."""
    which = request.GET.get("which", "outstanding")
    if which not in FILES:
        raise Http404
    head, rows = FILES[which]
    return csv_response(which, head, rows(request))


def _outstanding(request: HttpRequest) -> list[list[object]]:
    found = outstanding(user=request.user, now=request.now)
    return [
        [row.insurer, row.currency, row.invoices, *(plain(age, row.currency) for age in row.ages), plain(row.total, row.currency)]
        for row in found
    ]


def _approvals(request: HttpRequest) -> list[list[object]]:
    return [
        [use.insurer, use.patient, use.code, use.last_day, use.authorised, use.booked, use.attended, use.invoiced, use.paid]
        for use in uses(user=request.user)
    ]


def _refusals(request: HttpRequest) -> list[list[object]]:
    found = refusals(user=request.user)
    return [[row.reason, row.count, row.insurers, currency, plain(amount, currency)] for row in found for currency, amount in row.amounts]


FILES: dict[str, tuple[list[str], Callable[[HttpRequest], list[list[object]]]]] = {
    "outstanding": (["Insurer", "Currency", "Invoices", *AGE_WORDS, "Together"], _outstanding),
    "approvals": (["Insurer", "Patient", "Code", "Last day", "Authorised", "Booked", "Attended", "Invoiced", "Paid"], _approvals),
    "refusals": (["Reason", "Invoices", "Insurers", "Currency", "Asked"], _refusals),
}
