"""What is done: services, courses, sessions and their records."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models import Clinic, KeyField, Practitioner, User
from patients.models import Intake, Patient
from treatments.enums import Action, Chronicity, CourseState, Feel, Severity, Side, Sought
from treatments.querysets import (
    AdviceQuerySet,
    CheckBackQuerySet,
    CourseQuerySet,
    OutcomeQuerySet,
    RecordQuerySet,
    ServiceQuerySet,
    SessionQuerySet,
)

OUT_OF_TEN = [MinValueValidator(0), MaxValueValidator(10)]


class Technique(models.Model):
    """A way of treating, from the catalogue."""

    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    family = models.CharField(max_length=40)
    needles = models.BooleanField()
    words = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Acupoint(models.Model):
    """A point of the body, from the catalogue, under its WHO code."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=60)
    english = models.CharField(max_length=80)
    meridian = models.CharField(max_length=40)
    region = models.CharField(max_length=40)
    location = models.TextField()
    laterality = models.CharField(max_length=20)
    depth_min_mm = models.PositiveSmallIntegerField()
    depth_max_mm = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.code


class Condition(models.Model):
    """A problem people come with, from the catalogue."""

    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """A kind of visit that a clinic offers: its parts in minutes, its price, who gives it and what it needs."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="services")
    slug = models.SlugField()
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=20)
    words = models.CharField(max_length=200, blank=True)
    techniques = models.ManyToManyField(Technique, related_name="services", blank=True)
    practitioners = models.ManyToManyField(Practitioner, related_name="services", blank=True)
    prepare = models.PositiveSmallIntegerField(default=0, help_text="Minutes the patient has the room alone before anybody comes.")
    hands_in = models.PositiveSmallIntegerField(help_text="Minutes hands-on at the start.")
    rest = models.PositiveSmallIntegerField(default=0, help_text="Minutes at rest, when the practitioner is free.")
    hands_out = models.PositiveSmallIntegerField(default=0, help_text="Minutes hands-on at the end.")
    cleaning = models.PositiveSmallIntegerField(default=5, help_text="Minutes the room needs afterwards.")
    price = models.PositiveIntegerField(help_text="In the currency's smallest unit: pence, yen.")
    room_feature = models.CharField(max_length=30, blank=True)
    equipment_kind = models.CharField(max_length=30, blank=True)
    first_visit = models.BooleanField(default=False)
    online = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="one_service_of_a_name"),
            models.CheckConstraint(condition=Q(hands_in__gt=0), name="service_begins_hands_on"),
            models.CheckConstraint(condition=Q(rest=0, hands_out=0) | Q(rest__gt=0, hands_out__gt=0), name="rest_lies_between_hands"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def minutes(self) -> int:
        """How long the patient is there."""
        return self.prepare + self.hands_in + self.rest + self.hands_out


class Course(models.Model):
    """One episode of care for one problem: aim, techniques, phases, planned sessions, reviews."""

    key = KeyField()
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="courses")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="courses")
    intake = models.ForeignKey(Intake, models.PROTECT, null=True, blank=True, related_name="courses")
    complaint = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=CourseState, default=CourseState.ASSESSMENT)
    condition = models.ForeignKey(Condition, models.PROTECT, null=True, blank=True)
    severity = models.CharField(max_length=20, choices=Severity, blank=True)
    chronicity = models.CharField(max_length=20, choices=Chronicity, blank=True)
    techniques = models.ManyToManyField(Technique, blank=True)
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, help_text="The kind of visit for its sessions.")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, null=True, blank=True, related_name="courses")
    goal = models.CharField(max_length=200, blank=True)
    proposal = models.JSONField(default=dict, help_text="What the table proposed, with its version, phases and reviews.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why the plan differs from the table.")
    safety_override = models.CharField(
        max_length=300, blank=True, help_text="Why techniques were prescribed that are closed for the patient."
    )
    opened_at = models.DateTimeField()
    prescribed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[CourseState.ASSESSMENT, CourseState.STOPPED])
                | Q(prescribed_at__isnull=False, condition__isnull=False),
                name="prescribed_before_active",
            )
        ]
        indexes = [models.Index(fields=["patient", "state"])]

    def __str__(self) -> str:
        return f"{self.condition or 'Assessment'} ({self.patient})"


class Session(models.Model):
    """One planned or held treatment inside a course; it exists before it has a time."""

    key = KeyField()
    course = models.ForeignKey(Course, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    review = models.BooleanField(default=False)
    gap_min_days = models.PositiveSmallIntegerField(default=0, help_text="Days after the session before, at least.")
    gap_max_days = models.PositiveSmallIntegerField(default=0)
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="one_session_of_a_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="sessions_count_from_one"),
            models.CheckConstraint(condition=Q(gap_min_days__lte=F("gap_max_days")), name="gap_in_order"),
        ]
        ordering = ["course", "number"]

    def __str__(self) -> str:
        return f"Session {self.number}"


class SessionRecord(models.Model):
    """What was done in one session: a draft until it is signed, and final from then on (a trigger refuses changes)."""

    key = KeyField()
    session = models.OneToOneField(Session, models.PROTECT, related_name="record")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="records")
    started_at = models.DateTimeField()
    techniques = models.ManyToManyField(Technique, blank=True)
    red_flags_asked = models.BooleanField(default=False)
    consent_confirmed = models.BooleanField(default=False)
    position = models.CharField(max_length=20, blank=True)
    retention_minutes = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(120)])
    retention_reason = models.CharField(max_length=200, blank=True, help_text="Why the needles rested for so long.")
    response_sought = models.CharField(max_length=20, choices=Sought, blank=True)
    electro_hz = models.CharField(max_length=20, blank=True, help_text="Frequency of the current, as set: 2, 2/100.")
    electro_strength = models.CharField(max_length=40, blank=True, help_text="Strength of the current: 2 mA, or to what was felt.")
    needle_make = models.CharField(max_length=60, blank=True)
    needle_lot = models.CharField(max_length=40, blank=True)
    needle_expiry = models.DateField(null=True, blank=True)
    needles_out = models.PositiveSmallIntegerField(null=True, blank=True)
    mismatch_reason = models.CharField(max_length=300, blank=True)
    pain_before = models.PositiveSmallIntegerField(null=True, blank=True, validators=OUT_OF_TEN)
    pain_after = models.PositiveSmallIntegerField(null=True, blank=True, validators=OUT_OF_TEN)
    adverse_asked = models.BooleanField(default=False)
    adverse_events = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    adverse_grades = models.JSONField(default=dict, blank=True, help_text="How severe each of them was.")
    note = models.TextField(blank=True)
    next_plan = models.CharField(max_length=300, blank=True)
    safety_override = models.CharField(max_length=300, blank=True)
    override_for = ArrayField(models.CharField(max_length=120), default=list, blank=True, help_text="What spoke against it then.")
    saved_at = models.DateTimeField()
    saves = models.PositiveIntegerField(default=0, help_text="How often the draft was saved: who saw fewer doesn’t know what stands.")
    saved_in = models.CharField(max_length=16, blank=True, help_text="The window that saved it last.")
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(signed_at=None) | Q(signed_by__isnull=False), name="signed_by_somebody"),
            models.CheckConstraint(condition=Q(pain_before__isnull=True) | Q(pain_before__lte=10), name="pain_before_out_of_ten"),
            models.CheckConstraint(condition=Q(pain_after__isnull=True) | Q(pain_after__lte=10), name="pain_after_out_of_ten"),
        ]

    def __str__(self) -> str:
        return f"Record of {self.session}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None


class Needling(models.Model):
    """One point needled in one session."""

    record = models.ForeignKey(SessionRecord, models.PROTECT, related_name="needlings")
    point = models.ForeignKey(Acupoint, models.PROTECT)
    side = models.CharField(max_length=10, choices=Side)
    needles = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(20)])
    depth_mm = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(150)])
    angle_degrees = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(90)])
    response = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why this point or depth, where the rules speak against it.")
    reason_for = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="What spoke against it when that was said."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "point", "side"], name="a_point_once_per_side")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.point} {self.get_side_display()}"


class Outcome(models.Model):
    """One score, 0 to 10 or as its measure says, at one moment of a course."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="outcomes")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="outcomes")
    measure = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=5, decimal_places=1)
    at = models.DateTimeField()

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "measure"], name="one_score_per_session")]
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.measure} {self.value}"


