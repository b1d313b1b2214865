"""What is promised already, sent another way: for somebody who chooses how they want to hear."""

from itertools import groupby

from django.db import transaction

from messaging import kinds
from messaging.addresses import Address, routes
from messaging.enums import State, Way
from messaging.models import Message, new_message_id
from messaging.services.outbox import post_all

ANOTHER_WAY = "The patient wants it another way"


@transaction.atomic
def reroute(*, to: Address) -> None:
    """Let what waits for `to` go by the ways they choose now; what is being handed over is left alone."""
    rows = Message.objects.of_recipient(to.recipient).first_ones()
    waiting = [row for row in rows.select_for_update(no_key=True) if _may_change(row, to)]
    for _, alike in groupby(sorted(waiting, key=_what), key=_what):
        _reroute(list(alike), to)


def _what(row: Message) -> tuple[str, str, int]:
    return row.kind, row.about, row.version


def _may_change(row: Message, to: Address) -> bool:
    known = kinds.KINDS.get(row.kind)
    chosen = to.ways.get(known.group, "") if known else ""
    waits = row.state == State.DUE or (row.state == State.WITHDRAWN and row.reason == ANOTHER_WAY)
    return bool(chosen) and chosen != Way.NONE and len(known.channels) > 1 and waits and row.handed_at is None


def _reroute(rows: list[Message], to: Address) -> None:
    if not any(row.state == State.DUE for row in rows):
        return
    wanted = {way.channel: way.address for way in routes(to=to, kind=kinds.kind(rows[0].kind)) if not way.trouble}
    known = {row.channel for row in rows}
    if not wanted:
        return
    for row in rows:
        if row.channel in wanted:
            row.state, row.reason, row.address = State.DUE, "", wanted[row.channel]
        else:
            row.state, row.reason = State.WITHDRAWN, ANOTHER_WAY
    Message.objects.bulk_update(rows, ["state", "reason", "address"])
    post_all(_copy(rows[0], channel, address) for channel, address in wanted.items() if channel not in known)


def _copy(row: Message, channel: str, address: str) -> Message:
    names = ("clinic", "kind", "about", "visit", "version", "recipient", "name", "language", "due_at", "useful_until")
    copy = Message(**{name: getattr(row, name) for name in names}, channel=channel, address=address, next_try_at=row.due_at)
    copy.message_id = new_message_id(copy.key)
    return copy
