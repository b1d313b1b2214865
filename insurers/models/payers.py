"""Who pays: insurers, the policies of patients, and the funding of each course."""

from django.db import models
from django.db.models import F, Q

from clinic.models import KeyField, User
from insurers.enums import Collector, Excess, Grouping, Payer
from insurers.querysets import FundingQuerySet, InsurerQuerySet, PolicyQuerySet
from patients.models import Patient
from treatments.models import Course


class Insurer(models.Model):
    """A company that pays, or pays back, from the directory."""

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    other_names = models.CharField(max_length=300, blank=True)
    former_names = models.CharField(max_length=300, blank=True)
    group = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    claim_model = models.CharField(max_length=40, blank=True)
    pre_authorisation = models.CharField(max_length=80, blank=True)
    referral = models.CharField(max_length=200, blank=True)
    acupuncture = models.CharField(max_length=200, blank=True)
    limits = models.TextField(blank=True)
    excess = models.TextField(blank=True)
    excess_collector = models.CharField(max_length=20, choices=Collector, default=Collector.UNKNOWN)
    invoices = models.TextField(blank=True)
    requirements = models.TextField(blank=True)
    source = models.TextField(blank=True)
    verified = models.BooleanField(default=False)
    checked_on = models.DateField(null=True, blank=True, help_text="When somebody last compared this with what the insurer says.")
    policy_label = models.CharField(max_length=60, blank=True)
    policy_shapes = models.CharField(max_length=200, blank=True, help_text="# is a digit, @ a letter, * either; commas between shapes.")
    member_label = models.CharField(max_length=60, blank=True, help_text="Of a second number on the card, where there is one.")
    member_shapes = models.CharField(max_length=200, blank=True)
    code_label = models.CharField(max_length=60, blank=True)
    code_shapes = models.CharField(max_length=200, blank=True)
    invoice_months = models.PositiveSmallIntegerField(null=True, blank=True)
    invoice_number_length = models.PositiveSmallIntegerField(null=True, blank=True)
    invoice_number_unique = models.BooleanField(default=False)
    invoice_grouping = models.CharField(max_length=20, choices=Grouping, default=Grouping.PATIENT)
    invoice_by = models.CharField(max_length=80, blank=True)
    chase_after_days = models.PositiveSmallIntegerField(null=True, blank=True)
    one_a_day = models.BooleanField(default=False)
    approval_first = models.BooleanField(default=False)
    rules_source = models.CharField(max_length=200, blank=True)
    rules_verified = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    active = models.BooleanField(default=True)

    objects = InsurerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_insurer(self) -> bool:
        """False for a provider of care that is on the list but pays nobody."""
        return self.claim_model != "none"


class Policy(models.Model):
    """One patient's policy with one insurer."""

    key = KeyField()
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="policies")
    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="policies")
    number = models.CharField(max_length=40)
    member_number = models.CharField(max_length=40, blank=True, help_text="Where the insurer gives a second number besides.")
    holder = models.CharField(max_length=120, blank=True, help_text="Empty: the patient.")
    scheme = models.CharField(max_length=120, blank=True)
    renews_on = models.DateField(null=True, blank=True, help_text="The next day on which a new policy year, and a new excess, begins.")
    excess_kind = models.CharField(max_length=10, choices=Excess, default=Excess.UNKNOWN, blank=True)
    excess = models.PositiveIntegerField(default=0, help_text="In the currency's smallest unit.")
    excess_left = models.PositiveIntegerField(null=True, blank=True, help_text="Of a yearly excess, what was left on the day it was noted.")
    excess_left_on = models.DateField(null=True, blank=True)
    patient_percent = models.PositiveSmallIntegerField(default=0)
    yearly_limit = models.PositiveIntegerField(null=True, blank=True)
    limit_left = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["patient", "insurer", "number"], name="a_policy_once"),
            models.CheckConstraint(condition=Q(patient_percent__lte=100), name="a_share_is_a_part"),
            models.CheckConstraint(condition=Q(excess_left=None) | Q(excess_left__lte=F("excess")), name="excess_left_of_the_excess"),
        ]

    def __str__(self) -> str:
        return f"{self.insurer} {self.number}"


class Funding(models.Model):
    """Who pays for one course."""

    course = models.OneToOneField(Course, models.PROTECT, related_name="funding")
    payer = models.CharField(max_length=20, choices=Payer)
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, blank=True, related_name="fundings")
    code_follows = models.BooleanField(default=False, help_text="The patient said that they will send the code.")

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
