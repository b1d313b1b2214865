"""What an insurer approved, and what of it each appointment takes."""

from datetime import date

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models import Clinic, KeyField, User
from insurers.enums import AuthorisationState, CoverState, Missed, Standing
from insurers.models.payers import Policy
from insurers.querysets import AuthorisationQuerySet, CoverQuerySet
from treatments.models import Course, Session, Technique


class Authorisation(models.Model):
    """An insurer's approval: code, units and dates (both days included, in the clinic's zone)."""

    key = KeyField()
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="authorisations")
    state = models.CharField(max_length=20, choices=AuthorisationState, default=AuthorisationState.ASKED)
    code = models.CharField(max_length=40, blank=True)
    units = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, blank=True, related_name="+", help_text="Whom it is made out to.")
    body_area = models.CharField(max_length=60, blank=True, help_text="A region of the body; empty covers all.")
    techniques = models.ManyToManyField(Technique, blank=True, help_text="Those it covers; none named covers all.")
    professions = models.CharField(max_length=200, blank=True, help_text="Who may treat under it; commas between.")
    fee = models.PositiveIntegerField(null=True, blank=True, help_text="For each session, in the currency's smallest unit.")
    contact = models.CharField(max_length=200, blank=True)
    units_asked = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    rationale = models.TextField(blank=True, help_text="Why more sessions are asked for.")
    course = models.ForeignKey(Course, models.PROTECT, null=True, blank=True, related_name="requests")
    asked_at = models.DateTimeField(null=True, blank=True)
    chased_at = models.DateTimeField(null=True, blank=True)
    refused_because = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AuthorisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "code"], condition=~Q(code=""), name="a_code_once_per_policy"),
            models.CheckConstraint(
                condition=Q(first_day=None) | Q(last_day=None) | Q(first_day__lte=F("last_day")), name="approval_dates_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(state=AuthorisationState.GRANTED) | Q(units__gt=0) & ~Q(code=""), name="granted_means_code_and_units"
            ),
        ]

    def __str__(self) -> str:
        return self.code or "Code asked for"

    @property
    def is_extension(self) -> bool:
        """Whether it asks for more sessions of a course that has some."""
        return self.units_asked is not None

    def standing(self, today: date, taken: int) -> Standing:
        """How it stands on a day, with so many units taken."""
        if self.state == AuthorisationState.ASKED and self.code:
            return Standing.CHECK
        if self.state != AuthorisationState.GRANTED:
            return Standing(self.state)
        if self.last_day and self.last_day < today:
            return Standing.EXPIRED
        return Standing.EXHAUSTED if taken >= self.units else Standing.GRANTED


class Cover(models.Model):
    """How one appointment is paid for; it knows the appointment by key only."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="covers")
    key = models.CharField(max_length=40, unique=True)
    on = models.DateField()
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, null=True, blank=True, related_name="covers")
    state = models.CharField(max_length=20, choices=CoverState)
    missed = models.CharField(max_length=10, choices=Missed, blank=True, help_text="Cancelled late, or not attended: what followed.")
    waived_because = models.CharField(max_length=200, blank=True)

    objects = CoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[CoverState.RESERVED, CoverState.CONSUMED]) | Q(authorisation__isnull=False),
                name="taken_units_have_a_code",
            ),
            models.CheckConstraint(condition=~Q(missed=Missed.WAIVE) | ~Q(waived_because=""), name="waived_for_a_reason"),
        ]
        indexes = [models.Index(fields=["authorisation", "state"]), models.Index(fields=["session"])]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.on}"
