"""What patients are told about an insurer's code that they said they send: a reminder in time, and what happens without it."""

from datetime import datetime, timedelta
from functools import partial

from bookings.enums import State
from bookings.messages import NEWS_LASTS, load, load_all, visit_link
from bookings.models import Appointment
from clinic.models import Clinic
from insurers.enums import CodeLate
from insurers.house import rules_for
from insurers.money import written
from messaging import samples
from messaging.kinds import Kind, register
from messaging.services import post, withdraw
from patients.addresses import address_of

REMINDER, YOU_PAY = "code-reminder", "code-you-pay"


def promise_reminder(appointment: Appointment, *, now: datetime) -> None:
    """Post the reminder for its time; one that would be late is sent at once, while the code can still come in time."""
    rules = rules_for(appointment.clinic_id)
    due = appointment.start - timedelta(hours=rules.code_hours)
    if due > now:
        at = max(now, due - timedelta(hours=rules.remind_hours))
        _post(REMINDER, appointment, due=at, until=due)


def move_reminder(appointment: Appointment, *, now: datetime) -> None:
    """Promise the reminder anew for a visit that was moved."""
    if appointment.waits_for_code:
        take_back_reminder(appointment, because="The visit was moved")
        promise_reminder(appointment, now=now)


def take_back_reminder(appointment: Appointment, *, because: str) -> None:
    withdraw(about=appointment.key, kinds=[REMINDER], reason=because)


def tell_you_pay(appointment: Appointment, *, now: datetime) -> None:
    """Say that the visit stands without the insurer."""
    take_back_reminder(appointment, because="The visit stands, and the patient pays")
    _post(YOU_PAY, appointment, due=now, until=min(appointment.start, now + NEWS_LASTS))


def _post(kind: str, appointment: Appointment, *, due: datetime, until: datetime) -> None:
    post(
        kind,
        to=address_of(appointment.patient),
        about=appointment.key,
        due=due,
        useful_until=until,
        version=appointment.version,
        visit=appointment.key,
    )


def _still_waits(about: str, now: datetime) -> str:
    appointment = load(about)
    if appointment is None:
        return "The visit is gone"
    return "" if appointment.state == State.PROVISIONAL and appointment.waits_for_code else "The code is here, or the visit is cancelled"


def _stands(about: str, now: datetime) -> str:
    appointment = load(about)
    return "" if appointment and appointment.is_ahead else "The visit does not lie ahead any more"


def _says(about: str, now: datetime) -> dict[str, object]:
    appointment = load(about)
    rules, clinic = rules_for(appointment.clinic_id), appointment.clinic
    return {
        "starts": appointment.start.astimezone(clinic.tz),
        "ends": appointment.end.astimezone(clinic.tz),
        "practitioner": appointment.practitioner.name,
        "manage_url": visit_link(appointment) if appointment.is_ahead and appointment.start > now else "",
        "due": (appointment.start - timedelta(hours=rules.code_hours)).astimezone(clinic.tz),
        "you_pay": rules.code_late == CodeLate.SELF_PAY,
        "price": written(appointment.price, clinic.currency),
    }


def _sample(clinic: Clinic, now: datetime, *, you_pay: bool) -> dict[str, object]:
    said = samples.words(clinic, now)
    return said | {"due": said["starts"] - timedelta(hours=24), "you_pay": you_pay, "price": written(6800, clinic.currency)}


def register_kinds() -> None:
    """Make the kinds of messages about codes known; called once, when the application starts."""
    common = {"context": _says, "load_all": load_all}
    register(
        Kind(name=REMINDER, words="Reminder to send a code", still_true=_still_waits, sample=partial(_sample, you_pay=False), **common)
    )
    register(Kind(name=YOU_PAY, words="Visit stands, patient pays", still_true=_stands, sample=partial(_sample, you_pay=True), **common))
