"""The health questions before a visit, for whoever holds its link: short ones on the day, the first ones again when they are due."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bookings.services.questions import Questions, begin_round, say_about_medicines
from bookings.services.visits import take_answers
from clinic.enums import LinkPurpose
from patients.enums import Tier, Urgency
from patients.questionnaire import answer_words
from patients.ruleset import Page
from patients.screening import Finding, Screening
from patients.services import screening_of
from web.guard import by_link
from web.patient.asking import MedicinesForm, SafetyForm, stored
from web.patient.doors import limit_posts, sent
from web.patient.safety import said_of
from web.patient.urgency import urgent_words
from web.patient.visit import actor, visit_or_404
from web.patient.visit import said_of as said_of_visit

ROUND = "answers"  # the session keeps which round of answers this browser began
CLOSED = "There is nothing to answer for this visit now."
FIRST_THESE = "Please answer these questions first."
View = Callable[..., HttpResponse]


def asked(view: View) -> View:
    """Open a page of questions while answers are taken for the visit; else lead to the visit."""

    @by_link(LinkPurpose.VISIT)
    @limit_posts("visit-answers", times=120, every=timedelta(minutes=10))
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, about: str, *args, **kwargs) -> HttpResponse:
        questions = questions_for(request, about)
        if not questions.is_open:
            messages.info(request, CLOSED)
            return redirect("patient:visit")
        return view(request, questions, *args, **kwargs)

    return opened


def questions_for(request: HttpRequest, about: str) -> Questions:
    """The questions of a visit; earlier answers are shown to who signed in as the patient, never to who only holds a link."""
    appointment = visit_or_404(request, about)
    knows = request.user.is_authenticated and request.user.pk == appointment.patient.user_id
    return Questions(appointment, now=request.now, knows=knows, mine=request.session.get(ROUND, ""))


def keep(request: HttpRequest, questions: Questions, given: Mapping[str, object]) -> Questions:
    """Keep answers, and let this browser go on with them."""
    intake = begin_round(questions=questions, given=given)
    request.session[ROUND] = intake.key
    return questions.again(mine=intake.key)


def show(request: HttpRequest, questions: Questions, name: str, **context: object) -> HttpResponse:
    """Render one page of the questions, `templates/patient/answers/<name>.html`, beside the visit it is about."""
    around = said_of_visit(request, questions.appointment) | {"questions": questions}
    return render(request, f"patient/answers/{name}.html", around | context)


@asked
def start(request: HttpRequest, questions: Questions) -> HttpResponse:
    """Lead to the first question; who answered long ago is asked first whether anything is different."""
    if not questions.asks_what_changed:
        return redirect("patient:answers_page", (questions.unanswered or questions.pages[0]).id)
    deed = request.POST.get("deed")
    if deed == "afresh":
        return redirect("patient:answers_page", keep(request, questions, {}).pages[0].id)
    if deed not in ("same", "change") or not questions.knows:
        return show(request, questions, "again", **again_words(request, questions))
    if deed == "same" and not questions.due:
        messages.success(request, "Thank you. Nothing has changed, and your visit stands.")
        return redirect("patient:visit")
    fresh = keep(request, questions, questions.taken_over())
    page = (fresh.unanswered if deed == "same" else None) or fresh.pages[0]
    return redirect("patient:answers_page", page.id)


def again_words(request: HttpRequest, questions: Questions) -> dict[str, object]:
    """What was answered last, for who may see it; others can sign in first."""
    own = f"{reverse('patient:plan_visit', args=[questions.appointment.key])}?to=answers"
    return {
        "since": questions.earlier.screened_at,
        "rows": questions.last_answers() if questions.knows else [],
        "sign_in": "" if questions.knows else f"{reverse('account_login')}?{urlencode({'next': own})}",
        "back": reverse("patient:visit"),
    }


@asked
def page(request: HttpRequest, questions: Questions, page_id: str) -> HttpResponse:
    """Ask one topic and keep the answers at once; a warning sign goes to the clinic without waiting for the rest."""
    number = next((number for number, each in enumerate(questions.pages) if each.id == page_id), None)
    if number is None:
        raise Http404
    if questions.asks_what_changed:
        return redirect("patient:answers")
    if any(not questions.is_answered(before) for before in questions.pages[:number]):
        messages.warning(request, FIRST_THESE)
        return redirect("patient:answers_page", questions.unanswered.id)
    this = questions.pages[number]
    form = SafetyForm(sent(request), page=this, today=questions.today, initial=stored(questions.intake.answers, this))
    if form.is_valid():
        return after(request, keep(request, questions, form.given), this)
    back = reverse("patient:answers_page", args=[questions.pages[number - 1].id]) if number else reverse("patient:visit")
    context = {"form": form, "page": this, "number": number + 1, "pages": len(questions.pages), "back": back}
    return show(request, questions, "page", **context)


def after(request: HttpRequest, questions: Questions, this: Page) -> HttpResponse:
    """Lead to the topic after this one; at the end to how medicines were read, then to checking."""
    if questions.screening.emergency:
        take_answers(intake=questions.intake, by=actor(request), now=request.now)
        return redirect("patient:answers_done")
    ids = [each.id for each in questions.pages]
    following = ids.index(this.id) + 1 if this.id in ids else 0
    if following < len(ids):
        return redirect("patient:answers_page", ids[following])
    return redirect("patient:answers_medicines" if questions.typed.is_open else "patient:answers_check")


@asked
def medicines(request: HttpRequest, questions: Questions) -> HttpResponse:
    """Show how typed medicines were read, and keep what the patient says to that."""
    if questions.unanswered or questions.draft is None:
        return redirect("patient:answers")
    if not (questions.typed.read or questions.typed.unknown):
        return redirect("patient:answers_check")
    form = MedicinesForm(sent(request), typed=questions.typed)
    if form.is_valid():
        say_about_medicines(questions=questions, said=form.said)
        again = questions.again().typed.is_open
        return redirect("patient:answers_medicines" if again else "patient:answers_check")
    return show(request, questions, "medicines", form=form, back=reverse("patient:answers_page", args=[questions.pages[-1].id]))


@asked
def check(request: HttpRequest, questions: Questions) -> HttpResponse:
    """Show every answer once more; the button sends them."""
    if questions.unanswered or questions.draft is None:
        return redirect("patient:answers")
    if questions.typed.is_open:
        return redirect("patient:answers_medicines")
    if request.method == "POST":
        take_answers(intake=questions.draft, by=actor(request), now=request.now)
        return redirect("patient:answers_done")
    return show(
        request, questions, "check", rows=check_rows(questions), back=reverse("patient:answers_page", args=[questions.pages[-1].id])
    )


def check_rows(questions: Questions) -> list[dict[str, str]]:
    """Each question with its answer and the way to change it."""
    answers, rows = questions.answers, []
    for each in questions.pages:
        address = reverse("patient:answers_page", args=[each.id])
        for question in each.questions:
            if question.kind != "date":
                value = "; ".join(answer_words(question, answers)) or "Nothing"
                rows.append({"label": question.legend, "value": value, "change": address, "changes": question.legend})
    return rows


@by_link(LinkPurpose.VISIT)
@require_safe
def done(request: HttpRequest, about: str) -> HttpResponse:
    """Say what the newest answers for this visit came to: where to go now, what waits, or that all is well."""
    questions = questions_for(request, about)
    newest = questions.result
    if newest is None:
        return redirect("patient:visit")
    screening = screening_of(newest, techniques=newest.techniques, now=request.now)
    if screening.emergency:
        return show(request, questions, "emergency", **emergency_words(screening, request))
    context = {"tier": newest.tier, "waits": questions.appointment.waits_for_review, "told": told(questions, screening)}
    return show(request, questions, "done", **context)


def told(questions: Questions, screening: Screening) -> list[Finding]:
    """What is said to the patient about their new answers; of earlier ones nothing stands here."""
    new = questions.rules_raised_by(questions.result)
    return [finding for finding in screening.findings if finding.advice and finding.rule in new and finding.tier.rank <= Tier.REVIEW.rank]


def emergency_words(screening: Screening, request: HttpRequest) -> dict[str, object]:
    findings = [finding for finding in screening.findings if finding.tier == Tier.EMERGENCY]
    return urgent_words(request.clinic.country) | {
        "findings": findings,
        "first": findings[0],
        "say": said_of(findings),
        "is_today": all(finding.urgency == Urgency.SAME_DAY for finding in findings),
    }
