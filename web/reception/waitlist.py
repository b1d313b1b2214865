"""The waitlist at the desk: who waits, which times came free, who is asked and who is passed over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.enums import Freed, Urgency
from bookings.fitting import Fit, fits_for
from bookings.models import FreedTime, Offer, WaitlistEntry
from bookings.services.waitlist import CannotWait, Passed, leave_open, leave_waitlist, offer_to, wait_for_session
from bookings.waiting_list import Choice, sessions_that_may_wait
from clinic.access import may
from clinic.models import Clinic
from patients.models import Patient
from web.guard import allow
from web.reception.forms import FindForm
from web.reception.look import clinics_of, sent, today_of
from web.sheets import csv_response
from web.templatetags.house import clinic_date, clinic_datetime, clinic_time
from web.wishes import DeskWishesForm, known, wish_words

SHOWN = 20
TIERS = {Urgency.URGENT: "block", Urgency.SOON: "review", Urgency.ANY_TIME: "quiet"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """Somebody who waits, as the list shows them."""

    entry: WaitlistEntry
    offer: Offer | None = None

    @property
    def wishes(self) -> str:
        return wish_words(self.entry)

    @property
    def tier(self) -> str:
        return TIERS[Urgency(self.entry.urgency)]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A time that came free: what is offered of it, who was passed over and why."""

    freed: FreedTime
    offer: Offer | None
    skipped: list[tuple[str, str]]

    @property
    def is_open(self) -> bool:
        return self.freed.state != Freed.CLOSED

    @property
    def words(self) -> str:
        """What the desk reads first."""
        if self.offer:
            return f"kept for {self.offer.entry.name}"
        return "looking for somebody" if self.is_open else "free for anybody"


def gaps_of(request: HttpRequest, clinic: Clinic, rows: Iterable[FreedTime]) -> list[Gap]:
    """The freed times with what is offered of them; nothing is asked where nothing came free."""
    rows = list(rows)
    if not rows:
        return []
    names = {entry.key: entry.name for entry in entries_of(request, clinic)} if any(freed.skipped for freed in rows) else {}
    offers = {offer.freed_id: offer for offer in Offer.objects.open().of_freed(rows).with_people()}
    return [
        Gap(
            freed=freed,
            offer=offers.get(freed.pk),
            skipped=[(names.get(key, "Somebody off the list by now"), why) for key, why in freed.skipped],
        )
        for freed in rows
    ]


def gaps_at(request: HttpRequest, clinic: Clinic) -> list[Gap]:
    """The freed times ahead, for the list."""
    return gaps_of(request, clinic, FreedTime.objects.visible_to(request.user).at(clinic).to_show(request.now))


def gaps_within(request: HttpRequest, clinic: Clinic, start: datetime, end: datetime) -> list[Gap]:
    """The freed times of some days that somebody is being found for, for the strip above the diary."""
    if not may(request.user, "waitlist.see"):
        return []
    rows = FreedTime.objects.visible_to(request.user).at(clinic).being_offered().within(start, end).to_show(request.now)
    return gaps_of(request, clinic, rows)


def entries_of(request: HttpRequest, clinic: Clinic) -> QuerySet:
    return WaitlistEntry.objects.visible_to(request.user).at(clinic).standing().with_people().next_first()


@allow("waitlist.see")
@require_safe
def waitlist(request: HttpRequest) -> HttpResponse:
    """Who waits, in the order in which they are asked, and what came free."""
    clinic, clinics = clinics_of(request)
    entries = list(entries_of(request, clinic))
    words = FindForm(request.GET).words
    shown = [entry for entry in entries if words.casefold() in entry.name.casefold()]
    offers = {offer.entry_id: offer for offer in Offer.objects.visible_to(request.user).open().with_people()}
    page = {
        "clinics": clinics,
        "lines": [Line(entry=entry, offer=offers.get(entry.pk)) for entry in shown],
        "waiting": len(entries),
        "words": words,
        "gaps": gaps_at(request, clinic),
        "may_offer": may(request.user, "waitlist.offer"),
    }
    return render(request, "reception/waitlist.html", page)


@allow("waitlist.see")
@require_safe
def waitlist_csv(request: HttpRequest) -> HttpResponse:
    """The list as a file."""
    clinic, _ = clinics_of(request)
    head = ("Name", "Visit", "Wants", "From", "Until", "Urgency", "Waits since", "State", "Note")
    rows = [
        (
            entry.name,
            entry.service.name,
            wish_words(entry),
            clinic_date(entry.first_day),
            clinic_date(entry.last_day),
            entry.get_urgency_display(),
            clinic_datetime(entry.joined_at, clinic),
            entry.get_state_display(),
            entry.note,
        )
        for entry in entries_of(request, clinic)
    ]
    return csv_response("waitlist", head, rows)


# Putting somebody on the list


