"""What stands around each page of the booking: stages, what is known so far, the time that is held."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from bookings.models import Appointment
from bookings.services.course_online import later_of
from bookings.services.filling import STEPS, Progress
from bookings.services.online import MOST_EXTENSIONS
from clinic.models import Clinic
from patients.rulebook import rulebook
from web.templatetags.house import clinic_date, clinic_time

STAGES = ("What brings you?", "Is it safe?", "When?", "Who pays?", "About you", "Check and book")
PAGES_OF_STAGES = (
    ("reason", "service"),
    ("safety", "again", "medicines", "result", "review", "emergency"),
    ("times", "gone", "course", "course_ask", "waitlist", "waiting"),
    ("payer",),
    ("about", "code"),
    ("check",),
)
STAGE_OF = {name: number for number, names in enumerate(PAGES_OF_STAGES, 1) for name in names}


def show(request: HttpRequest, progress: Progress, name: str, *, back: str = "", status: int = 200, **context: object) -> HttpResponse:
    """Render one page of the booking, `templates/patient/booking/<name>.html`, with all that stands around it."""
    booking = progress.booking
    around = {
        "progress": progress,
        "booking": booking,
        "stages": stages(booking.clinic),
        "stage": STAGE_OF[name],
        "facts": facts(progress),
        "back": back,
        "hold": hold_of(progress, name),
    }
    return render(request, f"patient/booking/{name}.html", around | context, status=status)


def stages(clinic: Clinic) -> list[tuple[str, str]]:
    """The six stages with the pages they begin at."""
    slug = clinic.slug
    addresses = [
        reverse("book:start", args=[slug]),
        reverse("book:safety_first", args=[slug]),
        *(reverse(f"book:{name}", args=[slug]) for name in ("times", "payer", "about", "check")),
    ]
    return list(zip(STAGES, addresses, strict=True))


def facts(progress: Progress) -> list[tuple[str, str]]:
    """Your visit so far."""
    booking = progress.booking
    known = [("What brings you", complaint_words(booking.complaint))]
    if booking.service:
        known.append(("Visit", f"{booking.service.name}, {booking.service.minutes} minutes"))
    if progress.intake.screened_at and not progress.unanswered:
        known.append(("Safety", safety_words(progress)))
    if progress.holds:
        held = booking.appointment
        known += [
            ("First visit", f"{clinic_date(held.start, booking.clinic)}, {clinic_time(held.start, booking.clinic)}"),
            ("With", practitioner_words(held)),
        ]
        if later := later_of(booking):
            known.append(("Later visits", f"{len(later)} {'date' if len(later) == 1 else 'dates'}, provisional"))
    return known


def complaint_words(complaint: str) -> str:
    return rulebook().complaints[complaint].words if complaint in rulebook().complaints else ""


def safety_words(progress: Progress) -> str:
    match progress.intake.tier:
        case "review":
            return "A practitioner reads your answers before the visit is sure"
        case "caution" | "clear":
            return "Nothing that stops you booking"
    return "We can’t book this online"


def practitioner_words(appointment: Appointment) -> str:
    """`R. Mehta, MBAcC`."""
    person = appointment.practitioner
    return f"{person.short_name}, {person.letters}" if person.letters else person.short_name


def hold_of(progress: Progress, name: str) -> dict[str, object] | None:
    """The strip that says until when the time is kept."""
    page = "course" if name == "course_ask" else name
    if page not in (*STEPS, "course") or not progress.holds:
        return None
    held, clinic = progress.booking.appointment, progress.booking.clinic
    what = f"{clinic_date(held.start, clinic)}, {clinic_time(held.start, clinic)} to {clinic_time(held.end, clinic)}"
    extend = reverse("book:hold", args=[clinic.slug, page]) if held.until < last_moment(held, clinic) else ""
    return {"until": held.until, "what": what, "extend": extend}


def last_moment(held: Appointment, clinic: Clinic) -> datetime:
    """Until when a hold can be extended at most."""
    return held.created_at + timedelta(minutes=clinic.hold_minutes * (MOST_EXTENSIONS + 1))
