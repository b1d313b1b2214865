"""The outbox's fixed words."""

from django.db.models import TextChoices


class State(TextChoices):
    """Where a message stands: every one ends as sent, failed, unknown or withdrawn."""

    DUE = "due", "Due"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Not known"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Channel(TextChoices):
    MAIL = "mail", "E-mail"
    SMS = "sms", "SMS"
