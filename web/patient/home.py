"""The front page: what a clinic does, who works there, what it costs, and how to begin."""

from collections.abc import Iterable
from datetime import timedelta

from django import forms
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bookings.selectors import next_free
from bookings.services.assessments import ask_for_assessment
from clinic.models import Clinic, Practitioner, WeeklyHours
from insurers.directory import Entry, directory
from treatments.models import Service
from web.forms import ChoiceButtons, HouseForm, PhoneField
from web.guard import public
from web.patient.about import NameField
from web.patient.doors import clinic_of, limit_posts, sent
from web.patient.starting import price

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_NEXT = 2  # each asks the diary anew


class AssessmentForm(HouseForm):
    """Who wants to be rung, and when."""

    name = NameField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput({"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": "Type your name"},
    )
    phone = PhoneField(label="Phone number")
    when = forms.ChoiceField(
        label="When can we ring you?",
        choices=[("morning", "Morning"), ("afternoon", "Afternoon"), ("evening", "Evening")],
        widget=ChoiceButtons(columns="row"),
        error_messages={"required": "Choose when we can ring you", "invalid_choice": "Choose one of the times shown"},
    )


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first clinic's page, with the way to the others."""
    first = Clinic.objects.open_to_public().first()
    if first is None:
        return render(request, "patient/nothing_yet.html")
    request.clinic = first
    return show_clinic(request, first)


@public
@require_safe
def clinic_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One clinic's page."""
    return show_clinic(request, clinic_of(request, slug))


def show_clinic(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    services = list(Service.objects.offered().at(clinic).select_related("clinic"))
    context = {
        "clinics": list(Clinic.objects.open_to_public()),
        "free": free_first_visits([service for service in services if service.online and service.first_visit], request),
        "people": people_of(clinic),
        "prices": [{"service": service, "price": price(service, clinic)} for service in services],
        "insurers": insurer_names(clinic),
        "assessment": AssessmentForm(),
    }
    return render(request, "patient/clinic.html", context)


def free_first_visits(services: list[Service], request: HttpRequest) -> list[dict[str, object]]:
    """The next free time of each kind of first visit, soonest first."""
    found = [slot for service in services[:MOST_NEXT] if (slot := next_free(service=service, now=request.now))]
    found.sort(key=lambda slot: slot.start)
    return [{"starts": slot.start, "who": slot.practitioner, "what": slot.service.name} for slot in found]


def people_of(clinic: Clinic) -> list[dict[str, object]]:
    """Who works here, with the days they are here."""
    hours = Prefetch("timeline__hours", queryset=WeeklyHours.objects.order_by("weekday"))
    people = Practitioner.objects.working().at(clinic).by_name().select_related("timeline").prefetch_related(hours)
    return [{"person": person, "days": days_in_words({int(row.weekday) for row in person.timeline.hours.all()})} for person in people]


def days_in_words(days: set[int]) -> str:
    """`Mon to Fri`, or `Tue, Thu, Sat`."""
    ordered = sorted(days)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{DAYS[ordered[0]]} to {DAYS[ordered[-1]]}"
    return ", ".join(DAYS[day] for day in ordered)


def insurer_names(clinic: Clinic) -> dict[str, str]:
    """Whom we bill, who pays patients back, and whom to ask, by today’s names; abroad only those that work abroad, all to be asked."""
    entries = directory().insurers.values()
    if clinic.country != "GB":
        return {"bill": "", "reclaim": "", "ask": names_of(entry for entry in entries if "international" in entry.kind)}
    billed = [entry for entry in entries if entry.claim_model in ("direct", "mixed")]
    known = {entry.current_name for entry in billed}
    return {
        "bill": names_of(billed),
        "reclaim": names_of(entry for entry in entries if entry.claim_model == "reclaim"),
        "ask": names_of(entry for entry in entries if entry.claim_model == "unknown" and entry.current_name not in known),
    }


def names_of(entries: Iterable[Entry]) -> str:
    return ", ".join(sorted({entry.current_name for entry in entries}, key=str.casefold))


@public
@limit_posts("assessment", times=10, every=timedelta(hours=1))
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a request for a free assessment by phone."""
    clinic = clinic_of(request, slug)
    form = AssessmentForm(sent(request))
    if form.is_valid():
        ask_for_assessment(clinic=clinic, now=request.now, **form.cleaned_data)
        return redirect("patient:asked", slug)
    return render(request, "patient/ask.html", {"form": form, "back": reverse("clinic", args=[slug])})


@public
@require_safe
def asked(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that somebody will ring."""
    clinic_of(request, slug)
    return render(request, "patient/asked.html")
