"""A mail server on a local port in a process of its own, and the thinnest senders there are.

python -m bench.mail PORT SPOOL
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from smtplib import SMTP
from socket import create_connection, socket
from threading import Event
from time import monotonic, perf_counter, sleep, time
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session


class Accepted(NamedTuple):
    """One letter as the server took it."""

    at: float
    sender: str
    to: str
    body: bytes

    @property
    def id(self) -> str:
        return self.body.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()


class Spool:
    """Writes each letter down as it comes, with the moment."""

    def __init__(self, path: Path):
        self.file = path.open("ab", buffering=0)

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        head = f"{time()}\t{envelope.mail_from}\t{envelope.rcpt_tos[0]}\t{len(envelope.content)}\n".encode()
        self.file.write(head + envelope.content)
        return "250 OK"


class Sink:
    """The server as its users see it: a port, and what it took."""

    def __init__(self, folder: Path):
        self.port, self.path = _free_port(), folder / "spool"
        self.path.touch()

    def count(self) -> int:
        return len(self.accepted())

    def accepted(self) -> list[Accepted]:
        """All that was taken so far."""
        found, spool = [], self.path.read_bytes()
        place = 0
        while (end := spool.find(b"\n", place)) >= 0:
            at, sender, to, length = spool[place:end].decode().split("\t")
            place = end + 1 + int(length)
            found.append(Accepted(float(at), sender, to, spool[end + 1 : place]))
        return found

    def forget(self) -> None:
        os.truncate(self.path, 0)


@contextmanager
def sink(folder: Path) -> Iterator[Sink]:
    """Run the server."""
    here = Sink(folder)
    server = subprocess.Popen([sys.executable, "-m", "bench.mail", str(here.port), str(here.path)])
    try:
        _await_port(here.port)
        yield here
    finally:
        server.kill()
        server.wait()


def send_barely(port: int, letters: Sequence[Accepted], senders: int) -> float:
    """Hand the same letters over by so many processes, each over one kept connection; return the seconds it took."""
    context = get_context("spawn")
    ready, go = context.Barrier(senders + 1), [letters[number::senders] for number in range(senders)]
    processes = [context.Process(target=_send, args=(port, share, ready)) for share in go]
    for process in processes:
        process.start()
    ready.wait()
    began = perf_counter()
    for process in processes:
        process.join()
    return perf_counter() - began


def _send(port: int, letters: Sequence[Accepted], ready) -> None:
    with SMTP("127.0.0.1", port) as line:
        line.ehlo()
        ready.wait()
        for letter in letters:
            line.sendmail(letter.sender, [letter.to], letter.body)


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_port(port: int) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline:
        try:
            return create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
    raise RuntimeError("the mail server does not start")


def serve(port: int, spool: Path) -> None:
    Controller(Spool(spool), hostname="127.0.0.1", port=port).start()
    Event().wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
