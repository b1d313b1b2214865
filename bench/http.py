"""The site as a browser meets it: gunicorn, a connection that stays open, real rows."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from socket import create_connection, socket
from statistics import median
from threading import Barrier, Thread
from time import monotonic, perf_counter, sleep
from urllib.parse import urlencode

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from bench.measure import WARM_UP
from bench.world import FIRST_DAY, NOW, World, add_past_visits, analyse, world
from bookings.models import Appointment, Booking
from bookings.selectors import Openings, Wish
from bookings.services.online import hold_time, start_booking, technique_words
from bookings.slots import Slot
from patients.questionnaire import Answers, pages_for
from patients.rulebook import rulebook
from patients.services import intake_of, save_answers, screen_intake

PAST, REQUESTS = 50_000, 200
VISITORS, ROUNDS = 50, 10
TOKEN = "bench" * 6 + "xx"  # any 32 letters: the cookie and the form have to agree
HEALTHY = {
    "born": "1984-03-14",
    "where": "lower_back",
    "pregnant": "no",
    "onset": "weeks",
    **{key: ["none"] for key in ("urgent", "warnings", "bleeding", "medicines", "conditions", "history", "skin", "treatment")},
}


# The server


@contextmanager
def site(*, workers: int, threads: int) -> Iterator[int]:
    """Run the site under gunicorn, with the bench's clock; give its port."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Path(folder) / "clock"
        clock.write_text(str((NOW - datetime.now(UTC)).total_seconds()))
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "clinic.wsgi:application", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads), "--log-level", "warning"]
        command += ["--keep-alive", "60"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_CLOCK": str(clock), "LOG_LEVEL": "ERROR"}
        server = subprocess.Popen(command, env=environment)
        try:
            await_port(port)
            yield port
        finally:
            server.terminate()
            server.wait(10)


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port: int) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise RuntimeError("gunicorn does not start")


@dataclass
class Client:
    """One browser: an address of its own, its cookies, one open connection."""

    port: int
    number: int = 1
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = f"127.0.{1 + self.number // 200}.{1 + self.number % 200}"
        self.line = HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path)

    def post(self, path: str, **sent: str) -> tuple[int, bytes]:
        self.cookies["csrf"] = TOKEN
        return self._ask("POST", path, urlencode(sent | {"csrfmiddlewaretoken": TOKEN}))

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, body, headers)
        answer: HTTPResponse = self.line.getresponse()
        return answer.status, answer.read()


def timed_ms(asks: list[Callable[[], tuple[int, bytes]]], expected: int) -> list[float]:
    """How long each took; every answer has to be the expected one."""
    times = []
    for ask in asks:
        began = perf_counter()
        status, _ = ask()
        times.append((perf_counter() - began) * 1000)
        assert status == expected, status
    return times[WARM_UP:]


