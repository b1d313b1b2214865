"""The diary: a day or a week, as a grid or as a list, with one visit beside it."""

from dataclasses import replace
from datetime import date
from itertools import groupby
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bookings.desk import Days, DeskVisit, days_at
from bookings.enums import State
from clinic.access import may
from clinic.models import Clinic, Practitioner, Room
from web.guard import allow
from web.reception.forms import FilterForm
from web.reception.grid import columns_for, grid_of, kind_of, neighbour
from web.reception.look import Look, clinics_of, today_of
from web.reception.panel import Panel, Row, actions_of, panel_of
from web.reception.waitlist import gaps_within
from web.reception.words import MARKS, clock_of, count_words, day_of, held_words, marks_of, state_word
from web.sheets import csv_response

HEAD = ["Day", "From", "To", "Patient", "Practitioner", "Room", "What", "Session", "State", "Marks"]
KEYS = [
    ("T", "today"),
    ("K", "day or week before"),
    ("J", "day or week after"),
    ("B", "book a visit"),
    ("L", "list or grid"),
    ("C", "check in the chosen visit"),
    ("M", "move it"),
    ("Z", "undo what was just done"),
    ("/", "find a patient"),
]


@allow("diary.see")
@require_safe
def diary(request: HttpRequest) -> HttpResponse:
    """The diary of one clinic."""
    clinic, clinics = clinics_of(request)
    look = Look.read(request.GET, today=today_of(clinic, request.now))
    days = days_at(clinic=clinic, user=request.user, first_day=look.first_day, last_day=look.last_day, now=request.now)
    chosen = next((visit for visit in days.visits if visit.appointment.key == look.visit), None)
    may_see = may(request.user, "appointment.see")
    panel = panel_of(chosen, look=look, user=request.user, now=request.now) if chosen and may_see else None
    if request.GET.get("file") == "csv":
        return csv_response(f"diary-{look.first_day}", HEAD, [csv_row(visit) for visit in wanted_of(days.visits, look)])
    page = list_page(request, days, look) if look.is_list else grid_page(request, days, look)
    common = {
        "look": look,
        "days": days,
        "clinics": clinics,
        "pulse": pulse_of(days.visits, look),
        "keys": KEYS,
        "address": addresses(look),
    }
    steps = {"before": neighbour(look.before, look.today), "after": neighbour(look.after, look.today)}
    rights = {"may_book": may(request.user, "appointment.book"), "may_offer": may(request.user, "waitlist.offer")}
    opens, closes = days.bounds[look.first_day].start, days.bounds[look.last_day].end
    common["gaps"] = gaps_within(request, clinic, opens, closes)
    return render(request, "reception/diary.html", {**common, **steps, **page, **rights, **panel_page(panel)})


def panel_page(panel: Panel | None) -> dict[str, object]:
    """The panel and where its links lead."""
    if panel is None:
        return {}
    patient, policy = panel.patient, panel.policy
    return {
        "panel": panel,
        "held_words": held_words(panel.appointment),
        "patient_address": reverse("practitioner:patient", args=[patient.key]) if patient else "",
        "policy_address": reverse("approvals:policy", args=[policy.key]) if policy else "",
    }


def addresses(look: Look) -> dict[str, object]:
    """Where the page's links lead."""
    plain = replace(look, visit="")
    unfiltered = {"words": "", "person": "", "state": "", "mark": ""}
    return {
        "before": plain.address(day=look.before),
        "today": plain.address(day=look.today),
        "after": plain.address(day=look.after),
        "practitioner": look.address(columns="practitioner"),
        "room": look.address(columns="room"),
        "day": plain.address(span="day"),
        "week": plain.address(span="week"),
        "grid": look.address(shape="grid", **unfiltered),
        "list": look.address(shape="list"),
        "csv": f"{plain.address()}&file=csv",
        "all": plain.address(**unfiltered),
        "kept": [(name, value) for name, value in parse_qsl(replace(plain, **unfiltered).query)],
    }


def grid_page(request: HttpRequest, days: Days, look: Look) -> dict[str, object]:
    """The columns of one day."""
    timelines = columns_for(days, look, columns_of(request, days.clinic, look))
    return {"grid": grid_of(days, look, timelines, now=request.now), "legend": MARKS.values()}


