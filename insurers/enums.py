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
