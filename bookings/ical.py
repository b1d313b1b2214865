"""A visit as a calendar file: the same event each time it is sent, with a rising sequence."""

from datetime import datetime

from icalendar import Calendar, Event

from bookings.enums import State
from bookings.models import Appointment


def calendar(appointment: Appointment, *, now: datetime) -> bytes:
    """Return the visit as iCalendar, in UTC; a cancelled visit tells calendars to remove it. It names no condition and no technique."""
    cancelled = appointment.state == State.CANCELLED
    file = Calendar()
    file.add("prodid", "-//Meridian//Visits//EN")
    file.add("version", "2.0")
    file.add("method", "CANCEL" if cancelled else "REQUEST")
    file.add_component(_event(appointment, cancelled=cancelled, now=now))
    return file.to_ical()


def _event(appointment: Appointment, *, cancelled: bool, now: datetime) -> Event:
    clinic = appointment.clinic
    event = Event()
    event.add("uid", f"{appointment.key}@meridian")
    event.add("sequence", appointment.version - 1 + cancelled)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add("summary", f"{clinic.name}: visit with {appointment.practitioner.name}")
    event.add("location", f"{clinic.name}, {clinic.address}")
    event.add("description", f"Ring {clinic.phone} if you can't come.")
    event.add("organizer", f"mailto:{clinic.email}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event
