"""What brings you, and what would you like: the first two pages of a booking."""

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.models import Booking
from bookings.services.filling import Progress, change_reason, choose_service
from bookings.services.online import let_go, start_booking
from clinic.models import Clinic
from patients.rulebook import rulebook
from treatments.models import Service
from web.forms import ChoiceButtons, HouseForm
from web.guard import public
from web.patient.doors import booking_in, clinic_of, go_on, limit_posts, remember, sent, step
from web.patient.frame import show, stages
from web.templatetags.house import WITHOUT_PENCE, money

PHYSIO_FIRST = {"after_operation", "muscle_strain", "hip_knee"}


class ReasonForm(HouseForm):
    """What bothers somebody most."""

    reason = forms.ChoiceField(
        label="What brings you?",
        help_text="Choose the one that bothers you most. You can tell us about the others at your visit.",
        error_messages={"required": "Choose what brings you", "invalid_choice": "Choose one of the answers shown"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        complaints = rulebook().complaints.values()
        more = {each.id: each.hint for each in complaints}
        self.fields["reason"].widget = ChoiceButtons(more=more, columns=2)
        self.fields["reason"].choices = [(each.id, each.words) for each in complaints]


class ServiceForm(HouseForm):
    """Which first visit somebody would like, with its minutes and its price."""

    service = forms.ChoiceField(
        label="What would you like?",
        error_messages={"required": "Choose what you would like", "invalid_choice": "Choose one of the visits shown"},
    )

    def __init__(self, *args, services: list[Service], clinic: Clinic, **kwargs):
        super().__init__(*args, **kwargs)
        self.services = {service.key: service for service in services}
        more = {service.key: f"{service.minutes} minutes. {service.words}".strip() for service in services}
        asides = {service.key: price(service, clinic) for service in services}
        self.fields["service"].widget = ChoiceButtons(more=more, asides=asides)
        self.fields["service"].choices = [(service.key, service.name) for service in services]

    @property
    def chosen(self) -> Service:
        return self.services[self.cleaned_data["service"]]


def price(service: Service, clinic: Clinic) -> str:
    """What a visit costs, as people write it."""
    return money(amount(service.price, clinic.currency), clinic.currency)


def amount(smallest: int, currency: str) -> Decimal:
    """An amount kept in pence or yen, in the unit people speak of."""
    return Decimal(smallest) if currency in WITHOUT_PENCE else Decimal(smallest) / 100


@public
@limit_posts("booking-start", times=60, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask what brings them; the answer begins a booking, or changes the one being made."""
    clinic = clinic_of(request, slug)
    booking = booking_in(request, clinic)
    if booking and booking.finished_at:
        booking = None
    form = ReasonForm(sent(request), initial={"reason": booking.complaint if booking else ""})
    if form.is_valid():
        return _begin(request, clinic, booking, form.cleaned_data["reason"])
    context = {"form": form, "booking": booking, "stages": stages(clinic), "stage": 1, "back": reverse("clinic", args=[slug])}
    return render(request, "patient/booking/reason.html", context)


def _begin(request: HttpRequest, clinic: Clinic, booking: Booking | None, complaint: str) -> HttpResponse:
    """Start anew where there is nothing to go on with, or somebody asked to."""
    if booking and request.POST.get("afresh"):
        let_go(booking=booking)
        booking = None
    if booking is None:
        booking = start_booking(clinic=clinic, complaint=complaint, now=request.now)
        remember(request, booking)
    elif booking.complaint != complaint:
        change_reason(booking=booking, complaint=complaint, now=request.now)
    return go_on(request, Progress(booking, now=request.now))


@step("service")
def service(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Offer the first visits that can be booked online here, the one that fits best on top."""
    booking = progress.booking
    initial = {"service": booking.service.key if booking.service else ""}
    form = ServiceForm(sent(request), services=offered(booking), clinic=booking.clinic, initial=initial)
    if form.is_valid():
        choose_service(booking=booking, service=form.chosen, now=request.now)
        return go_on(request, progress)
    return show(request, progress, "service", form=form, back=reverse("book:start", args=[booking.clinic.slug]))


def offered(booking: Booking) -> list[Service]:
    """The first visits of the clinic that can be booked online; where movement is what helps most, physiotherapy comes first."""
    services = list(Service.objects.online().first_visits().at(booking.clinic).prefetch_related("techniques"))
    if booking.complaint in PHYSIO_FIRST:
        services.sort(key=lambda service: not any(technique.slug == "physiotherapy" for technique in service.techniques.all()))
    return services
