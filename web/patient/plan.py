"""A patient's own page: next visits, the course as a line, pain, what the insurer still covers, what we told them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bookings.billing import bill_of
from bookings.enums import CancelledBy, State
from bookings.models import Appointment, Offer, WaitlistEntry
from bookings.services.kept import release_kept
from bookings.services.questions import Questions
from bookings.services.waitlist import leave_waitlist
from bookings.waiting_list import own_sessions_that_may_wait
from clinic.enums import LinkPurpose
from clinic.models import Clinic
from insurers.charging import terms_on
from insurers.enums import Excess, Payer
from insurers.models import Funding
from insurers.money import written
from insurers.selectors import sessions_left
from messaging.enums import State as Sent
from messaging.models import Message
from patients.models import Patient
from treatments.enums import CourseState
from treatments.models import Course, Session
from treatments.outcomes import PAIN, progress
from treatments.selectors import planned_counts, scores_of
from web.guard import allow, link_slot
from web.patient.frame import complaint_words, practitioner_words
from web.templatetags.house import clinic_date, clinic_datetime, clinic_short
from web.wishes import wish_words

WEEK = 7
COMING, TOLD = 3, 12  # messages shown
MOST_WEEKS = 40  # as far as the line on the page goes
STOP_STATES = {
    State.PROVISIONAL: ("provisional", "Provisional"),
    State.BOOKED: ("booked", "Booked"),
    State.CONFIRMED: ("booked", "Booked"),
    State.DNA: ("missed", "Missed"),
    State.COMPLETED: ("done", "Done"),
}


@allow("plan.see")
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Show one patient's plan; who looks after a family chooses whose."""
    family = list(Patient.objects.visible_to(request.user).select_related("clinic").order_by("pk"))
    if not family:
        return render(request, "patient/plan/empty.html")
    patient = next((each for each in family if each.key == request.GET.get("of")), family[0])
    course = newest_course(patient, request)
    request.clinic = course.clinic if course else patient.clinic
    visits = list(Appointment.objects.visible_to(request.user).of_patient(patient).ahead(request.now).with_people())
    counts = planned_counts({visit.session.course_id for visit in visits})
    context = {
        "family": family,
        "kept": any(visit.waits_for_prescription for visit in visits),
        "patient": patient,
        "course": course,
        "greeting": greeting(request.now, request.clinic),
        "visits": [shown(visit, counts[visit.session.course_id], request.now) for visit in visits],
        "questions": Questions(visits[0], now=request.now) if visits else None,
        "offers": list(Offer.objects.visible_to(request.user).of_patient(patient).to_answer(request.now).with_people()),
        "waits": waits_of(patient, request),
        "unbooked": [choice for choice in own_sessions_that_may_wait(user=request.user, patient=patient) if choice.entry is None],
        "inbox": inbox(patient, request.clinic),
        **(course_context(course, request) if course else {}),
    }
    return render(request, "patient/plan/plan.html", context)


def waits_of(patient: Patient, request: HttpRequest) -> list[dict[str, object]]:
    """What the patient waits for, and what they asked for."""
    entries = WaitlistEntry.objects.visible_to(request.user).of_patient(patient).standing().with_people().next_first()
    return [{"entry": entry, "wishes": wish_words(entry)} for entry in entries]


def newest_course(patient: Patient, request: HttpRequest) -> Course | None:
    """The course that goes on, else the last one there was."""
    courses = (
        Course.objects.visible_to(request.user)
        .of_patient(patient)
        .newest_first()
        .select_related("clinic", "condition", "funding__policy__insurer")
    )
    return courses.open().first() or courses.first()


def greeting(now: datetime, clinic: Clinic) -> str:
    hour = now.astimezone(clinic.tz).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def shown(visit: Appointment, planned: int, now: datetime) -> dict[str, object]:
    """A visit ahead, as its ticket shows it."""
    clinic = visit.clinic
    free_until = visit.start - timedelta(hours=clinic.cancel_notice_hours)
    lines = [("diamond", "Review: you decide together whether to go on")] if visit.session.review else []
    if visit.state == State.PROVISIONAL:
        lines.append(("provisional", "Provisional: " + why_provisional(visit)))
    return {
        "visit": visit,
        "who": practitioner_words(visit),
        "what": f"Visit {visit.session.number} of {planned}" if planned > 1 else "First visit",
        "lines": lines,
        "change": reverse("patient:plan_visit", args=[visit.key]),
        "rule": f"Free of charge until {clinic_datetime(free_until, clinic)}." if free_until > now else "",
    }


def why_provisional(visit: Appointment) -> str:
    if visit.waits_for_prescription:
        return "kept until you agree a plan at your first visit. You can let it go free of charge"
    return "we wait for your insurer’s code" if visit.waits_for_code else "your practitioner reads your answers first"


def course_context(course: Course, request: HttpRequest) -> dict[str, object]:
    """The course as a line, its pain scores and its cover."""
    sessions = list(Session.objects.visible_to(request.user).of_courses([course.pk]).planned().select_related("record"))
    visits = {
        visit.session_id: visit
        for visit in Appointment.objects.visible_to(request.user).of_course(course)
        if visit.state != State.CANCELLED
    }
    stops = stops_of(sessions, visits, course.clinic)
    done = [stop for stop in stops if stop["state"] == "done"]
    points = pain_points(course)
    return {
        "stops": stops,
        "behind": done[-1]["week"] if done else 0,
        "done_count": len(done),
        "points": points,
        "pain": progress(PAIN, points[0][1], points[-1][1]) if len(points) > 1 else None,
        "left": sessions_left(course),
        "funding": funding_of(course),
        "money": money_of(course, request.now),
        "complaint": complaint_words(course.complaint),
        "assessment": course.state == CourseState.ASSESSMENT,
    }


