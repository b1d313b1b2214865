"""One step of an appointment from state to state: the only way its state is written."""

from datetime import datetime

from django.db import transaction

from bookings.enums import STEPS, State
from bookings.models import Appointment
from clinic import audit
from clinic.models import User


class StateChanged(Exception):
    """The appointment is no longer where the person who acts saw it; `str()` says where it is now."""

    def __init__(self, appointment: Appointment, wanted: State):
        now_is, wished = State(appointment.state).label.lower(), wanted.label.lower()
        if appointment.state == wanted:
            super().__init__(f"This visit is {now_is} already. Pressing again changed nothing.")
        else:
            super().__init__(f"This visit is {now_is} by now, so it can't become {wished}. Look at it again.")
        self.appointment = appointment


@transaction.atomic
def step(*, appointment: Appointment, to: State, by: User | str, now: datetime, **also: object) -> Appointment:
    """Move the appointment on to `to`, with `also`, if it still stands where `appointment` says and the step is a permitted one."""
    seen = State(appointment.state)
    moved = to in STEPS[seen] and Appointment.objects.filter(pk=appointment.pk, state=seen).update(state=to, state_since=now, **also)
    if not moved:
        appointment.refresh_from_db(fields=["state"])
        raise StateChanged(appointment, to)
    for name, value in {"state": to, "state_since": now, **also}.items():
        setattr(appointment, name, value)
    audit.record(by, f"appointment.{to.value}", appointment, was=seen.value)
    return appointment
