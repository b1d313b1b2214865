"""What is done with one visit: checked in, missed, cancelled."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.enums import STEPS, State
from bookings.models import Appointment
from bookings.services.appointments import NotToday, cancel_appointment, check_in, in_time, mark_dna, undo_check_in
from bookings.services.inviting import NotSent, send_questions
from bookings.services.questions import Questions
from bookings.services.states import StateChanged
from bookings.services.undoing import remember
from clinic.access import may
from insurers.services import NothingToWaive, waive_missed
from web.guard import allow
from web.reception.forms import CancelForm, WaiveForm
from web.reception.look import Look, sent, today_of
from web.reception.undo import say_done
from web.reception.words import when_of

DEEDS = {
    "check-in": ("appointment.check_in", check_in, "is checked in"),
    "undo-check-in": ("appointment.check_in", undo_check_in, "is no longer checked in"),
    "questions": ("appointment.check_in", send_questions, "is sent a link to the health questions"),
    "dna": ("appointment.cancel", mark_dna, "did not attend. The time is free again"),
}

ASK_THEM = "The health questions are not answered yet. Send them the link now, or tell the practitioner."


def visit_in(request: HttpRequest, key: str) -> Appointment:
    """The visit of an address, of a clinic that the user works at; a time that is only held can't be worked on."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).with_people(), key=key)
    if found.patient is None:
        raise Http404
    request.clinic = found.clinic
    return found


def back_to(request: HttpRequest, appointment: Appointment, **changes: object) -> str:
    """The diary as it was left, on the day of the visit."""
    today = today_of(appointment.clinic, request.now)
    look = Look.read(request.GET, today=today)
    day = look.day if look.is_week and not changes else appointment.start.astimezone(appointment.clinic.tz).date()
    return look.address(**{"visit": appointment.key, "day": day, "clinic": appointment.clinic.slug, **changes})


@allow("appointment.see")
@require_safe
def see(request: HttpRequest, key: str) -> HttpResponse:
    """Lead from a visit's own address to the diary of its day."""
    found = get_object_or_404(Appointment.objects.visible_to(request.user).select_related("clinic"), key=key)
    return redirect(back_to(request, found))


@allow("appointment.check_in")
@require_POST
def step(request: HttpRequest, key: str, deed: str) -> HttpResponse:
    """One step of a visit at the desk."""
    permission, act, words = DEEDS.get(deed) or ("", None, "")
    if act is None or not may(request.user, permission):
        raise Http404
    appointment = visit_in(request, key)
    before = remember(appointment, now=request.now) if deed == "dna" else None
    try:
        act(appointment=appointment, by=request.user, now=request.now)
    except (StateChanged, NotToday, NotSent) as problem:
        messages.warning(request, str(problem))
    else:
        say_done(request, f"{appointment.patient.name} {words}.", appointment, before)
        if deed == "check-in" and Questions(appointment, now=request.now).due:
            messages.warning(request, ASK_THEM)
    return redirect(back_to(request, appointment))


@allow("appointment.cancel")
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, key: str) -> HttpResponse:
    """Ask who cancels and why; then the time is free at once."""
    appointment = visit_in(request, key)
    form = CancelForm(sent(request))
    is_open = State.CANCELLED in STEPS[State(appointment.state)]
    if is_open and form.is_valid():
        before = remember(appointment, now=request.now)
        try:
            cancel_appointment(appointment=appointment, by=request.user, now=request.now, **form.cleaned_data)
        except StateChanged as changed:
            messages.warning(request, str(changed))
        else:
            words = f"{appointment.patient.name}’s visit on {when_of(appointment.start, appointment.clinic)} is cancelled."
            say_done(request, words, appointment, before)
            return redirect(back_to(request, appointment, visit=""))
        return redirect(back_to(request, appointment))
    page = {"appointment": appointment, "form": form, "is_open": is_open, "back": back_to(request, appointment)}
    return render(request, "reception/cancel.html", {**page, "is_late": not in_time(appointment, now=request.now)})


@allow("appointment.cancel")
@require_http_methods(["GET", "HEAD", "POST"])
def waive(request: HttpRequest, key: str) -> HttpResponse:
    """Let a patient who did not come off what the clinic’s rule asks of them, for a reason."""
    appointment = visit_in(request, key)
    form = WaiveForm(sent(request))
    if form.is_valid():
        try:
            waive_missed(key=appointment.key, because=form.cleaned_data["because"], by=request.user)
        except NothingToWaive as nothing:
            messages.warning(request, str(nothing))
        else:
            messages.success(request, f"Nothing is asked of {appointment.patient.name} for this visit.")
        return redirect(back_to(request, appointment))
    return render(request, "reception/waive.html", {"appointment": appointment, "form": form, "back": back_to(request, appointment)})
