"""One world for all tests of this folder, made once; whatever a test does to it is undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from tests.clock import MovedClock
from tests.factories import NOON
from tests.security.crawl import Answer, look_everywhere
from tests.security.world import World, build


@pytest.fixture(scope="package")
def the_world(django_db_setup, django_db_blocker) -> Iterator[World]:
    clock = MovedClock(Path(settings.TEST_CLOCK))
    clock.set(NOON)
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
    clock.reset()


@pytest.fixture
def world(the_world: World, db, clock: MovedClock) -> World:
    """The world at noon."""
    clock.set(NOON)
    return the_world


@pytest.fixture(scope="package")
def answers(the_world: World, django_db_blocker) -> list[Answer]:
    """What everybody gets from every door."""
    with django_db_blocker.unblock():
        return look_everywhere(the_world)
