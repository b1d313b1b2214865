"""Texts: to a provider over HTTP, or into a folder."""

import base64
import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from messaging.channels.trouble import Away, NotSent, Permanent, Temporary, Unclear
from messaging.numbers import abroad
from messaging.render import Letter

LATER = {500, 503}  # the provider did not take it
TOO_FAST = 429
OUR_SET_UP = {401, 402, 403}  # a provider that doesn't know us, or wants to be paid
LOST = {502, 504}  # something between us and the provider gave up: it may have been taken


def send_text(letter: Letter) -> None:
    """Hand an SMS to the provider that `SMS_URL` names: a folder, or a web address."""
    provider = urlsplit(settings.SMS_URL)
    text = {"id": letter.id, "to": abroad(letter.to, letter.clinic.country), "from": letter.clinic.name, "text": letter.text.strip()}
    if not provider.scheme:
        raise Permanent("No SMS provider is set up: set SMS_URL")
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
        raise Away("The SMS provider could not be reached") from None
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
    if code == TOO_FAST:
        return Away(f"The SMS provider asked to try later ({code})", wait=int(wait) if wait.isdigit() else 0)
    if code in OUR_SET_UP:
        return Away(f"The SMS provider does not accept our texts now ({code})")
    if code in LATER:
        return Temporary(f"The SMS provider asked to try later ({code})", wait=int(wait) if wait.isdigit() else 0)
    if code in LOST:
        return Unclear(f"The SMS provider may have taken it ({code})")
    return Permanent(f"The SMS provider refused it ({code})")
