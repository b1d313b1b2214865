"""The faults, one function each: what breaks, for how long, and what is special about it."""

import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection
from django.test import Client

from bookings.messages import post_reminders
from bookings.models import Appointment
from clinic.clock import now
from messaging.enums import Receipt, State
from messaging.models import Message
from messaging.provider import SILENT, Provider
from messaging.services.delivery import AWAY, WAITS
from tests.clock import MovedClock
from tests.faults.load import TEXT, VISITS, People, Verdict, cancel, judge, judge_bookings, meanwhile, settled
from tests.faults.town import TICK, Town, calm, until

OTHER_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Stage:
    """What every fault finds: the town, its people, chance, and so many seconds."""

    def __init__(self, town: Town, people: People, provider: Provider, clock: MovedClock, seconds: float, seed: int):
        self.town, self.people, self.provider, self.clock, self.seconds, self.seed = town, people, provider, clock, seconds, seed
        self.random = Random(seed)

    def every(self, pause: float, deed: Callable[[], None]) -> int:
        """Do it again and again until the time is up; return how often."""
        end, times = time.monotonic() + self.seconds, 0
        while time.monotonic() < end:
            time.sleep(pause * self.random.uniform(0.5, 1.5))
            deed()
            times += 1
        return times

    def many(self) -> int:
        return max(VISITS, int(self.seconds * 10))


def f1_workers_killed(stage: Stage, verdict: Verdict) -> None:
    """`kill -9` of all workers, again and again."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    half = len(stage.town.sink.ids)
    groups = stage.every(2 * TICK, stage.town.kill_workers)
    verdict.kills = groups * stage.town.worker.processes
    verdict.more = {"groups": groups, "while_killing": len(stage.town.sink.ids) - half}
    judge(stage.town, verdict, rows, cancelled=cancel(stage.people, rows))


def f2_children_killed(stage: Stage, verdict: Verdict) -> None:
    """`kill -9` of single processes of the pool."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    verdict.kills = stage.every(TICK, stage.town.kill_pool_child)
    judge(stage.town, verdict, rows, cancelled=cancel(stage.people, rows))


def f3_no_beat_then_three(stage: Stage, verdict: Verdict) -> None:
    """The scheduler is away, then three run at once."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    stage.town.kill_schedulers()
    time.sleep(stage.seconds)
    for _ in range(3):
        stage.town.add_scheduler()
    judge(stage.town, verdict, rows, cancelled=cancel(stage.people, rows))


def f4_redis_emptied(stage: Stage, verdict: Verdict) -> None:
    """`FLUSHALL` each tick."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    stage.every(TICK, stage.town.flush_redis)
    judge(stage.town, verdict, rows)


def f5_redis_killed(stage: Stage, verdict: Verdict) -> None:
    """Redis dies and comes back without its memory; whatever worker dies of it is started again."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    stage.every(stage.seconds / 5, stage.town.kill_redis)
    look = meanwhile(stage.town.watchdog.look, 1)
    judge(stage.town, verdict, rows)
    look()


def f6_redis_frozen(stage: Stage, verdict: Verdict) -> None:
    """Redis takes connections and answers nobody, while the desk books."""
    with stage.town.frozen_redis():
        stage.every(stage.seconds / 40, stage.people.book)
    verdict.must(stage.people.refused == 0, "a booking was refused")
    judge_bookings(stage.people, verdict)
    judge(stage.town, verdict, list(Message.objects.filter(about__in=stage.people.booked, kind="appointment-booked")))


def f8_database_restarted(stage: Stage, verdict: Verdict) -> None:
    """PostgreSQL ends at once, three times, while the desk books and messages leave."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    stop = meanwhile(stage.people.book, 0.1)
    statuses = Counter()
    try:
        for _ in range(3):
            time.sleep(stage.seconds / 3)
            stage.town.postgres().suspend()
            stage.town.postgres().resume()
            stage.town.restart_postgres()
            statuses[Client(raise_request_exception=False).get("/health/ready").status_code] += 1
    finally:
        stop()
    verdict.kills = 3 * stage.town.worker.processes  # what was handed over when the outcome could not be written down
    verdict.must(set(statuses) <= {200, 503}, f"visitors met {dict(statuses)}")
    judge_bookings(stage.people, verdict)
    judge(stage.town, verdict, rows)


def f9_connections_cut(stage: Stage, verdict: Verdict) -> None:
    """Connections to the database are ended at random."""
    rows = stage.people.promise(stage.many(), seconds=stage.seconds)
    stop = meanwhile(stage.people.book, 0.1)
    try:
        verdict.kills = stage.every(TICK / 2, lambda: calm(lambda: cut_somebody_off(stage.random)))
    finally:
        stop()
    judge_bookings(stage.people, verdict)
    judge(stage.town, verdict, rows)


def cut_somebody_off(random: Random) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(OTHER_BACKENDS)
        if pids := [pid for (pid,) in cursor.fetchall()]:
            cursor.execute("SELECT pg_terminate_backend(%s)", [random.choice(pids)])
    return True


