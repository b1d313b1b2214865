"""Somebody else's mail server, for real on a local port: it behaves as it is told."""

import asyncio
import socket
import threading
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailSink:
    """Keeps what it accepts; `answers[address]` is the list of replies it gives first, "stall" keeps the line silent, "drop" cuts it.

    `turns_away` is the list of replies it gives first to whoever begins a letter.
    """

    def __init__(self):
        self.accepted: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, list[str]] = {}
        self.asked = Counter()
        self.lines: set[int] = set()
        self.turns_away: list[str] = []
        self.on_accept = None
        self.peer = 0  # the port of whoever hands over just now
        self._lock = threading.Lock()
        self.port = _free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        self.lines.add(id(session))
        if self.turns_away:
            return self.turns_away.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.peer = session.peer[1]
        to = envelope.rcpt_tos[0]
        with self._lock:
            self.asked[to] += 1
            answer = self.answers.get(to, []).pop(0) if self.answers.get(to) else ""
        if answer == "stall":
            await _silence(server)
        if answer and answer not in ("stall", "drop"):
            return answer
        with self._lock:
            self.accepted.append((to, mail))
        if answer == "drop":
            server.transport.abort()
        if self.on_accept:
            self.on_accept(to)
        return "250 OK"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        if not self._server.loop.is_closed():
            self._server.stop(no_assert=True)

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for _, mail in self.accepted]

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for to, mail in self.accepted if to == address]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def _silence(server: SMTP) -> None:
    while not server.transport.is_closing():
        await asyncio.sleep(0.05)
