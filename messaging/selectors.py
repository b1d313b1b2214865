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


def health(now: datetime) -> dict[str, Check]:
    """Return what tells whether messages go out, each with its threshold applied: three queries."""
    beats = {beat.name: now - beat.at for beat in Beat.objects.all()}
    overdue = Message.objects.overdue(now).aggregate(oldest=Min("next_try_at"), many=Count("pk"))
    silence, poke, held = beats.get(WORKER), beats.get(BEAT), Message.objects.held_up().count()
    wait, backlog = now - (overdue["oldest"] or now), overdue["many"]
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
