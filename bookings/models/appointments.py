"""Appointments, what they occupy, and bookings being made."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, GeneratedField, Q

from bookings.enums import CancelledBy, Door, State
from bookings.querysets import AppointmentQuerySet, BookingQuerySet, OccupancyQuerySet
from clinic.models import BOUNDED, Clinic, Equipment, KeyField, Practitioner, Room, Timeline
from insurers.enums import Payer
from insurers.models import Insurer
from treatments.enums import Chronicity
from treatments.models import Service, Session


class OneValueRange(Func):
    """A range that holds one whole number only, so that a constraint can compare numbers without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"


class Tick(Func):
    """UTC seconds of one end of a range, counted in whole five minutes."""

    arity = 1
    output_field = models.IntegerField()


class MinuteOfStart(Func):
    """Minutes since 1970 in UTC at the start of a range."""

    arity = 1
    template = "extract(epoch from lower(%(expressions)s) at time zone 'UTC') / 60"
    output_field = models.FloatField()


def tick_after(minutes: models.Expression | F, rounded: str) -> Tick:
    """The tick so many minutes after the visit's start, rounded by `floor` or `ceil`."""
    instant = ExpressionWrapper(MinuteOfStart("during") + minutes, output_field=models.FloatField())
    return Tick(instant, template=f"({rounded}((%(expressions)s) / 5))::int")


class Appointment(models.Model):
    """The promise of people, rooms and time for a session; its parts and price stay as they were when it was made."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="appointments")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="appointments")
    service = models.ForeignKey(Service, models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, models.PROTECT, related_name="appointments")
    equipment = models.ForeignKey(Equipment, models.PROTECT, null=True, blank=True, related_name="appointments")
    during = DateTimeRangeField(help_text="From when the patient comes to when the patient goes.")
    prepare = models.PositiveSmallIntegerField(default=0)
    hands_in = models.PositiveSmallIntegerField()
    rest = models.PositiveSmallIntegerField()
    hands_out = models.PositiveSmallIntegerField()
    cleaning = models.PositiveSmallIntegerField()
    price = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State)
    state_since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text="When the hold ends.")
    door = models.CharField(max_length=20, choices=Door)
    version = models.PositiveSmallIntegerField(default=1, help_text="Rises with each move, so that messages and calendar files follow.")
    waits_for_review = models.BooleanField(default=False)
    waits_for_code = models.BooleanField(default=False)
    waits_for_prescription = models.BooleanField(default=False, help_text="Kept for a course that nobody has prescribed yet.")
    overbook_reason = models.CharField(max_length=200, blank=True)
    cancelled_by = models.CharField(max_length=20, choices=CancelledBy, blank=True)
    cancelled_because = models.CharField(max_length=200, blank=True)
    cancelled_late = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    rest_start_tick = GeneratedField(
        expression=tick_after(F("prepare") + F("hands_in"), "floor"), output_field=models.IntegerField(), db_persist=True
    )
    rest_end_tick = GeneratedField(
        expression=tick_after(F("prepare") + F("hands_in") + F("rest"), "ceil"), output_field=models.IntegerField(), db_persist=True
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=BOUNDED, name="appointment_bounded"),
            models.CheckConstraint(
                condition=Q(state=State.HELD, until__isnull=False) | ~Q(state=State.HELD) & Q(session__isnull=False, until__isnull=True),
                name="only_a_hold_has_no_session",
            ),
            models.UniqueConstraint(
                fields=["session"], condition=~Q(state__in=[State.CANCELLED, State.DNA]), name="one_standing_appointment_per_session"
            ),
        ]
        indexes = [
            GistIndex(fields=["during"]),
            models.Index(fields=["clinic", "state"]),
            models.Index(
                fields=["practitioner", "rest_start_tick"],
                include=["rest_end_tick", "until"],
                condition=Q(rest__gt=0) & ~Q(state__in=[State.CANCELLED, State.DNA]),
                name="resting_ticks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.start:%Y-%m-%d %H:%M}"

    @property
    def start(self) -> datetime:
        return self.during.lower

    @property
    def end(self) -> datetime:
        return self.during.upper

    @property
    def minutes(self) -> int:
        return self.prepare + self.hands_in + self.rest + self.hands_out

    @property
    def patient(self):
        """Who comes, or None while the time is only held."""
        return self.session.course.patient if self.session_id else None

    @property
    def is_ahead(self) -> bool:
        return self.state in State.ahead()


LONGEST_TICKS = 288  # a day of five minutes: so that looking up busy time need not read the years before
TICK = (
    "({}(extract(epoch from {}(%(expressions)s) at time zone 'UTC') / 300))::int"  # a wall clock in UTC is immutable, an instant's is not
)


class Occupancy(models.Model):
    """One stretch of one timeline, taken by one appointment."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="occupancies")
    timeline = models.ForeignKey(Timeline, models.PROTECT, db_index=False)
    during = DateTimeRangeField()
    live = models.BooleanField(default=True)
    yields = models.BooleanField(default=False, help_text="A deliberate overbook: busy, but may overlap.")
    until = models.DateTimeField(null=True, blank=True, help_text="When the hold ends.")
    start_tick = GeneratedField(
        expression=Tick("during", template=TICK.format("floor", "lower")), output_field=models.IntegerField(), db_persist=True
    )
    end_tick = GeneratedField(
        expression=Tick("during", template=TICK.format("ceil", "upper")), output_field=models.IntegerField(), db_persist=True
    )

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "occupancies"
        constraints = [
            ExclusionConstraint(
                name="in_one_place_at_a_time",
                expressions=[(OneValueRange("timeline_id"), "&&"), ("during", "&&")],
                condition=Q(live=True, yields=False),
            ),
            models.CheckConstraint(condition=BOUNDED, name="occupancy_bounded"),
            models.CheckConstraint(condition=Q(end_tick__lte=F("start_tick") + LONGEST_TICKS), name="occupancy_within_a_day"),
        ]
        indexes = [
            models.Index(fields=["timeline", "start_tick"], include=["end_tick", "until"], condition=Q(live=True), name="busy_ticks")
        ]

    def __str__(self) -> str:
        return f"{self.timeline_id} {self.during}"


