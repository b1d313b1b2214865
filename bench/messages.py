"""Ten thousand reminders out of the building, and how late messages are that come one by one."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import monotonic, perf_counter, sleep

import psutil

from bench.mail import Sink, send_barely, sink
from bench.measure import ratio
from bench.world import World, add_all, analyse, many_sessions, visit, world
from bookings.messages import REMIND_BY_MAIL
from bookings.models import Appointment
from clinic.clock import now
from clinic.models import Practitioner, Room
from messaging.enums import State
from messaging.models import Message
from messaging.services import draft, post_all
from messaging.tasks import deliver_due
from patients.addresses import address_of

WORKERS = 4
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "10000"))
SECONDS = int(os.environ.get("BENCH_LATENESS_SECONDS", "180"))
A_SECOND = 5
A_STATEMENT = 1000  # rows
POKE = 5  # seconds, as beat does
MEGABYTE = 1024 * 1024


def message_rate() -> dict[str, object]:
    """Reminders of so many visits, all due, to a local mail server by four workers; beside four bare senders with the same letters."""
    with tempfile.TemporaryDirectory() as folder, sink(Path(folder)) as server, workers(Path(folder), server) as pool:
        promise(MESSAGES, lambda number: now())
        took, memory = drain(pool, server)
        letters = server.accepted()
        states = dict.fromkeys(Message.objects.values_list("state", flat=True).distinct())
        assert list(states) == [State.SENT], states
        assert len({letter.id for letter in letters}) == len(letters) == MESSAGES
        bare = send_barely(server.port, letters, WORKERS)
    return {
        "messages": MESSAGES,
        "workers": WORKERS,
        "a_second": round(MESSAGES / took, 1),
        "smtp_a_second": round(MESSAGES / bare, 1),
        "ratio_to_smtp": ratio(took, bare),
        "worker_mb_early": memory[0],
        "worker_mb_late": memory[1],
    }


def message_lateness() -> dict[str, object]:
    """Five messages a second with beat and two workers as they run for real: from due until the mail server has it."""
    with tempfile.TemporaryDirectory() as folder, sink(Path(folder)) as server, workers(Path(folder), server, 2), beat(Path(folder)):
        first = now() + timedelta(seconds=10)
        dues = promise(SECONDS * A_SECOND, lambda number: first + timedelta(seconds=number / A_SECOND))
        deadline = monotonic() + 10 + SECONDS + 120
        while server.count() < len(dues) and monotonic() < deadline:
            sleep(1)
        late = sorted(letter.at - dues[letter.id].timestamp() for letter in server.accepted())
    assert len(late) == len(dues), f"{len(dues) - len(late)} never came"
    p = quantiles(late, n=100)
    return {
        "messages": len(dues),
        "seconds": SECONDS,
        "median_s": round(p[49], 2),
        "p99_s": round(p[98], 2),
        "slowest_s": round(late[-1], 2),
    }


def promise(count: int, due) -> dict[str, datetime]:
    """Visits the day after tomorrow, each with a reminder by mail; return when each is due, by Message-ID."""
    made = world(practitioners=1, rooms=1, busy=False)
    start = now() + timedelta(days=2)
    drafts = []
    for numbers in batched(range(count), A_STATEMENT):
        visits = _visits(made, [start + timedelta(minutes=number) for number in numbers])
        some = [_reminder(each, due(number)) for number, each in zip(numbers, visits, strict=True)]
        post_all(some)
        drafts += some
    analyse()
    return {row.message_id: row.due_at for row in drafts}


def batched(numbers: range, size: int) -> Iterator[range]:
    return (numbers[first : first + size] for first in range(0, len(numbers), size))


def _visits(made: World, starts: Sequence[datetime]) -> list[Appointment]:
    person, room = Practitioner.objects.get(), Room.objects.get()
    sessions = many_sessions(made.clinic, len(starts))
    return add_all(Appointment)(visit(made, person, room, start, session) for start, session in zip(starts, sessions, strict=True))


def _reminder(each: Appointment, due: datetime) -> Message:
    to = address_of(each.session.course.patient)
    return draft(REMIND_BY_MAIL, to=to, about=each.key, due=due, useful_until=each.start, version=each.version, visit=each.key)


def drain(pool: psutil.Process, server: Sink) -> tuple[float, tuple[float, float]]:
    """Poke the workers until nothing is due; return the seconds it took, and the largest worker's memory early and late."""
    began = perf_counter()
    early = 0.0
    while (left := Message.objects.exclude(state=State.SENT).count()) and perf_counter() - began < 3600:
        if left > 0 and int(perf_counter() - began) % POKE == 0:
            for _ in range(WORKERS):
                deliver_due.apply_async(expires=POKE)
        if not early and left < MESSAGES * 0.8:
            early = _memory(pool)
        sleep(1)
    took = max(letter.at for letter in server.accepted()) - (datetime.now(UTC).timestamp() - (perf_counter() - began))
    return took, (early, _memory(pool))


def _memory(pool: psutil.Process) -> float:
    return round(max(child.memory_info().rss for child in pool.children()) / MEGABYTE, 1)


@contextmanager
def workers(folder: Path, server: Sink, count: int = WORKERS) -> Iterator[psutil.Process]:
    """A Celery worker with so many processes, its mail going to `server`; ready when given."""
    log = folder / "worker.log"
    options = ["worker", "--concurrency", str(count), "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    with _celery(options, log, {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}) as process:
        deadline = monotonic() + 60
        while "ready." not in log.read_text(errors="replace"):
            if process.poll() is not None or monotonic() > deadline:
                raise RuntimeError(f"The worker does not start:\n{log.read_text(errors='replace')}")
            sleep(0.1)
        yield psutil.Process(process.pid)


@contextmanager
def beat(folder: Path) -> Iterator[None]:
    """Beat, as it runs for real."""
    with _celery(["beat", "--schedule", str(folder / "beat"), "--pidfile", ""], folder / "beat.log", {}):
        yield


@contextmanager
def _celery(options: list[str], log: Path, more: dict[str, str]) -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **more}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "clinic", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
