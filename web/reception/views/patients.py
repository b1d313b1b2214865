"""Finding a patient, and registering a new one."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bookings.desk import next_visits
from clinic.access import may
from patients.models import Patient
from patients.services import register_patient
from web.guard import allow
from web.reception.forms import FindForm, RegisterForm
from web.reception.look import clinics_of, kept_of, sent, today_of
from web.sheets import csv_response

A_PAGE = 30
HEAD = ["First name", "Last name", "Born", "Mobile", "E-mail", "Clinic"]


@allow("patient.find")
@require_safe
def patients(request: HttpRequest) -> HttpResponse:
    """The patients of somebody's clinics, found by name, number or address."""
    form = FindForm(request.GET)
    words = form.words
    found = Patient.objects.visible_to(request.user).find(words).select_related("clinic")
    if request.GET.get("file") == "csv":
        return csv_response("patients", HEAD, [csv_row(patient) for patient in found])
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    visits = next_visits(user=request.user, patients=page.object_list, now=request.now)
    lines = [(patient, visits.get(patient.pk)) for patient in page]
    shown = {"page": page, "lines": lines, "words": words, "query": urlencode({"q": words}) if words else ""}
    return render(request, "reception/patients.html", {**shown, "may_book": may(request.user, "appointment.book")})


def csv_row(patient: Patient) -> list[object]:
    born = patient.date_of_birth.isoformat()
    return [patient.first_name, patient.last_name, born, patient.mobile, patient.email, patient.clinic.place]


@allow("appointment.book")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register somebody new; who looks like somebody known is shown before a second record is made."""
    clinic, _ = clinics_of(request)
    form = RegisterForm(sent(request), today=today_of(clinic, request.now))
    same: list[Patient] = []
    if form.is_valid():
        same = list(Patient.objects.visible_to(request.user).alike(**form.likeness))
        if not same or form.is_sure:
            patient = register_patient(clinic=clinic, now=request.now, by=request.user, **form.about)
            messages.success(request, f"{patient.name} is registered. Their safety answers are still to be taken.")
            return redirect(f"{reverse('reception:book')}?patient={patient.key}&{kept_of(request)}".rstrip("&"))
    return render(request, "reception/register.html", {"form": form, "same": same, "kept": kept_of(request)})