class Booking(models.Model):
    """A booking that a visitor is making: what is known so far, and the time held for it. Finished once, by one key."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="+")
    appointment = models.OneToOneField(Appointment, models.SET_NULL, null=True, blank=True, related_name="booking")
    complaint = models.CharField(max_length=40, blank=True)
    payer = models.CharField(max_length=20, choices=Payer, blank=True)
    insurer = models.ForeignKey(Insurer, models.PROTECT, null=True, blank=True, related_name="+")
    policy_number = models.CharField(max_length=40, blank=True)
    authorisation_code = models.CharField(max_length=40, blank=True)
    code_follows = models.BooleanField(default=False)
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    email = models.EmailField(blank=True)
    mobile = models.CharField(max_length=30, blank=True)
    proved_address = models.EmailField(blank=True, help_text="The address that an e-mailed code has proved.")
    consents = models.JSONField(default=list)
    pain = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Out of ten, on average, where a whole course was looked at.")
    lasted = models.CharField(max_length=20, choices=Chronicity, blank=True)
    later = models.JSONField(default=dict, help_text="The dates after the first visit that are to be kept, by session.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["email"], condition=Q(finished_at=None), name="bookings_being_made")]

    def __str__(self) -> str:
        return self.key

    @property
    def address_is_proved(self) -> bool:
        return bool(self.email) and self.proved_address == self.email


class AssessmentRequest(models.Model):
    """Somebody who asked for a free assessment by phone."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=30)
    when = models.CharField(max_length=20)
    words = models.CharField(max_length=400, blank=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
