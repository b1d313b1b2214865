"""Booking a whole course: the best dates are proposed, looked at, and booked in one step or not at all."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bookings.models import Appointment
from bookings.services.courses import CourseClash, Preview, Wishes, book_course, preview_course
from clinic.access import may
from treatments.models import Course
from web.guard import allow
from web.reception.course import CoursePage
from web.reception.forms import DatesForm, WishesForm
from web.reception.look import today_of
from web.reception.words import counted
from web.templatetags.house import WITHOUT_PENCE, money


@allow("course.book")
@require_http_methods(["GET", "HEAD", "POST"])
def book_all(request: HttpRequest, key: str) -> HttpResponse:
    """The proposal; what is sent is booked as a whole, or the failing dates are named and the others stay."""
    known = Course.objects.bookable_by(request.user).select_related("patient", "clinic", "condition", "service__clinic", "practitioner")
    course = get_object_or_404(known, key=key)
    request.clinic = course.clinic
    wishes = WishesForm(request.GET or None, people=list(course.service.practitioners.working().by_name()) if course.service else [])
    if request.method != "POST":
        return show(request, course, wishes, preview(request, course, wishes.wishes, {}))
    values = DatesForm(request.POST, numbers=numbers_of(course)).values
    if request.POST.get("show"):
        return show(request, course, wishes, preview(request, course, wishes.wishes, values), asked=values)
    return book_named(request, course, wishes, values)


def book_named(request: HttpRequest, course: Course, wishes: WishesForm, values: Mapping[int, str]) -> HttpResponse:
    """Book the dates that were sent."""
    try:
        booked = book_course(course=course, values=values, by=request.user, now=request.now) if values else []
    except CourseClash as clash:
        kept = {number: value for number, value in values.items() if number not in clash.words}
        return show(request, course, wishes, preview(request, course, wishes.wishes, kept), troubles=clash.words, asked=values, status=409)
    if booked:
        messages.success(request, f"{counted(len(booked), 'visit')} booked for {course.patient.name}. One message tells all of them.")
    else:
        messages.warning(request, "No date was chosen, so nothing was booked.")
    return redirect("reception:book_course", key=course.key)


def numbers_of(course: Course) -> list[int]:
    return list(course.sessions.planned().values_list("number", flat=True))


def preview(request: HttpRequest, course: Course, wishes: Wishes, chosen: Mapping[int, str]) -> Preview:
    return preview_course(course=course, now=request.now, wishes=wishes, chosen=chosen)


def show(
    request: HttpRequest,
    course: Course,
    wishes: WishesForm,
    found: Preview,
    *,
    troubles: Mapping[int, str] | None = None,
    asked: Mapping[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the proposal."""
    standing = Appointment.objects.visible_to(request.user).of_course(course).standing().select_related("session", "practitioner", "room")
    page = CoursePage(
        course=course,
        preview=found,
        standing=list(standing),
        left=found.left,
        price=price_of(course),
        today=today_of(course.clinic, request.now),
        troubles=troubles or {},
        asked=asked or {},
    )
    rights = {"may_see_course": may(request.user, "course.see")}
    return render(request, "reception/course.html", {"course": course, "page": page, "form": wishes, **rights}, status=status)


def price_of(course: Course) -> str:
    if course.service is None:
        return ""
    currency = course.clinic.currency
    price = course.service.price
    return money(Decimal(price) if currency in WITHOUT_PENCE else Decimal(price) / 100, currency)
