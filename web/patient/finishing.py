"""Check your answers, book, and what was booked."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bookings.clashes import SlotTaken
from bookings.messages import preparation, reference
from bookings.models import Appointment, Booking
from bookings.services.course_online import KeptAlready, later_of
from bookings.services.courses import CourseClash
from bookings.services.covering import NotCovered
from bookings.services.filling import Progress
from bookings.services.online import HoldGone, NotYet, TooManyVisits, finish_booking
from bookings.slots import STAMP, read_value
from clinic.enums import LinkPurpose
from insurers.enums import Payer
from patients.enums import Tier
from web.guard import link_slot, public
from web.patient.choosing import show_gone
from web.patient.course import show_clash
from web.patient.doors import HELD, booking_in, clinic_of, limit_posts, place, pressed_again, step
from web.patient.frame import complaint_words, practitioner_words, show
from web.patient.paying import code_needed_by, remarks
from web.patient.starting import price
from web.patient.urgency import urgent_words
from web.templatetags.house import clinic_date, clinic_datetime, clinic_time, zone_name

Row = dict[str, str]


@limit_posts("booking-finish", times=60, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
@step("check", late=True)
def check(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Show everything once more; nothing is booked before the button at the end."""
    if request.method == "POST":
        return book(request, progress)
    booking = progress.booking
    context = {
        "visit": visit_rows(progress),
        "care": care_rows(progress),
        "you": you_rows(booking),
        "free_until": booking.appointment.start - timedelta(hours=booking.clinic.cancel_notice_hours),
        "back": place(progress, "about"),
    }
    return show(request, progress, "check", **context)


