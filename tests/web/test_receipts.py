"""The SMS provider's word on what became of a text: signed, said any number of times, in any order."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client

from messaging.enums import Receipt, State
from messaging.models import Message
from messaging.services import deliver_next, record_receipt
from tests.messaging.conftest import NOW, bloomsbury, hannah, sms, truth  # noqa: F401 - fixtures
from tests.messaging.test_delivery import text

pytestmark = pytest.mark.django_db
SECRET = "only the provider knows it"


@pytest.fixture(autouse=True)
def secret(settings) -> None:
    settings.SMS_CALLBACK_SECRET = SECRET


@pytest.fixture
def message(hannah, truth, settings, tmp_path) -> Message:  # noqa: F811
    settings.SMS_URL = f"file://{tmp_path}"
    message = text(hannah)
    deliver_next(now=NOW)
    return message


def tell(told: object, *, secret: str = SECRET, **headers: str) -> tuple[int, str]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    careful = Client(enforce_csrf_checks=True)
    answer = careful.post("/messages/receipt", body, content_type="application/json", headers={"X-Signature": signature} | headers)
    return answer.status_code, answer.content.decode()


def stands(message: Message) -> tuple[str, str, str]:
    message.refresh_from_db()
    return message.state, message.receipt, message.reason


def test_a_text_that_arrived_is_seen_to_have_arrived(message):
    assert tell({"id": message.key, "status": "delivered"}) == (204, "")
    assert stands(message) == (State.SENT, Receipt.DELIVERED, "")


def test_a_text_that_did_not_arrive_is_a_failure_with_the_providers_reason(message):
    assert tell({"id": message.key, "status": "undelivered", "why": "handset\n off"}) == (204, "")
    assert stands(message) == (State.FAILED, Receipt.FAILED, "The SMS provider could not deliver it. handset off")
    assert list(Message.objects.needing_a_look()) == [message]


@pytest.mark.parametrize("told", [("sent", "delivered"), ("delivered", "sent", "failed"), ("failed", "delivered", "failed", "accepted")])
def test_late_and_out_of_order_it_only_gets_surer(message, told):
    for status in told * 2:
        assert tell({"id": message.key, "status": status})[0] == 204
    assert stands(message) == (State.SENT, Receipt.DELIVERED, "")


def test_a_text_nobody_knew_about_is_settled_by_the_provider(message):
    Message.objects.update(state=State.UNKNOWN, sent_at=None, reason="The SMS provider took it and did not answer")
    tell({"id": message.key, "status": "accepted"})
    assert stands(message) == (State.SENT, Receipt.TAKEN, "")
    assert message.sent_at is not None


def test_a_word_that_comes_before_our_own_mark_is_kept(message):
    Message.objects.update(state=State.SENDING, sent_at=None)
    tell({"id": message.key, "status": "delivered"})
    assert deliver_next(now=NOW + timedelta(days=1)) is False
    assert stands(message) == (State.SENT, Receipt.DELIVERED, "")


def test_a_text_taken_back_meanwhile_that_failed_stays_taken_back(message):
    Message.objects.update(state=State.WITHDRAWN, reason="The visit was cancelled")
    tell({"id": message.key, "status": "failed"})
    assert stands(message) == (State.WITHDRAWN, Receipt.FAILED, "The visit was cancelled")


@pytest.mark.parametrize("forged", [{"secret": "a guess"}, {"X-Signature": ""}, {"X-Signature": "ü"}])
def test_who_cannot_sign_is_turned_away_and_nothing_changes(message, forged):
    assert tell({"id": message.key, "status": "failed"}, **forged) == (403, "The signature does not fit.\n")
    assert stands(message) == (State.SENT, "", "")


def test_without_a_secret_nobody_is_heard(message, settings):
    settings.SMS_CALLBACK_SECRET = ""
    assert tell({"id": message.key, "status": "failed"}, secret="")[0] == 403


def test_an_id_nobody_knows_is_answered_plainly(message):
    assert tell({"id": "nobody", "status": "delivered"}) == (404, "No text has this id.\n")


def test_a_mail_has_no_receipt(message):
    Message.objects.update(channel="mail")
    assert record_receipt(key=message.key, receipt=Receipt.FAILED, now=NOW) is False


@pytest.mark.parametrize("told", [b"", b"[]", b"{", {"id": "x"}, {"id": "../x", "status": "sent"}, {"id": "x", "status": "read"}])
def test_what_cannot_be_read_is_said_in_words(message, told):
    assert tell(told) == (400, "Expected id, status (accepted, queued, sent, delivered, undelivered, failed) and perhaps why.\n")


def test_only_a_post_is_heard(client, message):
    assert client.get("/messages/receipt").status_code == 405
