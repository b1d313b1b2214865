"""Who is treated: record, consent, intake and what screening found."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models

from clinic.models import Clinic, KeyField, Timeline, User
from patients.enums import Decision, Tier
from patients.querysets import FindingQuerySet, IntakeQuerySet, OfPatientQuerySet, PatientQuerySet


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
    complaint = models.CharField(max_length=40)
    techniques = ArrayField(models.CharField(max_length=40), default=list)
    answers = models.JSONField(default=dict)
    rules_version = models.CharField(max_length=40)
    tier = models.CharField(max_length=20, choices=Tier, blank=True)
    flags = ArrayField(models.CharField(max_length=60), default=list)
    regions = ArrayField(models.CharField(max_length=40), default=list)
    screened_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=20, choices=Decision, blank=True)
    decision_words = models.CharField(max_length=400, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = IntakeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["patient", "-screened_at"])]

    def __str__(self) -> str:
        return f"Answers {self.key}"


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
        constraints = [models.UniqueConstraint(fields=["intake", "rule"], name="one_finding_per_rule")]

    def __str__(self) -> str:
        return self.words
