"""Answers that wait for a clinician: read, decided, and findings set aside."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from bookings.models import Appointment
from bookings.services.visits import review_answers
from intervals import local_date
from patients.enums import Decision
from patients.models import Finding, Intake
from patients.services import overrule_finding
from web.guard import allow
from web.practitioner.forms import OverruleForm, ReviewForm
from web.practitioner.review_page import Case, queue_of


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
        decision = Decision(form.cleaned_data["decision"])
        review_answers(intake=intake, decision=decision, words=form.cleaned_data["words"], by=request.user, now=request.now)
        messages.success(request, said_after(intake, decision))
        return redirect("practitioner:reviews")
    status = 422 if form.is_bound else 200
    return render(request, "practitioner/reviews.html", page(request, load_queue(request), intake, form), status=status)


@require_POST
@allow("finding.review")
def overrule(request: HttpRequest, key: str, finding: str) -> HttpResponse:
    """Set one finding aside with a reason."""
    intake = load_intake(request, key)
    row = get_object_or_404(Finding.objects.visible_to(request.user).of_intakes([intake]).standing(), key=finding)
    form = OverruleForm(request.POST, prefix=row.key)
    if not form.is_valid():
        shown = page(request, load_queue(request), intake, overruling=(row.key, form))
        return render(request, "practitioner/reviews.html", shown, status=422)
    overrule_finding(finding=row, because=form.cleaned_data["because"], by=request.user, now=request.now)
    messages.success(request, f"Set aside: {row.words}. Your reason stands with it.")
    return redirect("practitioner:review", intake.key)


def load_queue(request: HttpRequest) -> list:
    """Who waits, the earliest visit first."""
    rows = Intake.objects.visible_to(request.user).waiting_for_review()
    intakes = list(rows.select_related("patient__clinic").prefetch_related("findings"))
    visits = Appointment.objects.visible_to(request.user).ahead(request.now).of_intakes(intakes).with_people()
    return queue_of(intakes, visits)


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
    shown = {"waiting": waiting, "intake": intake, "form": form or ReviewForm()}
    if intake is None:
        return shown
    visits = Appointment.objects.visible_to(request.user).of_intakes([intake]).promised().with_people()
    findings = list(intake.findings.worst_first().select_related("overruled_by"))
    forms = {finding.key: OverruleForm(prefix=finding.key) for finding in findings}
    if overruling:
        forms[overruling[0]] = overruling[1]
    case = Case(intake=intake, findings=findings, visits=list(visits), forms=forms, today=local_date(request.now, intake.patient.clinic.tz))
    return {**shown, "case": case, "patient": intake.patient, "overruling": overruling[1] if overruling else None}


def said_after(intake: Intake, decision: Decision) -> str:
    name = intake.patient.name
    if decision == Decision.REFUSED:
        return f"Refused. {name}’s visit is cancelled, and reception rings them."
    return f"{Decision(decision).label}. {name} is told that the visit stands."
