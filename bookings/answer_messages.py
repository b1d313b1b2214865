"""What patients are told when visits wait for their answers to be read, and when they were: one mail for all, nothing of what they said."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from bookings import messages
from bookings.enums import State
from bookings.ical import calendar
from bookings.messages import NEWS_LASTS
from bookings.models import Appointment
from messaging.kinds import Attachment, Kind, register
from messaging.models import Message
from messaging.services import post, withdraw
from patients.addresses import address_of
from patients.models import Intake

WAITING, SURE = "visits-waiting", "visits-sure"


def tell_waiting(intake: Intake, *, now: datetime) -> None:
    """Post one mail about the visits that wait for these answers to be read; what was said of earlier ones is taken back."""
    for old in Intake.objects.replaced_by_these(intake):
        withdraw(about=old.key, kinds=[WAITING], reason="The patient has answered again since")
    post(WAITING, to=address_of(intake.patient), about=intake.key, due=now, useful_until=now + NEWS_LASTS)


def tell_sure(visits: Sequence[Appointment], *, now: datetime) -> None:
    """Say that visits which waited are sure by now: the one with its calendar file, or all of a course in one mail."""
    if len(visits) == 1:
        messages.tell_settled(visits[0], now=now)
    elif visits:
        course = visits[0].session.course
        told = Message.objects.about(course.key).of_kinds([SURE]).count()
        post(SURE, to=address_of(course.patient), about=course.key, due=now, useful_until=now + NEWS_LASTS, version=told + 1)


def load(about: str) -> Intake | None:
    return Intake.objects.with_people().filter(key=about).first()


def _waiting(about: str, now: datetime) -> list[Appointment]:
    return list(Appointment.objects.of_intakes([load(about)]).ahead(now).waiting_for_review().with_people())


def _still_waiting(about: str, now: datetime) -> str:
    return "" if load(about) and _waiting(about, now) else "No visit waits any more"


def _says(about: str, now: datetime) -> dict[str, object]:
    """The visits that wait, each with its time and practitioner."""
    return _listed(_waiting(about, now))


def _listed(visits: list[Appointment]) -> dict[str, object]:
    return {
        "visits": [{"starts": visit.start.astimezone(visit.clinic.tz), "practitioner": visit.practitioner.name} for visit in visits],
        "plan_url": f"{settings.SITE_URL}/plan/",
    }


def _sure(about: str, now: datetime) -> list[Appointment]:
    ahead = Appointment.objects.filter(session__course__key=about).ahead(now).with_people()
    return [visit for visit in ahead if visit.state != State.PROVISIONAL]


def _still_sure(about: str, now: datetime) -> str:
    return "" if _sure(about, now) else "No visit of the course is sure any more"


def _says_sure(about: str, now: datetime) -> dict[str, object]:
    return _listed(_sure(about, now))


def _files(about: str, now: datetime) -> list[Attachment]:
    """One calendar file with every visit that is sure."""
    content = calendar(_sure(about, now), now=now)
    return [Attachment(name="visits.ics", content=content, mime="text/calendar; method=PUBLISH; charset=utf-8")]


def register_kinds() -> None:
    """Make the kinds known; called once, when the application starts."""
    register(Kind(name=SURE, words="Visits now sure", still_true=_still_sure, context=_says_sure, attachments=_files))
    register(Kind(name=WAITING, words="Visits wait after new answers", still_true=_still_waiting, context=_says, safety=True))
