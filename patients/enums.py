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


class Action(TextChoices):
    """What a rule asks of the clinic when it speaks, strongest first; the ids stand in the rule files."""

    EMERGENCY = "block_online_booking_and_urge_emergency_care", "No booking; urgent care advised"
    BLOCK = "block_technique", "Some techniques closed"
    REVIEW = "needs_practitioner_review", "A practitioner reviews first"
    WARN = "warn_practitioner", "Shown to the practitioner"

    @property
    def tier(self) -> Tier:
        """The tier of a finding with this action, before any technique is named."""
        return list(Tier)[list(Action).index(self)]


class Act(TextChoices):
    """What a rule means for one technique, strongest first."""

    BLOCK = "block", "Closed"
    REVIEW = "review", "After review"
    WARN = "warn", "With care"


class Urgency(TextChoices):
    """How soon somebody should act on a finding."""

    EMERGENCY_NOW = "emergency_now", "Now"
    SAME_DAY = "same_day", "Today"
    WITHIN_DAYS = "within_days", "Within days"
    BEFORE_TREATMENT = "before_treatment", "Before treatment"
    ROUTINE = "routine", "At the visit"


class Taken(TextChoices):
    """Whose a typed medicine is, and when."""

    NOW = "current", "Takes it now"
    UNSURE = "unsure", "Not clear"
    PAST = "past", "Took it before"
    OTHER = "other_person", "Somebody else takes it"
    NOT = "not_taken", "Says not to take it"

    @property
    def counts(self) -> bool:
        """Whether a rule may speak because of it."""
        return self in (Taken.NOW, Taken.UNSURE)


class Decision(TextChoices):
    """What a clinician said of answers that needed review."""

    CLEARED = "cleared", "Cleared"
    LIMITED = "limited", "Cleared with limits"
    REFUSED = "refused", "Refused"
