"""What the insurers still owe an answer for, and recording their answers."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bookings.services.codes import accept_code, let_patient_pay
from bookings.services.states import StateChanged
from clinic.access import may
from insurers.board import Board, Row, rows_of
from insurers.board import board as board_of
from insurers.models import Authorisation, Insurer, Policy
from insurers.selectors import visits_of
from insurers.services import UnitsAlreadyUsed, note_refusal, note_request
from web.approvals.forms import CodeForm, FilterForm, tabs
from web.approvals.words import Visit, accepted_words, keys_of, lines, starts_of
from web.guard import allow
from web.sheets import csv_response

A_PAGE = 50
MOST_DUE = 8
HEAD = ["Patient", "Insurer", "Policy", "Code", "State", "Approved", "Used", "Booked", "Left", "Last day", "Booked beyond", "Clinic"]


@allow("cover.see")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is due today on top, then everything that needs something."""
    form = FilterForm(request.GET)
    found = board_of(user=request.user, now=request.now, wanted=form.wanted)
    page = Paginator(found.rows, A_PAGE).get_page(request.GET.get("page"))
    due = found.due[:MOST_DUE]
    starts = starts_of(request.user, keys_of(page, due))
    shown = {"board": found, "due": lines(due, starts), "lines": lines(page, starts), "page": page}
    asked_for = request.GET.get("code") or (due[0].key if due else "")
    return render(request, "approvals/board.html", shown | _filter(form, found) | _code_card(request, asked_for))


def _filter(form: FilterForm, found: Board) -> dict[str, object]:
    wanted = form.wanted
    query = urlencode({"q": wanted.words, "insurer": wanted.insurer, "need": wanted.need})
    return {"wanted": wanted, "tabs": tabs(found), "pages_query": query, "hidden_due": max(0, len(found.due) - MOST_DUE)}


def _code_card(request: HttpRequest, key: str) -> dict[str, object]:
    """The form beside the list, for the first that is due or the one that was asked for; only who may record gets it."""
    if not key or not may(request.user, "authorisation.record"):
        return {}
    found = Policy.objects.visible_to(request.user).with_people().keyed(key).first()
    return {"policy": found, "form": _code_form(request, found)} if found else {}


def _code_form(request: HttpRequest, found: Policy) -> CodeForm:
    today = request.now.astimezone(found.patient.clinic.tz).date()
    asked = Authorisation.objects.visible_to(request.user).of_policy(found).asked().oldest_first().first()
    return CodeForm(request.POST or None, policy=found, asked=asked, first_day=today)


@allow("cover.see")
@require_safe
def board_csv(request: HttpRequest) -> HttpResponse:
    """The board's rows as a file."""
    found = board_of(user=request.user, now=request.now, wanted=FilterForm(request.GET).wanted)
    return csv_response("approvals", HEAD, [_csv_row(row) for row in found.rows])


def _csv_row(row: Row) -> list[object]:
    left = row.left
    beyond = ", ".join(visit.on.isoformat() for visit in left.beyond)
    numbers = [left.units, left.used, left.booked, left.left, left.last_day, beyond]
    return [row.patient, row.insurer, row.number, row.code, row.need.words, *numbers, row.clinic.place]


@allow("cover.see")
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Every insurer, and what it asks for."""
    return render(request, "approvals/insurers.html", {"insurers": Insurer.objects.listed()})


@allow("cover.see")
@require_safe
def policy(request: HttpRequest, key: str) -> HttpResponse:
    """One policy: its codes, and the visits that they cover or don't."""
    found = _find(request, key)
    form = _code_form(request, found) if may(request.user, "authorisation.record") else None
    return _show(request, found, form)


def _find(request: HttpRequest, key: str) -> Policy:
    return get_object_or_404(Policy.objects.visible_to(request.user).with_people(), key=key)


def _show(request: HttpRequest, found: Policy, form: CodeForm | None) -> HttpResponse:
    rows = rows_of(user=request.user, now=request.now, policy=found.key)
    if not rows:
        raise Http404  # nothing is billed to it
    covers = visits_of(found)
    starts = starts_of(request.user, [cover.key for cover in covers])
    answers = Authorisation.objects.visible_to(request.user).of_policy(found).with_use().oldest_first().select_related("recorded_by")
    visits = [Visit(cover, starts.get(cover.key), rows[0].left) for cover in covers]
    return render(request, "approvals/policy.html", {"policy": found, "row": rows[0], "visits": visits, "answers": answers, "form": form})


@allow("authorisation.record")
@require_POST
def record_code(request: HttpRequest, key: str) -> HttpResponse:
    """Record what the insurer approved; the visits that waited only for it are booked."""
    found = _find(request, key)
    form = _code_form(request, found)
    if form.is_valid():
        said = {name: value for name, value in form.cleaned_data.items() if name != "keep"}
        try:
            booked = accept_code(policy=found, by=request.user, now=request.now, **said)
        except UnitsAlreadyUsed as refused:
            form.add_error("units", str(refused))
        except StateChanged as changed:
            form.add_error(None, str(changed))
        else:
            messages.success(request, _brought_about(request, found, said["units"], len(booked)))
            return redirect("approvals:board")
    return _show(request, found, form)


def _brought_about(request: HttpRequest, found: Policy, units: int, booked: int) -> str:
    rows = rows_of(user=request.user, now=request.now, policy=found.key)
    return f"{found.patient.name}: {accepted_words(units, booked, len(rows[0].left.beyond) if rows else 0)}"


@allow("authorisation.record")
@require_POST
def asked(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer was asked."""
    found = _find(request, key)
    note_request(policy=found, by=request.user, now=request.now)
    messages.success(request, f"Noted: {found.insurer.name} was asked about {found.patient.name}.")
    return redirect("approvals:policy", key)


@allow("authorisation.record")
@require_POST
def refused(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer said no."""
    found = _find(request, key)
    note_refusal(policy=found, by=request.user, now=request.now)
    messages.success(request, f"Noted: {found.insurer.name} said no. Now decide with {found.patient.name} who pays.")
    return redirect("approvals:policy", key)


@allow("authorisation.record")
@require_POST
def patient_pays(request: HttpRequest, key: str) -> HttpResponse:
    """Let the patient pay for what was not held yet."""
    found = _find(request, key)
    try:
        booked = let_patient_pay(policy=found, by=request.user, now=request.now)
    except StateChanged as changed:
        messages.warning(request, str(changed))
        return redirect("approvals:policy", key)
    also = f" {len(booked)} waiting {'visit is' if len(booked) == 1 else 'visits are'} booked now." if booked else ""
    messages.success(request, f"{found.patient.name} pays from now on.{also}")
    return redirect("approvals:board")
