"""Whether messages go out is seen in time, and each threshold trips."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from clinic.clock import now
from messaging.enums import State
from messaging.models import BEAT, WORKER, Message
from messaging.selectors import HELD_UP, TOO_LATE, TOO_MANY, WORKER_SILENT, counts, health
from messaging.services import post
from messaging.services.delivery import beat
from messaging.tasks import deliver_due
from tests.messaging.conftest import NOW, address

pytestmark = pytest.mark.django_db


def found(at=NOW) -> dict[str, tuple[str, bool]]:
    return {name: (check.found, check.good) for name, check in health(at).items()}


def test_all_is_well_when_the_worker_looked_and_nothing_waits():
    beat(name=WORKER, now=NOW - timedelta(seconds=5))
    assert found() == {
        "worker": ("5 s ago", True),
        "beat": ("never: something else looks", True),
        "oldest": ("0 s", True),
        "held": ("0", True),
        "backlog": ("0", True),
    }


def test_a_scheduler_that_fell_silent_is_seen():
    beat(name=BEAT, now=NOW - WORKER_SILENT)
    assert found()["beat"] == ("2 min ago", True)
    assert found(NOW + timedelta(seconds=1))["beat"] == ("2 min ago", False)


def test_a_provider_in_trouble_is_seen_by_those_it_holds_up(bloomsbury, truth):
    for number in range(HELD_UP + 1):
        post("visit-note", to=address(bloomsbury, f"p{number}"), about=f"visit-{number}", due=NOW)
    later = {"reason": "The mail server could not be reached", "next_try_at": NOW + timedelta(minutes=1)}
    Message.objects.filter(pk__gt=Message.objects.order_by("pk").first().pk).update(**later)
    assert found()["held"] == ("20", True)
    Message.objects.update(**later)
    assert found()["held"] == ("21", False)


def test_a_worker_that_never_ran_or_fell_silent_is_seen():
    assert found()["worker"] == ("never", False)
    beat(name=WORKER, now=NOW - WORKER_SILENT)
    assert found()["worker"] == ("2 min ago", True)
    assert found(NOW + timedelta(seconds=1))["worker"] == ("2 min ago", False)
    beat(name=WORKER, now=NOW)
    assert found()["worker"] == ("0 s ago", True)


def test_a_message_that_waits_too_long_is_seen_and_one_that_waits_for_its_next_try_is_not(hannah, truth):
    [message] = post("visit-note", to=hannah, about="visit-1", due=NOW - TOO_LATE)
    assert found()["oldest"] == ("2 min", True)
    assert found(NOW + timedelta(seconds=1))["oldest"] == ("2 min", False)
    Message.objects.filter(pk=message.pk).update(next_try_at=NOW + timedelta(minutes=30))
    assert found()["oldest"] == ("0 s", True)


def test_too_many_waiting_messages_are_seen(bloomsbury, truth):
    post("visit-note", to=address(bloomsbury, "ann"), about="visit-0", due=NOW)
    rows = [
        Message(clinic=bloomsbury, kind="visit-note", about=f"visit-{number}", recipient="x", due_at=NOW, next_try_at=NOW, useful_until=NOW)
        for number in range(1, TOO_MANY + 1)
    ]
    Message.objects.bulk_create(rows[:-1])
    assert found()["backlog"] == ("1000", True)
    Message.objects.bulk_create(rows[-1:])
    assert found()["backlog"] == ("1001", False)


def test_counts_name_every_state(hannah, truth):
    post("visit-note", to=hannah, about="visit-1", due=NOW)
    post("visit-note", to=hannah, about="visit-2", due=NOW)
    Message.objects.filter(about="visit-2").update(state=State.SENT)
    assert counts(Message.objects.newest_first()) == {
        State.DUE: 1,
        State.SENDING: 0,
        State.SENT: 1,
        State.FAILED: 0,
        State.UNKNOWN: 0,
        State.WITHDRAWN: 0,
    }


def test_the_task_and_the_command_do_the_same(hannah, truth, mailoutbox, capsys):
    post("visit-note", to=hannah, about="visit-1", due=now())
    deliver_due()
    post("visit-note", to=hannah, about="visit-2", due=now())
    call_command("deliver_due")
    call_command("deliver_due")
    assert capsys.readouterr().out == "Looked at 1 due message.\nLooked at 0 due messages.\n"
    assert len(mailoutbox) == 2
    assert health(now())["worker"].good
