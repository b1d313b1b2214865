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


class Group(TextChoices):
    """What people choose about, all kinds of one sort together; kinds of no group always go."""

    REMINDERS = "reminders", "Reminders before a visit"
    AFTERCARE = "aftercare", "Advice and questions after a visit"
    OFFERS = "offers", "Times that come free for you"
    NEWS = "news", "Invitations to book again and to keep well"

    @property
    def may_be_stopped(self) -> bool:
        """Who wants no offers leaves the waitlist."""
        return self != Group.OFFERS


class Way(TextChoices):
    """How somebody wants a group of messages."""

    MAIL = "mail", "By e-mail"
    SMS = "sms", "By text message"
    BOTH = "both", "Both"
    NONE = "none", "Not at all"

    def takes(self, channel: Channel) -> bool:
        return self == Way.BOTH or self.value == channel
