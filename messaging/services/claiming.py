"""Rows taken from the outbox to be delivered, and put back: a lease and a count of tries for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from clinic.models import Clinic
from messaging.enums import State
from messaging.models import Message

CLAIM = """
WITH taken AS MATERIALIZED (
    SELECT id FROM messaging_message WHERE state = {state} AND next_try_at <= %(now)s
    ORDER BY next_try_at, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE messaging_message SET state = 'sending', attempts = attempts + 1, next_try_at = %(until)s
FROM taken WHERE messaging_message.id = taken.id RETURNING messaging_message.*
"""
CLAIM_LOST = CLAIM.format(state="'sending'")  # written out: only then PostgreSQL knows that the index of waiting rows will do
CLAIM_DUE = CLAIM.format(state="'due'")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Some rows that are ours until the lease ends."""

    rows: list[Message]
    until: datetime


def lease() -> timedelta:
    """How long a claimed row stays with whoever claimed it; handing one over may take three times as long."""
    return timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)


def claim(*, now: datetime, most: int) -> Claim:
    """Take a row whose lease ran out, alone: it may be what ended its worker. If there is none, take up to `most` that are due."""
    return _claim(CLAIM_LOST, now, 1) or _claim(CLAIM_DUE, now, most) or Claim(rows=[], until=now)


def _claim(statement: str, now: datetime, most: int) -> Claim | None:
    until = now + lease()
    rows = list(Message.objects.raw(statement, {"now": now, "until": until, "most": most}))
    clinics = Clinic.objects.in_bulk({row.clinic_id for row in rows}) if rows else {}
    for row in rows:
        row.clinic = clinics[row.clinic_id]
    rows.sort(key=lambda row: (row.due_at, row.pk))
    return Claim(rows=rows, until=until) if rows else None


def put_back(rows: Iterable[Message], claim: Claim) -> None:
    """Let others take what was claimed and not begun; no try is counted."""
    _mine(rows, claim).update(state=State.DUE, attempts=F("attempts") - 1, next_try_at=F("due_at"))


def put_off(rows: Iterable[Message], claim: Claim, *, until: datetime, reason: str) -> None:
    """Let what was claimed and not begun wait, for a reason that is not the message's own; no try is counted."""
    _mine(rows, claim).update(state=State.DUE, attempts=F("attempts") - 1, next_try_at=until, reason=reason[:300])


def _mine(rows: Iterable[Message], claim: Claim):
    return Message.objects.in_state(State.SENDING).filter(pk__in=[row.pk for row in rows], next_try_at=claim.until)
