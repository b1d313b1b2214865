"""Free times in small pieces, for a page that fetches them as it goes: the times of one day, the days of one month. Nobody is named."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookings.services.filling import Progress
from clinic.models import Clinic
from treatments.models import Service
from web.guard import limit, public
from web.patient.choosing import pieces_of, times_for
from web.patient.doors import booking_in, clinic_of
from web.patient.offering import Part, Times, Wanted

OFTEN = {"times": 1200, "every": timedelta(minutes=10)}  # a whole clinic's waiting room may share one address


@public
@require_safe
@limit("day-times", **OFTEN)
def day_times(request: HttpRequest, slug: str) -> HttpResponse:
    """The free times of one day, each once."""
    return render(request, "patient/_day.html", {"times": times_in(request, slug, Part.DAY)})


@public
@require_safe
@limit("month-days", **OFTEN)
def month_days(request: HttpRequest, slug: str) -> HttpResponse:
    """The days of one month on which anything is free, with the times of the first."""
    return render(request, "patient/_month.html", {"times": times_in(request, slug, Part.MONTH)})


def times_in(request: HttpRequest, slug: str, part: Part) -> Times:
    """What is free of the visit asked for; what this browser holds of it counts as free."""
    clinic = clinic_of(request, slug)
    key, booking = request.GET.get("visit", ""), booking_in(request, clinic)
    if booking and booking.service and booking.service.key == key and not booking.finished_at:
        return times_for(request, Progress(booking, now=request.now), part=part)
    service = service_of(clinic, key)
    return Times(Wanted(service=service, now=request.now), request.GET, pieces=pieces_of(service), part=part)


def service_of(clinic: Clinic, key: str) -> Service:
    """The visit of that key, or the first one, of those that new patients can book."""
    offered = Service.objects.online().first_visits().at(clinic)
    service = get_object_or_404(offered, key=key[:40]) if key else offered.first()
    if service is None:
        raise Http404
    service.clinic = clinic
    return service
