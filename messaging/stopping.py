"""The link by which somebody stops messages they may stop, from a mail and without signing in (RFC 8058)."""

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer

from messaging import kinds
from messaging.enums import Group
from messaging.models import Message

SALT = "stop messages"


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What a link stops, for whom."""

    message: Message
    group: Group


def stop_url(message: Message) -> str:
    """The address that stops this sort of message; empty where it may not be stopped. It names a message and is signed by us, so nothing
    has to be stored for each mail, and it holds for as long as mail programs show the button.
    """
    kind = kinds.kind(message.kind)
    return f"{settings.SITE_URL}/stop/{Signer(salt=SALT).sign(message.key)}/" if kind.may_be_stopped else ""


def stop_of(token: str) -> Stop | None:
    """What a token stops; None unless we signed it."""
    try:
        key = Signer(salt=SALT).unsign(token)
    except BadSignature:
        return None
    message = Message.objects.select_related("clinic").filter(key=key).first()
    kind = kinds.KINDS.get(message.kind) if message else None
    return Stop(message=message, group=Group(kind.group)) if kind and kind.may_be_stopped else None
