"""What a provider tells later about a text it took."""

from datetime import datetime

from django.db import transaction

from messaging.enums import Channel, Receipt, State
from messaging.models import Message


@transaction.atomic
def record_receipt(*, key: str, receipt: Receipt, now: datetime, why: str = "") -> bool:
    """Write down what became of a text; False when no text has this key. Repeated, late and out of order, it only gets surer."""
    message = Message.objects.by_channel(Channel.SMS).select_for_update(no_key=True).filter(key=key).first()
    if message is None:
        return False
    if message.receipt and receipt.rank <= Receipt(message.receipt).rank:
        return True
    message.receipt, message.receipt_at = receipt, now
    if receipt == Receipt.FAILED:
        _failed(message, why)
    else:
        _arrived(message, now)
    message.save(update_fields=["receipt", "receipt_at", "state", "reason", "sent_at"])
    return True


def _failed(message: Message, why: str) -> None:
    if message.state != State.WITHDRAWN:  # then nobody misses it
        message.state = State.FAILED
        message.reason = f"The SMS provider could not deliver it. {' '.join(why.split())[:120]}".strip()


def _arrived(message: Message, now: datetime) -> None:
    if message.state != State.SENT:
        message.state, message.reason, message.sent_at = State.SENT, "", message.sent_at or now