def f10_mail_server_misbehaves(stage: Stage, verdict: Verdict) -> None:
    """Every answer a mail server may give, one that drops the line after taking a letter, and one that never answers."""
    sink, answers = stage.town.sink, ["421 busy", "450 greylisted", "451 later", "552 too big", "550 nobody", "drop", "stall"]
    told = {visit.patient.email: answer for visit, answer in zip(stage.people.visits, answers, strict=False)}
    sink.answers = {address: [answer] * (99 if answer[0] == "5" else 1) for address, answer in told.items()}
    rows = stage.people.promise(VISITS, seconds=1)
    others = [row for row in rows if row.address not in told]
    verdict.more["others_waited_s"] = round(until(lambda: settled(others), "the others have theirs", 120), 1)
    until(lambda: settled(rows), "each was tried once", 120)
    verdict.must({row.state for row in fresh(others)} == {State.SENT}, "somebody waited for a neighbour")
    stage.clock.move(seconds=WAITS[0].total_seconds() + AWAY.total_seconds())
    verdict.kills = 2  # the dropped line and the silent one: both had taken the letter
    judge(stage.town, verdict, rows, failed=2)


def f11_sms_provider_misbehaves(stage: Stage, verdict: Verdict) -> None:
    """Too fast, broken, silent after taking a text; reports that come twice, late, out of order and forged."""
    provider = stage.provider
    provider.answers = [(500, {}), SILENT, (429, {"Retry-After": "1"}), (400, {})]
    rows = stage.people.promise(12, seconds=0, kind=TEXT)
    until(lambda: settled(rows), "each text was tried")
    stage.clock.move(seconds=max(WAITS[0], AWAY).total_seconds() + 1)
    until(lambda: settled(rows), "each text was tried again")
    asked = Counter(headers["Idempotency-Key"] for headers in provider.headers)
    states = Counter(row.state for row in fresh(rows))
    verdict.must(len(provider.taken) == len({text["id"] for text in provider.taken}) == 11, f"{len(provider.taken)} texts for 11 people")
    verdict.must(states == {State.SENT: 10, State.UNKNOWN: 1, State.FAILED: 1}, f"states are {dict(states)}")
    verdict.must(max(asked.values()) <= 2, "a text was tried too often")
    [lost] = [row for row in fresh(rows) if row.state == State.UNKNOWN]
    statuses = [report(lost, status) for status in ("delivered", "delivered", "sent", "failed")] + [report(lost, "failed", "a guess")]
    lost.refresh_from_db()
    verdict.must(statuses == [204, 204, 204, 204, 403], f"the reports were answered {statuses}")
    verdict.must((lost.state, lost.receipt) == (State.SENT, Receipt.DELIVERED), "what was known of a text went backwards")
    verdict.sent = len(provider.taken)


def report(message: Message, status: str, secret: str = "") -> int:
    body = json.dumps({"id": message.key, "status": status}).encode()
    signature = hmac.new((secret or settings.SMS_CALLBACK_SECRET).encode(), body, hashlib.sha256).hexdigest()
    answer = Client().post("/messages/receipt", body, content_type="application/json", headers={"X-Signature": signature})
    return answer.status_code


def f13_clocks_change(stage: Stage, verdict: Verdict) -> None:
    """Over both changes of the clock and a leap day, with a clock that jumps two hours to and fro."""
    zone = stage.people.house.clinic.tz
    days = [
        datetime(2027, 3, 28, 10),
        datetime(2027, 3, 29, 10),
        datetime(2027, 10, 31, 10),
        datetime(2027, 11, 1, 10),
        datetime(2028, 2, 29, 10),
    ]
    for place, local in enumerate([*days, datetime(2028, 3, 1, 10)]):
        visit, start = stage.people.visits[place], local.replace(tzinfo=zone).astimezone(UTC)
        Appointment.objects.filter(pk=visit.pk).update(during=(start, start + timedelta(minutes=45)))
        visit = Appointment.objects.with_people().get(pk=visit.pk)
        stage.clock.set(start - timedelta(days=5))
        Message.objects.all().delete()
        post_reminders(visit, now=now())
        rows = list(Message.objects.of_kinds([TEXT]))
        walls = [row.due_at.astimezone(zone).replace(tzinfo=None) for row in rows]
        verdict.must(walls == [local - timedelta(days=1)], f"the day before {local} it is {walls}")
        due = rows[0].due_at
        for jump in (-timedelta(hours=2), timedelta(seconds=1), -timedelta(hours=2), timedelta(hours=2), timedelta(seconds=5)):
            stage.clock.set(due + jump)
            until(lambda: settled(rows), "the reminder went")  # noqa: B023 - asked at once
        sent = [text for text in stage.provider.taken if text["id"] == rows[0].key]
        verdict.must(len(sent) == 1, f"{len(sent)} reminders for {local}")
        verdict.sent += len(sent)


def fresh(rows: list[Message]) -> list[Message]:
    return list(Message.objects.filter(key__in=[row.key for row in rows]))


FAULTS = {
    "F1": f1_workers_killed,
    "F2": f2_children_killed,
    "F3": f3_no_beat_then_three,
    "F4": f4_redis_emptied,
    "F5": f5_redis_killed,
    "F6": f6_redis_frozen,
    "F8": f8_database_restarted,
    "F9": f9_connections_cut,
    "F10": f10_mail_server_misbehaves,
    "F11": f11_sms_provider_misbehaves,
    "F13": f13_clocks_change,
}
