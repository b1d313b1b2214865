"""Free times in small pieces, for a page that fetches them as it goes: the times of one day, the days of one month. Nobody is named."""

from calendar import monthrange
from datetime import date, timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookings.selectors import Openings
from bookings.slots import Slot
from clinic.models import Clinic, Practitioner
from intervals import local_label
from treatments.models import Service
from web.forms import HouseForm
from web.guard import limit, public
from web.patient.doors import clinic_of
from web.patient.offering import Wanted

OFTEN = {"times": 1200, "every": timedelta(minutes=10)}  # a whole clinic's waiting room may share one address


class PieceForm(HouseForm):
    """Which times are asked for: of a visit, on a day or in its month, with one person; what can't be read counts as not asked."""

    visit = forms.CharField(required=False, max_length=40)
    day = forms.DateField(required=False)
    who = forms.CharField(required=False, max_length=40)


@public
@require_safe
@limit("day-times", **OFTEN)
def day_times(request: HttpRequest, slug: str) -> HttpResponse:
    """The free times of one day, each once."""
    wanted, asked = asked_for(request, clinic_of(request, slug))
    day = asked["day"]
    slots = openings(wanted, asked, day, day).one_per_start()
    return render(request, "patient/booking/_day_times.html", {"day": day, "times": [line(slot) for slot in slots]})


def line(slot: Slot) -> tuple[str, str, str]:
    """What a form sends for a time, and from when to when it is on the clinic's clocks."""
    return slot.value, local_label(slot.start, slot.clinic.tz), f"{slot.local_end:%H:%M}"


@public
@require_safe
@limit("month-days", **OFTEN)
def month_days(request: HttpRequest, slug: str) -> HttpResponse:
    """The days of one month on which anything is free."""
    wanted, asked = asked_for(request, clinic_of(request, slug))
    first, last = month_of(asked["day"])
    days = openings(wanted, asked, first, last).days_with_times()
    return render(request, "patient/booking/_month_days.html", {"month": first, "days": days})


def asked_for(request: HttpRequest, clinic: Clinic) -> tuple[Wanted, dict[str, object]]:
    """What is asked for: by default the first visit that the clinic offers, today, with anybody."""
    form = PieceForm(request.GET)
    form.is_valid()
    asked = {"visit": "", "who": "", **form.cleaned_data}
    asked["day"] = asked.get("day") or request.now.astimezone(clinic.tz).date()
    return Wanted(service=service_of(clinic, asked["visit"]), now=request.now), asked


def service_of(clinic: Clinic, key: str) -> Service:
    """The visit of that key, or the first one, of those that new patients can book."""
    offered = Service.objects.online().first_visits().at(clinic)
    service = get_object_or_404(offered, key=key) if key else offered.first()
    if service is None:
        raise Http404
    service.clinic = clinic
    return service


def openings(wanted: Wanted, asked: dict[str, object], first_day: date, last_day: date) -> Openings:
    return wanted.openings(first_day, last_day, person_of(wanted, asked["who"]))


def person_of(wanted: Wanted, key: str) -> Practitioner | None:
    """Who is asked for by name; somebody who does not give this visit is not found."""
    if not key:
        return None
    return get_object_or_404(wanted.service.practitioners.working().at(wanted.clinic), key=key)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of its month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
