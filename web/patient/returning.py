"""Somebody we know books again: what they told us last is shown, and only what may have changed is asked."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from bookings.services.filling import Progress
from bookings.services.returning import Known, known_people, take_over
from web.patient.doors import go_on, step
from web.patient.frame import show

AFRESH = "booking-afresh"  # the session keeps which booking is filled in without earlier answers


def knows_them(request: HttpRequest, progress: Progress) -> bool:
    """Whether to ask “is anything different?” before the first question."""
    new = not progress.intake.answers and request.session.get(AFRESH) != progress.booking.key
    return new and request.user.is_authenticated and bool(known_people(user=request.user, booking=progress.booking, now=request.now))


@step("safety")
def again(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Show what somebody signed in told us last: take it over, change it, or begin without it."""
    people = known_people(user=request.user, booking=progress.booking, now=request.now) if request.user.is_authenticated else []
    if not people:
        return redirect("book:safety_first", progress.booking.clinic.slug)
    person = chosen(people, request.GET.get("of", ""))
    if request.method == "POST":
        return answered(request, progress, person)
    context = {"people": people, "person": person, "back": reverse("book:service", args=[progress.booking.clinic.slug])}
    return show(request, progress, "again", **context)


def chosen(people: list[Known], key: str) -> Known:
    """Whom the visit is for, of those who share an account."""
    found = next((each for each in people if each.patient.key == key), None)
    if key and found is None:
        raise Http404
    return found or people[0]


def answered(request: HttpRequest, progress: Progress, person: Known) -> HttpResponse:
    slug, deed = progress.booking.clinic.slug, request.POST.get("deed")
    if deed == "other":
        request.session[AFRESH] = progress.booking.key
        return redirect("book:safety_first", slug)
    if deed not in ("same", "change"):
        return redirect("book:again", slug)
    take_over(booking=progress.booking, person=person, user=request.user, now=request.now)
    return go_on(request, progress) if deed == "same" else redirect("book:safety_first", slug)
