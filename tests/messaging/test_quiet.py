"""Nothing that can wait arrives at night."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from messaging import kinds
from messaging.enums import State
from messaging.kinds import Kind
from messaging.models import Message
from messaging.quiet import QuietHours
from messaging.services import deliver_next, post
from tests.messaging.conftest import address

LONDON = QuietHours(time(21), time(8), ZoneInfo("Europe/London"))


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "useful_until", "leaves"),
    [
        ("2026-11-26T12:00", "2026-11-27T12:00", "2026-11-26T12:00"),
        ("2026-11-26T20:59", "2026-11-27T12:00", "2026-11-26T20:59"),
        ("2026-11-26T21:00", "2026-11-27T12:00", "2026-11-27T08:00"),
        ("2026-11-27T03:00", "2026-11-27T12:00", "2026-11-27T08:00"),
        ("2026-11-27T08:00", "2026-11-27T12:00", "2026-11-27T08:00"),
        ("2026-11-27T07:30", "2026-11-27T08:00", "2026-11-26T20:55"),  # in the morning it would be of no use
        ("2026-10-24T22:00", "2026-10-26T12:00", "2026-10-25T08:00"),  # the clocks go back that night: quiet until eight of them
        ("2026-07-01T20:30", "2026-07-03T12:00", "2026-07-02T07:00"),  # summer: 21:30 on the wall
    ],
)
def test_what_can_wait_leaves_in_the_morning_or_before_the_night(due, useful_until, leaves):
    assert LONDON.around(at(due), useful_until=at(useful_until)) == at(leaves)


def test_hours_within_a_day_and_none_at_all():
    siesta = QuietHours(time(13), time(15), ZoneInfo("Europe/London"))
    assert siesta.end_of(at("2026-11-26T13:30")) == at("2026-11-26T15:00")
    assert siesta.end_of(at("2026-11-26T15:00")) is None
    assert QuietHours(time(8), time(8), ZoneInfo("UTC")).end_of(at("2026-11-26T08:00")) is None


@pytest.fixture
def gentle(monkeypatch):
    """A kind that can wait."""
    kind = Kind(name="gentle", words="Gentle", template="task", still_true=lambda about, now: "", context=says, may_wait=True)
    monkeypatch.setitem(kinds.KINDS, "gentle", kind)


def says(about, now):
    return {"due": now, "is_pressing": True, "tasks_url": "https://meridian.test/tasks/"}


@pytest.mark.django_db
def test_it_is_promised_for_the_morning(gentle, bloomsbury):
    [row] = post("gentle", to=address(bloomsbury, "hannah"), about="x", due=at("2026-11-26T22:00"))
    assert row.due_at == row.next_try_at == at("2026-11-27T08:00")


@pytest.mark.django_db
def test_after_an_outage_it_still_leaves_the_night_alone_and_counts_no_try(gentle, bloomsbury, mailoutbox):
    [row] = post("gentle", to=address(bloomsbury, "hannah"), about="x", due=at("2026-11-26T12:00"))
    assert deliver_next(now=at("2026-11-27T02:00"))
    row.refresh_from_db()
    assert (row.state, row.attempts, row.next_try_at) == (State.DUE, 0, at("2026-11-27T08:00"))
    assert not deliver_next(now=at("2026-11-27T07:59"))
    assert deliver_next(now=at("2026-11-27T08:00"))
    assert len(mailoutbox) == 1


@pytest.mark.django_db
def test_at_night_goes_only_what_would_be_of_no_use_in_the_morning(gentle, bloomsbury, mailoutbox):
    post("gentle", to=address(bloomsbury, "hannah"), about="x", due=at("2026-11-26T12:00"), useful_until=at("2026-11-27T08:00"))
    deliver_next(now=at("2026-11-27T02:00"))
    assert Message.objects.get().state == State.SENT
