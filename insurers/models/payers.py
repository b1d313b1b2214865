"""Who pays: insurers, the policies of patients, and the funding of each course."""

from django.db import models
from django.db.models import Q

from clinic.models import KeyField
from insurers.enums import Payer
from insurers.querysets import FundingQuerySet, InsurerQuerySet, PolicyQuerySet
from patients.models import Patient
from treatments.models import Course


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
