"""Every message, and why it went or didn't."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from clinic.access import may
from clinic.models import Clinic
from intervals import local_date, local_day
from messaging.enums import State
from messaging.models import Message
from messaging.querysets import MessageQuerySet
from messaging.selectors import counts, health
from messaging.services import mark_told, resend, send_now
from patients.addresses import address_of
from patients.models import Patient
from web.context import staff_clinic
from web.guard import allow
from web.manage.forms import STATES, MessagesForm, kind_choices
from web.manage.messages import Line, lines
from web.sheets import csv_response

A_PAGE = 50
MOST_LOOKS = 6
MOST_ROWS = 5000
HEAD = ["Due", "Sent", "State", "What", "To", "By", "Address", "Why", "Tries"]


@allow("message.see")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Those that need a look on top, then today's or those that are looked for."""
    request.clinic = _clinic(request)
    wanted = MessagesForm(request.GET).wanted
    mine = Message.objects.visible_to(request.user)
    page = Paginator(_found(request, mine, wanted), A_PAGE).get_page(request.GET.get("page"))
    looks = list(mine.needing_a_look().newest_first()[:MOST_LOOKS])
    every = lines([*looks, *page], user=request.user, now=request.now)
    shown = {
        "page": page,
        "lines": every[len(looks) :],
        "looks": every[: len(looks)],
        "wanted": wanted,
        "kinds": kind_choices(),
        "tabs": _tabs(request, mine),
        "health": health(request.now),
        "pages_query": urlencode(wanted),
        "may_see_texts": may(request.user, "house.manage"),
    }
    return render(request, "manage/outbox.html", shown)


def _found(request: HttpRequest, mine: MessageQuerySet, wanted: dict[str, str]) -> MessageQuerySet:
    found = mine.in_state(State(wanted["state"])) if wanted["state"] else mine
    if wanted["q"]:
        found = found.to_any(Patient.objects.visible_to(request.user).find(wanted["q"]).values_list("key", flat=True))
    elif not wanted["state"]:
        found = _today(request, found)
    found = found.of_kinds([wanted["kind"]]) if wanted["kind"] else found
    found = found.by_channel(wanted["by"]) if wanted["by"] else found
    return found.soonest_first() if wanted["state"] == State.DUE else found.newest_first()


def _today(request: HttpRequest, found: MessageQuerySet) -> MessageQuerySet:
    """Those due on this day of the clinic's calendar."""
    zone = request.clinic.tz
    day = local_day(zone, local_date(request.now, zone))
    return found.between(day.start, day.end)


def _clinic(request: HttpRequest) -> Clinic:
    clinic = staff_clinic(request.user)
    if clinic is None:
        raise Http404  # somebody of no clinic has no messages
    return clinic


def _tabs(request: HttpRequest, mine: MessageQuerySet) -> list[tuple[str, str, int]]:
    many = {state.value: number for state, number in counts(mine).items()} | {"": _today(request, mine).count()}
    return [(value, words, many[value]) for value, words in STATES]


@allow("message.see")
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The rows that are looked for, as a file."""
    request.clinic = _clinic(request)
    found = _found(request, Message.objects.visible_to(request.user), MessagesForm(request.GET).wanted)
    rows = lines(found.select_related("clinic")[:MOST_ROWS], user=request.user, now=request.now)
    return csv_response("messages", HEAD, [_csv_row(row) for row in rows])


def _csv_row(row: Line) -> list[object]:
    message = row.message
    zone = message.clinic.tz
    sent = message.sent_at.astimezone(zone).isoformat(timespec="minutes") if message.sent_at else ""
    due = message.due_at.astimezone(zone).isoformat(timespec="minutes")
    address = message.masked_address
    return [due, sent, row.look[1], message.words, row.name, message.get_channel_display(), address, row.why, message.attempts]


@allow("message.send")
@require_POST
def act(request: HttpRequest, key: str, deed: str) -> HttpResponse:
    """Send now, send again, or note that the person was told another way."""
    message = get_object_or_404(Message.objects.visible_to(request.user).select_related("clinic"), key=key)
    [line] = lines([message], user=request.user, now=request.now)
    if deed not in ACTS:
        raise Http404
    if deed in dict(line.deeds):
        messages.success(request, ACTS[deed](request, message))
    else:
        messages.warning(request, f"This message is {line.look[1].lower()} by now. Look at it again.")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list as it was looked at: only ever a page of our own."""
    asked = request.POST.get("back", "")
    ours = asked.startswith("/outbox/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else "/outbox/"


def _now(request: HttpRequest, message: Message) -> str:
    send_now(message=message, now=request.now)
    return f"{message.words} to {message.name} goes with the next look."


def _again(request: HttpRequest, message: Message) -> str:
    known = Patient.objects.visible_to(request.user).select_related("clinic").in_bulk([message.recipient], field_name="key")
    patient = known.get(message.recipient)
    row = resend(message=message, now=request.now, to=address_of(patient) if patient else None, by=request.user)
    if row.state == State.FAILED:
        return f"{row.reason} is on file for {message.name}. Add one, or tell them another way."
    return f"{message.words} goes to {message.name} once more."


def _told(request: HttpRequest, message: Message) -> str:
    mark_told(message=message, now=request.now, by=request.user)
    return f"Noted: you told {message.name}."


ACTS = {"now": _now, "again": _again, "told": _told}
