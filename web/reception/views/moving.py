"""Moving a visit: in one step, to one of the nearest times or to any other."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bookings.clashes import SlotTaken
from bookings.models import Appointment
from bookings.services.appointments import move_appointment
from bookings.services.states import StateChanged
from bookings.services.undoing import remember
from bookings.slots import Parts
from insurers.selectors import cover_news, covers_of
from web.guard import allow
from web.reception.forms import TimeForm
from web.reception.look import sent
from web.reception.times import MovingWeek, Wanted
from web.reception.undo import say_done
from web.reception.views.visits import back_to, visit_in
from web.reception.words import when_of


@allow("appointment.move")
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, key: str) -> HttpResponse:
    """The nearest free times, the days around them, or a typed time; the old one is kept until the new one is sure."""
    appointment = visit_in(request, key)
    wanted = wanted_of(request, appointment)
    if request.htmx:
        return render(request, "reception/_nearest.html", {"appointment": appointment, "nearest": nearest_of(wanted, appointment)})
    week = MovingWeek(wanted, request.GET, start=appointment.start)
    form = TimeForm(sent(request), wanted=wanted, day=week.day, initial={"person": appointment.practitioner.key})
    page = {"appointment": appointment, "week": week, "form": form, "back": back_to(request, appointment), "gone": "", "status": 200}
    if appointment.is_ahead and form.is_valid():
        before = remember(appointment, now=request.now)
        paid = covers_of([appointment.key]).get(appointment.key)
        try:
            moved = move_appointment(
                appointment=appointment, slot=form.slot, by=request.user, now=request.now, overbook_reason=form.reason_words
            )
        except StateChanged as changed:
            messages.warning(request, str(changed))
            return redirect(back_to(request, appointment))
        except SlotTaken as gone:
            page |= {"gone": str(gone), "appointment": visit_in(request, key), "status": 409}
        else:
            news = cover_news(paid, covers_of([moved.key]).get(moved.key))
            where = f"{when_of(moved.start, moved.clinic)}, {moved.room.name.lower()}"
            words = f"{moved.patient.name} is moved to {where}. {news}".strip()
            say_done(request, words, moved, before)
            return redirect(back_to(request, visit_in(request, key)))
    nearest = wanted.nearest(form.slot.start) if page["gone"] else week.nearest if appointment.is_ahead else []
    return render(request, "reception/move.html", {**page, "nearest": nearest}, status=page["status"])


def wanted_of(request: HttpRequest, appointment: Appointment) -> Wanted:
    """The same visit, with the parts that were agreed, at another time."""
    return Wanted(
        service=appointment.service,
        patient=appointment.patient,
        now=request.now,
        parts=Parts.of(appointment),
        room=appointment.room,
    )


def nearest_of(wanted: Wanted, appointment: Appointment) -> list[object]:
    return wanted.nearest(max(appointment.start, wanted.now)) if appointment.is_ahead else []
