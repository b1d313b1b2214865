"""What visits cost: the price list, and the fees agreed with insurers."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clinic.models import Clinic
from insurers.models import FeeAgreement
from insurers.services.fees import FeeOverlaps, agree_fee, end_fee
from treatments.models import Service
from web.billing.forms import FeeForm
from web.billing.words import day_words
from web.guard import allow


@dataclass(frozen=True)
class Priced:
    """One service with the fees agreed for it."""

    service: Service
    fees: list[tuple[FeeAgreement, str]]


@allow("payment.take")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Every clinic's services, what they cost, and which insurer pays what."""
    fees = defaultdict(list)
    for agreement in FeeAgreement.objects.visible_to(request.user).by_service():
        today = request.now.astimezone(agreement.service.clinic.tz).date()
        fees[agreement.service_id].append((agreement, state_of(agreement, today)))
    sites: dict[Clinic, list[Priced]] = defaultdict(list)
    for service in Service.objects.visible_to(request.user).offered().select_related("clinic").order_by("clinic__position", "position"):
        sites[service.clinic].append(Priced(service, fees[service.pk]))
    return render(request, "billing/prices.html", {"sites": list(sites.items())})


def state_of(agreement: FeeAgreement, today: date) -> str:
    """Whether an agreed fee holds today."""
    if agreement.last_day and agreement.last_day < today:
        return "ended"
    return "later" if agreement.first_day > today else "now"


@allow("billing.manage")
def agree(request: HttpRequest, key: str) -> HttpResponse:
    """Note what an insurer pays for a service, from a day on."""
    service = get_object_or_404(Service.objects.visible_to(request.user).select_related("clinic"), key=key)
    request.clinic = service.clinic
    today = request.now.astimezone(service.clinic.tz).date()
    form = FeeForm(request.POST or None, currency=service.clinic.currency, today=today)
    if form.is_valid():
        try:
            agreed = agree_fee(service=service, by=request.user, now=request.now, **form.cleaned_data)
        except FeeOverlaps as refused:
            form.add_error("first_day", str(refused))
        else:
            messages.success(request, f"{agreed.insurer.name} pays this fee for {service.name} from {day_words(agreed.first_day)}.")
            return redirect("billing:prices")
    return render(request, "billing/agree.html", {"service": service, "form": form})


@allow("billing.manage")
@require_POST
def end(request: HttpRequest, key: str) -> HttpResponse:
    """Let an agreed fee hold for the last time today."""
    found = get_object_or_404(FeeAgreement.objects.visible_to(request.user).by_service(), key=key)
    ended = end_fee(agreement=found, last_day=request.now.astimezone(found.service.clinic.tz).date(), by=request.user)
    messages.success(request, f"{found.insurer.name}’s fee for {found.service.name} ends on {day_words(ended.last_day)}.")
    return redirect("billing:prices")
