"""Every form takes what it asks for, from a page of ours, and nothing else."""

import json
import re
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client

from tests.security.crawl import NAMES, fingerprint, tables, undone
from tests.security.doors import DOORS, outcome
from tests.security.posts import POSTS, WITHOUT_FORM
from tests.test_house import WITHOUT_TOKEN

pytestmark = pytest.mark.django_db
OURS = ("clinic", "messaging", "patients", "treatments", "insurers", "bookings")
MADE_ANEW = re.compile(r"^(id|.*key|digest|.*_digest|.*about|visit|message_id|recipient|file|password|session_key|session_data)$")


POINTS_AT = {
    (model._meta.db_table, field.column): field.related_model._meta.db_table
    for model in apps.get_models(include_auto_created=True)
    for field in model._meta.local_fields
    if field.is_relation
}


# Forged requests (a page of somebody else's sends our form)


def answers_to_post(world, name: str) -> bool:
    """Whether a door does anything else with a POST than to refuse it."""
    door = DOORS[name]
    with undone():
        return outcome(world.client(min(door.who)).post(door.address(name, world))) != "not that way"


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITHOUT_TOKEN))
def test_a_form_without_our_token_is_refused_and_changes_nothing(world, name):
    if not answers_to_post(world, name):
        return
    assert name in set(POSTS) | WITHOUT_FORM, "say in posts.py what this form is sent"
    actor = POSTS[name].actor if name in POSTS else min(DOORS[name].who)
    careful = Client(enforce_csrf_checks=True, raise_request_exception=False)
    careful.cookies.load(world.cookies[actor])
    sent = POSTS[name].body(world) if name in POSTS else {}
    address = POSTS[name].address(name, world) if name in POSTS else DOORS[name].address(name, world)
    before = fingerprint()
    assert careful.post(address, sent).status_code == 403
    assert careful.post(address, sent, headers={"origin": "https://elsewhere.example"}).status_code == 403
    assert fingerprint() == before


def test_a_report_of_a_browser_needs_no_token_and_keeps_nothing(world):
    before = fingerprint()
    careful = Client(enforce_csrf_checks=True)
    assert careful.post("/csp-report", "{}", content_type="application/csp-report").status_code == 204
    assert fingerprint() == before


# Fields that no form asks for


def every_field() -> dict[str, object]:
    """A value for each column of ours, as somebody would send it who knows them all."""
    found = {}
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            found |= {name: bite(field) for field in model._meta.get_fields() if field.concrete for name in names_of(field)}
    return found


def names_of(field: models.Field) -> set[str]:
    return {field.name, getattr(field, "attname", field.name)}


def bite(field: models.Field) -> str:
    """Something that would show: everybody's first row, yes, a round number, a date far off."""
    match field:
        case models.ForeignKey() | models.ManyToManyField():
            return str(field.related_model.objects.order_by("pk").values_list("pk", flat=True).first() or 1)
        case models.BooleanField():
            return "on"
        case models.DateTimeField():
            return "2031-01-01T00:00:00Z"
        case models.DateField():
            return "2031-01-01"
        case models.IntegerField() | models.DecimalField():
            return "7"
        case models.JSONField():
            return "[7]"
    return field.choices[-1][0] if getattr(field, "choices", None) else "bitten"


def rows() -> dict[str, dict[str, dict]]:
    """Every row of every table, by its primary key."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT to_jsonb(t) FROM "{table}" t')
            found[table] = {str(row.get("id", row.get("name"))): row for row in map(as_dict, cursor.fetchall())}
    return found


def as_dict(fetched: tuple) -> dict:
    return fetched[0] if isinstance(fetched[0], dict) else json.loads(fetched[0])


def deed(before: dict, after: dict) -> tuple[list, list, list]:
    """What was done between two looks: columns changed, rows added (without what is made anew each time), rows gone."""
    changed, added, gone = [], [], []
    for table, now in after.items():
        for key in sorted(now.keys() | before[table].keys()):
            old, new = before[table].get(key), now.get(key)
            if old and new:
                changed += [(table, key, column, told(table, column, new[column], before)) for column in new if new[column] != old[column]]
            elif new:
                added.append((table, sorted((column, told(table, column, value, before)) for column, value in new.items())))
            else:
                gone.append((table, key))
    return sorted(map(str, changed)), sorted(map(str, added)), sorted(map(str, gone))


def told(table: str, column: str, value: object, before: dict) -> object:
    """A value as it can be compared between two runs."""
    if MADE_ANEW.match(column) or is_now(value):
        return "anew"
    if column == "detail":
        return re.sub(r'"[a-z0-9]{16}"', '"a key"', json.dumps(value, sort_keys=True))
    target = POINTS_AT.get((table, column))
    return "a new row" if target and value is not None and str(value) not in before[target] else value


def is_now(value: object) -> bool:
    """Whether this is a time of the real clock: rows say it to the microsecond."""
    return isinstance(value, str) and bool(re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+", value))


@contextmanager
def looked_at():
    """Collects what is done inside, and takes it back."""
    found = []
    before = rows()
    with undone():
        yield found
        found.append(deed(before, rows()))


@pytest.mark.parametrize("name", sorted(POSTS))
def test_fields_that_no_form_asks_for_change_nothing(world, name):
    sent = POSTS[name]
    address, body = sent.address(name, world), sent.body(world)
    with undone():
        page = world.client(sent.actor).get(sent.form(world) if sent.form else address)
    asked_for = set(body) | set(re.findall(r'name="([^"]+)"', page.content.decode()))
    bites = {field: value for field, value in every_field().items() if field not in asked_for}
    with looked_at() as plain:
        assert outcome(world.client(sent.actor).post(address, body)) == "in"
    with looked_at() as bitten:
        assert outcome(world.client(sent.actor).post(address, sent.body(world) | bites)) == "in"  # made anew: a file is read once
    nothing = ([], [], [])
    assert len(bites) > 100
    assert bitten == plain or (name == "book:safety" and bitten == [nothing])  # a page of questions refuses what it didn't ask


def test_filled_in_forms_do_something(world):
    """Else the test above would compare nothing with nothing."""
    idle = []
    for name, sent in POSTS.items():
        with looked_at() as done:
            world.client(sent.actor).post(sent.address(name, world), sent.body(world))
        if done == [([], [], [])]:
            idle.append(name)
    assert set(idle) <= IDLE


# Nothing to do there for this actor, or kept in the session and in mail only
IDLE = {
    "account_confirm_login_code",
    "account_logout",
    "account_request_login_code",
    "account_reset_password",
    "account_reset_password_from_key",
    "account_set_password",
    "billing:draft",
    "book:code",
    "book:code_again",
    "patient:plan_let_go",
    "reception:book_course",
    "reception:undo",
    "reception:waive",
}
