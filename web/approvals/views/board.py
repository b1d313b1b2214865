"""What the insurers still owe an answer for, and what is done about many at once."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clinic.access import may
from insurers.board import Board, Row
from insurers.board import board as board_of
from insurers.models import Policy
from insurers.services import NothingAsked, note_chase, note_refusal, note_request
from web.approvals.forms import CodeForm, FilterForm, ManyForm, code_form, tabs
from web.approvals.words import keys_of, lines, starts_of
from web.guard import allow
from web.sheets import csv_response

A_PAGE = 50
MOST_DUE = 8
HEAD = ["Patient", "Insurer", "Policy", "Code", "State", "Approved", "Used", "Booked", "Left", "Last day", "Booked beyond", "Clinic"]
DEEDS: dict[str, tuple[Callable[..., object], str]] = {
    "asked": (note_request, "asked"),
    "chased": (note_chase, "chased"),
    "refused": (note_refusal, "refused"),
}


@allow("cover.see")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is due today on top, then everything that needs something."""
    form = FilterForm(request.GET)
    start = A_PAGE * (form.page - 1)
    found = board_of(user=request.user, now=request.now, wanted=form.wanted, start=start, many=A_PAGE, most_due=MOST_DUE)
    starts = starts_of(request.user, keys_of(found.rows, found.due))
    asked_for = request.GET.get("code") or (found.due[0].key if found.due else "")
    shown = {
        "board": found,
        "due": lines(found.due, starts),
        "lines": lines(found.rows, starts),
        "page": Paginator(range(found.found), A_PAGE).get_page(form.page),
        "may_record": may(request.user, "authorisation.record"),
    }
    return render(request, "approvals/board.html", shown | _filter(form, found) | _code_card(request, asked_for))


def _filter(form: FilterForm, found: Board) -> dict[str, object]:
    hidden = found.due_count - len(found.due)
    return {"wanted": form.wanted, "tabs": tabs(found), "pages_query": query_of(form), "hidden_due": hidden}


def query_of(form: FilterForm) -> str:
    """What is looked for, as an address says it."""
    wanted = form.wanted
    said = {"q": wanted.words, "insurer": wanted.insurer, "need": wanted.need, "clinic": wanted.clinic, "with": wanted.practitioner}
    return urlencode({name: value for name, value in said.items() if value})


def _code_card(request: HttpRequest, key: str) -> dict[str, object]:
    """The form beside the list, for the first that is due or the one that was asked for; only who may record gets it."""
    if not key or not may(request.user, "authorisation.record"):
        return {}
    found = Policy.objects.visible_to(request.user).with_people().keyed(key).first()
    form: CodeForm | None = code_form(request, found, brief=True) if found else None
    return {"policy": found, "form": form} if form else {}


@allow("cover.see")
@require_safe
def board_csv(request: HttpRequest) -> HttpResponse:
    """The board's rows as a file."""
    found = board_of(user=request.user, now=request.now, wanted=FilterForm(request.GET).wanted, most_due=0)
    return csv_response("approvals", HEAD, [_csv_row(row) for row in found.rows])


def _csv_row(row: Row) -> list[object]:
    left = row.left
    beyond = ", ".join(visit.on.isoformat() for visit in left.beyond)
    numbers = [left.units, left.used, left.booked, left.left, left.last_day, beyond]
    return [row.patient, row.insurer, row.number, row.code, row.need.words, *numbers, row.clinic.place]


@allow("authorisation.record")
@require_POST
def many(request: HttpRequest) -> HttpResponse:
    """Note the same about every ticked policy: asked, chased, or refused; each that can't be is named."""
    form = ManyForm(request.POST)
    back = f"{reverse('approvals:board')}?{query_of(FilterForm(request.GET))}"
    if not form.is_valid():
        messages.warning(request, "Tick the ones you mean, and choose what to note.")
        return redirect(back)
    deed, words = DEEDS[form.cleaned_data["deed"]]
    more = {"because": form.cleaned_data["because"]} if deed is note_refusal else {}
    found = Policy.objects.visible_to(request.user).with_people().keyed_any(form.cleaned_data["policy"])
    done = 0
    for policy in found:
        try:
            deed(policy=policy, by=request.user, now=request.now, **more)
        except NothingAsked:
            messages.warning(request, f"{policy.patient.name}: {policy.insurer} was not asked yet, so there is nothing to chase.")
        else:
            done += 1
    if done:
        messages.success(request, f"{done} noted as {words}.")
    return redirect(back)
