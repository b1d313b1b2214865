"""Who waits for a time, which times came free, and what was offered to whom."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import F, Q

from bookings.enums import Answer, Freed, Urgency, Waiting
from bookings.models.appointments import Appointment, Booking
from bookings.waiting_querysets import FreedQuerySet, OfferQuerySet, WaitlistQuerySet
from clinic.enums import Weekday
from clinic.models import BOUNDED, Clinic, Equipment, KeyField, Practitioner, Room
from patients.models import Patient
from treatments.models import Service, Session


class WaitlistEntry(models.Model):
    """Somebody who would like a time: for a session of a course, or for a first visit that a visitor was booking."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="waitlist")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="waitlist")
    wants_earlier = models.BooleanField(default=False, help_text="Has a time already, and would like an earlier one.")
    weekdays = ArrayField(models.CharField(max_length=1, choices=Weekday), default=list, blank=True, help_text="None: any day.")
    earliest = models.TimeField(null=True, blank=True, help_text="On the clinic's clocks; when the visit begins.")
    latest = models.TimeField(null=True, blank=True, help_text="On the clinic's clocks; when the visit ends.")
    practitioners = models.ManyToManyField(Practitioner, related_name="+", blank=True, help_text="None: anyone.")
    first_day = models.DateField()
    last_day = models.DateField()
    notice_hours = models.PositiveSmallIntegerField(default=2, help_text="How long before the start they must know.")
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.SOON)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=Waiting, default=Waiting.WAITING)
    closed_because = models.CharField(max_length=100, blank=True)
    joined_at = models.DateTimeField()

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(session__isnull=False, booking=None) | Q(session=None, booking__isnull=False), name="waits_for_one_thing"
            ),
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="waits_from_first_to_last"),
            models.UniqueConstraint(
                fields=["session"], condition=Q(state__in=[Waiting.WAITING, Waiting.OFFERED]), name="a_session_waits_once"
            ),
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state__in=[Waiting.WAITING, Waiting.OFFERED]), name="a_booking_waits_once"
            ),
        ]
        indexes = [models.Index(fields=["clinic", "urgency", "joined_at"], condition=Q(state=Waiting.WAITING), name="next_on_the_waitlist")]

    def __str__(self) -> str:
        return f"{self.name} waits"

    @property
    def patient(self) -> Patient | None:
        """Whose record it is; None for a first visit, until it is booked."""
        return self.session.course.patient if self.session_id else None

    @property
    def name(self) -> str:
        return self.patient.name if self.patient else f"{self.booking.first_name} {self.booking.last_name}".strip()


class FreedTime(models.Model):
    """A stretch of a practitioner's time that came free by a deed, and what has become of it."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    during = DateTimeRangeField()
    because = models.CharField(max_length=100)
    freed_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=Freed, default=Freed.OPEN)
    closed_because = models.CharField(max_length=100, blank=True)
    skipped = models.JSONField(default=list, help_text="Who was passed over when it was last looked at: pairs of entry key and reason.")

    objects = FreedQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=BOUNDED, name="freed_bounded")]
        indexes = [
            models.Index(fields=["freed_at"], condition=Q(state=Freed.OPEN), name="freed_to_offer"),
            models.Index(fields=["clinic", "-freed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} {self.start:%Y-%m-%d %H:%M}"

    @property
    def start(self) -> datetime:
        return self.during.lower

    @property
    def end(self) -> datetime:
        return self.during.upper


class Offer(models.Model):
    """One freed time kept for one person until they answer or the offer runs out."""

    key = KeyField()
    entry = models.ForeignKey(WaitlistEntry, models.PROTECT, related_name="offers")
    freed = models.ForeignKey(FreedTime, models.PROTECT, related_name="offers")
    held = models.OneToOneField(Appointment, models.SET_NULL, null=True, blank=True, related_name="offer")
    appointment = models.ForeignKey(Appointment, models.SET_NULL, null=True, blank=True, related_name="+")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+")
    equipment = models.ForeignKey(Equipment, models.PROTECT, null=True, blank=True, related_name="+")
    during = DateTimeRangeField()
    answer = models.CharField(max_length=20, choices=Answer, default=Answer.OPEN)
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=BOUNDED, name="offer_bounded"),
            models.UniqueConstraint(fields=["entry"], condition=Q(answer=Answer.OPEN), name="one_offer_a_person"),
            models.UniqueConstraint(fields=["freed"], condition=Q(answer=Answer.OPEN), name="one_offer_a_time"),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(answer=Answer.OPEN), name="offers_to_run_out")]

    def __str__(self) -> str:
        return f"Offer to {self.entry.name}"

    @property
    def start(self) -> datetime:
        return self.during.lower

    @property
    def end(self) -> datetime:
        return self.during.upper

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.answer == Answer.OPEN and self.until > now
