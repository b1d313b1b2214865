"""Who is treated: record, consent, intake and what screening found."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clinic.models import Clinic, KeyField, Timeline, User
from patients.enums import Decision, Tier
from patients.querysets import FindingQuerySet, IntakeQuerySet, OfPatientQuerySet, PatientQuerySet, QuestionQuerySet


class Patient(models.Model):
    """One person who is or may be treated."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="patients")
    timeline = models.OneToOneField(Timeline, models.PROTECT)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="patients")
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    date_of_birth = models.DateField()
    email = models.EmailField(blank=True)
    mobile = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, default="en-gb")
    ways = models.JSONField(
        default=dict,
        blank=True,
        help_text="How each group of messages goes: mail, sms, both or none; without a word, as the house does.",
    )
    shows_what = models.BooleanField(default=False, help_text="Whether a reminder may say what the visit is for: the patient asked for it.")
    created_at = models.DateTimeField()

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["clinic", "last_name", "first_name"]), models.Index(fields=["email", "date_of_birth"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def age(self, today: date) -> int:
        """Full years on `today`."""
        return today.year - self.date_of_birth.year - ((today.month, today.day) < (self.date_of_birth.month, self.date_of_birth.day))


class Consent(models.Model):
    """One thing the patient agreed to, in the words they saw."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=30)
    words = models.CharField(max_length=400)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = OfPatientQuerySet.as_manager()

    def __str__(self) -> str:
        return self.kind


class Intake(models.Model):
    """Answers given before a visit, and what the rules made of them; it hangs on a booking's key until there is a patient."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, blank=True, related_name="intakes")
    booking_key = models.CharField(max_length=40, unique=True)
    visit_key = models.CharField(max_length=40, blank=True, help_text="The visit before which a patient was asked again.")
    form = models.CharField(max_length=20, default="first", help_text="Which questions were asked: the first ones, or those of a visit.")
    complaint = models.CharField(max_length=40)
    techniques = ArrayField(models.CharField(max_length=40), default=list)
    answers = models.JSONField(default=dict)
    medicines = models.JSONField(default=list, blank=True, help_text="How typed medicines were read, with the patient's word on each.")
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    rules_version = models.CharField(max_length=40)
    tier = models.CharField(max_length=20, choices=Tier, blank=True)
    flags = ArrayField(models.CharField(max_length=60), default=list)
    regions = ArrayField(models.CharField(max_length=40), default=list)
    screened_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=20, choices=Decision, blank=True)
    decision_words = models.CharField(max_length=400, blank=True)
    limited_techniques = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    limited_points = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    limited_regions = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = IntakeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["patient", "-screened_at"]), models.Index(fields=["visit_key"])]

    def __str__(self) -> str:
        return f"Answers {self.key}"

    @property
    def limited(self) -> list[str]:
        """All that a clinician closed: techniques, points and regions, by their names in the catalogue."""
        return [*self.limited_techniques, *self.limited_points, *self.limited_regions]


class Finding(models.Model):
    """One rule that spoke: what was said, what it means for treatment, and where the rule comes from."""

    key = KeyField()
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="findings")
    rule = models.CharField(max_length=60)
    tier = models.CharField(max_length=20, choices=Tier)
    rank = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=200)
    said = models.TextField()
    advice = models.TextField(blank=True)
    note = models.TextField(blank=True)
    source = models.TextField()
    unsourced = models.BooleanField(default=False)
    actions = models.JSONField(default=dict)
    alerts = models.BooleanField(default=True, help_text="Whether the front desk sees that there is something: not for mere remarks.")
    overruled_at = models.DateTimeField(null=True, blank=True)
    overruled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    overruled_because = models.CharField(max_length=400, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intake", "rule"], name="one_finding_per_rule"),
            models.CheckConstraint(
                condition=Q(overruled_at=None) | (Q(overruled_by__isnull=False) & ~Q(overruled_because="")), name="overruled_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.words


class Question(models.Model):
    """One thing a clinician asks the patient before deciding, in the clinician's own words, and what came back."""

    key = KeyField()
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="questions")
    words = models.CharField(max_length=600)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due = models.DateTimeField(help_text="Until when an answer is hoped for; then the clinic rings.")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When a clinician decided without the answer.")

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intake"], condition=Q(answered_at=None, withdrawn_at=None), name="one_open_question"),
            models.CheckConstraint(condition=Q(answered_at=None) | ~Q(answer=""), name="answered_in_words"),
        ]
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"Question {self.key}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None
