"""When and where: appointments, what they occupy, bookings being made, and who waits for a time."""

from bookings.models.appointments import Appointment, AssessmentRequest, Booking, Occupancy, OneValueRange, Tick
from bookings.models.waiting import FreedTime, Offer, WaitlistEntry

__all__ = ["Appointment", "AssessmentRequest", "Booking", "FreedTime", "Occupancy", "Offer", "OneValueRange", "Tick", "WaitlistEntry"]
