"""What the tests share: a movable clock, the machine's zone, a worker process and a browser."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_django
from django.conf import settings
from django.core.cache import cache
from hypothesis import settings as laws
from playwright.sync_api import Browser, Page, sync_playwright

from tests.clock import MovedClock
from tests.worker import Worker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAR_AWAY = "Pacific/Auckland"
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

laws.register_profile("house", deadline=None)  # a busy machine breaks no law
laws.load_profile("house")


@pytest.fixture
def clock() -> Iterator[MovedClock]:
    """The clock, to be moved; it is right again afterwards."""
    moved = MovedClock(Path(settings.TEST_CLOCK))
    yield moved
    moved.reset()


@pytest.fixture(scope="session", autouse=True)
def _far_away() -> None:
    """Let the machine stand in Auckland: Django sets its own process to UTC, which would hide whoever reads the machine's zone."""
    os.environ["TZ"] = FAR_AWAY
    time.tzset()


@pytest.fixture(params=["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the test once for each of three zones that the machine may be set to."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.fixture(autouse=True)
def _nothing_cached(request: pytest.FixtureRequest, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Tests that commit leave their rows to be flushed, but the cache's table is not among them."""
    yield
    if "transactional_db" in request.fixturenames:
        with django_db_blocker.unblock():
            cache.clear()


@pytest.fixture(scope="session")
def _worker(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("worker"))
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def worker(transactional_db: None, _worker: Worker) -> Iterator[Worker]:
    """A real worker process that sees what the test commits."""
    yield _worker
    _worker.forget()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    if not CHROMIUM:
        missing = "Chromium is missing: apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's library keeps a loop in this thread; nothing of ours is async
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """Open pages for different people: each has cookies of its own, and none may breach the security policy or ask another host."""
    contexts, breaches = [], []

    def watch(page: Page) -> None:
        page.on("request", lambda asked: breaches.append(asked.url) if _leaves(asked.url, live_server.url) else None)
        page.on("console", lambda said: breaches.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: breaches.append(str(error)))

    def open_page(*, width: int = 1280, height: int = 900, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, java_script_enabled=scripts, locale="en-GB"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.on("page", watch)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert breaches == []


def _leaves(address: str, home: str) -> bool:
    return not address.startswith((f"{home}/", "data:", "blob:", "about:"))


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page on a desk."""
    return new_page()


@pytest.fixture(scope="session")
def barriers() -> Callable[[Page], list[str]]:
    """What axe-core finds against WCAG 2.2 AA on a page: a line per element, none when all is well."""
    source = (settings.BASE_DIR / "node_modules/axe-core/axe.min.js").read_text()

    def find(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found = page.evaluate("standard => axe.run({runOnly: {type: 'tag', values: standard}})", STANDARD)
        return [f"{rule['id']}: {' '.join(map(str, node['target']))}" for rule in found["violations"] for node in rule["nodes"]]

    return find