def money_of(course: Course, now: datetime) -> dict[str, str]:
    """What is left of the excess, and what the next visit costs the patient as things stand; nothing where they simply pay."""
    funding, currency = funding_of(course), course.clinic.currency
    if funding is None or funding.payer != Payer.INSURER:
        return {}
    policy, said = funding.policy, {}
    if policy.excess_kind == Excess.YEARLY:
        today = now.astimezone(course.clinic.tz).date()
        said["excess_left"] = written(terms_on(policy, today).excess_left, currency)
    following = Appointment.objects.of_course(course).ahead(now).with_people().first()
    if following:
        said["next"] = written(bill_of(following, now=now).charge.parts.patient, currency)
    return said


def funding_of(course: Course) -> Funding | None:
    """Who pays, where that was said."""
    return getattr(course, "funding", None)


def stops_of(sessions: list[Session], visits: dict[int, Appointment], clinic: Clinic) -> list[dict[str, object]]:
    """Each session as a stop on a line of weeks; one without a time stands where the plan would put it."""
    stops: list[dict[str, object]] = []
    start, last = None, None
    for session in sessions:
        visit = visits.get(session.pk)
        day = day_of(visit, clinic) if visit else None
        expected = day or (last + timedelta(days=session.gap_min_days or WEEK) if last else None)
        start, last = start or expected, expected or last
        state, word = stop_state(session, visit)
        stops.append(
            {
                "week": week_of(expected, start, after=stops[-1]["week"] if stops else 0),
                "number": session.number,
                "state": state,
                "day": clinic_short(day)[4:] if day else "",
                "word": word,
                "review": session.review,
            }
        )
    return stops


def day_of(visit: Appointment, clinic: Clinic) -> date:
    return visit.start.astimezone(clinic.tz).date()


def stop_state(session: Session, visit: Appointment | None) -> tuple[str, str]:
    """How far a session is: done once its record is signed or the visit is over."""
    if hasattr(session, "record") and session.record.is_signed:
        return "done", "Done"
    return STOP_STATES.get(State(visit.state), ("booked", "Today")) if visit else ("planned", "Not booked yet")


def week_of(day: date | None, start: date | None, *, after: int) -> int:
    """The column on the line; two in one week stand side by side, so the second moves on."""
    week = (day - start).days // WEEK + 1 if day and start else after + 1
    return min(max(week, after + 1), MOST_WEEKS)


def pain_points(course: Course) -> list[tuple[str, int | float]]:
    """Pain by visit, as the chart takes it."""
    scores = scores_of(course).get(PAIN, [])
    return [(clinic_short(score.at, course.clinic)[4:], whole(score.value)) for score in scores]


def whole(score: Decimal) -> int | float:
    """7 rather than 7.0."""
    return int(score) if score == int(score) else float(score)


def inbox(patient: Patient, clinic: Clinic) -> list[dict[str, str]]:
    """What comes next, then what was sent, newest first; what was taken back or failed is the clinic’s to see."""
    every = Message.objects.of_recipient(patient.key)
    coming = every.in_state(Sent.DUE, Sent.SENDING).soonest_first()[:COMING]
    return [told(message, clinic) for message in [*coming, *every.sent().newest_first()[:TOLD]]]


def told(message: Message, clinic: Clinic) -> dict[str, str]:
    sent = message.state == Sent.SENT
    when = clinic_date(message.sent_at if sent else message.due_at, clinic)
    return {"words": message.sent_subject or message.words, "when": f"Sent {when}" if sent else f"Comes {when}", "new": not sent}


@allow("plan.see")
@require_safe
def open_visit(request: HttpRequest, key: str) -> HttpResponse:
    """Open one of their visits on the page that moves and cancels, or at its health questions."""
    visit = get_object_or_404(Appointment.objects.visible_to(request.user), key=key)
    request.session[link_slot(LinkPurpose.VISIT)] = visit.key
    return redirect("patient:answers" if request.GET.get("to") == "answers" else "patient:visit")


@allow("plan.see")
@require_POST
def let_go(request: HttpRequest, key: str) -> HttpResponse:
    """Let go every date that is kept for a course; the first visit stays."""
    course = get_object_or_404(Course.objects.visible_to(request.user), key=key)
    gone = release_kept(course=course, by=request.user, because="Not needed", now=request.now, who=CancelledBy.PATIENT)
    if gone:
        messages.success(request, "The later dates are free again. There is nothing to pay for them.")
    return redirect("patient:plan")


@allow("plan.see")
@require_safe
def open_offer(request: HttpRequest, key: str) -> HttpResponse:
    """Open a time that is kept for them on the page where it is taken or left."""
    offer = get_object_or_404(Offer.objects.visible_to(request.user), key=key)
    request.session[link_slot(LinkPurpose.OFFER)] = offer.key
    return redirect("patient:offer")


@allow("plan.see")
@require_POST
def stop_waiting(request: HttpRequest, key: str) -> HttpResponse:
    """Take them off the waitlist; what was offered to them goes to the next."""
    entry = get_object_or_404(WaitlistEntry.objects.visible_to(request.user).with_people(), key=key)
    leave_waitlist(entry=entry, because="Asked to be taken off", by=request.user, now=request.now)
    messages.success(request, "You are off the waitlist. Your visits stay as they are.")
    return redirect("patient:plan")
