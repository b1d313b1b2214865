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


class Standing(TextChoices):
    """How an approval stands on a day: what the insurer said, and what follows from its dates and its use."""

    ASKED = "asked", "Asked"
    CHECK = "check", "To check"
    GRANTED = "granted", "Approved"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Expired"
    EXHAUSTED = "exhausted", "Used up"


class Excess(TextChoices):
    """The patient's own first share."""

    UNKNOWN = "", "Not known"
    NONE = "none", "No excess"
    YEARLY = "yearly", "Once in a policy year"
    VISIT = "visit", "At each visit"


class Collector(TextChoices):
    """Who collects the excess from the patient."""

    UNKNOWN = "unknown", "Not known"
    CLINIC = "clinic", "The clinic"
    INSURER = "insurer", "The insurer"
    NOBODY = "none", "There is none"


class Beyond(TextChoices):
    """What happens to a visit that lies beyond the approved sessions or after their last day."""

    WARN = "warn", "Book it, and say that no code covers it"
    BLOCK = "block", "Don’t book it"
    SELF_PAY = "self_pay", "Book it, and the patient pays"


class Missed(TextChoices):
    """What follows when a visit is cancelled late, or missed."""

    CHARGE = "charge", "The patient pays for it"
    CONSUME = "consume", "It uses a session of the approval"
    WAIVE = "waive", "Nobody pays for it"


class CodeLate(TextChoices):
    """What happens to a provisional visit whose code has not come by its time."""

    RELEASE = "release", "The time is given free"
    SELF_PAY = "self_pay", "The visit stands, and the patient pays"


class CoverState(TextChoices):
    """How one appointment is paid for."""

    SELF_PAY = "self", "Patient pays"
    AWAITING = "awaiting", "Not covered yet"
    RESERVED = "reserved", "Reserved"
    CONSUMED = "consumed", "Used"
    RELEASED = "released", "Released"
    CHARGED = "charged", "Charged to the patient"

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


class DocumentKind(TextChoices):
    """What may be kept of an insurer's letters."""

    PDF = "pdf", "PDF"
    JPEG = "jpeg", "Photo"
    PNG = "png", "Picture"
