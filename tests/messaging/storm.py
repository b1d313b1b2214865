"""Real workers and schedulers between the outbox and a mail server of our own, on a clock that is moved."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psutil

from clinic.clock import now
from messaging.enums import State
from messaging.models import Message
from messaging.querysets import MessageQuerySet
from tests.clock import MovedClock
from tests.messaging.sink import MailSink
from tests.worker import Worker, beat

PATIENCE = 60  # seconds until a test gives up; a busy machine is no failure


class Storm:
    """Four workers and any number of schedulers, ticking each second."""

    def __init__(self, folder: Path, clock: MovedClock, *, sms_url: str = "", workers: int = 4):
        self.folder, self.clock = folder, clock
        self.sink = MailSink()
        self.sink.start()
        leads = {"QUEUE": folder.name, "TICK": "1", "MAIL_FOLDER": "", "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}"}
        self.worker = Worker(folder, processes=workers, **leads, **({"SMS_URL": sms_url} if sms_url else {}))
        self.worker.start()
        self.schedulers: list[subprocess.Popen] = []

    def add_scheduler(self) -> None:
        self.schedulers.append(beat(self.folder / f"beat-{time.monotonic_ns()}", self.worker))

    def stop_schedulers(self) -> None:
        for scheduler in self.schedulers:
            scheduler.kill()
            scheduler.wait()
        self.schedulers = []

    def stop(self) -> None:
        self.stop_schedulers()
        self.worker.stop()
        self.sink.stop()

    def kill_who_talks_from(self, port: int) -> None:
        """End, without a word, the worker whose connection to the mail server comes from this port."""
        for child in psutil.Process(self.worker.process.pid).children():
            if any(line.laddr.port == port for line in child.net_connections(kind="tcp")):
                os.kill(child.pid, signal.SIGKILL)

    def at(self, instant: datetime) -> None:
        """Set the clock, and return when nothing that could go is left."""
        self.clock.set(instant)
        self.settle()

    def settle(self) -> None:
        await_until(lambda: not unsettled().exists(), "the outbox is empty")


def unsettled() -> MessageQuerySet:
    return Message.objects.in_state(State.DUE, State.SENDING).filter(next_try_at__lte=now()) | Message.objects.in_state(State.SENDING)


def await_until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not happen that {what}")
        time.sleep(0.1)
