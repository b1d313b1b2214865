"""A key of somebody else, put in place of one's own, opens nothing and changes nothing."""

from dataclasses import replace

import pytest

from tests.security.crawl import fingerprint
from tests.security.doors import DOORS, EVERYBODY
from tests.security.posts import POSTS
from tests.security.world import World

pytestmark = pytest.mark.django_db
WITHOUT_ROWS = {"practitioner:day", "manage:preview", "manage:preview-mail", "approvals:insurer"}  # a date, a kind, a company: nobody's
PATHS = [
    (name, actor)
    for name, door in DOORS.items()
    if door.who != EVERYBODY and door.args.__name__ != "nothing" and name not in WITHOUT_ROWS
    for actor in sorted(door.who & {"A1", "A3", "A5", "A6"})
]


def with_rows_of(world: World, actor: str) -> World:
    """The same addresses made of rows the actor may not see: another patient's, or another clinic's."""
    if actor == "A1":
        return replace(world, hannah=world.olivia)
    return replace(world, hannah=world.grace, here=world.elsewhere)


@pytest.mark.parametrize(("name", "actor"), PATHS)
def test_a_foreign_key_in_the_address_finds_nothing(world, name, actor):
    foreign = with_rows_of(world, actor)
    address = DOORS[name].address(name, foreign)
    sent = POSTS[name].body(foreign) if name in POSTS else {}
    before = fingerprint()
    statuses = {world.client(actor).get(address).status_code, world.client(actor).post(address, sent).status_code}
    assert statuses <= {404, 405}
    assert 404 in statuses
    assert fingerprint() == before


def test_every_address_with_a_key_is_tried():
    assert {name for name, _ in PATHS} >= {
        "practitioner:course",
        "reception:move",
        "approvals:policy",
        "manage:message",
        "patient:plan_visit",
    }


def test_a_finding_of_other_answers_is_not_found_under_these(world):
    """Both belong to patients whom the practitioner may see: the child must belong to its parent all the same."""
    address = f"/reviews/{world.hannah.intake.key}/findings/{world.olivia.finding.key}/"
    before = fingerprint()
    assert world.client("A3").post(address, {f"{world.olivia.finding.key}-because": "Mine"}).status_code == 404
    assert fingerprint() == before


# Keys in the question and in what is sent


FOREIGN = {
    "a patient at the desk": ("A5", "get", lambda w: (f"/diary/book/?patient={w.grace.patient.key}", {}), {404}),
    "a course at the desk": (
        "A5",
        "get",
        lambda w: (f"/diary/book/?patient={w.hannah.patient.key}&course={w.grace.course.key}", {}),
        {200, 404},
    ),
    "a service at the desk": (
        "A5",
        "post",
        lambda w: (f"/diary/book/?patient={w.hannah.patient.key}&service={w.elsewhere.acupuncture.key}", POSTS["reception:book"].body(w)),
        {404},
    ),
    "a visit in the diary": ("A5", "get", lambda w: (f"/diary/?visit={w.grace.here.key}", {}), {200}),
    "a clinic in the diary": ("A5", "get", lambda w: ("/diary/?clinic=elsewhere", {}), {200, 404}),
    "a clinic on the room board": ("A5", "get", lambda w: ("/rooms/?clinic=elsewhere", {}), {200, 404}),
    "a practitioner's time at the desk": (
        "A5",
        "post",
        lambda w: (f"/diary/visits/{w.hannah.ahead.key}/move/", {"time": f"20261203T1000Z-{w.elsewhere.practitioner.key}"}),
        {200, 409},
    ),
    "a practitioner at the desk": (
        "A5",
        "post",
        lambda w: (f"/diary/visits/{w.hannah.ahead.key}/move/", {"clock": "10:00", "person": w.elsewhere.practitioner.key}),
        {200, 409},
    ),
    "a visit of the day": ("A3", "get", lambda w: (f"/today/?visit={w.grace.here.key}", {}), {200}),
    "a service prescribed": (
        "A3",
        "post",
        lambda w: (
            f"/courses/{w.hannah.assessment.key}/prescribe/",
            POSTS["practitioner:prescribe"].body(w) | {"service": w.elsewhere.acupuncture.key},
        ),
        {422},
    ),
    "a policy beside the board": ("A6", "get", lambda w: (f"/approvals/?code={w.grace.policy.key}", {}), {200}),
    "a patient's plan": ("A2", "get", lambda w: (f"/plan/?of={w.hannah.patient.key}", {}), {200}),
    "a time elsewhere, moving by link": (
        "LK",
        "post",
        lambda w: ("/visit/move/", {"time": f"20261203T1000Z-{w.elsewhere.practitioner.key}"}),
        {409},
    ),
    "a visit named beside the link": ("LK", "post", lambda w: (f"/visit/move/?key={w.grace.ahead.key}", {"key": w.grace.ahead.key}), {200}),
    "a first visit elsewhere": ("VI", "post", lambda w: ("/book/here/visit/", {"service": w.elsewhere.first_visit.key}), {200}),
    "a time elsewhere": ("VI", "post", lambda w: ("/book/here/times/", {"time": f"20261127T1000Z-{w.elsewhere.practitioner.key}"}), {409}),
    "the booking at another clinic": ("VI", "post", lambda w: ("/book/elsewhere/check/", {"booking": w.booking.key}), {302}),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_foreign_key_that_is_sent_along_shows_nothing_and_changes_nothing(world, what):
    actor, method, made_of, statuses = FOREIGN[what]
    address, sent = made_of(world)
    before = fingerprint()
    response = getattr(world.client(actor), method)(address, sent)
    page = response.content.decode()
    foreign = ["Grace", "Okafor"] if actor != "A2" else ["Hannah", "Lindley"]
    assert response.status_code in statuses
    assert [name for name in foreign if name in page] == []
    assert fingerprint() == before
