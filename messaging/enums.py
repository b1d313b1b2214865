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


class Receipt(TextChoices):
    """What a provider tells later about a text, in the order in which it gets surer."""

    TAKEN = "taken", "With the provider"
    FAILED = "failed", "Not delivered"
    DELIVERED = "delivered", "Delivered"

    @property
    def rank(self) -> int:
        return list(Receipt).index(self)


class Channel(TextChoices):
    MAIL = "mail", "E-mail"
    SMS = "sms", "SMS"
