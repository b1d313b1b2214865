"""Invoices to insurers, what was paid, and the numbers that clinics give without gaps."""

from django.db import models
from django.db.models import Q

from clinic.models import Clinic, KeyField, User
from insurers.billing_querysets import InvoiceQuerySet, PaymentQuerySet
from insurers.enums import InvoiceState, PaidBy, RefusedFor, Series
from insurers.models.fees import Charge
from insurers.models.payers import Insurer
from patients.models import Patient

LONGEST_NUMBER = 10  # what the strictest insurer takes


class NumberSeries(models.Model):
    """The next number of a clinic's invoices or receipts: taken under a lock, in the transaction that uses it."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Series)
    prefix = models.CharField(max_length=4, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [models.UniqueConstraint(fields=["clinic", "kind"], name="one_series_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.prefix}{self.last}"


class Invoice(models.Model):
    """What one insurer is asked to pay; once sent, its sheet says what was printed, whatever changes later."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="invoices")
    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="billed")
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, blank=True, related_name="invoices", help_text="Empty where it holds visits of several."
    )
    state = models.CharField(max_length=20, choices=InvoiceState, default=InvoiceState.DRAFTED)
    number = models.CharField(max_length=LONGEST_NUMBER, blank=True)
    sheet = models.JSONField(default=dict, blank=True)
    drafted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    chased_at = models.DateTimeField(null=True, blank=True)
    refused_for = models.CharField(max_length=20, choices=RefusedFor, blank=True)
    because = models.CharField(max_length=300, blank=True, help_text="What the insurer said, or why it was written off.")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="an_invoice_number_once"),
            models.CheckConstraint(
                condition=Q(state=InvoiceState.DRAFTED, number="", sent_at=None)
                | ~Q(state=InvoiceState.DRAFTED) & ~Q(number="") & Q(sent_at__isnull=False),
                name="numbered_when_sent",
            ),
            models.CheckConstraint(condition=~Q(state=InvoiceState.REFUSED) | ~Q(refused_for=""), name="refused_for_a_reason"),
            models.CheckConstraint(condition=~Q(state=InvoiceState.WRITTEN_OFF) | ~Q(because=""), name="written_off_for_a_reason"),
        ]
        indexes = [models.Index(fields=["clinic", "state"])]

    def __str__(self) -> str:
        return self.number or "Draft"

    @property
    def is_draft(self) -> bool:
        return self.state == InvoiceState.DRAFTED


class InvoiceLine(models.Model):
    """One visit on an invoice: a visit is billed once."""

    key = KeyField()
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    charge = models.OneToOneField(Charge, models.PROTECT, related_name="line")
    amount = models.PositiveIntegerField()
    shortfall = models.PositiveIntegerField(default=0, help_text="What the insurer left unpaid and the patient owes instead.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_line_asks_for_something"),
            models.CheckConstraint(condition=Q(shortfall__lte=models.F("amount")), name="shortfall_within_the_line"),
        ]
        ordering = ["charge__on", "pk"]

    def __str__(self) -> str:
        return str(self.charge)


class Payment(models.Model):
    """Money that came in: from an insurer for an invoice, or from a patient for a visit. A mistake is taken back, never removed."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="payments")
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, blank=True, related_name="payments")
    amount = models.PositiveIntegerField()
    way = models.CharField(max_length=20, choices=PaidBy)
    reference = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=12, blank=True, help_text="Of the receipt, where a patient paid.")
    paid_on = models.DateField()
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    once = models.CharField(max_length=40, unique=True, help_text="The form it came with: sent twice, it is one payment.")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_because = models.CharField(max_length=200, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_is_something"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, charge__isnull=True, number="")
                | Q(invoice__isnull=True, charge__isnull=False) & ~Q(number=""),
                name="paid_for_an_invoice_or_a_visit",
            ),
            models.CheckConstraint(condition=Q(undone_at=None) | ~Q(undone_because=""), name="taken_back_for_a_reason"),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="a_receipt_number_once"),
        ]
        indexes = [models.Index(fields=["invoice"]), models.Index(fields=["charge"])]

    def __str__(self) -> str:
        return self.number or self.reference or self.get_way_display()
