"""What is done with messages: promised, taken back, sent again, delivered."""

from messaging.addresses import Address
from messaging.services.delivery import deliver_due, deliver_next
from messaging.services.outbox import draft, mark_told, post, post_all, resend, send_now, withdraw

__all__ = ["Address", "deliver_due", "deliver_next", "draft", "mark_told", "post", "post_all", "resend", "send_now", "withdraw"]
