"""Every door of the house tried by everybody: who is let in stands in a list, and nobody else is."""

import pytest

from tests.security.crawl import NAMES, undone
from tests.security.doors import DOORS, outcome
from tests.security.posts import POSTS, WITHOUT_FORM
from tests.security.world import ACTORS

pytestmark = pytest.mark.django_db
SIGNED = {"manage:receipt"}  # its lock is a signature: everybody finds the door, and nobody here has the key


def test_every_door_stands_in_the_list_and_nothing_else_does():
    assert sorted(DOORS) == NAMES


def test_looking_lets_in_whom_the_list_names_and_nobody_else(answers):
    wrong = [str(answer) for answer in answers if (outcome(answer.response) == "in") and answer.actor not in DOORS[answer.name].who]
    assert wrong == []


def test_nothing_breaks_under_anybodys_look(answers):
    assert [str(answer) for answer in answers if outcome(answer.response) == "broken"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_door_opens_for_those_in_the_list_and_hides_from_all_others(world, answers, name):
    """Looked at by everybody; where something can be sent, sent by everybody, filled in as the page asks."""
    inside = set()
    body = POSTS[name].body(world) if name in POSTS else {}
    for actor in ACTORS:
        found = {outcome(answer.response) for answer in answers if (answer.name, answer.actor) == (name, actor)}
        if name in POSTS or name in WITHOUT_FORM:
            found.add(send(world, actor, name, body))
        if "in" in found:
            inside.add(actor)
        assert found <= {"in", "hidden", "sign in first", "not that way"} | ({"refused"} if name in SIGNED else set())
    assert inside == (set() if name in SIGNED else DOORS[name].who)


def send(world, actor: str, name: str, body: dict[str, object]) -> str:
    with undone():
        return outcome(world.client(actor).post(DOORS[name].address(name, world), body))
