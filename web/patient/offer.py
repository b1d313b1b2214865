"""An offer from the waitlist, for whoever holds its link: look at it, take it, or say no."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from bookings.clashes import SlotTaken
from bookings.models import Appointment, Offer
from bookings.services.online import HoldGone, NotYet, TooManyVisits
from bookings.services.states import StateChanged
from bookings.services.waitlist import OfferGone, accept_offer, decline_offer, gone_words
from bookings.waiting_messages import load_offer
from clinic.enums import LinkPurpose
from clinic.links import follow
from web.forms import ChoiceButtons, HouseForm
from web.guard import by_link, limit, link_slot, public
from web.patient.doors import limit_posts
from web.patient.visit import actor
from web.templatetags.house import clinic_datetime

GONE = "We could not keep this time after all. We are sorry. You are still on the waitlist."


class StayForm(HouseForm):
    """Whether somebody who says no goes on waiting."""

    stay = forms.ChoiceField(
        label="Would you like to stay on the waitlist?",
        choices=[("yes", "Yes, write to me about other times"), ("no", "No, take me off")],
        widget=ChoiceButtons,
        error_messages={"required": "Choose whether you stay on the waitlist"},
    )


@public
@limit("offer-link", times=60, every=timedelta(minutes=10))
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a private link, and go on at an address without its secret."""
    about = follow(purpose=LinkPurpose.OFFER, token=token, now=request.now)
    if about is None:
        raise Http404
    request.session[link_slot(LinkPurpose.OFFER)] = about
    response = redirect("patient:offer")
    response["Referrer-Policy"] = "no-referrer"
    return response


def offer_or_404(request: HttpRequest, about: str) -> Offer:
    """The offer a link is about; the page speaks for its clinic."""
    made = load_offer(about)
    if made is None:
        raise Http404
    request.clinic = made.entry.clinic
    return made


@by_link(LinkPurpose.OFFER)
@require_safe
def offer(request: HttpRequest, about: str) -> HttpResponse:
    """Show what is offered and until when, or what became of it."""
    return show(request, offer_or_404(request, about), StayForm(initial={"stay": "yes"}))


def show(request: HttpRequest, made: Offer, form: StayForm, status: int = 200) -> HttpResponse:
    person = made.practitioner
    page = {
        "offer": made,
        "form": form,
        "open": made.is_open(request.now),
        "gone": gone_words(made, now=request.now),
        "who": f"{person.name}, {person.letters}" if person.letters else person.name,
    }
    return render(request, "patient/offer/offer.html", page, status=status)


@by_link(LinkPurpose.OFFER)
@limit_posts("offer-answer", times=60, every=timedelta(minutes=10))
@require_POST
def take(request: HttpRequest, about: str) -> HttpResponse:
    """Take the time; pressed twice it is taken once."""
    made = offer_or_404(request, about)
    try:
        visit = accept_offer(offer=made, by=actor(request), now=request.now)
    except (OfferGone, TooManyVisits) as why:
        messages.warning(request, str(why))
    except NotYet as missing:
        messages.warning(request, f"{missing} Please ring us on {made.entry.clinic.phone}: we look at it together.")
    except (SlotTaken, HoldGone, StateChanged):
        messages.warning(request, GONE)
    else:
        return booked(request, visit)
    return redirect("patient:offer")


def booked(request: HttpRequest, visit: Appointment) -> HttpResponse:
    """The page of the visit: who took the offer may see, move and cancel it."""
    request.session[link_slot(LinkPurpose.VISIT)] = visit.key
    messages.success(request, f"The time is yours: {clinic_datetime(visit.start, visit.clinic)}. We have mailed you the details.")
    return redirect("patient:visit")


@by_link(LinkPurpose.OFFER)
@limit_posts("offer-answer", times=60, every=timedelta(minutes=10))
@require_POST
def leave(request: HttpRequest, about: str) -> HttpResponse:
    """Say no; the time goes to the next person at once."""
    made = offer_or_404(request, about)
    form = StayForm(request.POST)
    if not form.is_valid():
        return show(request, made, form)
    try:
        decline_offer(offer=made, stay=form.cleaned_data["stay"] == "yes", by=actor(request), now=request.now)
    except OfferGone as why:
        messages.warning(request, str(why))
    return redirect("patient:offer")
