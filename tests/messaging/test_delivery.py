"""Never lost, never twice, never untrue."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from messaging.enums import Channel, State
from messaging.models import Message
from messaging.services import Address, deliver_due, deliver_next, post, withdraw
from messaging.services.claiming import lease
from messaging.services.delivery import AWAY, MOST_TRIES, WAITS
from tests.messaging.conftest import NOW, address

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = lease()
HANDED = 3 * LEASE  # while a provider is being waited for


def note(to: Address, about: str = "visit-1", **promise: object) -> Message:
    [message] = post("visit-note", to=to, about=about, **{"due": NOW} | promise)
    return message


def text(to: Address, about: str = "visit-1", **promise: object) -> Message:
    [message] = post("visit-text", to=to, about=about, **{"due": NOW} | promise)
    return message


def deliver_all(now: datetime) -> int:
    looked_at = 0
    while deliver_next(now=now):
        looked_at += 1
    return looked_at


def outcome(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def lose_the_outcome(message: Message) -> None:
    """Leave the row as a worker leaves it that is killed between the provider's yes and its own commit."""
    message.refresh_from_db()
    left = {"state": State.SENDING, "sent_at": None, "sent_subject": "", "next_try_at": message.handed_at + HANDED}
    Message.objects.filter(pk=message.pk, state=State.SENT).update(**left)


def die(about: str) -> None:
    raise SystemExit


def in_threads(deed, times: int) -> None:
    def work() -> None:
        try:
            deed()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_storm_with_broken_parts(bloomsbury, truth, sink):
    people = [f"p{number}" for number in range(40)]
    for name in people:
        note(address(bloomsbury, name, **({"mail": ""} if name == "p7" else {})), about=f"visit-{name}")
    sink.answers["p8@mail.example"] = ["451 try again later"]
    sink.answers["p9@mail.example"] = ["550 no such mailbox"]

    in_threads(lambda: deliver_all(NOW), times=4)
    in_threads(lambda: deliver_all(NOW + WAITS[0]), times=2)
    for run in range(10):
        assert deliver_all(NOW + timedelta(hours=run + 1)) == 0

    arrived = Counter(to for to, _ in sink.accepted)
    assert arrived == Counter(f"{name}@mail.example" for name in people if name not in ("p7", "p9"))
    assert len(set(sink.ids)) == 38
    assert sorted(sink.ids) == sorted(Message.objects.in_state(State.SENT).values_list("message_id", flat=True))
    assert list(Message.objects.failed().order_by("about").values_list("recipient", "reason", "attempts")) == [
        ("patient-p7", "No e-mail address", 0),
        ("patient-p9", "The mail server refused it: no such mailbox (550)", 1),
    ]
    assert Message.objects.of_recipient("patient-p8").values_list("attempts", flat=True).get() == 2


def test_two_deliverers_on_one_message_send_it_once(hannah, truth, sink):
    message = note(hannah)
    in_threads(lambda: deliver_all(NOW), times=2)
    assert sink.ids == [message.message_id]


def test_a_worker_killed_after_acceptance_gives_the_same_mail_again_never_another(hannah, truth, sink):
    message = note(hannah)
    deliver_next(now=NOW)
    lose_the_outcome(message)

    assert deliver_all(NOW + HANDED - timedelta(seconds=1)) == 0
    assert deliver_all(NOW + HANDED) == 1
    assert sink.ids == [message.message_id] * 2
    assert outcome(message) == (State.SENT, "")
    assert deliver_all(NOW + timedelta(days=1)) == 0


def test_a_text_cut_off_while_being_handed_over_is_not_sent_again(hannah, truth, sms):
    message = text(hannah)
    deliver_next(now=NOW)
    lose_the_outcome(message)

    assert deliver_all(NOW + HANDED) == 1
    assert [taken["id"] for taken in sms.taken] == [message.key]
    assert outcome(message)[0] == State.UNKNOWN


def test_a_text_cut_off_before_being_handed_over_is_sent(hannah, truth, sms):
    message = text(hannah)
    truth.then = die
    with pytest.raises(SystemExit):
        deliver_next(now=NOW)

    truth.then = lambda about: None
    deliver_all(NOW + LEASE)
    assert [taken["id"] for taken in sms.taken] == [message.key]
    assert outcome(message) == (State.SENT, "")


def test_a_worker_slower_than_its_lease_does_not_overwrite_who_took_over(hannah, truth, sink):
    message = note(hannah)
    late = NOW + LEASE

    def take_over(about: str) -> None:
        truth.then = lambda about: None
        in_threads(lambda: deliver_all(late), times=1)

    truth.then = take_over
    deliver_next(now=NOW)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.sent_at) == (State.SENT, 2, late)
    assert sink.ids == [message.message_id]


