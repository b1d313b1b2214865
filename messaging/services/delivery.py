"""Out of the building: a few due messages at a time, each asked again whether it is still true, each under a lease.

Two short updates hold each message together. Handing over is recorded just before the provider is called, and only if nobody
withdrew the message or put a newer one in its place meanwhile; the outcome is written down right after. No transaction is open
while a provider is waited for.
"""

import logging
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import F

from messaging import channels, kinds
from messaging.enums import Channel, State
from messaging.models import WORKER, Beat, Message
from messaging.quiet import quiet_hours
from messaging.render import Letter, render
from messaging.services.claiming import Claim, claim, lease, put_back, put_off

BATCH = 50
BATCH_LASTS = timedelta(seconds=2)  # what was not begun by then goes back: a slow provider keeps nobody waiting
AWAY = timedelta(seconds=15)
WAITS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 1800, 3600, 10800, 21600, 43200, 86400))
MOST_TRIES = len(WAITS) + 1
CUT_OFF = (OperationalError, InterfaceError, SoftTimeLimitExceeded)  # not the message's fault: the lease brings it back

HAND_OVER = """
UPDATE messaging_message AS mine SET handed_at = %(now)s, next_try_at = %(until)s
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s AND NOT EXISTS (
    SELECT 1 FROM messaging_message AS newer WHERE newer.about = mine.about AND newer.kind = mine.kind
    AND newer.recipient = mine.recipient AND newer.version > mine.version
)
"""
SENT = """
UPDATE messaging_message SET state = 'sent', reason = '', sent_at = %(now)s, sent_subject = %(subject)s
WHERE id = %(id)s AND attempts = %(attempts)s AND state IN ('sending', 'withdrawn')
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one try ended."""

    state: State
    reason: str = ""
    next_try_at: datetime | None = None
    subject: str = ""
    away: bool = False  # nobody takes letters on this way now: the try does not count
    early: bool = False  # it waits until the clinic's quiet hours end: that was no try either


Clock = Callable[[], datetime]


def deliver_due(*, clock: Clock, for_at_most: timedelta = timedelta(seconds=40)) -> int:
    """Deliver what is due until nothing is, or the time is up: the next run goes on. Return how many were looked at."""
    looked_at, start = 0, clock()
    beat(name=WORKER, now=start)
    while clock() - start < for_at_most and (settled := deliver_some(clock=clock)):
        looked_at += settled
    return looked_at


def beat(*, name: str, now: datetime) -> None:
    """Note that something which should run all the time is running."""
    Beat.objects.bulk_create([Beat(name=name, at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["at"])


def deliver_next(*, now: datetime) -> bool:
    """Settle one due message, whatever becomes of it; False when nothing is due. Any number may run at once."""
    return bool(deliver_some(clock=lambda: now, most=1))


def deliver_some(*, clock: Clock, most: int = BATCH) -> int:
    """Settle up to `most` due messages over one connection; return how many. What takes too long leaves the rest to others."""
    began = clock()
    mine = claim(now=began, most=most)
    if not mine.rows:
        return 0
    waiting = deque(mine.rows)
    try:
        with channels.Line() as line:
            shelf = _shelf(mine)
            while waiting and (len(waiting) == len(mine.rows) or clock() - began < BATCH_LASTS):
                message = waiting.popleft()
                outcome = _deliver(message, line, shelf, clock)
                if outcome and outcome.away:
                    waiting = _put_off(waiting, message.channel, mine, outcome)
    finally:
        if waiting:
            with suppress(DatabaseError, InterfaceError):  # then the lease brings them back
                put_back(waiting, mine)
    return len(mine.rows) - len(waiting)


def _shelf(mine: Claim) -> kinds.Shelf:
    """What the contexts need, read together; if that fails, each message reads its own and fails on its own."""
    try:
        return kinds.read_together((row.kind, row.about) for row in mine.rows)
    except CUT_OFF:
        raise
    except Exception as error:
        log.error("what several messages need could not be read together: %s", type(error).__name__)
        return {}


def _put_off(waiting: deque[Message], channel: str, mine: Claim, outcome: Outcome) -> deque[Message]:
    """Let all others of this way wait as well; return those that go another way."""
    put_off([row for row in waiting if row.channel == channel], mine, until=outcome.next_try_at, reason=outcome.reason)
    return deque(row for row in waiting if row.channel != channel)


def _deliver(message: Message, line: channels.Line, shelf: kinds.Shelf, clock: Clock) -> Outcome | None:
    """Try one claimed message and write down what came of it; None when it was withdrawn or taken over meanwhile."""
    outcome = _try(message, line, shelf, clock)
    if outcome:
        _settle(message, outcome, clock())
    return outcome


def _try(message: Message, line: channels.Line, shelf: kinds.Shelf, clock: Clock) -> Outcome | None:
    now = clock()
    if refusal := _refusal(message, now):
        return refusal
    try:
        kind = kinds.kind(message.kind)
        if untrue := kind.still_true(message.about, now):
            return _unwanted(message, untrue)
        if morning := _morning(message, kind, now):
            return Outcome(state=State.DUE, reason="Waits until the clinic’s quiet hours are over", next_try_at=morning, early=True)
        with kinds.with_shelf(shelf):
            letter = render(message=message, now=now)
    except CUT_OFF:
        raise
    except Exception as error:  # whatever a kind or a template does wrong, the others must go
        return _unwritable(message, error)
    if not _hand_over(message, clock()):
        return _unwanted(message, "A newer one took its place") if _has_newer(message) else None
    return _send(message, letter, line, clock)


def _morning(message: Message, kind: kinds.Kind, now: datetime) -> datetime | None:
    """Until when it waits: what came late, or is tried again, keeps out of the quiet hours too, unless it would be of no use then."""
    over = quiet_hours(message.clinic).end_of(now) if kind.may_wait and not message.again else None
    return over if over and over < message.useful_until else None


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
    if (message.attempts > 1 or message.reason) and not message.handed_at:  # it was wanted, and we could not: staff should know
        return Outcome(state=State.FAILED, reason=f"Too late to help. {message.reason}".strip())
    return _unwanted(message, "Too late to help")


def _has_newer(message: Message) -> bool:
    alike = Message.objects.about(message.about).of_kinds([message.kind]).of_recipient(message.recipient)
    return alike.newer_than(message.version).exists()


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
    given = {"now": now, "until": now + 3 * lease(), "id": message.pk, "attempts": message.attempts}
    return _change(HAND_OVER, given)


def _change(statement: str, given: dict[str, object]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.rowcount > 0


def _send(message: Message, letter: Letter, line: channels.Line, clock: Clock) -> Outcome:
    try:
        line.send(letter, channel=message.channel)
    except channels.Away as error:
        wait = max(AWAY, timedelta(seconds=min(error.wait, 3600)))
        return Outcome(state=State.DUE, reason=str(error), next_try_at=clock() + wait, away=True)
    except channels.Temporary as error:
        return _later(message, error, clock())
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
    if outcome.state == State.SENT:
        _change(SENT, {"now": now, "subject": outcome.subject[:200], "id": message.pk, "attempts": message.attempts})
        return
    changed = {"state": outcome.state, "reason": outcome.reason[:300]}
    if outcome.state == State.DUE:  # handed over as often as before this try, which the provider is known not to have taken
        changed |= {
            "next_try_at": outcome.next_try_at,
            "handed_at": message.handed_at,
            "attempts": F("attempts") - int(outcome.away or outcome.early),
        }
    Message.objects.in_state(State.SENDING).filter(pk=message.pk, attempts=message.attempts).update(**changed)
