"""What patients are told about the dates of a course: one mail for the whole of it, whatever changed."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from bookings.ical import calendar
from bookings.messages import NEWS_LASTS
from bookings.models import Appointment
from messaging.kinds import Attachment, Kind, register
from messaging.models import Message
from messaging.services import post, withdraw
from patients.addresses import address_of
from treatments.enums import CourseState
from treatments.models import Course

CHANGED, KEPT, RELEASED = "course-changed", "course-kept", "course-released"
KINDS = (CHANGED, KEPT, RELEASED)


def tell(kind: str, course: Course, *, now: datetime) -> None:
    """Post one mail about the course's dates as they will stand; what was said of them before and has not gone is taken back."""
    told = Message.objects.about(course.key).of_kinds(KINDS)
    withdraw(about=course.key, kinds=KINDS, reason="The dates of the course have changed since")
    post(kind, to=address_of(course.patient), about=course.key, due=now, useful_until=now + NEWS_LASTS, version=told.count() + 1)


def load(about: str) -> Course | None:
    return Course.objects.with_people().filter(key=about).first()


def _ahead(about: str, now: datetime) -> list[Appointment]:
    return list(Appointment.objects.of_course(load(about)).ahead(now).with_people())


def _says(about: str, now: datetime) -> dict[str, object]:
    """Every visit that lies ahead, and whether the course goes on."""
    course = load(about)
    return {
        "visits": [
            {"starts": each.start.astimezone(course.clinic.tz), "practitioner": each.practitioner.name, "kept": each.waits_for_prescription}
            for each in _ahead(about, now)
        ],
        "goes_on": course.state in CourseState.open(),
        "release_days": course.clinic.release_days,
        "plan_url": f"{settings.SITE_URL}/plan/",
        "book_url": f"{settings.SITE_URL}/c/{course.clinic.slug}/",
    }


def _files(about: str, now: datetime) -> list[Attachment]:
    """One calendar file with every visit that lies ahead."""
    visits = _ahead(about, now)
    if not visits:
        return []
    return [Attachment(name="visits.ics", content=calendar(visits, now=now), mime="text/calendar; method=PUBLISH; charset=utf-8")]


def _is_there(about: str, now: datetime) -> str:
    return "" if load(about) else "The course is gone"


def _still_kept(about: str, now: datetime) -> str:
    course = load(about)
    return "" if course and Appointment.objects.of_course(course).kept().exists() else "No date is kept any more"


def register_kinds() -> None:
    """Make the kinds of messages about courses known; called once, when the application starts."""
    _register(CHANGED, "Visits of a course changed", _is_there, attachments=_files)
    _register(KEPT, "Dates kept for a course", _still_kept)
    _register(RELEASED, "Kept dates let go", _is_there)


def _register(name: str, words: str, still_true: Callable[[str, datetime], str], **more: object) -> None:
    register(Kind(name=name, words=words, still_true=still_true, context=_says, **more))