def columns_of(request: HttpRequest, clinic: Clinic, look: Look) -> list[Practitioner] | list[Room]:
    """The clinic's rooms, or those who work there on the shown day."""
    if look.columns == "room":
        return list(Room.objects.visible_to(request.user).at(clinic).usable().by_name())
    return list(Practitioner.objects.visible_to(request.user).at(clinic).working(look.day).by_name())


def list_page(request: HttpRequest, days: Days, look: Look) -> dict[str, object]:
    """The visits by hour of a day, or by day of a week."""
    shown = wanted_of(days.visits, look)
    people = sorted({visit.appointment.practitioner for visit in days.visits}, key=lambda person: (person.position, person.name))
    form = FilterForm(look=look, people=people)
    return {"groups": groups_of(request, shown, days, look), "shown": len(shown), "filter": form, "practitioners": len(people)}


def groups_of(request: HttpRequest, visits: list[DeskVisit], days: Days, look: Look) -> list[dict[str, object]]:
    clinic = days.clinic
    if look.is_week:
        return [day_group(request, day, visits, days, look) for day in days.bounds]
    hours = groupby(visits, key=lambda visit: f"{clock_of(visit.appointment.start, clinic)[:2]}:00")
    return [{"ident": f"h{hour[:2]}", "words": hour, "rows": [row_of(request, visit, look) for visit in rows]} for hour, rows in hours]


def day_group(request: HttpRequest, day: date, visits: list[DeskVisit], days: Days, look: Look) -> dict[str, object]:
    mine = [visit for visit in visits if visit.appointment.start in days.bounds[day]]
    closed = f"closed, {days.holidays[day]}" if day in days.holidays else ""
    return {
        "ident": f"d{day:%d}",
        "words": f"{day:%A} {day.day} {day:%B}",
        "more": closed or ("" if mine else "no visits"),
        "short": f"{day:%a} {day.day}",
        "href": look.address(day=day, span="day"),
        "rows": [row_of(request, visit, look) for visit in mine],
    }


def row_of(request: HttpRequest, visit: DeskVisit, look: Look) -> Row:
    return Row(
        visit=visit,
        actions=actions_of(visit, request.user, request.now),
        href=look.address(visit=visit.appointment.key),
        kind=kind_of(visit),
        marks=[MARKS[mark] for mark in marks_of(visit)],
    )


def wanted_of(visits: tuple[DeskVisit, ...], look: Look) -> list[DeskVisit]:
    """The visits that the list's filter lets through."""
    return [visit for visit in visits if lets_through(visit, look)]


def lets_through(visit: DeskVisit, look: Look) -> bool:
    appointment = visit.appointment
    name = appointment.patient.name.casefold() if appointment.patient else ""
    return (
        all(word in name for word in look.words.casefold().split())
        and look.person in ("", appointment.practitioner.key)
        and look.state in ("", "hit" if visit.away else appointment.state)
        and (not look.mark or look.mark in marks_of(visit))
    )


def pulse_of(visits: tuple[DeskVisit, ...], look: Look) -> list[tuple[int, str, str]]:
    """The days at a glance: how many, of what, and where they are listed."""
    marks = [mark for visit in visits for mark in marks_of(visit)]
    states = [visit.appointment.state for visit in visits]
    counts = [
        (states.count(State.PROVISIONAL), ("provisional", "provisional"), {"state": "provisional"}),
        (marks.count("code"), ("code missing", "codes missing"), {"mark": "code"}),
        (sum(bool(visit.away) for visit in visits), ("needs a new time", "need a new time"), {"state": "hit"}),
        (marks.count("draft"), ("note in draft", "notes in draft"), {"mark": "draft"}),
    ]
    plain = replace(look, visit="", words="", person="", state="", mark="", shape="list")
    found = [(len(visits), ("visit", "visits"), {}), *(each for each in counts if each[0])]
    return [(count, words[count != 1], plain.address(**shown)) for count, words, shown in found]


def csv_row(visit: DeskVisit) -> list[object]:
    appointment, clinic = visit.appointment, visit.appointment.clinic
    return [
        day_of(appointment.start, clinic),
        clock_of(appointment.start, clinic),
        clock_of(appointment.end, clinic),
        appointment.patient.name if appointment.patient else "",
        appointment.practitioner.name,
        appointment.room.name,
        appointment.service.name,
        count_words(visit) if appointment.session_id else "",
        state_word(visit),
        ", ".join(MARKS[mark][1] for mark in marks_of(visit)),
    ]
