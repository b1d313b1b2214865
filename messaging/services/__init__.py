"""What is done with messages: promised, taken back, sent again, delivered."""

from messaging.addresses import Address
from messaging.services.delivery import deliver_due, deliver_next
from messaging.services.outbox import draft, mark_told, post, post_all, resend, send_now, withdraw
from messaging.services.receipts import record_receipt

__all__ = [
    "Address",
    "deliver_due",
    "deliver_next",
    "draft",
    "mark_told",
    "post",
    "post_all",
    "record_receipt",
    "resend",
    "send_now",
    "withdraw",
]
