"""What the SMS provider tells us: a door without our token and with a lock of its own, the provider's signature."""

import hashlib
import hmac
import json

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging.enums import Receipt
from messaging.services import record_receipt
from web.guard import public

SIGNATURE = "X-Signature"
WORDS = {  # what providers say, and what that means to us
    "accepted": Receipt.TAKEN,
    "queued": Receipt.TAKEN,
    "sent": Receipt.TAKEN,
    "delivered": Receipt.DELIVERED,
    "undelivered": Receipt.FAILED,
    "failed": Receipt.FAILED,
}


class ReceiptForm(forms.Form):
    """One text, by the id we gave it, and what became of it."""

    id = forms.SlugField(max_length=40)
    status = forms.ChoiceField(choices=[(word, word) for word in WORDS])
    why = forms.CharField(max_length=500, required=False)


@csrf_exempt  # the provider signs what it says; who can't is turned away before a word is read
@public
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Record whether a text was delivered."""
    if not is_signed(request):
        return _plain("The signature does not fit.", 403)
    form = ReceiptForm(_told(request.body))
    if not form.is_valid():
        return _plain(f"Expected id, status ({', '.join(WORDS)}) and perhaps why.", 400)
    said = form.cleaned_data
    if not record_receipt(key=said["id"], receipt=WORDS[said["status"]], why=said["why"], now=request.now):
        return _plain("No text has this id.", 404)
    return HttpResponse(status=204)


def is_signed(request: HttpRequest) -> bool:
    """Whether the body carries the signature of whoever knows the secret; without a secret nobody does."""
    secret = settings.SMS_CALLBACK_SECRET
    wanted = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    return bool(secret) and constant_time_compare(request.headers.get(SIGNATURE, ""), wanted)


def _told(body: bytes) -> dict[str, object]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _plain(words: str, status: int) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
