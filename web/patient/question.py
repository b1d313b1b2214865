"""A clinician's question, for whoever holds its link: read it, answer it once, see what was answered."""

from contextlib import suppress
from datetime import timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bookings.services.reviews import take_reply
from clinic.enums import LinkPurpose
from clinic.links import follow
from intervals import local_date
from patients.messages import load
from patients.models import Question
from patients.reviewing import QuestionClosed, sounds_urgent
from web.forms import HouseForm
from web.guard import by_link, limit, link_slot, public
from web.patient.doors import limit_posts, sent
from web.patient.urgency import urgent_words


class ReplyForm(HouseForm):
    """The patient's answer, in their own words."""

    answer = forms.CharField(
        label="Your answer",
        help_text="Your own words are fine. Only the clinic’s practitioners read it.",
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        error_messages={"required": "Write your answer, or ring us"},
    )


@public
@limit("question-link", times=60, every=timedelta(minutes=10))
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a private link, and go on at an address without its secret."""
    about = follow(purpose=LinkPurpose.QUESTION, token=token, now=request.now)
    if about is None:
        raise Http404
    request.session[link_slot(LinkPurpose.QUESTION)] = about
    response = redirect("patient:question")
    response["Referrer-Policy"] = "no-referrer"
    return response


@by_link(LinkPurpose.QUESTION)
@limit_posts("question-answer", times=30, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, about: str) -> HttpResponse:
    """Show the question with a form, or what was answered and what happens next."""
    asked = question_or_404(request, about)
    form = ReplyForm(sent(request) if asked.is_open else None)
    if form.is_valid():
        words = form.cleaned_data["answer"]
        with suppress(QuestionClosed):  # the page says what stands
            take_reply(question=asked, words=words, urgent=is_urgent(words, asked, request), now=request.now)
        return redirect("patient:question")
    return render(request, "patient/question.html", page(request, asked, form))


def question_or_404(request: HttpRequest, about: str) -> Question:
    """The question a link is about; the page speaks for its clinic."""
    asked = load(about)
    if asked is None:
        raise Http404
    request.clinic = asked.intake.patient.clinic
    return asked


def page(request: HttpRequest, asked: Question, form: ReplyForm) -> dict[str, object]:
    urgent = bool(asked.answer) and is_urgent(asked.answer, asked, request)
    return {"asked": asked, "form": form, "is_urgent": urgent, **urgent_words(request.clinic.country)}


def is_urgent(words: str, asked: Question, request: HttpRequest) -> bool:
    return sounds_urgent(words, today=local_date(request.now, asked.intake.patient.clinic.tz))
