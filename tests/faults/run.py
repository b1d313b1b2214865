"""One town for all faults, and each fault with a clean outbox."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from random import Random

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from clinic.embedded import Servers
from messaging.provider import Provider
from tests.clock import MovedClock
from tests.faults.load import People, Verdict
from tests.faults.scenarios import FAULTS, Stage
from tests.faults.town import RECOVERY, Town
from tests.messaging.sink import MailSink


def run_all(names: list[str], ours: Servers, folder: Path, seconds: float, seed: int, random: Random) -> Iterator[Verdict]:
    """Run the faults called `names`, or all; a verdict each."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    with connection.cursor() as cursor:  # what was confirmed survives any death of a process; only the machine's own would need more
        cursor.execute("ALTER SYSTEM SET fsync = off")
        cursor.execute("SELECT pg_reload_conf()")
    sink, provider = MailSink(), Provider()
    sink.start()
    provider.start()
    town = Town(ours, folder, random, sink, provider.url)
    try:
        for name in names or FAULTS:
            yield _run(name, town, provider, seconds, seed)
    finally:
        town.stop()
        sink.stop()
        provider.stop()


def _run(name: str, town: Town, provider: Provider, seconds: float, seed: int) -> Verdict:
    call_command("flush", interactive=False, verbosity=0)
    town.sink.answers.clear()
    provider.answers.clear()
    provider.taken.clear()
    provider.headers.clear()
    clock, verdict = MovedClock(Path(settings.TEST_CLOCK)), Verdict(name, seed)
    people = People()
    town.stand_up()
    try:
        FAULTS[name](Stage(town, people, provider, clock, seconds, seed), verdict)
    except Exception as error:
        verdict.broken.append(f"{type(error).__name__}: {error} ({traceback.extract_tb(error.__traceback__)[-1].name})")
    finally:
        clock.reset()
        connection.close()
    verdict.more["within_s"] = RECOVERY
    verdict.must(seconds < 10 or verdict.recovered_s <= RECOVERY, f"recovered only after {verdict.recovered_s} s")
    return verdict
