"""The fixed words of screening."""

from django.db.models import TextChoices


class Tier(TextChoices):
    """What a finding means, worst first."""

    EMERGENCY = "emergency", "Emergency"
    BLOCK = "block", "Blocked"
    REVIEW = "review", "Needs review"
    CAUTION = "caution", "Caution"
    CLEAR = "clear", "Clear"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Tier).index(self)


class Decision(TextChoices):
    """What a clinician said of answers that needed review."""

    CLEARED = "cleared", "Cleared"
    LIMITED = "limited", "Cleared with limits"
    REFUSED = "refused", "Refused"
