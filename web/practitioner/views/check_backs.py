"""What a patient said after a session, read by a clinician; where it worries, with what was done about it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from treatments.models import CheckBack, SessionRecord
from treatments.selectors import standing_of
from treatments.services.check_backs import see_to
from web.forms import HouseForm
from web.guard import allow
from web.practitioner.banner import banner_of
from web.practitioner.told import told_after


class SeenForm(HouseForm):
    """What was done about a worrying answer."""

    words = forms.CharField(
        label="What did you do?",
        help_text="It stands beside the answer from now on: what you heard, what you advised, what comes next.",
        max_length=600,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Write what you did, or what you found when you rang"},
    )


@allow("finding.review")
@require_http_methods(["GET", "HEAD", "POST"])
def read(request: HttpRequest, key: str) -> HttpResponse:
    """All that was said after one session, newest first; a form while something of it waits for a clinician."""
    record = get_object_or_404(SessionRecord.objects.visible_to(request.user).signed().with_course(), key=key)
    request.clinic = record.session.course.clinic
    told = told_after(request.user, record)
    waiting = next((answer for answer in told if answer.waits), None)
    form = SeenForm(request.POST if request.method == "POST" and waiting else None)
    if waiting and form.is_valid():
        see_to(check_back=waiting, words=form.cleaned_data["words"], by=request.user, now=request.now)
        messages.success(request, "Kept beside the answer. The task is done.")
        return redirect("practitioner:check_back", record.key)
    return render(request, "practitioner/check_back.html", page(record, told, waiting, form))


def page(record: SessionRecord, told: list[CheckBack], waiting: CheckBack | None, form: SeenForm) -> dict[str, object]:
    patient = record.session.course.patient
    banner = banner_of(standing_of(patient))
    return {"record": record, "patient": patient, "told": told, "waiting": waiting, "form": form, "banner": banner}
