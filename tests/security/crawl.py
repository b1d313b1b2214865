"""Every door looked at by everybody, once: the answers that several tests read."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from clinic.logs import WithoutPeople
from tests.security.doors import DOORS, spelled
from tests.security.world import ACTORS, World
from tests.test_house import doors

NAMES = sorted({name for name, _, _ in doors()})
KEPT_APART = {"django_session", "clinic_throttle", "cache", "django_migrations"}  # who knocks, not what is known


@dataclass(frozen=True)
class Answer:
    """What one of the cast got from one address, and what it left in the database."""

    name: str
    actor: str
    look: str
    method: str
    response: HttpResponse | None = None
    wrote: tuple[str, ...] = ()

    @property
    def is_page(self) -> bool:
        return self.response.get("Content-Type", "").startswith("text/html")

    def __str__(self) -> str:
        return f"{self.method} {self.name}{self.look} as {self.actor}: {self.response.status_code}"


def in_the_log(record: logging.LogRecord) -> str:
    """The line as the house writes it."""
    return WithoutPeople().format(record)


@contextmanager
def undone() -> Iterator[None]:
    """Take back everything that happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tables() -> list[str]:
    return sorted(set(connection.introspection.table_names()) - KEPT_APART)


def fingerprint() -> dict[str, str]:
    """A hash of all rows of each table."""
    one = "SELECT '{0}', coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{0}\" t"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(table) for table in tables()))
        return dict(cursor.fetchall())


def written() -> dict[str, int]:
    """How many rows of each table were written in this transaction so far, undone ones too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return {name: count for name, count in cursor.fetchall() if name not in KEPT_APART}


def differences(before: dict, after: dict) -> tuple[str, ...]:
    return tuple(sorted(table for table in after if before.get(table) != after[table]))


def look_everywhere(world: World) -> list[Answer]:
    """GET every declared door as everybody, with each of its looks; HEAD too, as the first who is let in."""
    return [answer for name in NAMES if name in DOORS for answer in look_at(name, world)]


def look_at(name: str, world: World) -> Iterator[Answer]:
    door = DOORS[name]
    address = door.address(name, world)
    for actor in ACTORS:
        client = world.client(actor)
        for look in ("", *door.looks) if actor in door.who else ("",):
            yield ask(client, Answer(name, actor, look, "GET"), reached(address, spelled(look, world)))
        if actor == min(door.who):
            yield ask(client, Answer(name, actor, "", "HEAD"), address)


def reached(address: str, look: str) -> str:
    """The address of a look: another page of the same door, or the same page asked otherwise."""
    return look if look.startswith("/") else address + look


def ask(client: Client, asked: Answer, address: str) -> Answer:
    before = written()
    with undone():
        response = client.generic(asked.method, address)
    return replace(asked, response=response, wrote=differences(before, written()))
