"""When: choosing a time for a first visit, holding it, and holding it a little longer."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookings.clashes import SlotTaken
from bookings.services.filling import STEPS, Progress
from bookings.services.online import HoldGone, extend_hold, hold_time, slot_of
from bookings.slots import Slot
from treatments.models import Service
from web.patient.doors import HELD, go_on, limit_posts, place, sent, step
from web.patient.frame import show
from web.patient.offering import Part, Pieces, TimeForm, Times, Wanted, time_of
from web.patient.starting import price

GONE = "That time has just gone. These are the nearest."


def wanted_by(progress: Progress) -> Wanted:
    """The visit that is being booked; the time held for it is given back for another."""
    held = (progress.booking.appointment_id,) if progress.holds else ()
    return Wanted(service=progress.booking.service, now=progress.now, own=held)


@limit_posts("hold", times=120, every=timedelta(minutes=10))
@step("times")
def times(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Show the free times; the one that is chosen is held for this visitor."""
    form = TimeForm(sent(request))
    if not form.is_valid():
        return show_times(request, progress, form=form)
    held = held_slot(progress)
    if held and held.value == form.cleaned_data["time"]:
        return on_from(request, progress)
    slot = wanted_by(progress).slot(form.cleaned_data["time"])
    if slot is None:
        return show_gone(request, progress, wanted=form.cleaned_data["time"])
    try:
        return _hold(request, progress, slot)
    except SlotTaken:
        return show_gone(request, progress, wanted=slot.value)


def held_slot(progress: Progress) -> Slot | None:
    """The time that is held for this visitor now."""
    return slot_of(progress.booking.appointment) if progress.holds else None


def _hold(request: HttpRequest, progress: Progress, slot: Slot) -> HttpResponse:
    hold_time(booking=progress.booking, slot=slot, now=request.now)
    request.session[HELD] = slot.value
    return on_from(request, progress)


def on_from(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Go on with the first visit, or look at a whole course first, whichever button it was."""
    if request.POST.get("then") == "course":
        return redirect("book:course", progress.booking.clinic.slug)
    return go_on(request, progress)


def show_times(request: HttpRequest, progress: Progress, *, form: TimeForm, status: int = 200, gone: str = "") -> HttpResponse:
    """The page of free times."""
    context = {
        "form": form,
        "times": times_for(request, progress),
        "price": price(progress.booking.service, progress.booking.clinic),
        "gone": gone,
        "back": place(progress, "safety"),
    }
    return show(request, progress, "times", status=status, **context)


def times_for(request: HttpRequest, progress: Progress, *, part: Part = Part.PAGE) -> Times:
    """What is free for the visit that is being booked, as far as a part of the page shows it."""
    chosen = request.session.get(HELD, "")
    pieces = pieces_of(progress.booking.service)
    return Times(wanted_by(progress), request.GET, pieces=pieces, chosen=chosen, held=held_slot(progress), part=part)


def pieces_of(service: Service) -> Pieces:
    """Where the pieces of the page for a first visit are."""
    slug = service.clinic.slug
    return Pieces(day=reverse("book:day_times", args=[slug]), month=reverse("book:month_days", args=[slug]), visit=service.key)


def show_gone(request: HttpRequest, progress: Progress, *, wanted: str, words: str = GONE) -> HttpResponse:
    """Say that a time is gone, and offer the nearest ones."""
    progress.__dict__.pop("step", None)
    near = [time_of(slot) for slot in wanted_by(progress).nearest(wanted)]
    context = {"words": words, "near": near, "back": reverse("book:times", args=[progress.booking.clinic.slug])}
    return show(request, progress, "gone", status=409, **context)


@require_POST
@limit_posts("hold-longer", times=60, every=timedelta(minutes=10))
@step("payer", late=True)
def longer(request: HttpRequest, progress: Progress, page: str) -> HttpResponse:
    """Hold the time ten minutes more, and go on where they were."""
    if page not in (*STEPS, "course") or page in ("reason", "result"):
        raise Http404
    try:
        extend_hold(booking=progress.booking, now=request.now)
    except HoldGone as gone:
        messages.warning(request, str(gone))
        return redirect("book:times", progress.booking.clinic.slug)
    messages.success(request, "We hold your time a little longer.")
    return redirect(place(progress, page))
