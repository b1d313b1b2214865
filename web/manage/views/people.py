"""Who works at the clinic, and until when."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.models import Appointment
from bookings.services.leaving import set_leaving_day
from bookings.worklist import count_at
from clinic.models import Practitioner
from intervals import local_date
from treatments.models import SessionRecord
from web.guard import allow
from web.manage.people import LeavingForm, standing_words


@allow("house.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, key: str) -> HttpResponse:
    """Note from which day somebody can't be booked, that they have left, or that they stay: whatever is booked."""
    person = get_object_or_404(Practitioner.objects.visible_to(request.user).select_related("clinic", "user"), key=key)
    request.clinic = person.clinic
    today = local_date(request.now, person.clinic.tz)
    form = LeavingForm(request.POST if request.method == "POST" else None, practitioner=person, today=today)
    if form.is_valid():
        set_leaving_day(practitioner=person, leaves_on=form.leaving_day, by=request.user, now=request.now)
        return told(request, person)
    ahead = list(Appointment.objects.visible_to(request.user).with_practitioner(person).ahead(request.now))
    page = {
        "person": person,
        "form": form,
        "standing": standing_words(person),
        "ahead": len(ahead),
        "last": ahead[-1] if ahead else None,
        "drafts": SessionRecord.objects.unsigned_of(person).count(),
    }
    return render(request, "manage/person.html", page)


def told(request: HttpRequest, person: Practitioner) -> HttpResponse:
    """To the worklist where visits need a new time now, else back to the clinic."""
    words = f"{person.name} {standing_words(person) or 'stays'}."
    hits = count_at(person.clinic, now=request.now)
    if hits:
        messages.warning(request, f"{words} {hits} visit{' needs' if hits == 1 else 's need'} a new time.")
        return redirect(f"{reverse('reception:worklist')}?clinic={person.clinic.slug}")
    messages.success(request, f"{words} No visit is in the way.")
    return redirect("manage:home")
