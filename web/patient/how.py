"""How somebody is after a session, for whoever holds the link of its aftercare: one tap, then what they noticed."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clinic.enums import LinkPurpose
from clinic.keys import new_key
from clinic.links import follow
from treatments.aftercare import CHANGE, TRUNK_FLAG, questions
from treatments.catalogue.entries import Question
from treatments.enums import Action, Feel
from treatments.messages import load
from treatments.models import CheckBack, SessionRecord
from treatments.selectors import flags_after
from treatments.services.check_backs import Said, take_check_back
from web.forms import ChoiceButtons, HouseForm
from web.guard import by_link, limit, link_slot, public
from web.patient.doors import limit_posts, sent
from web.patient.urgency import urgent_words

ANSWER = "q-"
SAY_SOMETHING = "Choose what applies, or press “None of these”"


class TapForm(forms.Form):
    """One tap: better, the same or worse; `once` names the page it was pressed on."""

    feel = forms.ChoiceField(choices=Feel.choices)
    once = forms.SlugField(max_length=40)


class NoticedForm(HouseForm):
    """What somebody noticed since the session: the questions of the check-back, how strong the pain is, their own words."""

    once = forms.SlugField(max_length=40, widget=forms.HiddenInput)
    feel = forms.ChoiceField(choices=Feel.choices, widget=forms.HiddenInput)
    pain = forms.TypedChoiceField(
        label="How strong is your pain today?",
        help_text="0 is no pain, 10 the worst you can imagine.",
        choices=[(str(number), str(number)) for number in range(11)],
        required=False,
        coerce=int,
        empty_value=None,
        widget=ChoiceButtons(columns="row"),
    )
    words = forms.CharField(
        label="Anything else?",
        help_text="Your own words are fine. Only the clinic’s practitioners read it.",
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
    )
    none = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, asked: tuple[Question, ...], **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = asked
        own = {f"{ANSWER}{question.id}": choice_of(question) for question in asked}
        self.fields = own | self.fields

    @property
    def noticed(self) -> list:
        return [self[f"{ANSWER}{question.id}"] for question in self.asked]

    def clean(self) -> dict[str, object]:
        """At least one thing is said; “none of these” answers what was left open with the mildest answer."""
        given = {question.id: self.cleaned_data.get(f"{ANSWER}{question.id}") for question in self.asked}
        answers = {name: answer for name, answer in given.items() if answer}
        if self.cleaned_data.get("none"):
            mildest = {question.id: next(iter(question.answers)) for question in self.asked if question.id != CHANGE}
            answers = mildest | answers
        if not self.errors and not (answers or self.cleaned_data.get("words") or self.cleaned_data.get("pain") is not None):
            raise ValidationError(SAY_SOMETHING)
        return self.cleaned_data | {"answers": answers}


def choice_of(question: Question) -> forms.ChoiceField:
    """One question; how the problem changed only in its worse answers, as the tap said the rest."""
    answers = [answer for answer in question.answers.values() if question.id != CHANGE or answer.action not in (Action.NOTE,)]
    return forms.ChoiceField(
        label=question.text if question.id != CHANGE else "How much worse is it?",
        choices=[(answer.id, answer.text[:1].upper() + answer.text[1:]) for answer in answers],
        required=False,
        widget=ChoiceButtons,
    )


@public
@limit("how-link", times=60, every=timedelta(minutes=10))
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a private link, and go on at an address without its secret."""
    about = follow(purpose=LinkPurpose.CHECK_BACK, token=token, now=request.now)
    if about is None:
        raise Http404
    request.session[link_slot(LinkPurpose.CHECK_BACK)] = about
    response = redirect("patient:how")
    response["Referrer-Policy"] = "no-referrer"
    return response


@by_link(LinkPurpose.CHECK_BACK)
@limit_posts("how-tap", times=40, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def how(request: HttpRequest, about: str) -> HttpResponse:
    """Ask with three buttons; afterwards say thank you or what to do now, and ask what was noticed."""
    record = record_or_404(request, about)
    form = TapForm(sent(request))
    if form.is_valid():
        said = Said(once=form.cleaned_data["once"], feel=Feel(form.cleaned_data["feel"]))
        take_check_back(record=record, said=said, now=request.now)
        return redirect("patient:how")
    return show(request, record)


@by_link(LinkPurpose.CHECK_BACK)
@limit_posts("how-noticed", times=40, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def noticed(request: HttpRequest, about: str) -> HttpResponse:
    """Ask what was noticed; it is kept beside what was said before."""
    record = record_or_404(request, about)
    newest = CheckBack.objects.of_record(record).newest_first().first()
    if newest is None:
        return redirect("patient:how")
    form = noticed_form(request, record, newest, sent(request))
    if form.is_valid():
        take_check_back(record=record, said=said_in(form), now=request.now)
        return redirect("patient:how")
    return show(request, record, form)


def opens_by_itself(newest: CheckBack | None) -> bool:
    """Whether somebody only tapped so far."""
    return newest is not None and not (newest.answers or newest.words or newest.pain is not None)


def said_in(form: NoticedForm) -> Said:
    given = form.cleaned_data
    return Said(once=given["once"], feel=Feel(given["feel"]), answers=given["answers"], pain=given["pain"], words=given["words"])


def show(request: HttpRequest, record: SessionRecord, form: NoticedForm | None = None) -> HttpResponse:
    answers = list(CheckBack.objects.of_record(record).newest_first())
    newest = answers[0] if answers else None
    page = {
        "record": record,
        "answers": answers,
        "newest": newest,
        "asks": newest is None or "again" in request.GET,
        "feels": Feel.choices,
        "once": new_key(),
        "form": form or (noticed_form(request, record, newest) if opens_by_itself(newest) else None),
        "near_lungs": TRUNK_FLAG in flags_after(record),
        **urgent_words(request.clinic.country),
    }
    return render(request, "patient/how.html", page)


def noticed_form(request: HttpRequest, record: SessionRecord, newest: CheckBack, data=None) -> NoticedForm:
    asked = questions(flags_after(record), feel=Feel(newest.feel))
    return NoticedForm(data, asked=asked, initial={"once": new_key(), "feel": newest.feel})


def record_or_404(request: HttpRequest, about: str) -> SessionRecord:
    """The session a link is about; the page speaks for its clinic."""
    record = load(about)
    if record is None or not record.is_signed:
        raise Http404
    request.clinic = record.session.course.clinic
    return record
