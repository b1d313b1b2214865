"""Proving an address: six figures, sent at once, typed back within a quarter of an hour."""

import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from clinic.keys import digest, new_code, new_key
from clinic.models import Clinic
from clinic.throttle import too_often
from messaging import channels
from messaging.enums import Channel
from messaging.models import EmailCode, new_message_id
from messaging.render import house, mail, reading

LASTS = timedelta(minutes=15)
MOST_TRIES = 5
MOST_CODES = 6  # to one address in an hour


class CodeNotSent(Exception):
    """Why no code is on its way, in a sentence for the person who waits for it."""


def send_code(*, address: str, about: str, clinic: Clinic, now: datetime, purpose: str = "address", language: str = "") -> None:
    """Send a fresh code that proves `address` for one thing; earlier ones stop working. Never inside a transaction: it may wait."""
    if too_often("code", _same(address), limit=MOST_CODES, every=timedelta(hours=1), now=now):
        raise CodeNotSent("We have sent several codes to this address already. Please use the newest one, or try again in an hour.")
    code = new_code()
    _remember(code, address=address, about=about, purpose=purpose, now=now)
    with reading(language=language, clinic=clinic):
        says = house(clinic=clinic, name="") | {"code": f"{code[:3]} {code[3:]}", "minutes": LASTS.seconds // 60}
        letter = mail("emails/code", says, to=address.strip(), name="", clinic=clinic, id=new_message_id(new_key()))
    try:
        channels.send(letter, channel=Channel.MAIL)
    except channels.Permanent:
        raise CodeNotSent("The mail server refused this address. Please check it for a slip.") from None
    except channels.NotSent:
        raise CodeNotSent(f"We could not send the code just now. Please try again in a minute, or ring us on {clinic.phone}.") from None


def check_code(*, address: str, about: str, code: str, now: datetime, purpose: str = "address") -> bool:
    """Say whether this is the code that was sent: five tries, a quarter of an hour, once."""
    sent = EmailCode.objects.filter(purpose=purpose, about=about, address_digest=digest(_same(address)))
    if not sent.usable(now, most_tries=MOST_TRIES).update(tries=F("tries") + 1):
        return False
    row = sent.get()
    if not constant_time_compare(row.code_digest, _code_digest(_figures(code), about=about, purpose=purpose)):
        return False
    return bool(sent.filter(used_at=None, code_digest=row.code_digest).update(used_at=now))


def forget_old_codes(*, now: datetime) -> None:
    """Drop codes that can't be used any more."""
    EmailCode.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()


@transaction.atomic(durable=True)
def _remember(code: str, *, address: str, about: str, purpose: str, now: datetime) -> None:
    EmailCode.objects.update_or_create(
        purpose=purpose,
        about=about,
        address_digest=digest(_same(address)),
        defaults={
            "code_digest": _code_digest(code, about=about, purpose=purpose),
            "expires_at": now + LASTS,
            "tries": 0,
            "used_at": None,
        },
    )


def _code_digest(code: str, *, about: str, purpose: str) -> str:
    """Six figures are quickly tried out, so what is stored is keyed with the installation's secret."""
    return salted_hmac("messaging.codes", f"{purpose}\n{about}\n{code}", algorithm="sha256").hexdigest()


def _same(address: str) -> str:
    return address.strip().lower()


def _figures(typed: str) -> str:
    """Read what was typed or pasted: spaces and hyphens dropped, Japanese full-width figures taken as figures."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if letter.isdigit())
