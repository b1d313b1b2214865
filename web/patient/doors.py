"""How a visitor comes in: the clinic of the address, and the booking that this browser is making."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from bookings.models import Booking
from bookings.services.filling import Progress, find_booking
from clinic.models import Clinic
from web.guard import limit, public

BOOKING, HELD = "booking", "booking-held"  # what the session keeps: the booking's key, and which time it last held
View = Callable[..., HttpResponse]

FIRST_DO = {
    "reason": "Please say what brings you first.",
    "service": "Please choose what you would like first.",
    "safety": "Please answer the safety questions first.",
    "medicines": "Please look at how we read your medicines first.",
    "result": "Your answers mean we can’t book this online.",
    "times": "Please choose a time first.",
    "payer": "Please say who pays first.",
    "about": "Please tell us who you are first.",
    "code": "Please type the code we sent you first.",
    "check": "Please check your answers.",
}
BOOKED_BEFORE = "This visit is booked already. Pressing again changed nothing."
OUT_OF_DATE = "We have changed our questions since you began. Please choose again what brings you. What you have typed is kept."
RAN_OUT = "We could not keep your time any longer. Please choose one again. What you have typed is kept."


def clinic_of(request: HttpRequest, slug: str) -> Clinic:
    """The clinic that an address names; from then on the page speaks for it."""
    request.clinic = get_object_or_404(Clinic.objects.open_to_public(), slug=slug)
    return request.clinic


def limit_posts(what: str, *, times: int, every: timedelta) -> Callable[[View], View]:
    """As `limit`, for what is sent only: looking at a page is free."""

    def lock(view: View) -> View:
        limited = limit(what, times=times, every=every)(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            return (limited if request.method == "POST" else view)(request, *args, **kwargs)

        return guarded

    return lock


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form sent, even when that is nothing; None where a page is only looked at."""
    return request.POST if request.method == "POST" else None


def booking_in(request: HttpRequest, clinic: Clinic) -> Booking | None:
    """The booking that this browser is making, or has made, at a clinic."""
    key = request.session.get(BOOKING)
    return find_booking(key=key, clinic=clinic) if key else None


def remember(request: HttpRequest, booking: Booking) -> None:
    """Let this browser go on with a booking; of the one before nothing is kept."""
    request.session[BOOKING] = booking.key
    request.session.pop(HELD, None)


def step(name: str, *, late: bool = False) -> Callable[[View], View]:
    """Open one page of the booking when its turn has come; else lead to the page that is next.

    The view gets the booking's progress. With `late`, what is sent after the time ran out is still taken, so that nothing typed is lost.
    """

    def lock(view: View) -> View:
        @public
        @wraps(view)
        def opened(request: HttpRequest, slug: str, *args, **kwargs) -> HttpResponse:
            booking = booking_in(request, clinic_of(request, slug))
            if booking is None:
                return _back(request, "reason", reverse("book:start", args=[slug]))
            if booking.finished_at:
                return pressed_again(request, slug) if request.method == "POST" else redirect("book:done", slug)
            progress = Progress(booking, now=request.now)
            if not progress.can_be_read:
                messages.warning(request, OUT_OF_DATE)
                return redirect("book:start", slug)
            if progress.has_reached(name) or (late and request.method == "POST" and ran_out(request, progress)):
                return view(request, progress, *args, **kwargs)
            return _back(request, progress.step, place(progress), ran_out(request, progress))

        return opened

    return lock


def pressed_again(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to what was booked, and say that this press booked nothing more."""
    messages.info(request, BOOKED_BEFORE)
    return redirect("book:done", slug)


def ran_out(request: HttpRequest, progress: Progress) -> bool:
    """Whether a time was held in this browser and is held no longer."""
    return progress.step == "times" and HELD in request.session


def _back(request: HttpRequest, missing: str, where: str, late: bool = False) -> HttpResponse:
    messages.warning(request, RAN_OUT if late else FIRST_DO[missing])
    return redirect(where)


def go_on(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Lead to the page that is next, after something was kept."""
    fresh = Progress(find_booking(key=progress.booking.key, clinic=progress.booking.clinic), now=request.now)
    if ran_out(request, fresh):
        messages.warning(request, RAN_OUT)
    return redirect(place(fresh))


def place(progress: Progress, step_name: str = "") -> str:
    """The address of a step, by default of the one that is next."""
    name, slug = step_name or progress.step, progress.booking.clinic.slug
    if name == "reason":
        return reverse("book:start", args=[slug])
    if name == "safety":
        page = progress.unanswered or progress.pages[-1]
        return reverse("book:safety", args=[slug, page.id])
    return reverse(f"book:{name}", args=[slug])
