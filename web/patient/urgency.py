"""Where to go when it can't wait: the numbers and services of a country."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.rulebook import rulebook
from web.guard import public
from web.patient.doors import clinic_of


def urgent_words(country: str) -> dict[str, object]:
    """The numbers and services of the country, as `urgent` for templates."""
    countries = rulebook().countries
    return {"urgent": countries.get(country, countries["GB"])}


@public
@require_safe
def urgent(request: HttpRequest, slug: str) -> HttpResponse:
    """Say where to go now, before anybody is asked anything."""
    clinic = clinic_of(request, slug)
    return render(request, "patient/urgent.html", urgent_words(clinic.country))
