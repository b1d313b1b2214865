"""What is done with messages: promised, taken back, sent again, delivered."""

from messaging.addresses import Address
from messaging.services.delivery import deliver_due, deliver_next
from messaging.services.outbox import mark_told, post, resend, send_now, withdraw

__all__ = ["Address", "deliver_due", "deliver_next", "mark_told", "post", "resend", "send_now", "withdraw"]
