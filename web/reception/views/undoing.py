"""Taking back what was just done with a visit."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from bookings.clashes import SlotTaken
from bookings.services.occupying import BookedAlready
from bookings.services.states import StateChanged
from bookings.services.undoing import NotAsItWas, undo
from web.guard import allow
from web.reception.undo import read_back
from web.reception.views.visits import back_to, visit_in
from web.reception.words import when_of


@allow("appointment.move")
@require_POST
def undo_last(request: HttpRequest, key: str) -> HttpResponse:
    """Make the visit what it was before it was cancelled, missed or moved, or say why that can’t be."""
    appointment = visit_in(request, key)
    before = read_back(request.GET.get("was", ""), appointment, request.user)
    try:
        if before is None:
            raise NotAsItWas("Only who did it can take it back, from the page that offered it.")
        undo(appointment=appointment, before=before, by=request.user, now=request.now)
    except (SlotTaken, BookedAlready, StateChanged, NotAsItWas) as problem:
        messages.warning(request, f"This can’t be undone. {problem}")
    else:
        when = when_of(appointment.start, appointment.clinic)
        messages.success(request, f"Undone. {appointment.patient.name} comes {when}, {appointment.practitioner.short_name}.")
    return redirect(back_to(request, visit_in(request, key)))
