"""What the demo has "sent": mails and texts lie as files in two folders, and are read back from there."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils.text import slugify

SEPARATOR = b"-" * 79 + b"\n"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One mail or text as it left."""

    name: str
    channel: str
    to: str
    at: datetime
    text: str
    subject: str = ""
    html: str = ""
    files: list[EmailMessage] = field(default_factory=list)


def all_sent(*, most: int = 200) -> list[Sent]:
    """Everything sent, newest first."""
    return sorted([*mails(), *texts()], key=lambda each: each.at, reverse=True)[:most]


def find(name: str) -> Sent | None:
    return next((each for each in mails() if each.name == name), None)


def mails() -> list[Sent]:
    """The mails that Django's file backend wrote: several in a file, when one connection sent them."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", None) or "/nonexistent")
    found = []
    for file in folder.glob("*.log"):
        for number, raw in enumerate(file.read_bytes().split(SEPARATOR)):
            if raw.strip():
                found.append(_mail(file, number, raw))
    return found


def texts() -> list[Sent]:
    """The texts that the folder for SMS holds, or the demo's own provider keeps in the folder that its address names."""
    provider = urlsplit(settings.SMS_URL)
    [folder] = parse_qs(provider.query).get("folder", [provider.path if provider.scheme == "file" else "/nonexistent"])
    return [_text(file) for file in Path(folder).glob("*.json")]


def _mail(file: Path, number: int, raw: bytes) -> Sent:
    mail = message_from_bytes(raw, policy=policy.default)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return Sent(
        name=f"{slugify(file.stem)}-{number}",
        channel="Mail",
        to=str(mail["To"]),
        subject=str(mail["Subject"]),
        at=_written(file),
        text=plain.get_content() if plain else "",
        html=html.get_content() if html else "",
        files=list(mail.iter_attachments()),
    )


def _text(file: Path) -> Sent:
    text = json.loads(file.read_text())
    return Sent(name=slugify(file.stem), channel="SMS", to=text["to"], at=_written(file), text=text["text"])


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
