"""Questions about the outbox as a whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from messaging.enums import State
from messaging.models import BEAT, WORKER, Beat, Message
from messaging.querysets import MessageQuerySet

WORKER_SILENT = timedelta(minutes=2)
TOO_LATE = timedelta(minutes=2)
TOO_MANY = 1000
HELD_UP = 20  # so many that wait for another try at once are no chance: a provider is in trouble


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that tells whether messages go out: what was found, in words, and whether that is as it should be."""

    name: str
    words: str
    found: str
    good: bool


def counts(messages: MessageQuerySet) -> dict[State, int]:
    """Return how many of `messages` stand in each state, every state named."""
    found = dict(messages.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in State}


def oldest_overdue(now: datetime) -> timedelta:
    """Return for how long the message that waits longest could have been picked up."""
    oldest = Message.objects.overdue(now).aggregate(oldest=Min("next_try_at"))["oldest"]
    return now - oldest if oldest else timedelta()


def worker_silence(now: datetime) -> timedelta | None:
    """Return how long ago the worker last looked for due messages; None when it never has."""
    return _silence(WORKER, now)


def _silence(name: str, now: datetime) -> timedelta | None:
    beat = Beat.objects.filter(name=name).first()
    return now - beat.at if beat else None


def health(now: datetime) -> dict[str, Check]:
    """Return what tells whether messages go out, each with its threshold applied."""
    silence, wait, backlog = worker_silence(now), oldest_overdue(now), Message.objects.overdue(now).count()
    poke, held = _silence(BEAT, now), Message.objects.held_up().count()
    checks = (
        Check(
            name="worker",
            words="Last look for due messages",
            found="never" if silence is None else f"{_words(silence)} ago",
            good=silence is not None and silence <= WORKER_SILENT,
        ),
        Check(
            name="beat",
            words="Last poke by the scheduler",
            found="never: something else looks" if poke is None else f"{_words(poke)} ago",
            good=poke is None or poke <= WORKER_SILENT,
        ),
        Check(name="oldest", words="Oldest message that could go", found=_words(wait), good=wait <= TOO_LATE),
        Check(name="held", words="Messages that wait for another try", found=str(held), good=held <= HELD_UP),
        Check(name="backlog", words="Messages that could go", found=str(backlog), good=backlog <= TOO_MANY),
    )
    return {check.name: check for check in checks}


def _words(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
