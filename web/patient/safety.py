"""The safety questions, a topic a page, and what the rules made of the answers."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from bookings.services.filling import Progress, answer_page, choose_service, confirm_medicines
from patients.enums import Act, Tier, Urgency
from patients.ruleset import Page
from patients.screening import Finding
from treatments.models import Service
from web.patient.asking import MedicinesForm, SafetyForm, stored
from web.patient.doors import go_on, place, sent, step
from web.patient.frame import show
from web.patient.returning import knows_them
from web.patient.starting import offered, price
from web.patient.urgency import urgent_words


@step("safety")
def first_page(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Lead to the first safety page."""
    return redirect("book:safety", progress.booking.clinic.slug, progress.pages[0].id)


@step("safety")
def safety(request: HttpRequest, progress: Progress, page_id: str) -> HttpResponse:
    """Ask one topic; keep the answers at once. Whom we know is asked first whether anything is different."""
    if request.method != "POST" and knows_them(request, progress):
        return redirect("book:again", progress.booking.clinic.slug)
    number = page_number(progress, page_id)
    page = progress.pages[number]
    if any(not progress.is_answered(before) for before in progress.pages[:number]):
        return redirect(place(progress, "safety"))
    form = SafetyForm(sent(request), page=page, today=progress.today, initial=stored(progress.intake.answers, page))
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
        return screened(request, fresh)
    return redirect("book:safety", progress.booking.clinic.slug, ids[place_now])


def screened(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Say what the answers came to, where that is more than “go on”."""
    fresh = Progress(progress.booking, now=request.now)
    if fresh.needs_review and fresh.has_reached("result"):
        return redirect("book:result", progress.booking.clinic.slug)
    return go_on(request, fresh)


@step("medicines")
def medicines(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Show how typed medicines were read; what the patient says to that adds to the reading and takes nothing from it."""
    if not (progress.typed.read or progress.typed.unknown):
        return go_on(request, progress)
    form = MedicinesForm(sent(request), typed=progress.typed)
    if form.is_valid():
        confirm_medicines(booking=progress.booking, said=form.said, now=request.now)
        return screened(request, progress)
    return show(request, progress, "medicines", form=form, back=place(progress, "safety"))


@step("result")
def result(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Say where to go now, or what we can still offer; choosing another kind of visit goes on with the booking."""
    booking = progress.booking
    if progress.screening.emergency:
        return emergency(request, progress)
    if progress.step != "result":
        return show(request, progress, "review", findings=to_be_read(progress), back=place(progress, "safety"))
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


def to_be_read(progress: Progress) -> list[Finding]:
    """What a practitioner reads before the visit is sure."""
    return [finding for finding in progress.screening.findings if finding.tier == Tier.REVIEW]


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