def test_what_is_no_longer_true_is_withdrawn_with_the_reason(hannah, truth, sink):
    message = note(hannah)
    truth.off["visit-1"] = "The visit was cancelled"
    deliver_all(NOW)
    assert outcome(message) == (State.WITHDRAWN, "The visit was cancelled")
    assert sink.accepted == []


def test_nothing_begins_after_a_cancel_even_when_the_row_is_claimed_already(hannah, truth, sink):
    message = note(hannah)
    truth.then = lambda about: in_threads(lambda: withdraw(about=about, reason="The visit was cancelled"), times=1)
    deliver_all(NOW)
    assert outcome(message) == (State.WITHDRAWN, "The visit was cancelled")
    assert sink.asked == Counter()


def test_a_cancel_while_the_server_has_it_leaves_the_truth_that_it_went(hannah, truth, sink):
    message = note(hannah)
    sink.on_accept = lambda to: in_threads(lambda: withdraw(about="visit-1", reason="The visit was cancelled"), times=1)
    deliver_all(NOW)
    assert outcome(message) == (State.SENT, "")


def test_a_cancel_while_the_server_refuses_for_now_stops_further_tries(hannah, truth, sink):
    message = note(hannah)
    sink.answers[hannah.mail] = ["451 later", "250 OK"]

    def cancel() -> None:
        withdraw(about="visit-1", reason="The visit was cancelled")

    original = sink.handle_DATA

    async def cancel_then_answer(server, session, envelope):
        in_threads(cancel, times=1)
        return await original(server, session, envelope)

    sink.handle_DATA = cancel_then_answer
    deliver_all(NOW)
    deliver_all(NOW + timedelta(days=1))
    assert outcome(message) == (State.WITHDRAWN, "The visit was cancelled")
    assert sink.accepted == []


def test_a_moved_visit_is_reminded_once_at_the_new_time(hannah, truth, sink):
    first = note(hannah, due=NOW, version=1)
    for version in (2, 3, 4):
        withdraw(about="visit-1", kinds=["visit-note"], reason="The visit was moved")
        note(hannah, due=NOW + timedelta(days=3), version=version)
    deliver_all(NOW + timedelta(days=1))
    assert sink.accepted == []
    deliver_all(NOW + timedelta(days=3))
    assert len(sink.accepted) == 1
    assert outcome(first) == (State.WITHDRAWN, "The visit was moved")


def test_an_older_version_gives_way_even_if_nobody_withdrew_it(hannah, truth, sink):
    old, new = note(hannah, version=1), note(hannah, version=2, due=NOW + timedelta(days=3))
    deliver_all(NOW)
    assert (outcome(old), outcome(new)) == ((State.WITHDRAWN, "A newer one took its place"), (State.DUE, ""))


def test_what_no_longer_helps_is_not_sent(hannah, truth, sink):
    message = note(hannah, useful_until=NOW + timedelta(hours=1))
    deliver_all(NOW + timedelta(hours=1))
    assert outcome(message) == (State.WITHDRAWN, "Too late to help")
    assert sink.accepted == []


def test_nothing_stale_goes_after_a_restored_backup(hannah, truth, sink):
    message = note(hannah)
    deliver_all(NOW + timedelta(days=3))
    assert outcome(message) == (State.WITHDRAWN, "Too late to help")


def test_what_could_not_go_in_time_is_a_failure_that_staff_see(hannah, truth, sink):
    message = note(hannah, useful_until=NOW + timedelta(minutes=1))
    sink.answers[hannah.mail] = ["451 later"]
    deliver_all(NOW)
    deliver_all(NOW + timedelta(hours=1))
    assert outcome(message) == (State.FAILED, "Too late to help. The mail server asked to try later: later (451)")


def test_a_server_that_stalls_is_cut_off_and_the_next_message_goes(bloomsbury, truth, sink, settings):
    settings.EMAIL_TIMEOUT = 0.3
    stalled, other = note(address(bloomsbury, "ann")), note(address(bloomsbury, "ben"), about="visit-2")
    sink.answers["ann@mail.example"] = ["stall"]
    deliver_all(NOW)
    assert outcome(stalled) == (State.DUE, "The mail server broke off, or did not answer in time")
    assert outcome(other) == (State.SENT, "")


def test_a_server_that_never_takes_a_letter_is_asked_so_many_times(hannah, truth, sink):
    message = note(hannah, useful_until=NOW + timedelta(days=9))
    sink.answers[hannah.mail] = ["451 later"] * 99
    now = NOW
    for wait in (*WAITS, timedelta()):
        assert deliver_all(now) == 1
        now += wait
    assert outcome(message) == (State.FAILED, f"Given up after {MOST_TRIES} tries. The mail server asked to try later: later (451)")
    assert deliver_all(now + timedelta(days=9)) == 0