class Amendment(models.Model):
    """Words added to a signed record, under a name and a time."""

    record = models.ForeignKey(SessionRecord, models.PROTECT, related_name="amendments")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    words = models.TextField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"Amendment of {self.record}"


class CheckBack(models.Model):
    """How a patient was after a session, in the words they saw and chose; a later answer stands beside it, never in its place."""

    key = KeyField()
    record = models.ForeignKey(SessionRecord, models.PROTECT, related_name="check_backs")
    once = models.CharField(max_length=40, help_text="Of the form that was sent: sent twice, it is one answer.")
    at = models.DateTimeField()
    feel = models.CharField(max_length=10, choices=Feel)
    answers = models.JSONField(default=dict, blank=True)
    said = models.JSONField(default=list, blank=True, help_text="Each question and answer as it was worded then.")
    pain = models.PositiveSmallIntegerField(null=True, blank=True, validators=OUT_OF_TEN)
    words = models.TextField(blank=True)
    action = models.CharField(max_length=20, choices=Action)
    told = models.JSONField(default=list, blank=True, help_text="What the patient was told to do.")
    adverse_events = models.JSONField(default=dict, blank=True)
    stops_needling = models.BooleanField(default=False, help_text="No needle before somebody has looked.")
    needs_by = models.DateTimeField(null=True, blank=True, help_text="By when somebody has to look; none where nobody has to.")
    escalated_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    seen_words = models.CharField(max_length=600, blank=True, help_text="What was done about it.")

    objects = CheckBackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "once"], name="a_form_answers_once"),
            models.CheckConstraint(condition=Q(pain__isnull=True) | Q(pain__lte=10), name="pain_told_out_of_ten"),
            models.CheckConstraint(
                condition=Q(seen_at=None) | (Q(seen_by__isnull=False) & ~Q(seen_words="")), name="seen_by_somebody_in_words"
            ),
        ]
        indexes = [models.Index(fields=["needs_by"], condition=Q(seen_at=None, needs_by__isnull=False), name="check_backs_that_wait")]
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_feel_display()}, after {self.record.session}"

    @property
    def waits(self) -> bool:
        """Whether somebody at the clinic still has to look."""
        return self.needs_by is not None and self.seen_at is None

    @property
    def is_emergency(self) -> bool:
        return self.action == Action.EMERGENCY


class AdviceGiven(models.Model):
    """One item of aftercare a patient was sent after a session, so that the same words are not sent at every session."""

    record = models.ForeignKey(SessionRecord, models.PROTECT, related_name="advice")
    moment = models.CharField(max_length=30)
    item = models.CharField(max_length=60)

    objects = AdviceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "moment", "item"], name="advice_once_a_moment")]

    def __str__(self) -> str:
        return self.item
