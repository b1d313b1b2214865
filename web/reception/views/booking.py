"""Booking a visit at the desk: for whom, for what, when."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bookings.clashes import SlotTaken
from bookings.desk import courses_to_book
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from bookings.services.desk import book_first_visit, booked_before
from bookings.services.occupying import BookedAlready
from patients.models import Patient
from treatments.models import Service, Session
from web.guard import allow
from web.reception.forms import FindForm, FirstVisitForm, TimeForm
from web.reception.look import clinics_of, kept_of, sent
from web.reception.times import Wanted, Week
from web.reception.words import when_of

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be booked for a patient: the next session of a course, or a first visit of this kind."""

    patient: Patient
    service: Service
    session: Session | None = None

    @property
    def words(self) -> str:
        return f"{self.service.name}, session {self.session.number}" if self.session else f"{self.service.name}, for a new problem"


@allow("appointment.book")
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """One question after another, each answered by a link or a form of this page; the last one books."""
    clinics_of(request)
    if not request.GET.get("patient"):
        return ask_who(request)
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("clinic"), key=request.GET["patient"])
    request.clinic = patient.clinic
    plan = plan_of(request, patient)
    return ask_when(request, plan) if plan else ask_what(request, patient)


def ask_who(request: HttpRequest) -> HttpResponse:
    words = FindForm(request.GET).words
    found = Patient.objects.visible_to(request.user).find(words)[:SHOWN] if words else []
    page = {"words": words, "found": found, "is_cut": len(found) == SHOWN, "kept": kept_of(request)}
    return render(request, "reception/book_who.html", page)


def ask_what(request: HttpRequest, patient: Patient) -> HttpResponse:
    page = {
        "kept": kept_of(request),
        "patient": patient,
        "courses": courses_to_book(user=request.user, patient=patient),
        "services": Service.objects.visible_to(request.user).at(patient.clinic).offered(),
    }
    return render(request, "reception/book_what.html", page)


def plan_of(request: HttpRequest, patient: Patient) -> Plan | None:
    """What the address says is to be booked, if it can be."""
    course, key = request.GET.get("course"), request.GET.get("service")
    services = Service.objects.visible_to(request.user).at(patient.clinic).offered().select_related("clinic")
    service = get_object_or_404(services, key=key) if key else None
    if not course:
        return Plan(patient=patient, service=service) if service else None
    known = courses_to_book(user=request.user, patient=patient)
    session = next((session for each, session in known if each.key == course), None)
    service = service or (session and session.course.service)
    return Plan(patient=patient, service=service, session=session) if session and service else None


def ask_when(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The week's free times; what is sent is booked, or the nearest times are shown."""
    wanted = Wanted(service=plan.service, patient=plan.patient, now=request.now)
    week = Week(wanted, request.GET)
    form = TimeForm(sent(request), wanted=wanted, day=week.day, initial={"person": week.person.key if week.person else ""})
    first = None if plan.session else FirstVisitForm(sent(request))
    page = {"plan": plan, "week": week, "form": form, "first": first, "status": 200}
    if form.is_valid() and (first is None or first.is_valid()):
        try:
            appointment = make(request, plan, form, first)
        except (SlotTaken, BookedAlready) as gone:
            appointment = booked_before(plan.patient, form.slot)
            page |= {"gone": str(gone), "status": 409}
        if appointment:
            return told(request, appointment)
        page["nearest"] = wanted.nearest(form.slot.start)
    return render(request, "reception/book_when.html", page, status=page["status"])


def make(request: HttpRequest, plan: Plan, form: TimeForm, first: FirstVisitForm | None) -> Appointment:
    common = {"slot": form.slot, "by": request.user, "now": request.now, "overbook_reason": form.reason_words}
    if plan.session:
        return book_appointment(session=plan.session, **common)
    return book_first_visit(patient=plan.patient, **first.about, **common)


def told(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """The diary of that day with the visit beside it."""
    when = when_of(appointment.start, appointment.clinic)
    messages.success(request, f"{appointment.patient.name} is booked: {when}, {appointment.practitioner.short_name}.")
    return redirect("reception:visit", key=appointment.key)