def figures(name: str, times: list[float]) -> dict[str, object]:
    return {f"{name}_median_ms": round(median(times), 2), f"{name}_p95_ms": round(sorted(times)[len(times) * 95 // 100], 2)}


# Looking


def openings_http() -> dict[str, object]:
    """One practitioner with fifty thousand past visits: the times of a day, and the days of a month."""
    made = world(practitioners=1, rooms=2)
    add_past_visits(made, PAST)
    with site(workers=2, threads=4) as port:
        client, visit = Client(port), made.service.key
        days = [FIRST_DAY.date() + timedelta(days=number % 28) for number in range(REQUESTS + WARM_UP)]
        months = [date(2026, 11 + number % 2, 1) for number in range(REQUESTS + WARM_UP)]
        plain = timed_ms([lambda: client.get("/robots.txt")] * (REQUESTS + WARM_UP), 200)
        day = timed_ms([lambda day=day: client.get(f"/book/bench/times/day/?visit={visit}&day={day}&all=1") for day in days], 200)
        month = timed_ms([lambda day=day: client.get(f"/book/bench/times/month/?visit={visit}&day={day}") for day in months], 200)
    floor = figures("nothing", plain)["nothing_median_ms"]
    return {"requests": REQUESTS, "past_visits": PAST, **figures("day", day), **figures("month", month), "nothing_median_ms": floor}


# Booking


def visitor(made: World, number: int) -> Booking:
    """Somebody who has answered everything, and only has to choose a time."""
    booking = start_booking(clinic=made.clinic, complaint="lower_back", now=NOW)
    Booking.objects.filter(pk=booking.pk).update(
        service=made.service,
        payer="self",
        first_name=f"Visitor{number}",
        last_name="Bench",
        date_of_birth=date(1984, 3, 14),
        email=f"visitor{number}@bench.example",
        proved_address=f"visitor{number}@bench.example",
        mobile="07700 900142",
        consents=[["treatment", "I agree to be examined and treated."]],
    )
    booking.refresh_from_db()
    intake = save_answers(intake=intake_of(booking.key), given=answers())
    screen_intake(intake=intake, techniques=technique_words(booking), now=NOW)
    return booking


def answers() -> dict[str, object]:
    """A healthy person's answers to every question they meet; what may stay empty does."""
    pages = pages_for(Answers("lower_back", HEALTHY), rulebook(), today=NOW.date())
    return {question.id: HEALTHY.get(question.id, "") for page in pages for question in page.questions}


def browser(port: int, number: int, booking: Booking) -> Client:
    """A browser that is making this booking."""
    session = SessionStore()
    session["booking"] = booking.key
    session.create()
    return Client(port, number, {"session": session.session_key})


def free_slots(made: World) -> list[Slot]:
    first = FIRST_DAY.date()
    wish = Wish(service=made.service, first_day=first, last_day=first + timedelta(days=27), now=NOW, online=True)
    return Openings(wish).one_per_start()


def booking_http() -> dict[str, object]:
    """The button at the end of the booking, two hundred times at different times: patient, course, visit, cover, messages and audit."""
    made = world(practitioners=4, rooms=4, busy=False)
    bookings = [visitor(made, number) for number in range(REQUESTS + WARM_UP)]
    apart = [slot for slot in free_slots(made) if slot.local_start.minute == 0]  # an hour each: nobody is in anybody's way
    for booking, slot in zip(bookings, apart, strict=False):
        hold_time(booking=booking, slot=slot, now=NOW)
    analyse()
    with site(workers=2, threads=4) as port:
        clients = [browser(port, number, booking) for number, booking in enumerate(bookings)]
        times = timed_ms([lambda client=client: client.post("/book/bench/check/") for client in clients], 302)
    booked = Booking.objects.exclude(finished_at=None).count()
    assert booked == len(bookings), booked
    return {"requests": REQUESTS, "booked": booked, **figures("booking", times)}


def booking_race() -> dict[str, object]:
    """Fifty visitors want one time at one instant, ten times over: two workers of sixteen threads."""
    made = world(practitioners=1, rooms=2, busy=False)
    bookings = [visitor(made, number) for number in range(VISITORS)]
    wanted = [slot for slot in free_slots(made) if slot.local_start.minute == 0][: ROUNDS + 1]
    before = deadlocks()
    with site(workers=2, threads=16) as port:
        clients = [browser(port, number, booking) for number, booking in enumerate(bookings)]
        rounds = [race(clients, slot.value) for slot in wanted]
    answers = [Counter(status for status, _ in each) for each in rounds]
    slowest = [max(seconds for _, seconds in each) for each in rounds[1:]]  # in the first one the workers still load the site
    return {
        "clients": VISITORS,
        "rounds": ROUNDS,
        "winners": sorted({each[302] for each in answers}),
        "refused": sorted({each[409] for each in answers}),
        "server_errors": sum(count for each in answers for status, count in each.items() if status >= 500),
        "deadlocks": deadlocks() - before,
        "held_at_once": max_overlap(),
        "slowest_s": round(max(slowest), 2),
        "median_of_slowest_s": round(median(slowest), 2),
    }


def race(clients: list[Client], value: str) -> list[tuple[int, float]]:
    """Everybody sends the same time at once: what each was answered, and after how many seconds."""
    answers: list[tuple[int, float]] = [(0, 0.0)] * len(clients)
    start = Barrier(len(clients))

    def run(number: int) -> None:
        start.wait()
        began = perf_counter()
        status, _ = clients[number].post("/book/bench/times/", time=value)
        answers[number] = (status, perf_counter() - began)

    threads = [Thread(target=run, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def max_overlap() -> int:
    """The most holds on any one time."""
    starts = Counter(Appointment.objects.values_list("during", flat=True))
    return max(starts.values(), default=0)
