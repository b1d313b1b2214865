"""The ways out of the building. Each either hands a letter over, or says how that failed."""

import base64
import json
import smtplib
from email.utils import formataddr, parseaddr
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from messaging.enums import Channel
from messaging.render import Letter

LATER = {429, 500, 503}  # the provider did not take it
LOST = {502, 504}  # something between us and the provider gave up: it may have been taken


class NotSent(Exception):
    """A provider did not take a letter, in words for staff."""


class Temporary(NotSent):
    """It may work later: after `wait` seconds, if the provider says so."""

    def __init__(self, words: str, *, wait: int = 0):
        super().__init__(words)
        self.wait = wait


class Permanent(NotSent):
    """Trying again will not help."""


class Unclear(NotSent):
    """The provider may have taken it, and did not say so."""


def send(letter: Letter, *, channel: Channel) -> None:
    """Hand one letter over; raise `NotSent` if that failed. Never call it inside a transaction: it waits for a stranger."""
    if channel == Channel.SMS:
        send_text(letter)
    else:
        send_mail(letter)


def send_mail(letter: Letter) -> None:
    """Hand a mail to the server; each step has `EMAIL_TIMEOUT` seconds."""
    try:
        _mail(letter).send()
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused(*next(iter(error.recipients.values()))) from None
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPResponseException as error:  # sender, greeting, sign-in: our own set-up, not this letter
        raise Temporary(f"The mail server does not accept our mail now ({error.smtp_code})") from None
    except (smtplib.SMTPServerDisconnected, TimeoutError):
        raise Temporary("The mail server broke off, or did not answer in time") from None
    except (smtplib.SMTPException, OSError):
        raise Temporary("The mail server could not be reached") from None


def _mail(letter: Letter) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((f"{letter.clinic}", parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[formataddr((letter.name, letter.to)) if letter.name else letter.to],
        reply_to=[letter.clinic.email] if letter.clinic.email else None,
        headers={"Message-ID": letter.id, "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    )
    mail.attach_alternative(letter.html, "text/html")
    for file in letter.attachments:
        mail.attach(file.name, file.content, file.mime.partition("; charset=")[0])  # Django adds its own
    return mail


def _refused(code: int, words: bytes) -> NotSent:
    said = " ".join(words.decode("utf-8", "replace").split())[:120]
    if 500 <= code < 600:
        return Permanent(f"The mail server refused it: {said} ({code})")
    return Temporary(f"The mail server asked to try later: {said} ({code})")


def send_text(letter: Letter) -> None:
    """Hand an SMS to the provider that `SMS_URL` names: a folder, or a web address."""
    provider = urlsplit(settings.SMS_URL)
    text = {"id": letter.id, "to": letter.to, "from": letter.clinic.name, "text": letter.text.strip()}
    if not provider.scheme:
        raise Permanent("No SMS provider is set up")
    if provider.scheme == "file":
        _write(Path(provider.path), text)
    else:
        _call(provider, text)


def _write(folder: Path, text: dict[str, str]) -> None:
    """Keep the text as a file named by its id: writing it twice leaves one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{text['id']}.part"
        draft.write_text(json.dumps(text, ensure_ascii=False, indent=1))
        draft.rename(folder / f"{text['id']}.json")
    except OSError:
        raise Temporary("The folder for texts can’t be written to") from None


def _call(provider: SplitResult, text: dict[str, str]) -> None:
    """Post the text with its id as the key that makes a repeat harmless; before the connection stands nothing has gone."""
    open_line = HTTPSConnection if provider.scheme == "https" else HTTPConnection
    line = open_line(provider.hostname, provider.port, timeout=settings.EMAIL_TIMEOUT)
    try:
        line.connect()
    except OSError:
        raise Temporary("The SMS provider could not be reached") from None
    try:
        line.request("POST", provider.path or "/", json.dumps(text).encode(), _headers(provider, text))
        answer = line.getresponse()
    except (OSError, HTTPException):
        raise Unclear("The SMS provider took it and did not answer") from None
    finally:
        line.close()
    if not 200 <= answer.status < 300:
        raise _answered(answer.status, answer.getheader("Retry-After", ""))


def _headers(provider: SplitResult, text: dict[str, str]) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": text["id"]}
    if provider.username:
        secret = f"{unquote(provider.username)}:{unquote(provider.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
    return headers


def _answered(code: int, wait: str) -> NotSent:
    if code in LATER:
        return Temporary(f"The SMS provider asked to try later ({code})", wait=int(wait) if wait.isdigit() else 0)
    if code in LOST:
        return Unclear(f"The SMS provider may have taken it ({code})")
    return Permanent(f"The SMS provider refused it ({code})")
