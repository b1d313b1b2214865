"""The room board."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bookings.desk import visits_today
from clinic.access import may
from clinic.models import Room
from web.guard import allow
from web.reception.board import board_of
from web.reception.look import clinics_of, today_of


@allow("room.see")
@require_safe
def rooms(request: HttpRequest) -> HttpResponse:
    """Every room of one clinic, now; asked for by htmx, only the part that changes."""
    clinic, clinics = clinics_of(request)
    visits = visits_today(clinic=clinic, user=request.user, today=today_of(clinic, request.now))
    known = Room.objects.visible_to(request.user).at(clinic).usable().by_name()
    board = board_of(known, visits, now=request.now, may_treat=may(request.user, "appointment.treat"))
    template = "reception/_board.html" if request.htmx else "reception/rooms.html"
    return render(
        request, template, {"board": board, "cards": [card.as_dict() for card in board.cards], "clinics": clinics, "clinic": clinic}
    )
