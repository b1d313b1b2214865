"""The demo: PostgreSQL, Redis, web, worker and beat in one terminal, until Ctrl-C.

python -m clinic.demo --port 8000
"""

import argparse
import io
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections import deque
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import django
import psutil
from django.core.management import CommandError, call_command
from django.db import connections

from clinic.embedded import CHECKOUT, GRACE, Refused, Servers, servers
from clinic.processes import Stopped, end, listen_for_the_end

PATIENCE = 5  # deaths of one program within a minute before the demo gives up
PREPARATION = (
    ("migrate",),
    ("createcachetable",),
    ("load_catalogue",),
    ("load_insurers",),
    ("make_demo",),
)


class Program:
    """One supervised program: started, watched, started again, ended."""

    def __init__(self, name: str, command: list[str], log: Path):
        self.name, self.command, self.log = name, command, log
        self.deaths: deque[float] = deque(maxlen=PATIENCE)
        self.process: subprocess.Popen | None = None

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, ours: Servers) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        ours.remember(self.process.pid)

    def revive(self, ours: Servers) -> None:
        """Start again if it died, and say so; `Refused` when it keeps dying."""
        if self.runs():
            return
        self.deaths.append(time.monotonic())
        print(f"The {self.name} stopped by itself (status {self.process.returncode}). Its last words:\n{self.last_words()}")
        if len(self.deaths) == PATIENCE and self.deaths[-1] - self.deaths[0] < 60:
            raise Refused(f"The {self.name} does not stay up. All it said is in {self.log}.")
        print(f"Starting the {self.name} again.")
        self.start(ours)

    def last_words(self) -> str:
        return "\n".join(f"    {line}" for line in self.log.read_text(errors="replace").splitlines()[-5:])


def programs(folder: Path, port: int) -> list[Program]:
    """Web server, worker, beat and an SMS provider of our own, each with its log in `folder`."""
    here = Path(sys.executable).parent
    celery = [str(here / "celery"), "-A", "clinic", "--quiet"]
    web = [
        str(here / "gunicorn"),
        "clinic.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
    ]
    folder.mkdir(exist_ok=True)
    commands = {
        "web server": web,
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"],
        "texts": [sys.executable, "-m", "messaging.provider", str(urlsplit(os.environ["SMS_URL"]).port), *texts(folder.parent, port)],
        "beat": [*celery, "beat", "--schedule", str(folder / "beat"), "--pidfile", "", "--loglevel", "INFO"],
    }
    return [Program(name, command, folder / f"{name.split()[0]}.log") for name, command in commands.items()]


def texts(folder: Path, port: int) -> list[str]:
    """Where the SMS provider keeps what it took, and whom it tells what became of it."""
    return [str(folder / "sms"), f"http://127.0.0.1:{port}/messages/receipt"]


def environment(ours: Servers, leads: dict[str, str], port: int) -> dict[str, str]:
    """Everything the demo's programs read; no .env of a real installation leaks in."""
    return {
        **leads,
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "ENV_FILE": "",
        "DEBUG": "0",
        "DEMO": "1",
        "HTTPS": "0",
        "SECRET_KEY": ours.secret(),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "EMAIL_URL": f"filemail://{ours.folder / 'mail'}",
        "SMS_URL": f"http://127.0.0.1:{free_port()}/?folder={ours.folder / 'sms'}",
        "SMS_CALLBACK_SECRET": ours.secret(),
    }


def prepare() -> None:
    """Bring schema, catalogue and demo clinics up to date; a second time changes nothing."""
    django.setup()
    for command in PREPARATION:
        call_command(*command, verbosity=0, stdout=io.StringIO())
    connections.close_all()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refused(f"Port {port} is taken by another program. Choose another one: make demo PORT={port + 1}") from None


def wait_for(web: Program, port: int) -> None:
    """Return when the web server accepts connections."""
    for _attempt in range(300):
        if not web.runs():
            raise Refused(f"The web server does not start:\n{web.last_words()}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise Refused(f"The web server does not answer: see {web.log}.")


def greet(port: int, logs: Path) -> None:
    """Say where the demo is and who may sign in; show the page of what was sent, where there is a screen."""
    address = f"http://127.0.0.1:{port}"
    print(f"\nMeridian is at {address}/\nMail and texts it sent: {address}/demo/sent/\n", flush=True)
    call_command("make_demo", "--sign-ins")
    connections.close_all()
    print(f"\nWhat the programs say is in {logs}.\nCtrl-C stops everything and keeps the data; make demo-reset starts anew.", flush=True)
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(f"{address}/demo/sent/")


def show(port: int) -> None:
    """Run the demo until `Stopped`."""
    refuse_taken(port)
    with servers("demo") as (ours, leads):
        os.environ |= environment(ours, leads, port)
        print("Preparing the clinics: half a minute the first time …", flush=True)
        prepare()
        running = programs(ours.folder / "log", port)
        try:
            for program in running:
                program.start(ours)
            wait_for(running[0], port)
            greet(port, ours.folder / "log")
            while True:
                time.sleep(0.5)
                ours.revive()
                for program in running:
                    program.revive(ours)
        finally:
            print("\nStopping …", flush=True)
            end([psutil.Process(program.process.pid) for program in running if program.runs()], signal.SIGTERM, GRACE)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make demo", description="Meridian with two demo clinics")
    parser.add_argument("--port", type=int, default=8000)
    listen_for_the_end()
    with suppress(Stopped):
        show(parser.parse_args(arguments).port)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Refused, CommandError) as reason:
        sys.exit(str(reason))
