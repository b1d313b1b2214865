"""Looking changes nothing: GET and HEAD of every door, as everybody."""

import pytest

from tests.security.crawl import fingerprint, undone
from tests.security.doors import DOORS

pytestmark = pytest.mark.django_db
TRAIL = {"clinic_auditentry"}  # who looked may be written down


def test_looking_writes_to_no_table_but_the_trail(answers):
    assert [f"{answer} wrote {answer.wrote}" for answer in answers if set(answer.wrote) - TRAIL] == []


def test_a_link_in_a_mail_does_nothing_until_a_button_is_pressed(world):
    """Programs that scan mail follow every link in it."""
    before = fingerprint()
    client = world.client("A0")
    assert client.get(DOORS["patient:enter"].address("patient:enter", world), follow=True).status_code == 200
    for path in ("/visit/", "/visit/move/", "/visit/cancel/", "/visit/visit.ics"):
        with undone():
            assert client.get(path).status_code == 200
    assert fingerprint() == before
