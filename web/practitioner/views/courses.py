"""A course of treatment: its page and its prescription."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from bookings.models import Appointment
from bookings.services.prescribing import Prescribed
from bookings.services.prescribing import prescribe as prescribe_with_dates
from clinic.models import Practitioner
from insurers.selectors import covers_of, sessions_left
from patients.rulebook import rulebook
from treatments.catalogue import catalogue
from treatments.course_rules import Proposal
from treatments.models import Course, Service, Technique
from treatments.selectors import due_after, messages_to, scores_of, sessions_of, standing_of
from treatments.services.courses import CourseOver, NotPrescribed, TechniqueClosed, proposal_for
from web.guard import allow
from web.practitioner.banner import banner_of
from web.practitioner.course_page import CoursePage
from web.practitioner.forms import PlanForm, PrescribeForm
from web.practitioner.record_page import protocol_of, reasons_of, technique_choices, why_points
from web.practitioner.views.replanning import suggested

PLANNING = ("condition", "severity", "chronicity", "service")


@allow("course.see")
def see_course(request: HttpRequest, key: str) -> HttpResponse:
    """Sessions, scores, reviews, cover and messages of a course on one page that prints."""
    return render(request, "practitioner/course.html", course_page(request, load_course(request, key)))


@allow("course.prescribe")
def prescribe(request: HttpRequest, key: str) -> HttpResponse:
    """Say what the problem is, see what the table proposes and why, change it with a reason, prescribe."""
    course = load_course(request, key)
    services = Service.objects.visible_to(request.user).at(course.clinic).offered()
    if request.method == "POST":
        return prescribe_posted(request, course, services)
    asked = PlanForm(request.GET, services=services) if any(name in request.GET for name in PLANNING) else None
    if asked is None or not asked.is_valid():
        form = asked or PlanForm(initial=known(course, services), services=services)
        return render(request, "practitioner/prescribe.html", plan_page(course, form))
    proposal = proposal_for(**{name: asked.cleaned_data[name] for name in PLANNING})
    initial = {name: request.GET.get(name, "") for name in PLANNING}
    initial |= {"sessions": proposal.sessions, "goal": course.goal, "techniques": usual_techniques(asked, course)}
    form = PrescribeForm(initial=initial, services=services)
    return render(request, "practitioner/prescribe.html", plan_page(course, form, proposal))


def prescribe_posted(request: HttpRequest, course: Course, services) -> HttpResponse:
    form = PrescribeForm(request.POST, services=services)
    if form.is_valid():
        practitioner = get_object_or_404(Practitioner.objects.visible_to(request.user), user=request.user)
        try:
            done = prescribe_with_dates(course=course, practitioner=practitioner, by=request.user, now=request.now, **form.cleaned_data)
        except TechniqueClosed as problem:
            form.add_error("safety_override", str(problem))
        except NotPrescribed as problem:
            form.add_error("reason", str(problem))
        except CourseOver as problem:
            messages.warning(request, str(problem))
            return redirect("practitioner:course", course.key)
        else:
            messages.success(request, prescribed_words(done, form.cleaned_data["sessions"]))
            return redirect("practitioner:replan" if done.plan_again else "practitioner:course", course.key)
    if not all(form.cleaned_data.get(name) for name in PLANNING):  # without a proposal only these are asked
        return render(request, "practitioner/prescribe.html", plan_page(course, PlanForm(request.POST, services=services)), status=422)
    proposal = proposal_for(**{name: form.cleaned_data[name] for name in PLANNING})
    return render(request, "practitioner/prescribe.html", plan_page(course, form, proposal), status=422)


def prescribed_words(done: Prescribed, sessions: int) -> str:
    """What was prescribed, and what became of the dates that were kept for it."""
    words = f"Prescribed: {sessions} sessions."
    if done.sure:
        words += f" {len(done.sure)} of the kept dates fit and are booked."
    if done.plan_again:
        return f"{words} The others are planned again below."
    return words if done.sure else f"{words} Reception can book them in one step now."


def load_course(request: HttpRequest, key: str) -> Course:
    course = get_object_or_404(Course.objects.visible_to(request.user).with_people(), key=key)
    request.clinic = course.clinic
    return course


def course_page(request: HttpRequest, course: Course) -> dict[str, object]:
    appointments = list(Appointment.objects.visible_to(request.user).of_course(course).with_people())
    page = CoursePage(
        course=course,
        sessions=sessions_of(course),
        appointments=appointments,
        covers=covers_of(visit.key for visit in appointments),
        scores=scores_of(course),
        now=request.now,
        zone=course.clinic.tz,
    )
    return {
        "course": course,
        "patient": course.patient,
        "page": page,
        "banner": banner_of(standing_of(course.patient)),
        "left": sessions_left(course),
        "told": messages_to(course.patient, limit=8),
        "suggested": suggested(due_after(course, page.sessions, page.scores)),
    }


def plan_page(course: Course, form: PlanForm, proposal: Proposal | None = None) -> dict[str, object]:
    """The form with the proposal beside it, and what is closed for this patient."""
    standing = standing_of(course.patient)
    choices = technique_choices(Technique.objects.all(), standing.limits, usual_of(form))
    usual_points = protocol_of(proposal.condition, standing.limits, standing.regions) if proposal else []
    return {
        "course": course,
        "patient": course.patient,
        "form": form,
        "proposal": proposal,
        "banner": banner_of(standing),
        "choices": choices,
        "choice_reasons": reasons_of(choices),
        "guidelines": guidelines_of(proposal),
        "asks_override": bool(standing.limits.blocked or (standing.limits.review and not standing.is_cleared)),
        "protocol": usual_points,
        "protocol_reasons": why_points(usual_points),
    }


def known(course: Course, services) -> dict[str, object]:
    """What is known before anything was chosen: from the course, or from what the patient said brought them."""
    if course.condition_id:
        return {
            "condition": course.condition.slug,
            "severity": course.severity,
            "chronicity": course.chronicity,
            "service": course.service.key if course.service_id else "",
        }
    complaint = rulebook().complaints.get(course.complaint)
    first = next((service for service in services if not service.first_visit and service.rest), None)
    return {"condition": next(iter(complaint.conditions), "") if complaint else "", "service": first.key if first else ""}


def usual_techniques(asked: PlanForm, course: Course) -> list[str]:
    """The techniques of the course, else those of the kind of visit."""
    chosen = [technique.slug for technique in course.techniques.all()]
    return chosen or [technique.slug for technique in asked.cleaned_data["service"].techniques.all()][:1]


def usual_of(form: PlanForm) -> set[str]:
    """Techniques to show first: those chosen, those usual for the condition."""
    chosen = set(form["techniques"].value() or []) if "techniques" in form.fields else set()
    condition = form["condition"].value()
    return chosen | set(usual_for(str(condition)) if condition else ())


def usual_for(condition: str) -> tuple[str, ...]:
    about = catalogue().conditions.get(condition)
    return about.techniques if about else ()


def guidelines_of(proposal: Proposal | None) -> tuple:
    about = catalogue().conditions.get(proposal.condition) if proposal else None
    return about.guidelines if about else ()
