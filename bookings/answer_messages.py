"""What patients are told when their own new answers make visits wait: one mail for all of them, and nothing of what they said."""

from datetime import datetime

from django.conf import settings

from bookings.messages import NEWS_LASTS
from bookings.models import Appointment
from messaging.kinds import Kind, register
from messaging.services import post, withdraw
from patients.addresses import address_of
from patients.models import Intake

WAITING = "visits-waiting"


def tell_waiting(intake: Intake, *, now: datetime) -> None:
    """Post one mail about the visits that wait for these answers to be read; what was said of earlier ones is taken back."""
    for old in Intake.objects.replaced_by_these(intake):
        withdraw(about=old.key, kinds=[WAITING], reason="The patient has answered again since")
    post(WAITING, to=address_of(intake.patient), about=intake.key, due=now, useful_until=now + NEWS_LASTS)


def load(about: str) -> Intake | None:
    return Intake.objects.with_people().filter(key=about).first()


def _waiting(about: str, now: datetime) -> list[Appointment]:
    return list(Appointment.objects.of_intakes([load(about)]).ahead(now).waiting_for_review().with_people())


def _still_waiting(about: str, now: datetime) -> str:
    return "" if load(about) and _waiting(about, now) else "No visit waits any more"


def _says(about: str, now: datetime) -> dict[str, object]:
    """The visits that wait, each with its time and practitioner."""
    clinic = load(about).clinic
    return {
        "visits": [
            {"starts": visit.start.astimezone(clinic.tz), "practitioner": visit.practitioner.name} for visit in _waiting(about, now)
        ],
        "plan_url": f"{settings.SITE_URL}/plan/",
    }


def register_kinds() -> None:
    """Make the kind known; called once, when the application starts."""
    register(Kind(name=WAITING, words="Visits wait after new answers", still_true=_still_waiting, context=_says, safety=True))
