"""Whatever is sent, and whatever is away: a sentence in the clinic's words, nothing half-written, no traceback."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.own_visits import find_visit
from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from patients.models import Patient
from tests.factories import CourseFactory, PatientFactory, SessionFactory, UserFactory, at
from tests.insurers.builders import an_insured_course
from tests.web.patients import ABOUT, Visitor, booking_house, snapshot

ROOT = Path(__file__).parent.parent
FORBIDDEN = (
    "Traceback",
    "Exception",
    "psycopg",
    "django.",
    "OperationalError",
    "DETAIL:",
    "SELECT ",
    "invalid",
    " 403",
    " 404",
    " 500",
)
LONG, NUL, ZALGO, RTL = "x" * 100_000, "a\x00b", "Z̴̢a̷", "\u202egnp.exe"
ODD_WORDS = (
    LONG,
    NUL,
    ZALGO,
    RTL,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{ 7711*7 }}",
    "😀" * 40,
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
)


@pytest.fixture
def house(db):
    return booking_house()


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


@pytest.fixture
def desk(house):
    client = Client()
    client.force_login(house.desk)
    return client


def says_it_in_words(response) -> bool:
    """Whether a page speaks to a person, and shows nothing of the inside, nor a word that only programs use."""
    page = response.content.decode()
    return not [word for word in FORBIDDEN if word in re.sub(r"<[^>]*>", " ", page)] and "<h1" in page


# Dates and times


@pytest.mark.parametrize(
    ("day", "month", "year", "words"),
    (
        ("31", "2", "1984", "There is no such day"),
        ("29", "2", "1983", "There is no such day"),
        ("0", "1", "1984", "There is no such day"),
        ("1", "13", "1984", "There is no such day"),
        ("-1", "1", "1984", "There is no such day"),
        ("1", "1", "84", "Enter the year with four figures"),
        ("1", "1", "2084", "must be in the past"),
        ("1", "1", "1884", "must be 1900 or later"),
        ("1", "1", "99999999999999999999", "There is no such day"),
        ("one", "May", "1984", "Enter your date of birth"),
        (NUL, "1", "1984", "Enter your date of birth"),
        ("", "", "", "Tell us your date of birth"),
    ),
)
def test_a_day_that_never_was_is_said_in_words(visitor, day, month, year, words):
    visitor.begin()
    visitor.choose()
    before = snapshot()
    response = visitor.post("safety/about/", born_day=day, born_month=month, born_year=year, pregnant="no")
    assert words in response.content.decode()
    assert says_it_in_words(response)
    assert snapshot() == before


@pytest.mark.parametrize(
    "when", ("20201126T1000Z", "20261126T0755Z", "20990101T1000Z", "20261126T2500Z", "99999999T9999Z", "20260230T1000Z", "00000000T0000Z")
)
def test_a_time_that_is_over_or_never_comes_is_not_held(visitor, house, when):
    visitor.to_times()
    response = visitor.post("times/", time=f"{when}-{house.practitioner.key}")
    assert response.status_code in (200, 409)
    assert says_it_in_words(response)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("day", ("2026-02-30", "0000-00-00", "9999-12-31", "soon", "-1", LONG[:500], "2026-W48-4", "0001-01-01"))
def test_a_day_of_no_calendar_in_an_address_shows_a_page_all_the_same(visitor, desk, house, day):
    visitor.to_times()
    practitioner = Client()
    person = UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    house.practitioner.user = person
    house.practitioner.save()
    practitioner.force_login(person)
    asked = {"day": day, "from": day, "page": day, "span": day, "start": day}
    pages = [
        visitor.get("times/", **asked),
        desk.get("/diary/", asked),
        desk.get("/diary/", asked | {"span": "week", "shape": "list"}),
        desk.get("/patients/", asked),
        desk.get("/approvals/", asked),
        desk.get("/outbox/", asked),
        practitioner.get(f"/today/{day}/"),
    ]
    assert {page.status_code for page in pages} <= {200, 404}
    assert [page for page in pages if not says_it_in_words(page)] == []


FAR = ("9999-12-31", "0001-01-01", "2026-02-30", "20261126", "tomorrow", NUL)


@pytest.mark.parametrize("day", FAR)
def test_a_day_that_no_clinic_has_is_asked_for_again_at_the_desk(desk, house, day):
    """Leave, wishes, registration and codes: whatever stands in a box for a date, the page speaks."""
    patient = PatientFactory(clinic=house.clinic)
    course = CourseFactory(patient=patient)
    session = SessionFactory(course=course)
    office = Client()
    office.force_login(UserFactory(role=Role.ADMIN, clinics=[house.clinic]))
    policy = an_insured_course(1, patient=patient).funding.policy
    hours = {"first_hour": "25:61", "last_hour": "09:00"}
    answers = [
        desk.post("/absences/", {"who": "clinic", "first_day": day, "last_day": day, "reason": "Leave"}),
        desk.post("/absences/", {"who": "clinic", "first_day": day, "last_day": "2026-12-01", "reason": "Leave"} | hours),
        office.post(f"/clinic/people/{house.practitioner.key}/", {"how": "leaves", "leaves_on": day}),
        desk.post(f"/waitlist/add/{patient.key}/{session.key}/", {"first_day": day, "last_day": day, "notice": "2", "urgency": "1"}),
        desk.get(f"/diary/book/?patient={patient.key}&service={house.service.key}", {"day": day, "from": day}),
        desk.get(f"/diary/book/?patient={patient.key}&service={house.service.key}&day={day}"),
        desk.get(f"/courses/{course.key}/book/", {"away_from": day, "away_to": day, "first_day": day, "start": day}),
        office.post(f"/approvals/{policy.key}/code/", {"code": "PRE-1", "units": "1", "first_day": day, "last_day": day}),
    ]
    answers += [desk.get(page) for page in ("/absences/", "/worklist/", "/waitlist/", "/diary/")]
    answers += [office.get(f"/approvals/{policy.key}/"), office.get("/approvals/")]
    assert [answer.request["PATH_INFO"] for answer in answers if answer.status_code not in (200, 302, 404)] == []
    assert [answer.request["PATH_INFO"] for answer in answers if answer.status_code != 302 and not says_it_in_words(answer)] == []


# Names of things that are not there


@pytest.mark.parametrize("key", ("nobody", "0", "-1", "1' OR '1'='1", "%00", "..%2f..%2fetc", "é", "a" * 400))
def test_an_unknown_name_in_an_address_is_not_found(desk, key):
    addresses = (
        f"/patients/{key}/",
        f"/courses/{key}/",
        f"/sessions/{key}/record/",
        f"/reviews/{key}/",
        f"/approvals/{key}/",
        f"/diary/visits/{key}/move/",
        f"/diary/visits/{key}/check-in/",
        f"/visit/{key}/",
        f"/c/{key}/",
        f"/book/{key}/",
        f"/plan/visit/{key}/",
        f"/clinic/services/{key}/",
        f"/tasks/{key}/done/",
    )
    answers = {address: desk.get(address) for address in addresses}
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code not in (404, 405)} == {}
    assert [address for address, answer in answers.items() if not says_it_in_words(answer)] == []


# Words nobody expects


@pytest.mark.parametrize("odd", ODD_WORDS, ids=range(len(ODD_WORDS)))
def test_odd_words_in_a_form_are_kept_escaped_or_asked_for_again(visitor, odd):
    visitor.to_times()
    visitor.take()
    visitor.pay()
    for field in ("first_name", "last_name", "mobile", "email"):
        response = visitor.client.post(visitor.url("about/"), ABOUT | {field: odd}, follow=True)
        page = response.content.decode()
        assert response.status_code == 200
        assert "<script>alert(1)" not in page
        assert "53977" not in page
        assert says_it_in_words(response)


def test_odd_names_in_a_question_find_nothing_and_break_nothing(desk, house):
    for odd in ODD_WORDS:
        asked = dict.fromkeys(("patient", "course", "service", "visit", "clinic", "code", "of", "p", "s", "m", "with", "person"), odd[:300])
        for address in ("/diary/", "/diary/book/", "/diary/register/", "/rooms/", "/approvals/", "/outbox/", "/c/bloomsbury/"):
            response = desk.get(address, asked)
            assert response.status_code in (200, 400, 404)
            assert says_it_in_words(response)


@pytest.mark.parametrize("odd", ODD_WORDS, ids=range(len(ODD_WORDS)))
def test_odd_words_in_a_search_find_nothing_and_break_nothing(desk, odd):
    for address in ("/patients/", "/diary/", "/diary/book/", "/approvals/", "/outbox/"):
        response = desk.get(address, {"q": odd[:3000], "state": odd[:50], "page": odd[:50], "shape": "list", "kind": odd[:50]})
        assert response.status_code == 200
        assert says_it_in_words(response)


def test_a_form_with_too_much_in_it_is_refused_in_words(visitor):
    visitor.begin()
    before = snapshot()
    response = visitor.client.post(visitor.url("visit/"), {f"field{number}": "x" for number in range(2000)})
    assert response.status_code == 400
    assert "We couldn’t read that" in response.content.decode()
    assert says_it_in_words(response)
    assert snapshot() == before


def test_a_body_that_is_no_form_is_asked_for_again(visitor):
    visitor.begin()
    for kind in ("application/json", "multipart/form-data", "text/xml"):
        response = visitor.client.generic("POST", visitor.url("visit/"), b"\xff\xfe{not a form", content_type=kind)
        assert response.status_code in (200, 400)
        assert says_it_in_words(response)


# Twice, and too late


def test_every_step_sent_twice_leaves_what_once_would(visitor, house):
    visitor.to_times()
    for _ in range(2):
        visitor.take()
        visitor.pay()
        visitor.tell()
    visitor.prove()
    assert [visitor.post("check/").status_code for _ in range(3)] == [302, 302, 302]
    assert (Appointment.objects.count(), Patient.objects.count()) == (1, 1)
    booked = [letter for letter in mail.outbox if "code" not in letter.subject]
    assert booked == []


def test_a_visit_cancelled_twice_is_cancelled_once_and_says_so(visitor):
    visitor.book()
    visit = find_visit(Appointment.objects.get().key)
    for _ in range(2):
        assert visitor.client.post("/visit/cancel/", {"because": "Ill"}).status_code == 302
    assert find_visit(visit.key).state == State.CANCELLED
    assert "has changed meanwhile" in visitor.client.get("/visit/").content.decode()


def test_a_hold_that_ran_out_is_said_at_each_page_and_keeps_what_was_typed(visitor):
    visitor.to_check()
    visitor.clock.set(at("08:30"))
    for name in ("payer/", "about/", "check/"):
        response = visitor.client.post(visitor.url(name), ABOUT | {"payer": "self"}, follow=True)
        assert "could not keep your time" in response.content.decode()
    assert (visitor.booking.first_name, visitor.booking.payer) == ("Hannah", "self")
    assert not Patient.objects.exists()


def test_a_visit_that_is_over_is_neither_moved_nor_cancelled(visitor, house):
    visitor.book()
    key = Appointment.objects.get().key
    client = Client()
    client.get(f"/visit/{mint(purpose=LinkPurpose.VISIT, about=key, expires_at=at('08:00', '2027-01-01'))}/")
    visitor.clock.set(at("12:00"))
    before = snapshot()
    for page in ("move", "cancel"):
        assert client.post(f"/visit/{page}/", {"time": f"20261127T1000Z-{house.practitioner.key}"}).status_code == 302
    assert snapshot() == before


# Away

ASK = """
import django, sys
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies.load({"session": "somebodys-session"} if sys.argv[2] == "known" else {})
response = getattr(client, sys.argv[1])(sys.argv[3])
sys.stdout.buffer.write(b"%d %s\\n" % (response.status_code, response.get("Retry-After", "-").encode()) + response.content)
"""


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize(
    ("method", "who", "address"),
    (("get", "new", "/"), ("get", "known", "/today/"), ("post", "known", "/book/bloomsbury/check/"), ("get", "known", "/visit/")),
)
def test_without_postgresql_a_page_says_so_in_a_sentence(method, who, address):
    """A process of its own, whose database does not answer."""
    away = os.environ | {
        "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{closed_port()}/nothing",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASK, method, who, address], env=away, cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    said, _, page = asked.stdout.decode().partition("\n")
    log = asked.stderr.decode()
    assert said == "503 30", log
    assert "The diary can’t be reached just now" in page
    assert not [word for word in FORBIDDEN if word in page]
    assert "somebodys-session" not in log


def test_without_redis_bookings_go_on(visitor, monkeypatch):
    """A booking asks no server but PostgreSQL (whose driver is not Python's): every other call would fail here."""
    called = []

    def refuse(self, address, *args):
        called.append(address)
        raise ConnectionRefusedError(address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    assert visitor.book()["Location"] == visitor.url("done/")
    assert visitor.get("done/").status_code == 200
    visitor.client.post("/visit/cancel/", {"because": ""})
    assert (Appointment.objects.get().state, called) == (State.CANCELLED, [])
