"""The clinic as it is set up: people, rooms, hours, services and rules."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from clinic.models import Clinic, Equipment, Practitioner, Room, User
from clinic.services import MessageRules, change_booking_rules, change_message_rules, keep_answers_for
from insurers.money import written
from treatments.models import Service
from treatments.services.offers import change_service
from web.guard import allow
from web.manage.forms import AnswersForm, MessageRulesForm, ServiceForm
from web.manage.hours import hours_of
from web.manage.people import standing_words
from web.manage.rules import RulesForm


@dataclass(frozen=True)
class Site:
    """One clinic with everything that belongs to it."""

    clinic: Clinic
    people: list[tuple[Practitioner, list[tuple[str, str]], str]]
    rooms: list[tuple[Room, list[tuple[str, str]]]]
    equipment: list[Equipment]
    services: list[tuple[Service, str]]
    staff: list[User]


@allow("house.manage")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every clinic of the admin's, on one page."""
    clinics = Clinic.objects.visible_to(request.user).order_by("position", "name").prefetch_related("staff")
    return render(request, "manage/clinic.html", {"sites": _sites(request.user, clinics)})


def _sites(user: User, clinics: Iterable[Clinic]) -> list[Site]:
    """Each clinic with its parts, in a fixed number of queries."""
    people = list(Practitioner.objects.visible_to(user).by_name().prefetch_related("timeline__hours"))
    rooms = list(Room.objects.visible_to(user).by_name().prefetch_related("timeline__hours"))
    machines = list(Equipment.objects.visible_to(user).by_name())
    services = list(Service.objects.visible_to(user).offered())
    return [
        Site(
            clinic,
            [(person, hours_of(person.timeline), standing_words(person)) for person in of(clinic, people)],
            [(room, hours_of(room.timeline)) for room in of(clinic, rooms)],
            of(clinic, machines),
            [(service, written(service.price, clinic.currency)) for service in of(clinic, services)],
            sorted(clinic.staff.all(), key=lambda member: (member.role, member.name)),
        )
        for clinic in clinics
    ]


def of(clinic: Clinic, rows: Iterable) -> list:
    return [row for row in rows if row.clinic_id == clinic.pk]


@allow("house.manage")
def service(request: HttpRequest, key: str) -> HttpResponse:
    """Change a service's name, price, or whether visitors can book it."""
    found = get_object_or_404(Service.objects.visible_to(request.user).select_related("clinic"), key=key)
    form = ServiceForm(request.POST or None, service=found)
    if form.is_valid():
        change_service(service=found, by=request.user, **form.cleaned_data)
        messages.success(request, f"{found.name} is kept. Visits that are booked stay as they were.")
        return redirect("manage:home")
    return render(request, "manage/service.html", {"service": found, "form": form})


@allow("house.manage")
def answers(request: HttpRequest, slug: str) -> HttpResponse:
    """Change how long patients' health answers stand."""
    found = get_object_or_404(Clinic.objects.visible_to(request.user), slug=slug)
    form = AnswersForm(request.POST or None, initial={"days": found.answers_last_days})
    if form.is_valid():
        keep_answers_for(clinic=found, days=form.cleaned_data["days"], by=request.user)
        messages.success(request, f"Health answers stand for {found.answers_last_days} days.")
        return redirect("manage:home")
    return render(request, "manage/answers.html", {"site": found, "form": form})


@allow("house.manage")
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Change when visits can be booked, how long times are kept, and which are suggested."""
    found = get_object_or_404(Clinic.objects.visible_to(request.user), slug=slug)
    form = RulesForm(request.POST or None, clinic=found)
    if form.is_valid():
        change_booking_rules(clinic=found, rules=form.rules, by=request.user)
        messages.success(request, f"The rules of {found.place} are kept. Visits that are booked stay as they were.")
        return redirect("manage:home")
    return render(request, "manage/rules.html", {"site": found, "form": form})


@allow("house.manage")
def message_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Change when a clinic writes to patients and staff."""
    found = get_object_or_404(Clinic.objects.visible_to(request.user), slug=slug)
    form = MessageRulesForm(request.POST or None, initial=asdict(MessageRules.of(found)))
    if form.is_valid():
        change_message_rules(clinic=found, rules=form.rules, by=request.user)
        messages.success(request, "Kept. It holds for what is promised from now on.")
        return redirect("manage:home")
    return render(request, "manage/message_rules.html", {"site": found, "form": form})
