"""T6. Reminder storm with broken parts."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from bookings.messages import REMIND_BY_MAIL, post_reminders
from clinic.clock import now
from messaging.enums import State
from messaging.models import Message
from messaging.services.claiming import lease
from messaging.services.delivery import WAITS
from tests.bookings.cast import small_clinic
from tests.clock import MovedClock
from tests.factories import AppointmentFactory, CourseFactory, PatientFactory, SessionFactory, at
from tests.messaging.storm import Storm, await_until

pytestmark = pytest.mark.django_db(transaction=True)
VISITS_AT = at("12:00")
REMINDED_AT = VISITS_AT - timedelta(days=2)
HOMELESS, ONCE, NEVER, KILLED = 37, 58, 59, 61


@pytest.fixture
def storm(tmp_path: Path, clock: MovedClock) -> Iterator[Storm]:
    clock.set(REMINDED_AT - timedelta(hours=1))
    storm = Storm(tmp_path, clock)
    yield storm
    storm.stop()


def mail_of(number: int) -> str:
    return f"p{number}@mail.example"


def promise_a_hundred() -> None:
    """A hundred visits at one time, each reminded by mail at the same minute; no telephones, and no summary of the day for staff."""
    house = small_clinic(slug="bloomsbury", summary_at=None)
    for number in range(1, 101):
        who = PatientFactory(clinic=house.clinic, first_name=f"P{number}", mobile="", email="" if number == HOMELESS else mail_of(number))
        visit = AppointmentFactory(
            session=SessionFactory(course=CourseFactory(patient=who)),
            service=house.service,
            practitioner=house.practitioner,
            room=house.rooms[0],
        )
        post_reminders(visit, now=now())


def mails() -> dict[str, Message]:
    return {row.address or "nowhere": row for row in Message.objects.of_kinds([REMIND_BY_MAIL])}


def test_reminder_storm_with_broken_parts(storm, capsys):
    promise_a_hundred()
    sink = storm.sink
    sink.answers = {mail_of(ONCE): ["451 try again later"], mail_of(NEVER): ["550 no such mailbox"] * 99}
    killed: list[str] = []

    def kill_once(to: str) -> None:
        if to == mail_of(KILLED) and not killed:
            killed.append(to)
            storm.kill_who_talks_from(sink.peer)

    sink.on_accept = kill_once

    # the scheduler is down for 47 minutes around the due minute, then two run at once
    storm.clock.set(REMINDED_AT + timedelta(minutes=37))
    for _ in range(2):
        storm.add_scheduler()
    await_until(lambda: killed != [], "a worker is killed")
    await_until(lambda: Message.objects.in_state(State.SENT).count() >= 50, "most of them are sent")
    storm.clock.move(seconds=max(WAITS[0], 3 * lease()).total_seconds() + 1)
    storm.settle()

    arrived, rows = Counter(to for to, _ in sink.accepted), mails()
    expected = {mail_of(number) for number in range(1, 101) if number not in (HOMELESS, NEVER)}
    assert set(arrived) == expected
    assert len(set(sink.ids)) == 98
    assert {to for to, times in arrived.items() if times > 1} <= {mail_of(KILLED)}
    assert arrived[mail_of(KILLED)] <= 2
    assert {row.address for row in rows.values() if row.state == State.SENT} == expected
    assert {row.message_id for row in rows.values() if row.state == State.SENT} == set(sink.ids)
    assert (arrived[mail_of(ONCE)], rows[mail_of(ONCE)].state) == (1, State.SENT)
    assert (rows[mail_of(NEVER)].state, rows[mail_of(NEVER)].reason) == (
        State.FAILED,
        "The mail server refused it: no such mailbox (550)",
    )
    assert (rows["nowhere"].state, rows["nowhere"].reason, rows["nowhere"].name) == (State.FAILED, "No e-mail address", f"P{HOMELESS}")
    assert set(Message.objects.needing_a_look().of_kinds([REMIND_BY_MAIL])) == {rows["nowhere"], rows[mail_of(NEVER)]}

    before = len(sink.accepted)
    storm.stop_schedulers()
    for _ in range(10):
        storm.clock.move(hours=1)
        call_command("deliver_due")
    assert set(capsys.readouterr().out.splitlines()) == {"Looked at 0 due messages."}
    assert len(sink.accepted) == before
