"""None of these fit? A visitor joins the waitlist for a first visit; a patient asks for an earlier time, or for one at all."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.models import Appointment, Booking, WaitlistEntry
from bookings.services.filling import Progress, tell_details
from bookings.services.waitlist import CannotWait, leave_waitlist, wait_for_first_visit, wait_for_session
from bookings.waiting_list import own_sessions_that_may_wait
from clinic import audit
from clinic.enums import LinkPurpose
from clinic.models import Clinic
from treatments.models import Service, Session
from web.guard import allow, by_link
from web.patient.about import AboutForm, known
from web.patient.doors import limit_posts, place, sent, step
from web.patient.frame import show
from web.patient.visit import actor, said_of, visit_or_404
from web.wishes import PatientWishesForm, wish_words

LEFT = "Asked to be taken off"
NOT_NEXT = "That visit has a time already, or another one comes first. This is how your plan stands now."


class JoinForm(AboutForm, PatientWishesForm):
    """When somebody could come for a first visit, and how they hear of it."""

    field_order = (*PatientWishesForm.field_order, "first_name", "last_name", "email", "mobile", "keep", "true")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "We write here when a time is free. You take it by the link in that mail."
        self.fields["mobile"].help_text = "If something changes on the day."


def today_at(clinic: Clinic, request: HttpRequest) -> date:
    return request.now.astimezone(clinic.tz).date()


def people_for(service: Service, clinic: Clinic) -> list:
    return list(service.practitioners.working().at(clinic).by_name())


@limit_posts("waitlist-join", times=20, every=timedelta(minutes=10))
@step("times")
def join(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Ask when they could come; on the list, say so and offer to leave it."""
    booking = progress.booking
    entry = WaitlistEntry.objects.of_booking(booking)
    if entry and request.POST.get("off"):
        leave_waitlist(entry=entry, because=LEFT, by=audit.VISITOR, now=request.now)
        messages.success(request, "You are off the waitlist.")
        return redirect("book:times", booking.clinic.slug)
    if entry and not request.GET.get("change") and request.method != "POST":
        return show(request, progress, "waiting", entry=entry, wishes=wish_words(entry), back=place(progress, "times"))
    form = JoinForm(sent(request), people=people_for(booking.service, booking.clinic), initial=known(booking))
    if form.is_valid():
        return keep(request, booking, form)
    return show(request, progress, "waitlist", form=form, back=place(progress, "times"))


def keep(request: HttpRequest, booking: Booking, form: JoinForm) -> HttpResponse:
    data = form.cleaned_data
    tell_details(booking=booking, consents=form.consents, **{name: data[name] for name in ("first_name", "last_name", "email", "mobile")})
    wishes = form.wishes(today_at(booking.clinic, request))
    try:
        wait_for_first_visit(booking=booking, wishes=wishes, by=audit.VISITOR, now=request.now)
    except CannotWait as why:
        messages.warning(request, str(why))
    return redirect("book:waitlist", booking.clinic.slug)


@by_link(LinkPurpose.VISIT)
@limit_posts("waitlist-earlier", times=20, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def earlier(request: HttpRequest, about: str) -> HttpResponse:
    """Ask a patient who has a time when an earlier one would suit."""
    visit = visit_or_404(request, about)
    if not visit.is_ahead or visit.start <= request.now:
        return redirect("patient:visit")
    entry = WaitlistEntry.objects.of_session(visit.session)
    if entry and request.POST.get("off"):
        leave_waitlist(entry=entry, because=LEFT, by=actor(request), now=request.now)
        messages.success(request, "You are off the waitlist. Your visit stays as it is.")
        return redirect("patient:visit")
    form = EarlierForm(sent(request), people=people_for(visit.service, visit.clinic), visit=visit)
    if form.is_valid():
        return ask(request, visit, form)
    page = {"form": form, "entry": entry, "wishes": wish_words(entry) if entry else "", "back": reverse("patient:visit")}
    return render(request, "patient/visit/earlier.html", said_of(request, visit) | page)


class EarlierForm(PatientWishesForm):
    """As for a first visit, but only until the visit itself."""

    def __init__(self, *args, visit: Appointment, **kwargs):
        super().__init__(*args, **kwargs)
        self.last = visit.start.astimezone(visit.clinic.tz).date()
        del self.fields["weeks"]

    def clean(self) -> dict[str, object]:
        return {**super().clean(), "weeks": "52"}


def ask(request: HttpRequest, visit: Appointment, form: EarlierForm) -> HttpResponse:
    wishes = form.wishes(today_at(visit.clinic, request), last=form.last)
    try:
        wait_for_session(session=visit.session, service=visit.service, wishes=wishes, by=actor(request), now=request.now)
    except CannotWait as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, "You are on the waitlist. Your visit stays yours until you take an earlier time.")
    return redirect("patient:visit")


@allow("plan.see")
@limit_posts("waitlist-session", times=20, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def for_session(request: HttpRequest, key: str) -> HttpResponse:
    """Ask a patient when a visit of their plan that has no time yet would suit."""
    session = get_object_or_404(Session.objects.visible_to(request.user).with_course(), key=key)
    patient, request.clinic = session.course.patient, session.course.clinic
    back = f"{reverse('patient:plan')}?of={patient.key}"
    choices = own_sessions_that_may_wait(user=request.user, patient=patient)
    choice = next((each for each in choices if each.session == session), None)
    if choice is None:
        messages.warning(request, NOT_NEXT)
        return redirect(back)
    form = PatientWishesForm(sent(request), people=people_for(choice.service, request.clinic))
    if form.is_valid():
        wait_for_session(
            session=session, service=choice.service, wishes=form.wishes(today_at(request.clinic, request)), by=request.user, now=request.now
        )
        messages.success(request, f"You are on the waitlist for visit {session.number}. We write to you when a time comes free.")
        return redirect(back)
    wishes = wish_words(choice.entry) if choice.entry else ""
    return render(request, "patient/plan/wait.html", {"choice": choice, "wishes": wishes, "form": form, "back": back})
