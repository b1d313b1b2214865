"""A real Celery worker process on the database of the tests."""

import email
import os
import subprocess
import sys
import time
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

BETWEEN_MAILS = b"-" * 79 + b"\n"  # what Django writes after each mail of one connection


class Worker:
    """Works off what is sent to Redis; its mail and texts land in folders under `folder`, unless `leads` lead elsewhere."""

    def __init__(self, folder: Path, *, processes: int = 1, **leads: str):
        self.folder, self.processes, self.leads = folder, processes, leads
        self.process: subprocess.Popen | None = None
        self.mail, self.sms, self.log = folder / "mail", folder / "sms", folder / "worker.log"

    def start(self) -> None:
        """Return when the worker takes tasks."""
        celery = [sys.executable, "-m", "celery", "-A", "clinic", "worker"]
        command = [*celery, "--concurrency", str(self.processes), "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 30
        while "ready." not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The worker does not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Let it finish what it does, ten seconds at most."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def mails(self) -> list[EmailMessage]:
        """What it sent, in the order of sending."""
        files = sorted(self.mail.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        every = [raw for file in files for raw in file.read_bytes().split(BETWEEN_MAILS) if raw.strip()]
        return [email.message_from_bytes(raw, policy=default) for raw in every]

    def forget(self) -> None:
        """Empty its folders."""
        for file in [*self.mail.glob("*"), *self.sms.glob("*")]:
            file.unlink()

    def environment(self) -> dict[str, str]:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database.geturl(),
            "TEST_CLOCK": settings.TEST_CLOCK,
            "MAIL_FOLDER": str(self.mail),
            "SMS_URL": f"file://{self.sms}",
            **self.leads,
        }


def beat(folder: Path, worker: Worker) -> subprocess.Popen:
    """A scheduler of its own for `worker`, with its notes in `folder`."""
    folder.mkdir()
    command = [sys.executable, "-m", "celery", "-A", "clinic", "beat", "--schedule", str(folder / "notes"), "--pidfile", ""]
    with (folder / "beat.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=worker.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
