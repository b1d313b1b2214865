"""Private links: not guessed, not kept, good for one thing and a limited time."""

import re
import secrets
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from clinic.clock import now
from clinic.enums import LinkPurpose
from clinic.keys import new_key, new_token
from clinic.links import mint, revoke
from clinic.models import Link, Throttle
from messaging.enums import State
from messaging.models import Message
from messaging.services import deliver_due
from tests.factories import NOON
from tests.security.crawl import in_the_log, tables

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https://meridian\.test/(\w[\w-]*)/([\w-]{30,})/")
KEYS_IN_PATHS = re.compile(r"/\d+/|[?&]id=\d+")


def enter(world, token: str):
    return world.client("A0").get(f"/visit/{token}/")


def test_a_thousand_guesses_look_alike_and_are_soon_turned_away(world):
    answers = [enter(world, secrets.token_urlsafe(32)) for _ in range(1000)]
    found = [answer for answer in answers if answer.status_code == 404]
    assert {answer.status_code for answer in answers[len(found) :]} == {429}
    assert len(found) <= 100
    assert len({answer.content for answer in found}) == 1
    assert enter(world, world.hannah.token).status_code == 429  # the right one is not told apart either


@pytest.mark.parametrize("spoiled", ("expired", "revoked", "of another purpose", "cut short", "in other letters", "its digest", "a key"))
def test_a_link_that_is_not_good_looks_like_one_that_never_was(world, clock, spoiled):
    about, token = world.hannah.ahead.key, world.hannah.token
    match spoiled:
        case "expired":
            clock.set(NOON + timedelta(days=30))
        case "revoked":
            revoke(purpose=LinkPurpose.VISIT, about=about, now=NOON)
        case "of another purpose":
            token = mint(purpose=LinkPurpose.CHECK_BACK, about=about, expires_at=NOON + timedelta(days=1))
        case "cut short":
            token = token[:-1]
        case "in other letters":
            token = token.swapcase()
        case "its digest":
            token = Link.objects.get(about=about, purpose=LinkPurpose.VISIT).digest
        case "a key":
            token = about
    never = enter(world, secrets.token_urlsafe(32))
    answer = enter(world, token)
    assert (answer.status_code, answer.content) == (404, never.content)
    assert world.client("A0").get("/visit/").status_code == 404


def test_a_link_opens_the_visit_it_was_sent_for_at_an_address_without_its_secret(world):
    answer = enter(world, world.hannah.token)
    assert (answer.status_code, answer["Location"]) == (302, "/visit/")
    page = world.clients["A0"].get("/visit/")
    assert page.status_code == 200
    assert world.hannah.token not in page.content.decode()


def test_links_in_mails_stand_in_no_table_and_in_no_log(world, clock, caplog):
    """What is kept of a link recognises it and can't be used."""
    caplog.set_level("DEBUG")
    clock.set(NOON + timedelta(minutes=5))
    Message.objects.filter(pk=world.hannah.message.pk).update(state=State.DUE, attempts=0)
    deliver_due(clock=now)
    tokens = {token for letter in mail.outbox for _, token in LINK.findall(letter.body)}
    assert tokens
    for token in tokens:
        assert enter(world, token).status_code in (302, 404)
    everything = dump()
    log = "\n".join(map(in_the_log, caplog.records))
    assert [token for token in [*tokens, world.hannah.token] if token in everything or token in log] == []


def test_nothing_that_stands_in_the_database_works_as_a_link(world):
    Throttle.objects.all().delete()
    words = set(re.findall(r"[\w-]{30,}", dump()))
    kept = {row.digest for row in Link.objects.all()}
    assert kept <= words
    statuses = set()
    for word in sorted(words, key=lambda word: word not in kept)[:50]:
        statuses.add(enter(world, word).status_code)
    assert statuses == {404}


def test_links_and_keys_are_too_many_to_guess():
    tokens = {new_token() for _ in range(200)}
    keys = {new_key() for _ in range(200)}
    assert (len(tokens), len(keys)) == (200, 200)
    assert min(map(len, tokens)) >= 43  # 256 bits
    assert min(map(len, keys)) >= 16


def test_no_address_on_any_page_counts_its_rows(answers):
    """A number that can be counted on from tells what else there is."""
    pages = [answer for answer in answers if answer.is_page and answer.response.status_code == 200]
    counted = {
        f"{answer}: {link}"
        for answer in pages
        for link in re.findall(r'(?:href|action)="([^"#]*)"', answer.response.content.decode())
        if KEYS_IN_PATHS.search(link)
    }
    assert sorted(counted) == []


def dump() -> str:
    """All that a copy of the database holds, but for the sessions."""
    with connection.cursor() as cursor:
        rows = []
        for table in tables():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)
