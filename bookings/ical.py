"""A visit as a calendar file: the same event each time it is sent, with a rising sequence."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from bookings.enums import State
from bookings.models import Appointment


def calendar(appointments: Sequence[Appointment], *, now: datetime) -> bytes:
    """Return visits as iCalendar, in UTC; a cancelled one tells calendars to remove it. It names no condition and no technique."""
    file = Calendar()
    file.add("prodid", "-//Meridian//Visits//EN")
    file.add("version", "2.0")
    file.add("method", method(appointments))
    for appointment in appointments:
        file.add_component(_event(appointment, now=now))
    return file.to_ical()


def method(appointments: Sequence[Appointment]) -> str:
    """What calendars should do with the file: one visit is asked for or taken back, several are published."""
    if len(appointments) > 1:
        return "PUBLISH"
    return "CANCEL" if appointments[0].state == State.CANCELLED else "REQUEST"


def _event(appointment: Appointment, *, now: datetime) -> Event:
    clinic, cancelled = appointment.clinic, appointment.state == State.CANCELLED
    event = Event()
    event.add("uid", f"{appointment.key}@meridian")
    event.add("sequence", appointment.version - 1 + cancelled)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add(
        "summary", _("%(clinic)s: visit with %(practitioner)s") % {"clinic": clinic.name, "practitioner": appointment.practitioner.name}
    )
    event.add("location", f"{clinic.name}, {clinic.address}")
    event.add("description", _("Ring %(phone)s if you can’t come.") % {"phone": clinic.phone})
    event.add("organizer", f"mailto:{clinic.email}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event
