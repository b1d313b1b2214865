"""A mail service with an interface of its own, through django-anymail: what it answers decides."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from messaging.enums import State
from tests.messaging.conftest import NOW
from tests.messaging.test_delivery import deliver_all, note, outcome

pytestmark = pytest.mark.django_db(transaction=True)


class Service:
    """Postmark's interface on a local port."""

    def __init__(self):
        self.taken: list[dict] = []
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.taken.append(mail)
                refused = service.status != 200
                said = {"To": mail["To"], "MessageID": "1", "ErrorCode": 300 if refused else 0, "Message": "no" if refused else "OK"}
                body = json.dumps(said).encode()
                self.send_response(service.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service(settings) -> Iterator[Service]:
    service = Service()
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    url = f"http://127.0.0.1:{service.server.server_port}/"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": url, "REQUESTS_TIMEOUT": 2}
    yield service
    service.server.shutdown()
    service.server.server_close()


def test_it_is_handed_the_whole_mail(hannah, truth, service):
    message = note(hannah)
    deliver_all(NOW)
    assert outcome(message) == (State.SENT, "")
    [mail] = service.taken
    assert (mail["To"], mail["Subject"]) == ("Hannah <hannah@mail.example>", "Reminder: your visit on Sat 21 Nov 2026, 10:00")
    assert {"Name": "Message-ID", "Value": message.message_id} in mail["Headers"]


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (401, State.DUE, "The mail service does not accept our mail now (401)"),
        (429, State.DUE, "The mail service does not accept our mail now (429)"),
        (500, State.DUE, "The mail service asked to try later (500)"),
        (413, State.FAILED, "The mail service refused it (413)"),
    ],
)
def test_what_it_answers_decides(hannah, truth, service, status, state, reason):
    message = note(hannah)
    service.status = status
    deliver_all(NOW)
    assert outcome(message) == (state, reason)


def test_a_service_that_is_away_is_tried_again(hannah, truth, service):
    message = note(hannah)
    service.server.shutdown()
    service.server.server_close()
    deliver_all(NOW)
    assert outcome(message) == (State.DUE, "The mail service could not be reached, or did not answer in time")


def test_a_service_that_is_not_set_up_says_so(hannah, truth, service, settings):
    settings.ANYMAIL = {}
    message = note(hannah)
    deliver_all(NOW)
    assert outcome(message) == (State.DUE, "The mail service is not set up: EMAIL_URL lacks something")


def test_without_an_address_to_send_from_nothing_is_tried(hannah, truth, sink, settings):
    settings.DEFAULT_FROM_EMAIL = ""
    message = note(hannah)
    deliver_all(NOW)
    assert outcome(message) == (State.DUE, "There is no address to send from: DEFAULT_FROM_EMAIL is missing")
    assert message.attempts == 0


def test_a_clinics_name_with_a_line_break_breaks_no_header(hannah, truth, sink):
    hannah.clinic.name = "Meridian\r\nBcc: all@b.example"
    hannah.clinic.save()
    message = note(hannah)
    deliver_all(NOW)
    assert outcome(message) == (State.SENT, "")
    assert (sink.accepted[0][1]["Bcc"], sink.accepted[0][1]["From"].addresses[0].addr_spec) == (None, "clinic@localhost")
