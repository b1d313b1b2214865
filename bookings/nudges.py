"""A word to who has no next visit although the plan goes on: once for each session, and only while it is true."""

from datetime import datetime, time, timedelta
from functools import partial

from django.conf import settings

from bookings.models import Appointment
from clinic.models import Clinic
from intervals import local_date, to_instant
from messaging import samples
from messaging.enums import Channel, Group, Way
from messaging.kinds import Kind, register
from messaging.services import post
from treatments.enums import CourseState
from treatments.models import Session, SessionRecord
from treatments.services.advice import one_way_to

REBOOK, REVIEW_DUE = "rebook", "review-due"
AT, LASTS = time(10), timedelta(days=14)
SOONEST, AHEAD = timedelta(days=2), timedelta(days=3)  # at least so long after a visit; so long before the next one should be


def promise_nudge(record: SessionRecord, *, now: datetime) -> None:
    """After a signed session, promise a word about the next one for the day when it should be booked; `still_true` asks again then."""
    course = record.session.course
    following = course.sessions.planned().beyond(record.session.number).unheld().order_by("number").first()
    if following is None or course.state != CourseState.ACTIVE:
        return
    zone = course.clinic.tz
    wait = max(SOONEST, timedelta(days=following.gap_max_days) - AHEAD)
    [due, *_] = to_instant(local_date(record.started_at, zone) + wait, AT, zone)
    kind = REVIEW_DUE if following.review else REBOOK
    post(kind, to=one_way_to(course.patient), about=following.key, due=max(due, now), useful_until=max(due, now) + LASTS)


def load(about: str) -> Session | None:
    return Session.objects.with_course().filter(key=about).first()


def still_true(about: str, now: datetime) -> str:
    """Say why nobody needs to be reminded of their plan, or nothing."""
    session = load(about)
    if session is None or session.dropped_at or hasattr(session, "record"):
        return "The session is held or dropped"
    course = session.course
    if course.state != CourseState.ACTIVE:
        return "The course is over"
    if Appointment.objects.of_course(course).ahead(now).exists():
        return "There is a next visit"
    return "The patient wants no invitations" if course.patient.ways.get(Group.NEWS) == Way.NONE else ""


def says(is_review: bool, about: str, now: datetime) -> dict[str, object]:
    return {"is_review": is_review, "plan_url": f"{settings.SITE_URL}/plan/"}


def sample(is_review: bool, clinic: Clinic, now: datetime) -> dict[str, object]:
    return samples.words(clinic, now) | says(is_review, "", now)


def register_kinds() -> None:
    """Make these kinds known; called once, when the application starts."""
    for name, words, is_review in ((REBOOK, "No next visit yet", False), (REVIEW_DUE, "Review due, no visit yet", True)):
        register(
            Kind(
                name=name,
                words=words,
                template="rebook",
                still_true=still_true,
                context=partial(says, is_review),
                sample=partial(sample, is_review),
                channels=(Channel.MAIL, Channel.SMS),
                group=Group.NEWS,
                may_wait=True,
            )
        )
