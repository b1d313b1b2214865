"""What people and the upper packages do to the outbox."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from clinic import audit
from clinic.keys import new_key
from clinic.models import User
from messaging import kinds
from messaging.addresses import Address, Route, route, routes
from messaging.enums import State
from messaging.models import Message, new_message_id
from messaging.querysets import MessageQuerySet
from messaging.quiet import quiet_hours


def post(
    kind: str, *, to: Address, about: str, due: datetime, useful_until: datetime | None = None, version: int = 1, visit: str = ""
) -> list[Message]:
    """Promise a message, in the caller's transaction: the same version is promised once. Without an address the row says so."""
    known = kinds.kind(kind)
    promise = _promise(known, to, about=about, due=due, useful_until=useful_until) | {"version": version, "visit": visit}
    post_all(_row(kind, to, way, **promise) for way in routes(to=to, kind=known))
    return list(_told(kind, to.recipient, about).filter(version=version, again=0))


def draft(
    kind: str, *, to: Address, about: str, due: datetime, useful_until: datetime | None = None, version: int = 1, visit: str = ""
) -> Message:
    """A message as it would be promised by one way; `post_all` promises it."""
    known = kinds.kind(kind)
    promise = _promise(known, to, about=about, due=due, useful_until=useful_until) | {"version": version, "visit": visit}
    return _row(kind, to, route(to=to, kind=known), **promise)


def _promise(known: kinds.Kind, to: Address, *, about: str, due: datetime, useful_until: datetime | None) -> dict[str, object]:
    """When it leaves: what can wait keeps out of the clinic's quiet hours."""
    until = useful_until or due + known.useful_for
    leaves = quiet_hours(to.clinic).around(due, useful_until=until) if known.may_wait else due
    return {"about": about, "due_at": leaves, "useful_until": until}


def post_all(drafts: Iterable[Message]) -> None:
    """Promise several messages at once, in the caller's transaction; what was promised before stays as it is."""
    Message.objects.bulk_create(drafts, ignore_conflicts=True)


def withdraw(*, about: str, reason: str, kinds: Iterable[str] | None = None) -> int:
    """Take back what was promised about a thing, in the caller's transaction; return how many messages that stops.

    Once this is committed no sending begins. A message already being handed over may still arrive, and is not tried again.
    """
    rows = Message.objects.about(about)
    if kinds is not None:
        rows = rows.of_kinds(kinds)
    return rows.open().update(state=State.WITHDRAWN, reason=reason[:300])


@transaction.atomic
def resend(*, message: Message, now: datetime, to: Address | None = None, by: User | None = None) -> Message:
    """Send the same thing once more as a row of its own, to a better address if one is given; the old row counts as dealt with."""
    told = _told(message.kind, message.recipient, message.about)
    list(told.select_for_update(no_key=True).order_by("pk"))
    again = told.aggregate(last=Max("again"))["last"] + 1
    known = kinds.kind(message.kind)
    way = route(to=to, kind=known) if to else Route(channel=message.channel, address=message.address)
    promise = {"about": message.about, "version": message.version, "visit": message.visit, "again": again}
    row = _row(message.kind, to or message, way, due_at=now, useful_until=now + known.useful_for, **promise)
    row.save(force_insert=True)
    Message.objects.filter(pk=message.pk).update(settled_at=now)
    audit.record(by or audit.THE_HOUSE, "message.resend", row, first=message.key)
    return row


@transaction.atomic
def mark_told(*, message: Message, now: datetime, by: User) -> None:
    """Note that somebody told the person another way, so that the failure needs no further look."""
    if Message.objects.needing_a_look().filter(pk=message.pk).update(settled_at=now):
        audit.record(by, "message.told", message)


def send_now(*, message: Message, now: datetime) -> None:
    """Let a message that waits go with the next look."""
    Message.objects.in_state(State.DUE).filter(pk=message.pk).update(due_at=now, next_try_at=now)


def _told(kind: str, recipient: str, about: str) -> MessageQuerySet:
    return Message.objects.about(about).of_kinds([kind]).of_recipient(recipient)


def _row(kind: str, to: Address | Message, way: Route, **promise: object) -> Message:
    key = new_key()
    return Message(
        key=key,
        message_id=new_message_id(key),
        kind=kind,
        clinic=to.clinic,
        recipient=to.recipient,
        name=" ".join(to.name.split())[:120],
        language=to.language or to.clinic.language,
        channel=way.channel,
        address=way.address,
        state=State.FAILED if way.trouble else State.DUE,
        reason=way.trouble,
        next_try_at=promise["due_at"],
        **promise,
    )