@allow("waitlist.offer")
@require_safe
def add_who(request: HttpRequest) -> HttpResponse:
    """Find who wants to wait."""
    clinics_of(request)
    words = FindForm(request.GET).words
    found = list(Patient.objects.visible_to(request.user).find(words)[:SHOWN]) if words else []
    return render(request, "reception/waitlist_who.html", {"words": words, "found": found, "is_cut": len(found) == SHOWN})


@allow("waitlist.offer")
@require_safe
def add_what(request: HttpRequest, key: str) -> HttpResponse:
    """Choose the session that waits: one without a time, or one that would like an earlier one."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("clinic"), key=key)
    request.clinic = patient.clinic
    choices = sessions_that_may_wait(user=request.user, patient=patient, now=request.now)
    return render(request, "reception/waitlist_what.html", {"patient": patient, "choices": choices})


@allow("waitlist.offer")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, key: str, session: str) -> HttpResponse:
    """Note down when they could come."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("clinic"), key=key)
    request.clinic = patient.clinic
    choices = sessions_that_may_wait(user=request.user, patient=patient, now=request.now)
    choice = next((choice for choice in choices if choice.session.key == session), None)
    if choice is None:
        raise Http404
    form = wishes_form(request, choice, choice.entry)
    if not form.is_valid():
        return render(request, "reception/waitlist_wishes.html", {"form": form, "name": patient.name, "choice": choice})
    try:
        wait_for_session(session=choice.session, service=choice.service, wishes=form.wishes, by=request.user, now=request.now)
    except CannotWait as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, f"{patient.name} is on the waitlist.")
    return redirect("reception:waitlist")


def wishes_form(request: HttpRequest, choice: Choice, entry: WaitlistEntry | None) -> DeskWishesForm:
    people = list(choice.service.practitioners.working().at(request.clinic).by_name())
    return DeskWishesForm(sent(request), people=people, initial=known(entry, today_of(request.clinic, request.now)))


def entry_or_404(request: HttpRequest, key: str) -> WaitlistEntry:
    entry = WaitlistEntry.objects.visible_to(request.user).with_people().keyed(key)
    if entry is None:
        raise Http404
    request.clinic = entry.clinic
    return entry


@allow("waitlist.offer")
@require_POST
def take_off(request: HttpRequest, key: str) -> HttpResponse:
    """Take somebody off the list."""
    entry = entry_or_404(request, key)
    leave_waitlist(entry=entry, because="Taken off by the desk", by=request.user, now=request.now)
    messages.success(request, f"{entry.name} is off the waitlist.")
    return redirect("reception:waitlist")


# Times that came free


def freed_or_404(request: HttpRequest, key: str) -> FreedTime:
    freed = FreedTime.objects.visible_to(request.user).with_people().keyed(key)
    if freed is None:
        raise Http404
    request.clinic = freed.clinic
    return freed


@allow("waitlist.see")
@require_safe
def freed(request: HttpRequest, key: str) -> HttpResponse:
    """One time that came free: who fits, and why the others don't."""
    row = freed_or_404(request, key)
    [gap] = gaps_of(request, row.clinic, [row])
    over = row.state == Freed.TAKEN or row.start <= request.now
    fits = [] if over else fits_for(row, now=request.now)
    page = {
        "gap": gap,
        "over": over,
        "fitting": [fit for fit in fits if fit.slot],
        "others": [said(fit, gap) for fit in fits if not fit.slot],
        "may_offer": may(request.user, "waitlist.offer"),
    }
    return render(request, "reception/waitlist_time.html", page)


def said(fit: Fit, gap: Gap) -> tuple[str, str]:
    """Who is passed over, and why; whoever it is kept for is not."""
    if gap.offer and gap.offer.entry_id == fit.entry.pk:
        return fit.entry.name, f"Has until {clinic_time(gap.offer.until, gap.freed.clinic)} to answer"
    return fit.entry.name, fit.skip


@allow("waitlist.offer")
@require_POST
def offer(request: HttpRequest, key: str, entry: str) -> HttpResponse:
    """Offer a freed time to one person."""
    row, who = freed_or_404(request, key), entry_or_404(request, entry)
    if row.clinic_id != who.clinic_id:
        raise Http404
    try:
        made = offer_to(freed=row, entry=who, by=request.user, now=request.now)
    except Passed as why:
        messages.warning(request, f"It can’t be offered. {why}")
        return redirect("reception:freed", key=key)
    until = clinic_datetime(made.until, row.clinic)
    messages.success(request, f"Offered to {who.name}, who has until {until} to answer.")
    return redirect("reception:waitlist")


@allow("waitlist.offer")
@require_POST
def open_up(request: HttpRequest, key: str) -> HttpResponse:
    """Leave a freed time open for anybody."""
    row = freed_or_404(request, key)
    leave_open(freed=row, by=request.user, now=request.now)
    messages.success(request, "This time is offered to nobody now. Anybody can book it.")
    return redirect("reception:waitlist")
