"""The practitioner's day, and the steps of a visit."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookings.models import Appointment
from bookings.services.appointments import NotToday, check_in
from bookings.services.states import StateChanged
from bookings.services.visits import CannotTreat, start_insertion, start_removal, start_rest
from clinic.models import Practitioner, User
from intervals import local_date, local_day
from treatments.selectors import planned_counts, record_before, scores_of, standings
from web.forms import LATEST, OLDEST
from web.guard import allow
from web.practitioner.actions import next_action
from web.practitioner.answers import answers_before
from web.practitioner.banner import banner_of
from web.practitioner.day import Day, day_of
from web.practitioner.spark import sparks_of
from web.practitioner.strip import strip_of
from web.practitioner.told import told_before

DEEDS = {"check-in": check_in, "insertion": start_insertion, "rest": start_rest, "removal": start_removal}
TO_THE_RECORD = {"insertion": "", "removal": "#count"}


@allow("day.see")
def today(request: HttpRequest, day: str = "") -> HttpResponse:
    """The visits of one day, with the patient in hand beside them."""
    practitioner = own_practitioner(request)
    shown = load_day(request, practitioner, read_day(day) if day else local_date(request.now, practitioner.clinic.tz))
    page = {
        "day": shown,
        "strip": strip_of(shown, practitioner.clinic.tz),
        "practitioner": practitioner,
        "hand": in_hand(shown, request.user),
    }
    return render(request, "practitioner/today.html", page)


@require_POST
@allow("appointment.treat")
def take_step(request: HttpRequest, key: str, deed: str) -> HttpResponse:
    """One step of a visit: check in, start, rest, needles out."""
    appointment = get_object_or_404(Appointment.objects.visible_to(request.user).with_people(), key=key)
    if deed not in DEEDS:
        raise Http404
    try:
        DEEDS[deed](appointment=appointment, by=request.user, now=request.now)
    except (StateChanged, CannotTreat, NotToday) as problem:
        messages.warning(request, str(problem))
        return redirect(day_address(appointment))
    if deed in TO_THE_RECORD:
        return redirect(reverse("practitioner:record", args=[appointment.session.key]) + TO_THE_RECORD[deed])
    return redirect(day_address(appointment))


def own_practitioner(request: HttpRequest) -> Practitioner:
    """Who is signed in, as a practitioner; their clinic is the page's."""
    practitioner = get_object_or_404(Practitioner.objects.visible_to(request.user).select_related("clinic"), user=request.user)
    request.clinic = practitioner.clinic
    return practitioner


def load_day(request: HttpRequest, practitioner: Practitioner, on: date) -> Day:
    """Every visit of a practitioner on a local day, with what is known of the patients."""
    whole = local_day(practitioner.clinic.tz, on)
    rows = Appointment.objects.visible_to(request.user).with_practitioner(practitioner).promised().between(whole.start, whole.end)
    appointments = list(rows.with_people().with_records())
    return day_of(
        appointments,
        standings=standings({appointment.patient.pk for appointment in appointments}),
        planned=planned_counts({appointment.session.course_id for appointment in appointments}),
        chosen=request.GET.get("visit", ""),
        on=on,
        today=local_date(request.now, practitioner.clinic.tz),
        now=request.now,
    )


def in_hand(day: Day, user: User) -> dict[str, object] | None:
    """What is shown of the patient in hand."""
    visit = day.current
    if visit is None:
        return None
    session = visit.appointment.session
    before = record_before(session)
    return {
        "visit": visit,
        "action": next_action(visit.appointment, today=day.today),
        "banner": banner_of(visit.standing),
        "answers": answers_before(visit.appointment, now=day.now),
        "before": before,
        "told": told_before(user, before),
        "sparks": sparks_of(scores_of(session.course)),
        "age": session.course.patient.age(local_date(visit.starts, visit.appointment.clinic.tz)),
    }


def day_address(appointment: Appointment) -> str:
    """The day of a visit, with it in hand."""
    day = local_date(appointment.start, appointment.clinic.tz)
    return f"{reverse('practitioner:day', args=[day.isoformat()])}?visit={appointment.key}"


def read_day(words: str) -> date:
    """The date in an address; a page that isn't there for any other words."""
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise Http404 from None
    if not OLDEST <= day.year <= LATEST:
        raise Http404
    return day
