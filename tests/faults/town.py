"""A whole installation for one fault after the other: servers, web, workers and schedulers of its own, all of which may be killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import psutil
from celery import Celery
from django.conf import settings
from django.db import DatabaseError, connection

from clinic.embedded import Refused, Servers
from tests.messaging.sink import MailSink
from tests.worker import Worker, beat

TICK = 1.0  # seconds: five in a real house
LEASE = 2.0  # twenty in a real house; handing over may take three times as long
RECOVERY = 30  # seconds in which all must be well again, unaided


class Watchdog:
    """Starts a worker again that died, as Docker does."""

    def __init__(self, worker: Worker):
        self.worker = worker

    def look(self) -> None:
        if self.worker.process is None or self.worker.process.poll() is not None:
            self.worker.start()


class Town:
    """The programs of one installation."""

    def __init__(self, ours: Servers, folder: Path, random: Random, sink: MailSink, sms_url: str):
        self.ours, self.folder, self.random, self.sink = ours, folder, random, sink
        leads = {
            "QUEUE": "faults",
            "TICK": str(TICK),
            "MESSAGE_LEASE_SECONDS": str(LEASE),
            "PATIENCE": "1",
            "MAIL_FOLDER": "",
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "SMS_URL": sms_url,
        }
        self.worker = Worker(folder, processes=2, **leads)
        self.watchdog = Watchdog(self.worker)
        self.schedulers: list[subprocess.Popen] = []

    def stand_up(self) -> None:
        """Let workers and one scheduler run, whatever the fault before left."""
        self.watchdog.look()
        if len(self.schedulers) != 1:
            self.kill_schedulers()
            self.add_scheduler()

    def add_scheduler(self) -> None:
        self.schedulers.append(beat(self.folder / f"beat-{time.monotonic_ns()}", self.worker))

    def kill_schedulers(self) -> None:
        for scheduler in self.schedulers:
            scheduler.kill()
            scheduler.wait()
        self.schedulers = []

    def stop(self) -> None:
        self.kill_schedulers()
        family = psutil.Process(self.worker.process.pid).children() if self.worker.process.poll() is None else []
        self.worker.process.kill()
        self.worker.process.wait()
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def pool(self) -> list[psutil.Process]:
        return psutil.Process(self.worker.process.pid).children() if self.worker.process.poll() is None else []

    def kill_workers(self) -> None:
        """The whole group, without a word; the watchdog starts it again."""
        for one in [*self.pool(), psutil.Process(self.worker.process.pid)]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.worker.process.wait()
        self.watchdog.look()

    def kill_pool_child(self) -> None:
        for child in self.random.sample(self.pool(), k=min(1, len(self.pool()))):
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def redis(self) -> psutil.Process:
        return self.ours._redis_process()

    def postgres(self) -> psutil.Process:
        return self.ours._postgres_process()

    def kill_redis(self) -> None:
        self.redis().kill()
        until(lambda: self.ours._redis_process() is None, "Redis is gone")
        shutil.rmtree(self.ours.redis)  # and with it whatever it remembered
        self.ours.revive()

    def restart_postgres(self) -> None:
        """At once, without asking anybody to finish."""
        self.postgres().send_signal(signal.SIGQUIT)
        until(lambda: self.ours._postgres_process() is None, "PostgreSQL is gone")
        until(self._revived, "PostgreSQL is back")
        connection.close()

    def _revived(self) -> bool:
        try:
            self.ours.revive()
        except Refused:
            return False
        return True

    def flush_redis(self) -> None:
        Celery(broker=settings.CELERY_BROKER_URL).connection_for_write().default_channel.client.flushall()

    @contextmanager
    def frozen_redis(self) -> Iterator[None]:
        redis = self.redis()
        redis.suspend()
        try:
            yield
        finally:
            redis.resume()


def until(happened: Callable[[], bool], what: str, seconds: float = 60) -> float:
    """Wait for it; return how long that took."""
    began = time.monotonic()
    while not calm(happened):
        if time.monotonic() - began > seconds:
            raise AssertionError(f"It did not happen in {seconds:.0f} s that {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def calm(ask: Callable[[], bool]) -> bool:
    """Ask, taking a database that is away for a no."""
    try:
        return ask()
    except DatabaseError:
        connection.close()
        return False


@contextmanager
def web(town: Town, port: int) -> Iterator[None]:
    """The site under gunicorn."""
    command = [sys.executable, "-m", "gunicorn", "clinic.wsgi:application", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--log-level", "error"]
    with (town.folder / "web.log").open("wb") as log:
        site = subprocess.Popen(command, cwd=settings.BASE_DIR, env=town.worker.environment(), stdout=log, stderr=log)
    try:
        yield
    finally:
        site.send_signal(signal.SIGTERM)
        try:
            site.wait(10)
        except subprocess.TimeoutExpired:
            os.kill(site.pid, signal.SIGKILL)
            site.wait()
