"""The desk sends somebody the health questions that are not answered yet, as a private link to their phone or mail."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings import answer_messages
from bookings.models import Appointment
from bookings.services.questions import Questions
from clinic import audit
from clinic.models import User

NOT_AGAIN_BEFORE = timedelta(minutes=10)


class NotSent(Exception):
    """No link went out; `str()` says why, and what to do instead."""


@transaction.atomic
def send_questions(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Promise the patient a link to the questions that are due, at once; or `NotSent`."""
    appointment = Appointment.objects.select_for_update(no_key=True, of=("self",)).with_people().get(pk=appointment.pk)
    patient = appointment.patient
    if not Questions(appointment, now=now).due:
        raise NotSent("There is nothing to answer for this visit now.")
    if not (patient.email or patient.mobile):
        raise NotSent("We have no mobile number or e-mail address: ask them at the desk to add one, or tell the practitioner.")
    last = answer_messages.last_asked(appointment)
    if last and now - last < NOT_AGAIN_BEFORE:
        at = last.astimezone(appointment.clinic.tz)
        raise NotSent(f"The link went out at {at:%H:%M}: ask them to look at their phone.")
    answer_messages.ask_now(appointment, now=now)
    audit.record(by, "answers.ask_for", appointment)
    return appointment
