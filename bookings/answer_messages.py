"""What patients are asked and told about their answers: a link to the questions, what waits, what is sure. Nothing of what they said."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from bookings import messages
from bookings.enums import State
from bookings.ical import calendar
from bookings.messages import NEWS_LASTS
from bookings.models import Appointment
from bookings.services.questions import Questions
from messaging.enums import Channel
from messaging.kinds import Attachment, Kind, register
from messaging.models import Message
from messaging.services import post, withdraw
from patients.addresses import address_of
from patients.models import Intake

WAITING, SURE, ASKED = "visits-waiting", "visits-sure", "health-questions"


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


def ask_now(appointment: Appointment, *, now: datetime) -> None:
    """Post a link to the health questions of a visit, by text where there is a mobile number: the patient may stand at the desk."""
    sent = Message.objects.about(appointment.key).of_kinds([ASKED]).count()
    to = address_of(appointment.patient)
    post(ASKED, to=to, about=appointment.key, due=now, useful_until=appointment.end, version=sent + 1, visit=appointment.key)


def last_asked(appointment: Appointment) -> datetime | None:
    """When the link was promised last."""
    return max((message.due_at for message in Message.objects.about(appointment.key).of_kinds([ASKED])), default=None)


def _still_to_answer(about: str, now: datetime) -> str:
    visit = messages.load(about)
    return "" if visit and Questions(visit, now=now).due else "Nothing is left to answer"


def _link(about: str, now: datetime) -> dict[str, object]:
    """A private link that also helps who comes late: answers are taken until the treatment ends."""
    visit = messages.load(about)
    return {"manage_url": messages.visit_link(visit, until=visit.end)}


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
    register(
        Kind(
            name=ASKED,
            words="Link to the health questions",
            channels=(Channel.SMS, Channel.MAIL),
            still_true=_still_to_answer,
            context=_link,
            safety=True,
        )
    )
    register(Kind(name=WAITING, words="Visits wait after new answers", still_true=_still_waiting, context=_says, safety=True))
