"""Out of the building: one due message at a time, asked again whether it is still true, under a lease.

Two short updates hold it together. Claiming takes the row for the length of a lease; handing over is recorded just before
the provider is called, and only if nobody withdrew the message meanwhile. No transaction is open while a provider is waited for.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from messaging import channels, kinds
from messaging.enums import Channel, State
from messaging.models import WORKER, Beat, Message
from messaging.render import Letter, render

LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 1800, 3600, 10800, 21600, 43200, 86400))
MOST_TRIES = len(WAITS) + 1
CUT_OFF = (OperationalError, InterfaceError, SoftTimeLimitExceeded)  # not the message's fault: the lease brings it back

CLAIM = """
UPDATE messaging_message SET state = 'sending', attempts = attempts + 1, next_try_at = %(until)s
WHERE id = (
    SELECT id FROM messaging_message WHERE state IN ('due', 'sending') AND next_try_at <= %(now)s
    ORDER BY next_try_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
) RETURNING *
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one try ended."""

    state: State
    reason: str = ""
    next_try_at: datetime | None = None
    subject: str = ""


def deliver_due(*, clock: Callable[[], datetime], for_at_most: timedelta = timedelta(seconds=40)) -> int:
    """Deliver what is due until nothing is, or the time is up: the next run goes on. Return how many were looked at."""
    looked_at, start = 0, clock()
    beat(name=WORKER, now=start)
    while clock() - start < for_at_most and deliver_next(now=clock()):
        looked_at += 1
    return looked_at


def beat(*, name: str, now: datetime) -> None:
    """Note that something which should run all the time is running."""
    Beat.objects.bulk_create([Beat(name=name, at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["at"])


def deliver_next(*, now: datetime) -> bool:
    """Settle one due message, whatever becomes of it; False when nothing is due. Any number may run at once."""
    message = next(iter(Message.objects.raw(CLAIM, {"now": now, "until": now + LEASE})), None)
    if message is None:
        return False
    outcome = _outcome(message, now)
    if outcome:
        _settle(message, outcome, now)
    return True


def _outcome(message: Message, now: datetime) -> Outcome | None:
    """Try one claimed message; None when it was withdrawn or taken over meanwhile."""
    if refusal := _refusal(message, now):
        return refusal
    try:
        if untrue := _untrue(message, now):
            return _unwanted(message, untrue)
        letter = render(message=message, now=now)
    except CUT_OFF:
        raise
    except Exception as error:  # whatever a kind or a template does wrong, the others must go
        return _unwritable(message, error)
    if not _hand_over(message, now):
        return None
    return _send(message, letter, now)


def _refusal(message: Message, now: datetime) -> Outcome | None:
    """Say why a message isn't even written: an earlier try may have sent it, too many tries, too late."""
    if message.handed_at and message.channel == Channel.SMS:
        return Outcome(
            state=State.UNKNOWN, reason="Sending was cut off: the SMS may have gone. It isn’t sent again, or it could arrive twice"
        )
    if message.attempts > MOST_TRIES:
        return Outcome(state=State.FAILED, reason=f"Given up after {MOST_TRIES} tries. {message.reason}".strip())
    if message.is_too_late(now):
        return _too_late(message)
    return None


def _too_late(message: Message) -> Outcome:
    if message.attempts > 1 and not message.handed_at:  # it was wanted, and we could not: staff should know
        return Outcome(state=State.FAILED, reason=f"Too late to help. {message.reason}".strip())
    return _unwanted(message, "Too late to help")


def _untrue(message: Message, now: datetime) -> str:
    newer = Message.objects.about(message.about).of_kinds([message.kind]).of_recipient(message.recipient).newer_than(message.version)
    if newer.exists():
        return "A newer one took its place"
    return kinds.kind(message.kind).still_true(message.about, now)


def _unwanted(message: Message, reason: str) -> Outcome:
    if message.handed_at:
        return Outcome(state=State.UNKNOWN, reason=f"{reason}. Sending was cut off before: it may have gone")
    return Outcome(state=State.WITHDRAWN, reason=reason)


def _unwritable(message: Message, error: Exception) -> Outcome:
    """Log where it went wrong, without the words of the error: they may hold what a patient wrote."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error(
        "message %s (%s) could not be written: %s at %s:%s",
        message.key,
        message.kind,
        type(error).__name__,
        Path(last.filename).name,
        last.lineno,
    )
    if isinstance(error, kinds.Unwritable):
        return Outcome(state=State.FAILED, reason=str(error))
    return Outcome(state=State.FAILED, reason=f"It could not be written ({type(error).__name__}): tell whoever looks after Meridian")


def _hand_over(message: Message, now: datetime) -> bool:
    """Record that the provider is being called; False if the message is no longer ours to send."""
    mine = Message.objects.in_state(State.SENDING).filter(pk=message.pk, attempts=message.attempts)
    return bool(mine.update(handed_at=now, next_try_at=now + LEASE))


def _send(message: Message, letter: Letter, now: datetime) -> Outcome:
    try:
        channels.send(letter, channel=message.channel)
    except channels.Temporary as error:
        return _later(message, error, now)
    except channels.Unclear as error:
        return Outcome(state=State.UNKNOWN, reason=str(error))
    except channels.Permanent as error:
        return Outcome(state=State.FAILED, reason=str(error))
    except CUT_OFF:
        raise
    except Exception as error:  # a header that can't be written, say
        return _unwritable(message, error)
    return Outcome(state=State.SENT, subject=letter.subject)


def _later(message: Message, error: channels.Temporary, now: datetime) -> Outcome:
    if message.attempts >= MOST_TRIES:
        return Outcome(state=State.FAILED, reason=f"Given up after {MOST_TRIES} tries. {error}")
    wait = max(WAITS[message.attempts - 1], timedelta(seconds=min(error.wait, 3600)))
    return Outcome(state=State.DUE, reason=str(error), next_try_at=now + wait)


def _settle(message: Message, outcome: Outcome, now: datetime) -> None:
    """Write the outcome down, unless somebody else took the message over; what has gone has gone, even if withdrawn meanwhile."""
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts)
    match outcome.state:
        case State.SENT:
            mine.in_state(State.SENDING, State.WITHDRAWN).update(
                state=State.SENT, reason="", sent_at=now, sent_subject=outcome.subject[:200]
            )
        case State.DUE:
            mine.in_state(State.SENDING).update(
                state=State.DUE, reason=outcome.reason[:300], next_try_at=outcome.next_try_at, handed_at=None
            )
        case _:
            mine.in_state(State.SENDING).update(state=outcome.state, reason=outcome.reason[:300])
