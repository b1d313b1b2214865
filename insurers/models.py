"""Who pays: insurers, policies, authorisations and the cover of each appointment."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models import KeyField, User
from insurers.enums import AuthorisationState, CoverState, Payer
from insurers.querysets import AuthorisationQuerySet, CoverQuerySet, FundingQuerySet, InsurerQuerySet, PolicyQuerySet
from patients.models import Patient
from treatments.models import Course, Session


class Insurer(models.Model):
    """A company that pays, or pays back, from the directory."""

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    other_names = models.CharField(max_length=300, blank=True)
    group = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    claim_model = models.CharField(max_length=40, blank=True)
    pre_authorisation = models.CharField(max_length=80, blank=True)
    referral = models.CharField(max_length=200, blank=True)
    limits = models.TextField(blank=True)
    excess = models.TextField(blank=True)
    invoices = models.TextField(blank=True)
    requirements = models.TextField(blank=True)
    source = models.TextField(blank=True)
    verified = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    objects = InsurerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """One patient's policy with one insurer."""

    key = KeyField()
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="policies")
    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="policies")
    number = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [models.UniqueConstraint(fields=["patient", "insurer", "number"], name="a_policy_once")]

    def __str__(self) -> str:
        return f"{self.insurer} {self.number}"


class Funding(models.Model):
    """Who pays for one course."""

    course = models.OneToOneField(Course, models.PROTECT, related_name="funding")
    payer = models.CharField(max_length=20, choices=Payer)
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, blank=True, related_name="fundings")

    objects = FundingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(payer=Payer.SELF, policy__isnull=True) | ~Q(payer=Payer.SELF) & Q(policy__isnull=False),
                name="insurers_need_a_policy",
            )
        ]

    def __str__(self) -> str:
        return self.get_payer_display()


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
