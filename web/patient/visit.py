"""One visit, for whoever holds its link: look at it, move it, cancel it."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bookings.clashes import SlotTaken
from bookings.enums import State
from bookings.ical import calendar
from bookings.messages import preparation, reference
from bookings.models import Appointment, Offer, WaitlistEntry
from bookings.services.appointments import TooLate, in_time
from bookings.services.covering import NotCovered
from bookings.services.own_visits import cancel_own_visit, find_visit, may_move, move_own_visit
from bookings.services.questions import Questions
from bookings.services.states import StateChanged
from bookings.slots import Parts
from clinic import audit
from clinic.enums import LinkPurpose
from clinic.links import follow
from clinic.models import User
from insurers.selectors import cover_news, covers_of
from web.forms import HouseForm
from web.guard import by_link, limit, link_slot, public
from web.patient.doors import limit_posts, sent
from web.patient.frame import practitioner_words
from web.patient.offering import Part, Pieces, TimeForm, Times, Wanted, time_of
from web.templatetags.house import clinic_datetime

CHANGED = "This visit has changed meanwhile. This is how it stands now."
OFFER_OVER = "That offer is over. Your visit stays as it is."
ALREADY = "Your visit is at this time already, so nothing was changed."
GONE = "That time has just gone. These are the nearest. Your old time is still yours."
STANDS_AS = {
    State.PROVISIONAL: ("review", "Provisional"),
    State.BOOKED: ("clear", "Booked"),
    State.CONFIRMED: ("clear", "Confirmed"),
    State.CANCELLED: ("quiet", "Cancelled"),
    State.DNA: ("quiet", "Missed"),
    State.COMPLETED: ("clear", "Done"),
}


class CancelForm(HouseForm):
    """Why a visit is cancelled, for who wants to say."""

    because = forms.CharField(
        label="Would you like to say why?",
        required=False,
        max_length=200,
        help_text="It helps us, but you don’t have to.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )


@public
@limit("visit-link", times=60, every=timedelta(minutes=10))
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a private link, and go on at an address without its secret."""
    about = follow(purpose=LinkPurpose.VISIT, token=token, now=request.now)
    if about is None:
        raise Http404
    request.session[link_slot(LinkPurpose.VISIT)] = about
    response = redirect("patient:visit")
    response["Referrer-Policy"] = "no-referrer"
    return response


def visit_or_404(request: HttpRequest, about: str) -> Appointment:
    """The visit a link is about; the page speaks for its clinic."""
    appointment = find_visit(about)
    if appointment is None:
        raise Http404
    request.clinic = appointment.clinic
    return appointment


def actor(request: HttpRequest) -> User | str:
    """Who acts: the patient who signed in, or the holder of the link."""
    user = request.user
    return user if user.is_authenticated and not user.is_clinic_staff else audit.HOLDER_OF_A_LINK


@by_link(LinkPurpose.VISIT)
@require_safe
def visit(request: HttpRequest, about: str) -> HttpResponse:
    """Show the visit as it stands."""
    appointment = visit_or_404(request, about)
    waiting = {
        "offer": Offer.objects.of_session(appointment.session).to_answer(request.now).first(),
        "entry": WaitlistEntry.objects.of_session(appointment.session),
    }
    return render(request, "patient/visit/visit.html", {**said_of(request, appointment), **waiting, "ready": preparation(appointment)})


@by_link(LinkPurpose.VISIT)
@require_safe
def see_offer(request: HttpRequest, about: str) -> HttpResponse:
    """Open the earlier time that is kept for whoever holds the link to a visit."""
    offer = Offer.objects.of_session(visit_or_404(request, about).session).to_answer(request.now).first()
    if offer is None:
        return changed(request, OFFER_OVER)
    request.session[link_slot(LinkPurpose.OFFER)] = offer.key
    return redirect("patient:offer")


def said_of(request: HttpRequest, appointment: Appointment) -> dict[str, object]:
    """What every page about a visit says of it."""
    clinic = appointment.clinic
    state = State(appointment.state)
    ahead = appointment.is_ahead and appointment.start > request.now
    free_until = appointment.start - timedelta(hours=clinic.cancel_notice_hours)
    return {
        "appointment": appointment,
        "who": practitioner_words(appointment),
        "where": f"{clinic.address}. {clinic.directions}".strip(),
        "chip": STANDS_AS.get(state, ("info", "Under way")),
        "ahead": ahead,
        "movable": ahead and may_move(appointment, now=request.now),
        "late": ahead and not in_time(appointment, now=request.now),
        "free_until": free_until,
        "reference": reference(appointment.key),
        "questions": Questions(appointment, now=request.now),
    }