def test_a_mail_server_that_is_away_is_asked_again_soon_until_the_message_is_no_use(hannah, truth, sink):
    message = note(hannah, useful_until=NOW + timedelta(minutes=5))
    sink.stop()
    now = NOW
    while now < message.useful_until:
        assert deliver_all(now) == 1
        assert outcome(message) == (State.DUE, "The mail server could not be reached")
        assert (message.attempts, message.next_try_at) == (0, now + AWAY)
        now += AWAY
    assert deliver_all(now) == 1
    assert outcome(message) == (State.FAILED, "Too late to help. The mail server could not be reached")


def test_a_message_that_cannot_be_written_holds_nobody_up(bloomsbury, truth, sink, caplog):
    bad, good = note(address(bloomsbury, "ann")), note(address(bloomsbury, "ben"), about="visit-2")

    def trip(about: str) -> None:
        if about == "visit-1":
            raise KeyError("canary words of a patient")

    truth.then = trip
    deliver_all(NOW)
    assert outcome(bad) == (State.FAILED, "It could not be written (KeyError): tell whoever looks after Meridian")
    assert outcome(good) == (State.SENT, "")
    assert "canary" not in caplog.text
    assert bad.key in caplog.text


def test_a_message_that_kills_its_worker_each_time_ends_as_failed(hannah, truth, sink):
    message = note(hannah)
    truth.then = die
    for number in range(MOST_TRIES):
        with pytest.raises(SystemExit):
            deliver_next(now=NOW + number * LEASE)
    deliver_all(NOW + MOST_TRIES * LEASE)
    assert outcome(message) == (State.FAILED, f"Given up after {MOST_TRIES} tries.")


def test_a_row_of_a_kind_nobody_knows_says_so(hannah, truth, sink):
    message = note(hannah)
    Message.objects.update(kind="gone")
    deliver_all(NOW)
    assert outcome(message) == (State.FAILED, "Nobody knows how to write “gone”.")


def test_nothing_is_sent_before_the_booking_is_committed(hannah, truth, sink):
    with transaction.atomic():
        note(hannah)
        in_threads(lambda: deliver_all(NOW), times=1)
        assert sink.accepted == []
    deliver_all(NOW)
    assert len(sink.accepted) == 1


def test_deliver_due_stops_in_time_and_the_next_run_goes_on(bloomsbury, truth, sink):
    for name in "abc":
        note(address(bloomsbury, name), about=f"visit-{name}")

    def slow() -> datetime:
        return NOW + timedelta(seconds=40) * len(sink.accepted)

    assert deliver_due(clock=slow) == 1
    assert list(Message.objects.in_state(State.DUE).values_list("about", "attempts", "next_try_at")) == [
        ("visit-b", 0, NOW),
        ("visit-c", 0, NOW),
    ]
    assert deliver_due(clock=lambda: NOW + timedelta(minutes=5)) == 2
    assert len(set(sink.ids)) == 3


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ((429, {"Retry-After": "90"}), State.DUE, "The SMS provider asked to try later (429)"),
        ((500, {}), State.DUE, "The SMS provider asked to try later (500)"),
        ((504, {}), State.UNKNOWN, "The SMS provider may have taken it (504)"),
        ((400, {}), State.FAILED, "The SMS provider refused it (400)"),
        (None, State.UNKNOWN, "The SMS provider took it and did not answer"),
        ((202, {}), State.SENT, ""),
    ],
)
def test_what_the_sms_provider_answers_decides(hannah, truth, sms, answer, state, reason):
    message = text(hannah)
    sms.answers.append(answer)
    deliver_all(NOW)
    assert outcome(message) == (state, reason)
    assert sms.headers[0]["Idempotency-Key"] == message.key
    if "90" in str(answer):
        assert message.next_try_at == NOW + timedelta(seconds=90)


def test_an_sms_provider_that_is_away_is_tried_again(hannah, truth, sms, settings):
    message = text(hannah)
    sms.stop()
    deliver_all(NOW)
    assert outcome(message) == (State.DUE, "The SMS provider could not be reached")


def test_a_text_without_a_provider_says_so(hannah, truth, settings):
    settings.SMS_URL = ""
    message = text(hannah)
    deliver_all(NOW)
    assert outcome(message) == (State.FAILED, "No SMS provider is set up: set SMS_URL")


def test_a_text_into_a_folder(hannah, truth, settings, tmp_path):
    settings.SMS_URL = f"file://{tmp_path}/texts"
    message = text(hannah)
    deliver_all(NOW)
    [file] = (tmp_path / "texts").iterdir()
    assert file.name == f"{message.key}.json"
    assert "Sat 21 Nov at 10:00 (London time)" in file.read_text()
    assert message.channel == Channel.SMS
