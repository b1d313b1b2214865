"""The fixed words of cover."""

from django.db.models import TextChoices


class Payer(TextChoices):
    SELF = "self", "Patient pays"
    INSURER = "insurer", "Insurer billed"
    RECLAIM = "reclaim", "Patient pays and claims back"


class AuthorisationState(TextChoices):
    """What the insurer has said; expired and exhausted are derived, never kept."""

    ASKED = "asked", "Asked"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"


class CoverState(TextChoices):
    """How one appointment is paid for."""

    SELF_PAY = "self", "Patient pays"
    AWAITING = "awaiting", "Not covered yet"
    RESERVED = "reserved", "Reserved"
    CONSUMED = "consumed", "Used"
    RELEASED = "released", "Released"

    @classmethod
    def taking(cls) -> tuple["CoverState", ...]:
        """The states that take a unit of an authorisation."""
        return cls.RESERVED, cls.CONSUMED


class InvoiceState(TextChoices):
    """Where one invoice stands."""

    DRAFTED = "drafted", "Draft"
    SENT = "sent", "Sent"
    PART_PAID = "part_paid", "Part paid"
    PAID = "paid", "Paid"
    REFUSED = "refused", "Refused"
    WRITTEN_OFF = "written_off", "Written off"

    @classmethod
    def outstanding(cls) -> tuple["InvoiceState", ...]:
        """The states in which an insurer still owes something."""
        return cls.SENT, cls.PART_PAID


class Grouping(TextChoices):
    """What goes on one invoice to an insurer."""

    VISIT = "visit", "one invoice for each visit"
    PATIENT = "patient", "one invoice for each patient"
    INSURER = "insurer", "one invoice for all its patients"


class PaidBy(TextChoices):
    CASH = "cash", "Cash"
    CARD = "card", "Card"
    TRANSFER = "transfer", "Bank transfer"


class RefusedFor(TextChoices):
    """Why insurers send invoices back, for the report that counts them."""

    CODE = "code", "No code, or another one"
    DETAILS = "details", "A detail was missing or wrong"
    NOT_COVERED = "not_covered", "The policy doesn’t cover it"
    LIMIT = "limit", "The policy’s limit was reached"
    LATE = "late", "It came too late"
    TWICE = "twice", "It was billed before"
    CLINICIAN = "clinician", "The clinician isn’t recognised"
    OTHER = "other", "Another reason"


class Series(TextChoices):
    """What a clinic numbers without gaps."""

    INVOICE = "invoice", "Invoices"
    RECEIPT = "receipt", "Receipts"
