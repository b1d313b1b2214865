"""What an insurer approved, and what of it each appointment takes."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models import KeyField, User
from insurers.enums import AuthorisationState, CoverState
from insurers.models.payers import Policy
from insurers.querysets import AuthorisationQuerySet, CoverQuerySet
from treatments.models import Session


class Authorisation(models.Model):
    """An insurer's approval: code, units and dates (both days included, in the clinic's zone)."""

    key = KeyField()
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="authorisations")
    state = models.CharField(max_length=20, choices=AuthorisationState, default=AuthorisationState.ASKED)
    code = models.CharField(max_length=40, blank=True)
    units = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    body_area = models.CharField(max_length=60, blank=True)
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


class Cover(models.Model):
    """How one appointment is paid for; it knows the appointment by key only."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="covers")
    key = models.CharField(max_length=40, unique=True)
    on = models.DateField()
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, null=True, blank=True, related_name="covers")
    state = models.CharField(max_length=20, choices=CoverState)

    objects = CoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[CoverState.RESERVED, CoverState.CONSUMED]) | Q(authorisation__isnull=False),
                name="taken_units_have_a_code",
            )
        ]
        indexes = [models.Index(fields=["authorisation", "state"]), models.Index(fields=["session"])]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.on}"
