"""Answers that wait for a clinician: read, decided, asked about, and findings overruled."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from bookings.models import Appointment
from bookings.services.reviews import CannotReach, LimitsCloseVisit, ask_about_answers, review_answers
from intervals import local_date
from patients.enums import Decision
from patients.models import Finding, Intake, Question
from patients.reviewing import ChangedMeanwhile, overrule_finding, stamp_of
from web.guard import allow
from web.practitioner.forms import ASK, OverruleForm, ReviewForm
from web.practitioner.review_page import Case, queue_of
from web.templatetags.house import clinic_datetime

NOT_KEPT = "Nothing of yours was kept: read how it stands now, then decide again if you still want to."


@allow("finding.review")
def see_reviews(request: HttpRequest) -> HttpResponse:
    """What waits, the first of it open."""
    waiting = load_queue(request)
    return render(request, "practitioner/reviews.html", page(request, waiting, waiting[0].intake if waiting else None))


@allow("finding.review")
def review(request: HttpRequest, key: str) -> HttpResponse:
    """One patient's answers with a form for the decision."""
    intake = load_intake(request, key)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = decided(request, intake, form)
        except ChangedMeanwhile as since:
            return render(request, "practitioner/reviews.html", overtaken(request, key, form, str(since)), status=409)
        except LimitsCloseVisit as problem:
            form.add_error("techniques", str(problem))
        except CannotReach as problem:
            form.add_error("decision", str(problem))
        else:
            messages.success(request, said)
            return redirect("practitioner:reviews")
    status = 422 if form.is_bound else 200
    return render(
        request, "practitioner/reviews.html", page(request, load_queue(request), intake, form if form.is_bound else None), status=status
    )


def decided(request: HttpRequest, intake: Intake, form: ReviewForm) -> str:
    """Do what the form says; say what was done."""
    doing = {"intake": intake, "as_read": form.cleaned_data["as_read"], "by": request.user, "now": request.now}
    name = intake.patient.name
    if form.cleaned_data["decision"] == ASK:
        question = ask_about_answers(words=form.cleaned_data["question"], **doing)
        return f"Asked. {name} has until {clinic_datetime(question.due, intake.patient.clinic)}; the answer comes back here."
    review_answers(ruling=form.ruling, **doing)
    if form.ruling.decision == Decision.REFUSED:
        return f"Refused. {name}’s visit is cancelled, and reception rings them."
    return f"{form.ruling.decision.label}. {name} is told that the visit stands."


def overtaken(request: HttpRequest, key: str, form: ReviewForm, since: str) -> dict[str, object]:
    """The page as it stands now, with what was typed, for whoever came second."""
    intake = load_intake(request, key)
    form.data = form.data.copy()
    form.data["as_read"] = stamp_of(intake)
    return page(request, load_queue(request), intake, form) | {"since": since, "not_kept": NOT_KEPT}


@require_POST
@allow("finding.review")
def overrule(request: HttpRequest, key: str, finding: str) -> HttpResponse:
    """Overrule one finding with a reason."""
    intake = load_intake(request, key)
    row = get_object_or_404(Finding.objects.visible_to(request.user).of_intakes([intake]), key=finding)
    form = OverruleForm(request.POST, prefix=row.key)
    if not form.is_valid():
        shown = page(request, load_queue(request), intake, overruling=(row.key, form))
        return render(request, "practitioner/reviews.html", shown, status=422)
    try:
        overrule_finding(finding=row, because=form.cleaned_data["because"], by=request.user, now=request.now)
    except ChangedMeanwhile as since:
        messages.warning(request, str(since))
    else:
        messages.success(request, f"Overruled: {row.words}. Your reason stands with it.")
    return redirect("practitioner:review", intake.key)


def load_queue(request: HttpRequest) -> list:
    """Who waits, the most urgent first."""
    rows = Intake.objects.visible_to(request.user).waiting_for_review()
    intakes = list(rows.select_related("patient__clinic").prefetch_related("findings", "questions"))
    visits = Appointment.objects.visible_to(request.user).ahead(request.now).of_intakes(intakes).with_people()
    return queue_of(intakes, visits, now=request.now)


def load_intake(request: HttpRequest, key: str) -> Intake:
    intake = get_object_or_404(Intake.objects.visible_to(request.user).select_related("patient__clinic", "reviewed_by"), key=key)
    request.clinic = intake.patient.clinic
    return intake


def page(
    request: HttpRequest,
    waiting: list,
    intake: Intake | None,
    form: ReviewForm | None = None,
    overruling: tuple[str, OverruleForm] | None = None,
) -> dict[str, object]:
    asked = sum(row.is_asked for row in waiting)
    shown = {"waiting": waiting, "to_read": len(waiting) - asked, "asked": asked, "intake": intake}
    if intake is None:
        return shown
    visits = Appointment.objects.visible_to(request.user).of_intakes([intake]).promised().with_people()
    findings = list(intake.findings.worst_first().select_related("overruled_by"))
    forms = {finding.key: OverruleForm(prefix=finding.key) for finding in findings}
    if overruling:
        forms[overruling[0]] = overruling[1]
    case = Case(
        intake=intake,
        findings=findings,
        visits=list(visits),
        forms=forms,
        questions=list(Question.objects.of_intake(intake).with_people()),
        before=list(Finding.objects.visible_to(request.user).overruled_before(intake)),
        today=local_date(request.now, intake.patient.clinic.tz),
    )
    return {
        **shown,
        "case": case,
        "patient": intake.patient,
        "form": form or ReviewForm(initial={"as_read": stamp_of(intake)}),
        "overruling": overruling[1] if overruling else None,
    }
