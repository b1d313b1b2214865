"""One policy: its codes, the visits that they cover or don't, what is known of it, and what was known before."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bookings.services.codes import accept_code, let_patient_pay
from bookings.services.states import StateChanged
from clinic.access import may
from insurers.board import row_of
from insurers.models import Authorisation, Policy
from insurers.selectors import course_of, visits_of
from insurers.services import (
    CodeKnown,
    NothingAsked,
    PolicyKnown,
    UnitsAlreadyUsed,
    edit_policy,
    note_chase,
    note_refusal,
    note_request,
)
from web.approvals.forms import CodeForm, code_form
from web.approvals.policy_forms import ExtensionForm, PolicyForm, RefusalForm
from web.approvals.words import Said, Visit, accepted_words, changes_words, policy_facts, starts_of
from web.guard import allow


@allow("cover.see")
@require_safe
def policy(request: HttpRequest, key: str) -> HttpResponse:
    """One policy as it stands."""
    found = find_policy(request, key)
    form = code_form(request, found) if may(request.user, "authorisation.record") else None
    return show(request, found, form)


def find_policy(request: HttpRequest, key: str) -> Policy:
    return get_object_or_404(Policy.objects.visible_to(request.user).with_people(), key=key)


def show(request: HttpRequest, found: Policy, form: CodeForm | None) -> HttpResponse:
    row = row_of(user=request.user, now=request.now, policy=found.key)
    if row is None:
        raise Http404  # nothing is billed to it
    covers = visits_of(found)
    starts = starts_of(request.user, [cover.key for cover in covers])
    answers = Authorisation.objects.visible_to(request.user).of_policy(found).in_full().oldest_first()
    context = {
        "policy": found,
        "row": row,
        "visits": [Visit(cover, starts.get(cover.key), row.left) for cover in covers],
        "answers": [Said(answer, row.today, found.patient.clinic.currency) for answer in answers],
        "facts": policy_facts(found, row.today),
        "refusal": RefusalForm(),
        "form": form,
    }
    return render(request, "approvals/policy.html", context)


@allow("authorisation.record")
@require_POST
def record_code(request: HttpRequest, key: str) -> HttpResponse:
    """Record what the insurer approved; the visits that waited only for it are booked."""
    found = find_policy(request, key)
    form = code_form(request, found)
    if form.is_valid():
        try:
            booked = accept_code(policy=found, by=request.user, now=request.now, **form.answer)
        except UnitsAlreadyUsed as refused:
            form.add_error("units", str(refused))
        except CodeKnown as known:
            form.add_error("code", str(known))
        except StateChanged as changed:
            form.add_error(None, str(changed))
        else:
            messages.success(request, brought_about(request, found, form.answer["units"], len(booked)))
            return redirect("approvals:board")
    return show(request, found, form)


def brought_about(request: HttpRequest, found: Policy, units: int, booked: int) -> str:
    row = row_of(user=request.user, now=request.now, policy=found.key)
    return f"{found.patient.name}: {accepted_words(units, booked, len(row.left.beyond) if row else 0)}"


@allow("authorisation.record")
@require_POST
def asked(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer was asked."""
    found = find_policy(request, key)
    note_request(policy=found, by=request.user, now=request.now)
    messages.success(request, f"Noted: {found.insurer.name} was asked about {found.patient.name}.")
    return redirect("approvals:policy", key)


@allow("authorisation.record")
@require_POST
def chased(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer was reminded."""
    found = find_policy(request, key)
    try:
        note_chase(policy=found, by=request.user, now=request.now)
    except NothingAsked as nothing:
        messages.warning(request, str(nothing))
    else:
        messages.success(request, f"Noted: {found.insurer.name} was reminded about {found.patient.name}.")
    return redirect("approvals:policy", key)


@allow("authorisation.record")
@require_POST
def refused(request: HttpRequest, key: str) -> HttpResponse:
    """Note that the insurer said no, and what it said."""
    found = find_policy(request, key)
    form = RefusalForm(request.POST)
    because = form.cleaned_data["because"] if form.is_valid() else ""
    note_refusal(policy=found, by=request.user, now=request.now, because=because)
    messages.success(request, f"Noted: {found.insurer.name} said no. Now decide with {found.patient.name} who pays.")
    return redirect("approvals:policy", key)


@allow("authorisation.record")
@require_POST
def patient_pays(request: HttpRequest, key: str) -> HttpResponse:
    """Let the patient pay for what was not held yet."""
    found = find_policy(request, key)
    try:
        booked = let_patient_pay(policy=found, by=request.user, now=request.now)
    except StateChanged as changed:
        messages.warning(request, str(changed))
        return redirect("approvals:policy", key)
    also = f" {len(booked)} waiting {'visit is' if len(booked) == 1 else 'visits are'} booked now." if booked else ""
    messages.success(request, f"{found.patient.name} pays from now on.{also}")
    return redirect("approvals:board")


@allow("cover.edit")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """What is known of the policy, to change, with what was known before."""
    found = find_policy(request, key)
    form = PolicyForm(request.POST or None, policy=found)
    if form.is_valid():
        today = request.now.astimezone(found.patient.clinic.tz).date()
        try:
            changed = edit_policy(policy=found, values=form.answer(today), by=request.user, now=request.now)
        except PolicyKnown as known:
            form.add_error("number", str(known))
        else:
            messages.success(request, "The policy is kept." if changed else "Nothing was changed.")
            return redirect("approvals:policy", key)
    history = changes_words(found.changes.newest_first(), found.patient.clinic.currency)
    return render(request, "approvals/policy_edit.html", {"policy": found, "form": form, "history": history})


@allow("authorisation.record")
def extend(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the insurer for more sessions: how many and why; the letter is made of it."""
    found = find_policy(request, key)
    course = course_of(found)
    if course is None:
        raise Http404
    row = row_of(user=request.user, now=request.now, policy=key)
    wanted = len(row.left.beyond) + max(0, row.to_book - max(0, row.left.left))
    form = ExtensionForm(request.POST or None, initial={"units": wanted or None})
    if form.is_valid():
        asked = note_request(policy=found, course=course, by=request.user, now=request.now, **form.cleaned_data)
        messages.success(request, "The request is kept. Send the letter to the insurer.")
        return redirect("approvals:authorisation", asked.key)
    return render(request, "approvals/extend.html", {"policy": found, "row": row, "course": course, "form": form})
