"""The safety questions, a topic a page, and what the rules made of the answers."""

from collections.abc import Iterable
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from bookings.services.filling import Progress, answer_page, choose_service
from patients.enums import Act, Tier, Urgency
from patients.questionnaire import AnswersRefused, clean_answers
from patients.ruleset import NONE, Page, Question
from patients.screening import Finding
from treatments.models import Service
from web.forms import BirthDateField, ChoiceButtons, HouseForm, TickButtons
from web.patient.doors import go_on, place, sent, step
from web.patient.frame import show
from web.patient.starting import offered, price
from web.patient.urgency import urgent_words


class SafetyForm(HouseForm):
    """One page of questions as the rules give it; the rules also say what counts as an answer."""

    def __init__(self, *args, page: Page, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.page, self.today, self.given = page, today, {}
        for question in page.questions:
            self.fields[question.id] = field = field_for(question)
            if hasattr(field, "today"):
                field.today = today

    def clean(self) -> dict[str, object]:
        """Let the rules read the page; an answer to a question that isn't on it is refused."""
        cleaned = super().clean()
        values = {name: cleaned[name] for name in self.fields if cleaned.get(name) not in (None, "", [])}
        unknown = {name: "" for name in self.data if name not in self._known_names()}
        try:
            self.given = clean_answers(self.page, values | unknown, today=self.today)
        except AnswersRefused as refused:
            self._take(refused.errors)
        return cleaned

    def _take(self, errors: dict[str, str]) -> None:
        for name, words in errors.items():
            if name not in self.fields:
                self.add_error(None, ValidationError(words))
            elif name not in self.errors:
                self.add_error(name, ValidationError(words))

    def _known_names(self) -> set[str]:
        names = {"csrfmiddlewaretoken"}
        for name, field in self.fields.items():
            parts = getattr(field.widget, "widgets_names", [""])
            names |= {f"{name}{part}" for part in parts}
        return names


def field_for(question: Question) -> forms.Field:
    """A question as a field; which answers are required, and in which words, stays with the rules."""
    says = {"label": question.legend, "help_text": question.hint, "required": False}
    match question.kind:
        case "date":
            return BirthDateField(**says)
        case "text":
            text = forms.Textarea({"rows": 3, "autocomplete": "off", "maxlength": question.limit})
            return forms.CharField(**says, widget=text, strip=True)
        case "one":
            return forms.ChoiceField(**says, choices=choices_of(question), widget=ChoiceButtons(more=more_of(question)))
    return forms.MultipleChoiceField(**says, choices=choices_of(question), widget=TickButtons(more=more_of(question), none=NONE))


def choices_of(question: Question) -> list[tuple[str, str]]:
    return [(option.value, option.words) for option in question.options]


def more_of(question: Question) -> dict[str, str]:
    return {option.value: option.hint for option in question.options if option.hint}


@step("safety")
def first_page(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Lead to the first safety page."""
    return redirect("book:safety", progress.booking.clinic.slug, progress.pages[0].id)


@step("safety")
def safety(request: HttpRequest, progress: Progress, page_id: str) -> HttpResponse:
    """Ask one topic; keep the answers at once."""
    number = page_number(progress, page_id)
    page = progress.pages[number]
    if any(not progress.is_answered(before) for before in progress.pages[:number]):
        return redirect(place(progress, "safety"))
    form = SafetyForm(sent(request), page=page, today=progress.today, initial=stored(progress, page))
    if form.is_valid():
        answer_page(booking=progress.booking, given=form.given, now=request.now)
        return after(request, progress, page)
    context = {"form": form, "page": page, "number": number + 1, "pages": len(progress.pages), "back": before_it(progress, number)}
    return show(request, progress, "safety", **context)


def page_number(progress: Progress, page_id: str) -> int:
    """Which of this person's pages it is, from 0; a page they don't see is not there."""
    for number, page in enumerate(progress.pages):
        if page.id == page_id:
            return number
    raise Http404


def stored(progress: Progress, page: Page) -> dict[str, object]:
    """What was answered on this page before."""
    known = {}
    for question in page.questions:
        value = progress.intake.answers.get(question.id)
        known[question.id] = date.fromisoformat(value) if value and question.kind == "date" else value
    return known


def before_it(progress: Progress, number: int) -> str:
    slug = progress.booking.clinic.slug
    if number == 0:
        return reverse("book:service", args=[slug])
    return reverse("book:safety", args=[slug, progress.pages[number - 1].id])


def after(request: HttpRequest, progress: Progress, page: Page) -> HttpResponse:
    """Lead to the topic after this one; at the end, or when it is urgent, to what comes next."""
    fresh = Progress(progress.booking, now=request.now)
    ids = [each.id for each in fresh.pages]
    place_now = ids.index(page.id) + 1 if page.id in ids else 0
    if fresh.step == "result" or place_now >= len(ids):
        return go_on(request, fresh)
    return redirect("book:safety", progress.booking.clinic.slug, ids[place_now])


@step("result")
def result(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Say where to go now, or what we can still offer; choosing another kind of visit goes on with the booking."""
    booking = progress.booking
    if progress.screening.emergency:
        return emergency(request, progress)
    services = still_open(progress)
    if request.method == "POST":
        wanted = next((service for service in services if service.key == request.POST.get("service")), None)
        if wanted:
            choose_service(booking=booking, service=wanted, now=request.now)
            return go_on(request, progress)
    offers = [
        {
            "service": service,
            "price": price(service, booking.clinic),
            "review": progress.screening.tier_for(words_of(service)) == Tier.REVIEW,
        }
        for service in services
    ]
    context = {"findings": standing_against(progress), "offers": offers, "back": place(progress, "safety")}
    return show(request, progress, "result", **context)


def still_open(progress: Progress) -> list[Service]:
    """The other first visits that these answers leave open."""
    here = progress.booking.service_id
    return [
        service
        for service in offered(progress.booking)
        if service.pk != here and progress.screening.tier_for(words_of(service)).rank > Tier.BLOCK.rank
    ]


def words_of(service: Service) -> list[str]:
    return [technique.slug for technique in service.techniques.all()]


def standing_against(progress: Progress) -> list[Finding]:
    """What closes the visit that was wanted."""
    wanted = set(words_of(progress.booking.service))
    return [
        finding
        for finding in progress.screening.findings
        if finding.tier == Tier.BLOCK or any(finding.actions.get(technique) == Act.BLOCK for technique in wanted)
    ]


def emergency(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Say where to go now and what to say there; no time is kept and nothing else is offered."""
    findings = [finding for finding in progress.screening.findings if finding.tier == Tier.EMERGENCY]
    context = urgent_words(progress.booking.clinic.country) | {
        "findings": findings,
        "first": findings[0],
        "today": all(finding.urgency == Urgency.SAME_DAY for finding in findings),
        "say": said_of(findings),
        "wrong": page_of(progress, findings),
    }
    return show(request, progress, "emergency", **context)


def said_of(findings: Iterable[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.tell for finding in findings if finding.tell))


def page_of(progress: Progress, findings: list[Finding]) -> str:
    """The page with the answer that raised it, for who pressed the wrong one."""
    raised = {finding.rule for finding in findings}
    for page in progress.pages:
        if any(option.raises in raised for question in page.questions for option in question.options):
            return reverse("book:safety", args=[progress.booking.clinic.slug, page.id])
    return reverse("book:safety_first", args=[progress.booking.clinic.slug])
