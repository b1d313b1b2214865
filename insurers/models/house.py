"""How a clinic deals with insured visits: its own rules."""

from django.db import models

from clinic.models import Clinic
from insurers.enums import Beyond, CodeLate, Missed
from insurers.querysets import CoverRulesQuerySet


class CoverRules(models.Model):
    """A clinic's answers to what insurers leave open; a clinic without a row has the defaults."""

    clinic = models.OneToOneField(Clinic, models.CASCADE, related_name="cover_rules")
    beyond = models.CharField(max_length=10, choices=Beyond, default=Beyond.WARN)
    late_cancel = models.CharField(max_length=10, choices=Missed, default=Missed.CHARGE)
    dna = models.CharField(max_length=10, choices=Missed, default=Missed.CHARGE)
    code_late = models.CharField(max_length=10, choices=CodeLate, default=CodeLate.RELEASE)
    code_hours = models.PositiveSmallIntegerField(default=24, help_text="Hours before a visit by which its code has to be here.")
    remind_hours = models.PositiveSmallIntegerField(default=24, help_text="Hours before that time at which the patient is reminded.")

    objects = CoverRulesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "cover rules"

    def __str__(self) -> str:
        return f"Cover rules of {self.clinic}"
