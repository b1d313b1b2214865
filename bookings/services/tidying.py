"""What is swept up now and then; safe to run twice, and side by side."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings.enums import State
from bookings.models import Appointment, Booking, Offer, WaitlistEntry
from bookings.services.late_codes import settle_late_codes
from bookings.services.leaving import deactivate_leavers
from bookings.services.prescribing import release_unprescribed
from bookings.services.waitlist import close_stale_entries
from clinic import throttle
from clinic.locks import lock
from messaging.codes import forget_old_codes
from patients.services import drop_answers

FORGET_BOOKINGS_AFTER = timedelta(days=2)


def tidy_up(*, now: datetime) -> None:
    """Drop what has run out: holds, dates kept too long, times whose code is late, unfinished bookings, codes, and who has left."""
    for held in Appointment.objects.filter(state=State.HELD, until__lte=now).order_by("pk")[:500]:
        drop_hold(held=held, now=now)
    close_stale_entries(now=now)
    release_unprescribed(now=now)
    settle_late_codes(now=now)
    deactivate_leavers(now=now)
    forget_unfinished_bookings(now=now)
    forget_old_codes(now=now)
    throttle.forget_old(now=now)


@transaction.atomic
def drop_hold(*, held: Appointment, now: datetime) -> None:
    """Drop one hold that ran out, unless somebody finished or extended it meanwhile."""
    lock(held.occupancies.values_list("timeline_id", flat=True))
    Appointment.objects.filter(pk=held.pk, state=State.HELD, until__lte=now).delete()


def forget_unfinished_bookings(*, now: datetime) -> None:
    """Drop what a visitor typed and never finished, their answers with it: nobody became a patient."""
    waiting = WaitlistEntry.objects.standing().exclude(booking=None).values("booking")
    stale = Booking.objects.unfinished().filter(created_at__lt=now - FORGET_BOOKINGS_AFTER, appointment=None).exclude(pk__in=waiting)
    for booking in stale[:500]:
        forget_booking(booking=booking)


@transaction.atomic
def forget_booking(*, booking: Booking) -> None:
    """Drop one unfinished booking and its answers, and that it once waited for a time."""
    Offer.objects.filter(entry__booking=booking, entry__booking__finished_at=None).delete()
    WaitlistEntry.objects.filter(booking=booking, booking__finished_at=None).delete()
    if Booking.objects.unfinished().filter(pk=booking.pk, appointment=None).delete()[0]:
        drop_answers(booking_key=booking.key)
