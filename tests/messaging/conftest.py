"""A clinic, people to write to, a kind of message to write, and servers to hand it to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from clinic.models import Clinic
from messaging import kinds
from messaging.enums import Channel
from messaging.kinds import Kind
from messaging.provider import Provider
from messaging.services import Address
from tests.messaging.sink import MailSink

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def bloomsbury() -> Clinic:
    return Clinic.objects.create(
        slug="bloomsbury",
        name="Meridian",
        place="Bloomsbury",
        address="3 Almond Yard, London WC1Z 4QT",
        phone="020 7946 0182",
        email="bloomsbury@meridian.example",
        zone="Europe/London",
        country="GB",
        currency="GBP",
    )


@pytest.fixture
def hannah(bloomsbury: Clinic) -> Address:
    return address(bloomsbury, "hannah")


def address(clinic: Clinic, name: str, **ways: object) -> Address:
    ways = {"mail": f"{name}@mail.example", "mobile": "07700 900123"} | ways
    return Address(recipient=f"patient-{name}", clinic=clinic, name=name.title(), **ways)


class Truth:
    """Why visits are off, by key; whatever isn't in it is still true."""

    def __init__(self):
        self.off: dict[str, str] = {}
        self.then: Callable[[str], None] = lambda about: None

    def still_true(self, about: str, now: datetime) -> str:
        self.then(about)
        return self.off.get(about, "")

    def context(self, about: str, now: datetime) -> dict[str, object]:
        starts = NOW + timedelta(days=1)
        return {"starts": starts, "ends": starts + timedelta(minutes=45), "practitioner": "R. Mehta"}


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Truth:
    """The kind “visit-note”, by mail, and “visit-text”, by SMS: true until the test says otherwise."""
    truth = Truth()
    for name, channel in (("visit-note", Channel.MAIL), ("visit-text", Channel.SMS)):
        kind = Kind(
            name=name,
            words="Reminder",
            template="appointment-reminder",
            still_true=truth.still_true,
            context=truth.context,
            channels=(channel,),
        )
        monkeypatch.setitem(kinds.KINDS, name, kind)
    return truth


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[MailSink]:
    """A mail server on a local port, and the application set up to use it."""
    sink = MailSink()
    sink.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 2
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield sink
    sink.stop()


@pytest.fixture
def sms(settings: LazySettings) -> Iterator[Provider]:
    """An SMS provider on a local port, and the application set up to use it."""
    stub = Provider()
    stub.start()
    settings.SMS_URL, settings.EMAIL_TIMEOUT = stub.url, 0.3
    yield stub
    stub.stop()
