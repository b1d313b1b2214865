"""The directory: every insurer, what it asks for, and what was written of it before."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clinic.access import may
from clinic.models import Clinic
from insurers.house import rules_by_clinic, rules_for
from insurers.inforce import directory_in_force
from insurers.models import Insurer
from insurers.services import ChangedMeanwhile, add_insurer, edit_insurer, set_cover_rules
from web.approvals.insurer_forms import InsurerForm
from web.approvals.policy_forms import NumberForm, RulesForm
from web.approvals.words import Listed, changes_words
from web.guard import allow


@allow("cover.see")
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Every insurer, and what it asks for; those that are no longer offered last."""
    wanted = request.GET.get("q", "").strip()[:60]
    every = [Listed(row) for row in Insurer.objects.by_name()]
    found = [each for each in every if each.says(wanted)]
    page = {"insurers": found, "many": len(every), "wanted": wanted, "may_edit": may(request.user, "insurer.edit")}
    return render(request, "approvals/insurers.html", page)


@allow("insurer.edit")
def insurer(request: HttpRequest, slug: str) -> HttpResponse:
    """What is written of an insurer, to change; earlier values stay in its history."""
    found = get_object_or_404(Insurer, slug=slug)
    history = found.changes.newest_first()
    form = InsurerForm(request.POST or None, insurer=found, seen=len(history))
    if form.is_valid():
        try:
            changed = edit_insurer(insurer=found, values=form.values, seen=form.cleaned_data["seen"] or 0, by=request.user, now=request.now)
        except ChangedMeanwhile as meanwhile:
            form.add_error(None, str(meanwhile))
        else:
            messages.success(request, f"{form.values['name']} is kept." if changed else "Nothing was changed.")
            return redirect(f"{reverse('approvals:insurers')}#i-{found.slug}")
    return render(request, "approvals/insurer.html", {"listed": Listed(found), "form": form, "history": changes_words(history)})


@allow("insurer.edit")
def add(request: HttpRequest) -> HttpResponse:
    """An insurer that is not on the list."""
    form = InsurerForm(request.POST or None)
    if form.is_valid():
        made = add_insurer(values=form.values, by=request.user)
        messages.success(request, f"{made.name} is on the list and can be chosen.")
        return redirect(f"{reverse('approvals:insurers')}#i-{made.slug}")
    return render(request, "approvals/insurer.html", {"form": form})


@allow("cover.see")
@require_safe
def number_hint(request: HttpRequest) -> HttpResponse:
    """What a number that is being typed looks like."""
    return hint(request)


def hint(request: HttpRequest) -> HttpResponse:
    """The words under a number field, as a fragment."""
    typed = request.GET.get(request.GET.get("name", ""), "")
    form = NumberForm({"insurer": request.GET.get("insurer"), "kind": request.GET.get("kind"), "number": typed})
    fit, words = form.words(directory_in_force()) if form.is_valid() else ("", "")
    return render(request, "components/_number_hint.html", {"fit": fit, "words": words})


@allow("house.manage")
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of each clinic for insured visits."""
    clinics = list(Clinic.objects.visible_to(request.user).order_by("position", "name"))
    found = rules_by_clinic(clinic.pk for clinic in clinics)
    return render(request, "approvals/rules.html", {"sites": [(clinic, found[clinic.pk]) for clinic in clinics]})


@allow("house.manage")
def clinic_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the rules of one clinic."""
    site = get_object_or_404(Clinic.objects.visible_to(request.user), slug=slug)
    form = RulesForm(request.POST or None, rules=rules_for(site.pk))
    if form.is_valid():
        set_cover_rules(clinic=site, values=form.cleaned_data, by=request.user)
        messages.success(request, f"The rules of {site.place} are kept.")
        return redirect("approvals:rules")
    return render(request, "approvals/rules_edit.html", {"site": site, "form": form})
