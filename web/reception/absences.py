"""Who is away, and the worklist of visits that need a new time because of it."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.clashes import SlotTaken
from bookings.models import Appointment
from bookings.services.absences import add_absence, place_for, rebook, rebook_all, remove_absence
from bookings.services.states import StateChanged
from bookings.waiting_messages import ask_now
from bookings.worklist import cannot_stand, count_at, items_at, worklist
from clinic.access import may
from clinic.models import Absence, Clinic, Equipment, Practitioner, Room, Timeline
from intervals import Interval, local_day, to_instant
from web.forms import HouseForm
from web.guard import allow
from web.reception.look import clinics_of, sent, today_of
from web.templatetags.house import clinic_date, clinic_datetime, clinic_time

EVERYBODY = "clinic"


class AbsenceForm(HouseForm):
    """Who or what is away, from when until when, on the clinic's clocks; without hours it is whole days."""

    who = forms.ChoiceField(label="Who or what is away?", error_messages={"required": "Choose who is away"})
    first_day = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    first_hour = forms.TimeField(
        label="From what hour",
        required=False,
        help_text="Empty: from the start of the day.",
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    last_day = forms.DateField(
        label="Until", required=False, help_text="Empty: the same day.", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_hour = forms.TimeField(
        label="Until what hour",
        required=False,
        help_text="Empty: to the end of the day.",
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    reason = forms.CharField(
        label="Why?",
        help_text="A word for the diary, like “Leave” or “Training”. Patients don’t see it.",
        max_length=80,
        error_messages={"required": "Say why, in a word"},
    )

    def __init__(self, *args, clinic: Clinic, **kwargs):
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        known = (Practitioner.objects.working(), Room.objects.usable(), Equipment.objects.usable())
        people, rooms, machines = (rows.at(clinic).select_related("timeline").by_name() for rows in known)
        self.timelines = {str(row.key): row.timeline for row in [*people, *rooms, *machines]}
        self.fields["who"].choices = [
            ("", "Choose"),
            (EVERYBODY, f"The whole clinic, {clinic.name} {clinic.place}"),
            ("Practitioners", [(row.key, row.name) for row in people]),
            ("Rooms", [(row.key, row.name) for row in rooms]),
            *([("Equipment", [(row.key, row.name) for row in machines])] if machines else []),
        ]

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("first_day"):
            data["last_day"] = data.get("last_day") or data["first_day"]
            if not self.errors:
                self._set_stretch(data)
        return data

    def _set_stretch(self, data: dict[str, object]) -> None:
        starts = self._instant(data["first_day"], data["first_hour"], whole=False)
        ends = self._instant(data["last_day"], data["last_hour"], whole=True)
        if starts is None or ends is None:
            self.add_error("first_hour" if starts is None else "last_hour", "The clocks skip this hour that day. Choose another")
        elif ends <= starts:
            self.add_error("last_day", "Choose an end that comes after the start")
        else:
            data["during"] = Interval(starts, ends)

    def _instant(self, day, hour: time | None, *, whole: bool) -> datetime | None:
        if hour is None:
            bounds = local_day(self.clinic.tz, day)
            return bounds.end if whole else bounds.start
        found = to_instant(day, hour, self.clinic.tz)
        return (found[-1] if whole else found[0]) if found else None  # of an hour that comes twice, both belong to it

    @property
    def timeline(self) -> Timeline | None:
        return None if self.cleaned_data["who"] == EVERYBODY else self.timelines[self.cleaned_data["who"]]


# Absences


@allow("absence.record")
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """Who is away from now on; what is sent is noted down, whatever is booked."""
    clinic, clinics = clinics_of(request)
    today = today_of(clinic, request.now)
    form = AbsenceForm(sent(request), clinic=clinic, initial={"first_day": today, "who": request.GET.get("who", "")})
    if form.is_valid():
        data = form.cleaned_data
        add_absence(clinic=clinic, timeline=form.timeline, during=data["during"], reason=data["reason"], by=request.user, now=request.now)
        return told(request, clinic, "Noted.")
    return show(request, clinic, clinics, form=form)


def leavers_at(request: HttpRequest, clinic: Clinic) -> list[Practitioner]:
    return list(Practitioner.objects.visible_to(request.user).at(clinic).leaving().by_name())


def show(request: HttpRequest, clinic: Clinic, clinics: list[Clinic], *, form: AbsenceForm) -> HttpResponse:
    rows = list(
        Absence.objects.visible_to(request.user).at(clinic).during(request.now, request.now + timedelta(days=730)).order_by("during", "pk")
    )
    names = names_of(request, clinic)
    page = {
        "clinics": clinics,
        "rows": [(row, names.get(row.timeline_id, "The whole clinic"), stretch_words(row)) for row in rows],
        "leavers": leavers_at(request, clinic),
        "may_manage": may(request.user, "house.manage"),
        "hits": count_at(clinic, now=request.now),
        "form": form,
    }
    return render(request, "reception/absences.html", page)


def names_of(request: HttpRequest, clinic: Clinic) -> dict[int, str]:
    kinds = (Practitioner, Room, Equipment)
    return {row.timeline_id: row.name for kind in kinds for row in kind.objects.visible_to(request.user).at(clinic)}


def stretch_words(absence: Absence) -> str:
    """`Thu 26 Nov 2026`, several days, or with hours: as it was noted down."""
    zone = absence.clinic.tz
    first, last = (end.astimezone(zone) for end in (absence.during.lower, absence.during.upper))
    final = (last - timedelta(microseconds=1)).date()
    whole = local_day(zone, first.date()).start == absence.during.lower and local_day(zone, final).end == absence.during.upper
    if not whole and first.date() == last.date():
        return f"{clinic_datetime(absence.during.lower, absence.clinic)} to {clinic_time(absence.during.upper, absence.clinic)}"
    if not whole:
        return f"{clinic_datetime(absence.during.lower, absence.clinic)} to {clinic_datetime(absence.during.upper, absence.clinic)}"
    days = clinic_date(first.date())
    return days if final == first.date() else f"{days} to {clinic_date(final)}"


def told(request: HttpRequest, clinic: Clinic, words: str) -> HttpResponse:
    """To the worklist where something is left to do, else back."""
    hits = count_at(clinic, now=request.now)
    if hits:
        messages.warning(request, f"{words} {hits} visit{' needs' if hits == 1 else 's need'} a new time.")
        return redirect("reception:worklist")
    messages.success(request, f"{words} No visit is in the way.")
    return redirect("reception:absences")


@allow("absence.record")
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Somebody is there after all."""
    asked = request.POST.get("absence", "")
    known = Absence.objects.visible_to(request.user).select_related("clinic", "timeline")
    absence = get_object_or_404(known, pk=int(asked) if asked.isdecimal() and len(asked) < 19 else 0)
    remove_absence(absence=absence, by=request.user, now=request.now)
    messages.success(request, "Taken back. Visits stand again, and the time can be booked.")
    return redirect("reception:absences")


# The worklist


@allow("absence.record")
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Every visit that can't stand, with where it could go."""
    clinic, clinics = clinics_of(request)
    items = worklist(clinic, now=request.now)
    page = {"clinics": clinics, "items": items, "ready": sum(bool(item.proposed) for item in items)}
    return render(request, "reception/worklist.html", page)


@allow("absence.record")
@require_POST
def move_one(request: HttpRequest, key: str) -> HttpResponse:
    """Move one visit to the time that was pressed."""
    clinic = clinic_of_visit(request, key)
    try:
        visit, slot = place_for(clinic=clinic, key=key, value=request.POST.get("time", ""), now=request.now)
        if slot is None:
            raise SlotTaken
        rebook(appointment=visit, slot=slot, by=request.user, now=request.now)
    except LookupError:
        messages.info(request, "That visit needs no new time any more.")
    except (SlotTaken, StateChanged) as trouble:
        messages.warning(request, f"{trouble} These are the times that are free now.")
    else:
        messages.success(request, f"{visit.patient.name} comes {clinic_datetime(visit.start, clinic)}, {visit.practitioner.short_name}.")
    return redirect("reception:worklist")


def clinic_of_visit(request: HttpRequest, key: str) -> Clinic:
    visit = get_object_or_404(Appointment.objects.visible_to(request.user).select_related("clinic"), key=key)
    request.clinic = visit.clinic
    return visit.clinic


@allow("absence.record")
@require_POST
def move_all(request: HttpRequest) -> HttpResponse:
    """Move every ticked visit to its proposal; those that can't are named."""
    clinic, _ = clinics_of(request)
    wanted = {item.appointment.key: item.appointment for item in items_at(clinic, now=request.now)}
    values = {key: request.POST[f"visit-{key}"] for key in wanted if f"visit-{key}" in request.POST}
    moved, failed = rebook_all(clinic=clinic, values=values, by=request.user, now=request.now)
    if moved:
        messages.success(request, f"{len(moved)} visit{'' if len(moved) == 1 else 's'} moved. Each patient gets one message.")
    for key, why in failed.items():
        messages.warning(request, f"{wanted[key].patient.name} was not moved: {why}")
    if not values:
        messages.warning(request, "Tick the visits to move.")
    return redirect("reception:worklist")


@allow("absence.record")
@require_POST
def ask(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the patient now to choose a new time."""
    visit = get_object_or_404(Appointment.objects.visible_to(request.user).with_people(), key=key)
    if not visit.session_id or not cannot_stand(visit, now=request.now):
        raise Http404
    ask_now(visit, now=request.now)
    messages.success(request, f"{visit.patient.name} is asked to choose a new time.")
    return redirect("reception:worklist")