@by_link(LinkPurpose.VISIT)
@limit_posts("visit-move", times=60, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, about: str) -> HttpResponse:
    """Offer other times; the old one is kept until the new one is sure."""
    appointment = visit_or_404(request, about)
    if not (appointment.is_ahead and appointment.start > request.now):
        return changed(request)
    if not may_move(appointment, now=request.now):
        return render(request, "patient/visit/too_late.html", {**said_of(request, appointment), "back": reverse("patient:visit")})
    form = TimeForm(sent(request))
    if not form.is_valid():
        return show_times(request, appointment, form)
    return _move(request, appointment, form.cleaned_data["time"])


def wanted_for(appointment: Appointment, request: HttpRequest) -> Wanted:
    """The same visit at another time: its parts and price stay as they were agreed."""
    return Wanted(
        service=appointment.service, now=request.now, parts=Parts.of(appointment), patient=appointment.patient, own=(appointment.pk,)
    )


def _move(request: HttpRequest, appointment: Appointment, value: str) -> HttpResponse:
    slot = wanted_for(appointment, request).slot(value)
    if slot and (slot.start, slot.practitioner) == (appointment.start, appointment.practitioner):
        return changed(request, ALREADY)
    if slot is None:
        return show_gone(request, appointment, value)
    paid = covers_of([appointment.key]).get(appointment.key)
    try:
        moved = move_own_visit(appointment=appointment, slot=slot, by=actor(request), now=request.now)
    except NotCovered as refused:
        return changed(request, f"{refused} Your old time is still yours. Ring us on {appointment.clinic.phone}.")
    except SlotTaken:
        return show_gone(request, appointment, value)
    except TooLate as late:
        return changed(request, str(late))
    except StateChanged:
        return changed(request)
    news = cover_news(paid, covers_of([moved.key]).get(moved.key))
    when = clinic_datetime(moved.start, moved.clinic)
    messages.success(request, f"Your visit is moved to {when}. We have mailed you the new time. {news}".strip())
    return redirect("patient:visit")


def changed(request: HttpRequest, words: str = CHANGED) -> HttpResponse:
    messages.warning(request, words)
    return redirect("patient:visit")


def show_times(request: HttpRequest, appointment: Appointment, form: TimeForm) -> HttpResponse:
    context = {"form": form, "times": times_for(request, appointment), "back": reverse("patient:visit")}
    return render(request, "patient/visit/move.html", said_of(request, appointment) | context)


def times_for(request: HttpRequest, appointment: Appointment, *, part: Part = Part.PAGE) -> Times:
    """Where else the visit could be, as far as a part of the page shows it."""
    pieces = Pieces(day=reverse("patient:move_day"), month=reverse("patient:move_month"))
    return Times(wanted_for(appointment, request), request.GET, pieces=pieces, part=part)


@by_link(LinkPurpose.VISIT)
@require_safe
def move_day(request: HttpRequest, about: str) -> HttpResponse:
    """The times of one day that the visit could move to."""
    return render(request, "patient/_day.html", {"times": times_for(request, movable_or_404(request, about), part=Part.DAY)})


@by_link(LinkPurpose.VISIT)
@require_safe
def move_month(request: HttpRequest, about: str) -> HttpResponse:
    """The days of one month that the visit could move to, with the times of the first."""
    return render(request, "patient/_month.html", {"times": times_for(request, movable_or_404(request, about), part=Part.MONTH)})


def movable_or_404(request: HttpRequest, about: str) -> Appointment:
    """The visit a link is about, while its holder may move it."""
    appointment = visit_or_404(request, about)
    if appointment.start <= request.now or not may_move(appointment, now=request.now):
        raise Http404
    return appointment


def show_gone(request: HttpRequest, appointment: Appointment, value: str) -> HttpResponse:
    near = [time_of(slot) for slot in wanted_for(appointment, request).nearest(value)]
    context = {"words": GONE, "near": near, "back": reverse("patient:move"), "again": reverse("patient:move")}
    return render(request, "patient/visit/gone.html", said_of(request, appointment) | context, status=409)


@by_link(LinkPurpose.VISIT)
@limit_posts("visit-cancel", times=60, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, about: str) -> HttpResponse:
    """Say what cancelling means; the button does it."""
    appointment = visit_or_404(request, about)
    if not (appointment.is_ahead and appointment.start > request.now):
        return changed(request)
    form = CancelForm(sent(request))
    if not form.is_valid():
        return render(
            request, "patient/visit/cancel.html", {**said_of(request, appointment), "form": form, "back": reverse("patient:visit")}
        )
    try:
        cancel_own_visit(appointment=appointment, because=form.cleaned_data["because"], by=actor(request), now=request.now)
    except (StateChanged, TooLate):
        return changed(request)
    messages.success(request, "Your visit is cancelled. We have mailed you that it is.")
    return redirect("patient:visit")


@by_link(LinkPurpose.VISIT)
@require_safe
def calendar_file(request: HttpRequest, about: str) -> HttpResponse:
    """The visit as a file for calendars; neither its name nor its words say what it is for."""
    appointment = visit_or_404(request, about)
    response = HttpResponse(calendar([appointment], now=request.now), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response
