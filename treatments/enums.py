"""The words treatments are described with."""

from typing import Self

from django.db import models


class Severity(models.TextChoices):
    """How strong the pain is on average, out of ten."""

    MILD = "mild", "Mild"
    MODERATE = "moderate", "Moderate"
    SEVERE = "severe", "Severe"


class Chronicity(models.TextChoices):
    """How long the problem has lasted."""

    ACUTE = "acute", "Acute (under 6 weeks)"
    SUBACUTE = "subacute", "Subacute (6 to 12 weeks)"
    CHRONIC = "chronic", "Chronic (over 12 weeks)"


class Side(models.TextChoices):
    """Where on the body a point was needled."""

    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    BOTH = "both", "Both sides"
    MIDLINE = "midline", "Midline"


class CourseState(models.TextChoices):
    """Where an episode of care stands."""

    ASSESSMENT = "assessment", "Assessment"
    ACTIVE = "active", "Active"
    COMPLETED = "completed", "Completed"
    STOPPED = "stopped", "Stopped"

    @classmethod
    def open(cls) -> list[Self]:
        """The states in which sessions may still be held."""
        return [cls.ASSESSMENT, cls.ACTIVE]


class Sought(models.TextChoices):
    """Which response the needles were to bring about."""

    DEQI = "deqi", "Deqi: heavy, dull, spreading"
    TWITCH = "twitch", "A twitch of the muscle"
    NONE = "none", "None: light or superficial"


class Grade(models.TextChoices):
    """How severe something unwanted was, as it stood at its worst."""

    MILD = "mild", "Mild"
    MODERATE = "moderate", "Moderate"
    SEVERE = "severe", "Severe"


class Feel(models.TextChoices):
    """How the problem is since the last session: one tap."""

    BETTER = "better", "Better"
    SAME = "same", "The same"
    WORSE = "worse", "Worse"


class Action(models.TextChoices):
    """What an answer to the check-back asks of the clinic, from least to most."""

    NOTE = "note", "For the record"
    SELF_CARE = "self_care", "Told how to care for it"
    TELL_PRACTITIONER = "tell_practitioner", "A practitioner rings"
    MEDICAL_HELP_TODAY = "medical_help_today", "Sent to medical help today"
    EMERGENCY = "emergency", "Sent to emergency care"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Action).index(self)

    @property
    def is_worrying(self) -> bool:
        """Whether somebody at the clinic has to look today."""
        return self.rank >= Action.TELL_PRACTITIONER.rank
