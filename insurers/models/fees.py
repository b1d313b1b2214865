"""What a visit costs: the fees agreed with insurers, and what one visit came to."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

from clinic.models import Clinic, KeyField, Practitioner, User
from insurers.billing_querysets import ChargeQuerySet, FeeAgreementQuerySet
from insurers.models.cover import Authorisation
from insurers.models.payers import Insurer, Policy
from insurers.money import Split
from treatments.models import Service, Session


class OneNumber(Func):
    """A range that holds one whole number only, so that a constraint can compare numbers without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"


class Days(Func):
    """The days from one date to another, both included; without a last one, for good."""

    function = "daterange"
    output_field = DateRangeField()


class FeeAgreement(models.Model):
    """What an insurer pays for one service of a clinic, from a day on."""

    key = KeyField()
    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="fees")
    service = models.ForeignKey(Service, models.PROTECT, related_name="agreed_fees")
    amount = models.PositiveIntegerField(help_text="In the currency's smallest unit: pence, yen.")
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = FeeAgreementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day=None) | Q(first_day__lte=F("last_day")), name="fee_dates_in_order"),
            ExclusionConstraint(
                name="one_fee_at_a_time",
                expressions=[
                    (OneNumber("insurer_id"), "&&"),
                    (OneNumber("service_id"), "&&"),
                    (Days(F("first_day"), F("last_day"), Value("[]")), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.insurer}, {self.service}"


class Charge(models.Model):
    """What one visit came to, and who pays which part, by the terms of its day; a session that was held is charged once.

    A visit that was missed, and that the house lets the patient pay for, is charged too; the session may be held later all the same.
    """

    key = KeyField()
    visit = models.CharField(max_length=40, unique=True, help_text="The key of the appointment.")
    session = models.ForeignKey(Session, models.PROTECT, related_name="charges")
    missed = models.BooleanField(default=False)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="charges")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    on = models.DateField()
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, blank=True, related_name="charges", help_text="Whom the clinic bills.")
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, null=True, blank=True, related_name="charges")
    fee = models.PositiveIntegerField()
    insurer_part = models.PositiveIntegerField(default=0)
    excess = models.PositiveIntegerField(default=0)
    share = models.PositiveIntegerField(default=0)
    beyond_limit = models.PositiveIntegerField(default=0)
    own = models.PositiveIntegerField(default=0, help_text="What no insurer was asked for.")
    made_at = models.DateTimeField()

    objects = ChargeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fee=F("insurer_part") + F("excess") + F("share") + F("beyond_limit") + F("own")), name="parts_add_up_to_the_fee"
            ),
            models.CheckConstraint(condition=Q(policy__isnull=False) | Q(insurer_part=0), name="an_insurer_s_part_has_a_policy"),
            models.CheckConstraint(condition=Q(missed=False) | Q(insurer_part=0), name="no_insurer_pays_for_a_missed_visit"),
            models.UniqueConstraint(fields=["session"], condition=Q(missed=False), name="a_session_is_charged_once"),
        ]
        indexes = [models.Index(fields=["policy", "on"]), models.Index(fields=["clinic", "on"])]

    def __str__(self) -> str:
        return f"{self.service} {self.on}"

    @property
    def parts(self) -> Split:
        return Split(insurer=self.insurer_part, excess=self.excess, share=self.share, beyond_limit=self.beyond_limit, own=self.own)

    @property
    def patient(self):
        return self.session.course.patient