def book(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Promise the visit, once, or say plainly why not."""
    booking = progress.booking
    wanted = request.session.get(HELD, "")
    try:
        appointment = finish_booking(booking=booking, now=request.now)
    except NotCovered as refused:
        messages.warning(request, f"{refused} Choose here who pays, or ring us on {booking.clinic.phone}. Your time is still kept.")
        return redirect(place(progress, "payer"))
    except (HoldGone, SlotTaken) as gone:
        return show_gone(request, progress, wanted=wanted or value_of(booking.appointment), words=words_for(gone))
    except CourseClash as clash:
        return show_clash(request, progress, clash)
    except KeptAlready as kept:
        messages.warning(request, str(kept))
        return redirect("book:course", booking.clinic.slug)
    except NotYet as missing:
        messages.warning(request, str(missing))
        return redirect(place(progress, missing.step))
    except TooManyVisits as too_many:
        messages.warning(request, str(too_many))
        return redirect("book:check", booking.clinic.slug)
    first_press = booking.finished_at is not None
    request.session.pop(HELD, None)
    request.session[link_slot(LinkPurpose.VISIT)] = appointment.key
    return redirect("book:done", booking.clinic.slug) if first_press else pressed_again(request, booking.clinic.slug)


def words_for(gone: HoldGone | SlotTaken) -> str:
    if isinstance(gone, HoldGone):
        return "We could not keep your time any longer, and it may have gone. These are the nearest. Nothing else you typed is lost."
    return f"{gone} These are the nearest. Nothing else you typed is lost."


def value_of(appointment: Appointment | None) -> str:
    """How a form would have named the time of a hold."""
    return f"{appointment.start:{STAMP}}-{appointment.practitioner.key}" if appointment else ""


def visit_rows(progress: Progress) -> list[Row]:
    """What, when, who and where."""
    booking, clinic = progress.booking, progress.booking.clinic
    held = booking.appointment
    times = reverse("book:times", args=[clinic.slug])
    hours = f"{clinic_time(held.start, clinic)} to {clinic_time(held.end, clinic)}"
    what = f"{booking.service.minutes} minutes, {price(booking.service, clinic)}"
    return [
        row("What brings you", complaint_words(booking.complaint), change=place(progress, "reason"), changes="what brings you"),
        row("What", booking.service.name, what, place(progress, "service"), "the kind of visit"),
        row("When", f"{clinic_date(held.start, clinic)}, {hours}", zone_name(clinic), times, "the time"),
        row("Who", practitioner_words(held), "", times, "the practitioner"),
        *later_rows(booking),
        row("Where", clinic.address, clinic.directions),
    ]


def later_rows(booking: Booking) -> list[Row]:
    """The later dates that will be kept, where a whole course was chosen."""
    starts = [read_value(value)[0] for value in later_of(booking).values()]
    if not starts:
        return []
    clinic = booking.clinic
    span = f"{clinic_date(starts[0], clinic)} to {clinic_date(starts[-1], clinic)}" if len(starts) > 1 else clinic_date(starts[0], clinic)
    count = f"{len(starts)} later {'visit' if len(starts) == 1 else 'visits'}, provisional"
    change = reverse("book:course", args=[clinic.slug])
    return [row("Later", count, f"{span}. Free to let go, nothing to pay for them now", change, "the later visits")]


def row(label: str, value: str, more: str = "", change: str = "", changes: str = "") -> Row:
    return {"label": label, "value": value, "more": more, "change": change, "changes": changes}


def care_rows(progress: Progress) -> list[Row]:
    """Safety and payment."""
    booking = progress.booking
    change = reverse("book:safety_first", args=[booking.clinic.slug])
    value, more = safety_said(progress)
    return [
        row("Safety", value, more, change, "your safety answers"),
        row("Payment", *payment_said(progress), place(progress, "payer"), "who pays"),
    ]


def safety_said(progress: Progress) -> tuple[str, str]:
    """What we noted, and what it means for the visit."""
    who = progress.booking.appointment.practitioner.short_name
    noted = "; ".join(dict.fromkeys(finding.name for finding in progress.screening.findings))
    match progress.intake.tier:
        case Tier.REVIEW:
            return noted, f"{who} reads your answers first. We keep the time for you, and write as soon as the visit is sure"
        case Tier.CAUTION:
            return noted, f"{who} will see this. It doesn’t stop you booking"
    return "Nothing that stops you booking", ""


def payment_said(progress: Progress) -> tuple[str, str]:
    """Who pays, and what is still to come."""
    booking = progress.booking
    ours = price(booking.service, booking.clinic)
    match booking.payer:
        case Payer.INSURER:
            by = code_needed_by(booking, now=progress.now)
            follows = f"Code to follow{f' by {by}' if by else ''}" if booking.code_follows else f"Code {booking.authorisation_code}"
            return f"{booking.insurer}, {booking.policy_number}", ". ".join([follows, *remarks(booking)])
        case Payer.RECLAIM:
            return f"You pay {ours} at the visit and claim it back", f"From {booking.insurer}" if booking.insurer else ""
    return f"You pay {ours} at the visit", "By card or cash"


def you_rows(booking: Booking) -> list[Row]:
    """Who comes, and how to reach them."""
    slug = booking.clinic.slug
    about, born = reverse("book:about", args=[slug]), booking.date_of_birth
    return [
        row("Name", f"{booking.first_name} {booking.last_name}", "", about, "your name"),
        row("Born", f"{born.day} {born:%B %Y}", "", reverse("book:safety_first", args=[slug]), "your birth date"),
        row("Reach you", booking.mobile, f"{booking.email}, checked by code", about, "your mobile and e-mail"),
    ]


@public
@require_safe
def done(request: HttpRequest, slug: str) -> HttpResponse:
    """What was booked, and what happens next; loading it again books nothing."""
    clinic = clinic_of(request, slug)
    booking = booking_in(request, clinic)
    if booking is None or booking.finished_at is None:
        return redirect("book:start", slug)
    appointment = booking.appointment
    free_until = appointment.start - timedelta(hours=clinic.cancel_notice_hours)
    context = {
        "booking": booking,
        "appointment": appointment,
        "reference": reference(appointment.key),
        "who": practitioner_words(appointment),
        "where": f"{clinic.address}. {clinic.directions}".strip(),
        "steps": next_steps(booking, appointment, free_until, now=request.now),
        "ready": preparation(appointment),
        "ours": request.session.get(link_slot(LinkPurpose.VISIT)) == appointment.key,
        **urgent_words(clinic.country),
    }
    return render(request, "patient/booking/done.html", context)


def next_steps(booking: Booking, appointment: Appointment, free_until: datetime, *, now: datetime) -> list[dict[str, str]]:
    """What happens from now to the day after, each with its time."""
    clinic = booking.clinic
    steps = []
    if appointment.waits_for_review:
        words = f"{appointment.practitioner.short_name} reads your answers. We write to you, or ring, as soon as the visit is sure."
        steps.append({"when": "In a day or so", "words": words})
    if appointment.waits_for_code:
        by = code_needed_by_words(free_until, clinic, now=now)
        steps.append(
            {"when": by, "words": f"Send us your code from {booking.insurer}: answer the mail, or ring us. Until then the time is kept."}
        )
    if free_until > now:
        steps.append({"when": f"Until {clinic_datetime(free_until, clinic)}", "words": "You can move or cancel free of charge."})
    early = appointment.start - timedelta(minutes=5)
    steps.append(
        {"when": clinic_datetime(early, clinic), "words": "Come a few minutes early. We talk first, then treat you if it is right for you."}
    )
    return steps + kept_steps(appointment)


def kept_steps(appointment: Appointment) -> list[dict[str, str]]:
    """What is kept besides the first visit."""
    kept = Appointment.objects.of_course(appointment.session.course).kept().count()
    if not kept:
        return []
    dates = "1 later date" if kept == 1 else f"{kept} later dates"
    words = f"We keep {dates} for you, as provisional. You agree a plan at your first visit, and can let any of them go free of charge."
    return [{"when": "After that", "words": words}]


def code_needed_by_words(due: datetime, clinic, *, now: datetime) -> str:
    return f"By {clinic_datetime(due, clinic)}" if due > now else "Before you come"
