"""Several messages claimed together: one connection, one lease and one outcome for each, and nobody waits for a slow neighbour."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import kinds
from messaging.enums import State
from messaging.kinds import loaded
from messaging.models import Message
from messaging.services.claiming import claim, put_back
from messaging.services.delivery import AWAY, BATCH, BATCH_LASTS, deliver_some
from tests.messaging.conftest import NOW, address
from tests.messaging.test_delivery import LEASE, die, in_threads, note, text

pytestmark = pytest.mark.django_db(transaction=True)


def notes(clinic, names) -> dict[str, Message]:
    return {name: note(address(clinic, name), about=f"visit-{name}") for name in names}


def some(now: datetime = NOW) -> int:
    return deliver_some(clock=lambda: now)


def states() -> dict[str, tuple[str, int]]:
    return {about: (state, attempts) for about, state, attempts in Message.objects.values_list("about", "state", "attempts")}


def test_a_batch_goes_over_one_connection(bloomsbury, truth, sink):
    notes(bloomsbury, "abcd")
    assert some() == 4
    assert len(sink.lines) == 1
    assert len(set(sink.ids)) == 4


def test_a_batch_has_an_end(bloomsbury, truth, mailoutbox):
    notes(bloomsbury, [f"p{number}" for number in range(BATCH + 1)])
    assert (some(), some(), some()) == (BATCH, 1, 0)
    assert len(mailoutbox) == BATCH + 1


def test_a_refusal_in_the_middle_leaves_the_others_alone(bloomsbury, truth, sink):
    notes(bloomsbury, "abcd")
    sink.answers |= {"b@mail.example": ["550 no such mailbox"], "c@mail.example": ["451 later"]}
    some()
    assert [to for to, _ in sink.accepted] == ["a@mail.example", "d@mail.example"]
    assert states() == {"visit-a": ("sent", 1), "visit-b": ("failed", 1), "visit-c": ("due", 1), "visit-d": ("sent", 1)}


def test_what_a_slow_neighbour_holds_up_goes_back_to_others(bloomsbury, truth, sink):
    notes(bloomsbury, "abc")

    def slow() -> datetime:
        return NOW + (BATCH_LASTS if sink.accepted else timedelta())

    assert deliver_some(clock=slow) == 1
    assert states() == {"visit-a": ("sent", 1), "visit-b": ("due", 0), "visit-c": ("due", 0)}
    assert some() == 2


def test_a_server_that_is_away_is_asked_once_and_nobody_is_blamed(bloomsbury, truth, sink, sms):
    notes(bloomsbury, "abc")
    text(address(bloomsbury, "dan"), about="visit-d")
    sink.stop()
    assert some() == 4
    assert states() == {"visit-a": ("due", 0), "visit-b": ("due", 0), "visit-c": ("due", 0), "visit-d": ("sent", 1)}
    waits = Message.objects.in_state(State.DUE).values_list("next_try_at", "reason").distinct()
    assert list(waits) == [(NOW + AWAY, "The mail server could not be reached")]


def test_a_server_that_takes_nothing_from_us_is_not_the_letters_fault(bloomsbury, truth, sink):
    notes(bloomsbury, "ab")
    sink.turns_away = ["550 who are you"]
    some()
    assert set(Message.objects.values_list("state", "attempts", "reason")) == {
        ("due", 0, "The mail server does not accept our mail now (550)")
    }
    some(NOW + AWAY)
    assert len(set(sink.ids)) == 2


def test_a_server_that_has_enough_of_a_connection_gets_a_fresh_one_at_once(bloomsbury, truth, sink):
    notes(bloomsbury, "ab")
    sink.on_accept = lambda to: sink.turns_away.append("421 too many letters") if to.startswith("a") else None
    some()
    assert states() == {"visit-a": ("sent", 1), "visit-b": ("sent", 1)}
    assert len(set(sink.ids)) == len(sink.ids) == 2


def test_a_connection_that_breaks_after_a_letter_was_taken_gives_the_same_mail_again(bloomsbury, truth, sink):
    made = notes(bloomsbury, "ab")
    sink.answers["a@mail.example"] = ["drop"]
    some()
    assert states() == {"visit-a": ("due", 1), "visit-b": ("sent", 1)}
    some(NOW + timedelta(minutes=1))
    assert [mail["Message-ID"] for mail in sink.to("a@mail.example")] == [made["a"].message_id] * 2


def test_what_killed_a_worker_comes_back_alone_and_its_neighbours_are_not_blamed(bloomsbury, truth, sink):
    notes(bloomsbury, "abc")
    truth.then = lambda about: die(about) if about == "visit-a" else None
    batch = claim(now=NOW, most=BATCH)  # the worker dies with all three in its hands
    assert len(batch.rows) == 3

    for _ in range(3):
        try:
            some(NOW + LEASE)
        except SystemExit:
            continue
    assert states() == {"visit-a": ("sending", 2), "visit-b": ("sent", 2), "visit-c": ("sent", 2)}


def test_rows_whose_lease_ran_out_are_claimed_one_by_one(bloomsbury, truth, sink):
    notes(bloomsbury, "abc")
    claim(now=NOW, most=BATCH)
    assert claim(now=NOW + LEASE - timedelta(seconds=1), most=BATCH).rows == []
    assert [len(claim(now=NOW + LEASE, most=BATCH).rows) for _ in range(4)] == [1, 1, 1, 0]


def test_what_was_taken_over_meanwhile_is_not_put_back(bloomsbury, truth):
    notes(bloomsbury, "a")
    first = claim(now=NOW, most=BATCH)
    claim(now=NOW + LEASE, most=BATCH)
    put_back(first.rows, first)
    assert states() == {"visit-a": ("sending", 2)}


def test_a_newer_version_posted_at_the_last_moment_wins(bloomsbury, hannah, truth, sink):
    note(hannah, version=1)
    truth.then = lambda about: in_threads(lambda: note(hannah, version=2, due=NOW + timedelta(days=3)), times=1)
    some()
    assert sink.accepted == []
    assert list(Message.objects.order_by("version").values_list("state", "reason")) == [
        ("withdrawn", "A newer one took its place"),
        ("due", ""),
    ]


def test_what_the_contexts_need_is_read_once_for_all(bloomsbury, truth, monkeypatch, mailoutbox):
    asked = []

    def load_all(abouts):
        asked.append(sorted(abouts))
        return {about: about for about in abouts}

    def context(about, now):
        assert loaded(load_all, about) == about
        return truth.context(about, now)

    kind = kinds.Kind(
        name="visit-note",
        words="Reminder",
        template="appointment-reminder",
        still_true=truth.still_true,
        context=context,
        load_all=load_all,
    )
    monkeypatch.setitem(kinds.KINDS, "visit-note", kind)
    notes(bloomsbury, "abc")
    some()
    assert (asked, len(mailoutbox)) == ([["visit-a", "visit-b", "visit-c"]], 3)
    loaded(load_all, "visit-a")
    assert asked[1:] == [["visit-a"]]


def test_a_reading_together_that_fails_stops_nobody(bloomsbury, truth, monkeypatch, mailoutbox, caplog):
    def load_all(abouts):
        raise KeyError("canary words of a patient")

    kind = kinds.Kind(
        name="visit-note",
        words="Reminder",
        template="appointment-reminder",
        still_true=truth.still_true,
        context=truth.context,
        load_all=load_all,
    )
    monkeypatch.setitem(kinds.KINDS, "visit-note", kind)
    notes(bloomsbury, "ab")
    some()
    assert len(mailoutbox) == 2
    assert "canary" not in caplog.text


def test_each_message_of_a_batch_costs_two_questions_besides_its_own(bloomsbury, truth, mailoutbox):
    def cost(names) -> int:
        notes(bloomsbury, names)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            some()
        return len(asked)

    cost("a")
    assert cost("bcdefg") - cost("hi") == 2 * 4
