"""Random deeds around one policy's units, and the laws that hold whatever was done in whatever order."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db import connection
from hypothesis import strategies as st

from insurers.enums import CoverState, Missed, Payer
from insurers.models import Authorisation, Cover, Policy
from insurers.selectors import sessions_left_of
from insurers.services import (
    NothingToWaive,
    UnitsAlreadyUsed,
    consume_cover,
    miss_cover,
    move_cover,
    record_authorisation,
    release_cover,
    reserve_cover,
    set_funding,
    waive_missed,
)
from tests.insurers.builders import NOW, an_insurer

SESSIONS = 30
MIDDLE = date(2026, 12, 31)
KINDS = ("book", "book", "book", "move", "release", "consume", "miss", "waive", "record", "fund")


@dataclass(frozen=True)
class Deed:
    """One thing that somebody does: `number` says to which session, `more` how many units or which code."""

    kind: str
    course: int
    number: int
    day: int
    more: int

    @property
    def on(self) -> date:
        return MIDDLE + timedelta(days=self.day)


deeds = st.builds(
    Deed,
    kind=st.sampled_from(KINDS),
    course=st.integers(0, 1),
    number=st.integers(1, SESSIONS),
    day=st.integers(-20, 20),
    more=st.integers(1, 12),
)


def many_deeds(chance: Random, many: int) -> list[Deed]:
    """So many at once, each at random: a list of this length drawn one by one would mostly repeat itself."""
    return [
        Deed(chance.choice(KINDS), chance.randint(0, 1), chance.randint(1, SESSIONS), chance.randint(-20, 20), chance.randint(1, 12))
        for _ in range(many)
    ]


def do(deed: Deed, courses, admin) -> None:
    """Do it, as the services do; what they refuse is refused."""
    course = courses[deed.course]
    key = f"visit-{course.pk}-{deed.number}"
    match deed.kind:
        case "book":
            reserve_cover(session=course.sessions.get(number=deed.number), on=deed.on, key=key)
        case "move" if Cover.objects.of_key(key).exists():
            move_cover(key=key, on=deed.on)
        case "release":
            release_cover(key=key)
        case "consume":
            consume_cover(key=key)
        case "miss":
            miss_cover(key=key, follows=list(Missed)[deed.more % 3])
        case "waive":
            with suppress(NothingToWaive):
                waive_missed(key=key, because="Ill", by=admin)
        case "record":
            _record(course, deed, admin)
        case "fund":
            _fund(course, deed)


def _record(course, deed: Deed, admin) -> None:
    policy = Policy.objects.billed_for(course).first()
    if policy:
        said = {"code": f"CODE-{deed.number % 3}", "units": deed.more, "first_day": deed.on, "last_day": deed.on + timedelta(days=25)}
        with suppress(UnitsAlreadyUsed):
            record_authorisation(policy=policy, by=admin, now=NOW, **said)


def _fund(course, deed: Deed) -> None:
    payer = Payer.SELF if deed.number % 5 == 0 else Payer.INSURER
    set_funding(course=course, payer=payer, insurer=an_insurer(), policy_number="SHARED" if deed.number % 2 else f"OWN{course.pk}", now=NOW)


def broken_laws(courses) -> list[str]:
    """What should never be, in words; empty when all holds."""
    return [*_over_the_units(), *_sums_that_differ(courses), *_idle_units(courses), *_outside_their_dates()]


def _recount() -> dict[int, int]:
    """Units taken of each approval, counted by hand from the bare rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT authorisation_id, state FROM insurers_cover WHERE authorisation_id IS NOT NULL")
        rows = cursor.fetchall()
    taken: dict[int, int] = {}
    for approval, state in rows:
        assert state in ("reserved", "consumed"), f"a {state} visit holds a unit"
        taken[approval] = taken.get(approval, 0) + 1
    return taken


def _over_the_units() -> list[str]:
    taken = _recount()
    return [
        f"{row.code}: {taken[row.pk]} taken of {row.units}"
        for row in Authorisation.objects.filter(pk__in=taken)
        if taken[row.pk] > row.units
    ]


def _sums_that_differ(courses) -> list[str]:
    taken, found = _recount(), []
    for course, left in sessions_left_of(courses).items():
        policy = Policy.objects.get(fundings__course=course)
        approvals = list(Authorisation.objects.of_policy(policy).granted())
        recount = sum(row.units for row in approvals), sum(taken.get(row.pk, 0) for row in approvals)
        waiting = Cover.objects.billed_to(policy).filter(state=CoverState.AWAITING).count()
        if (left.units, left.used + left.booked, len(left.beyond)) != (*recount, waiting):
            found.append(f"course {course}: {left} is not {recount} and {waiting} waiting")
    return found


def _idle_units(courses) -> list[str]:
    """Units that are left although somebody waits whom they could cover: lost."""
    found = []
    for policy in Policy.objects.filter(fundings__course__in=courses).distinct():
        waiting = list(Cover.objects.billed_to(policy).awaiting().values_list("on", flat=True))
        for row in Authorisation.objects.of_policy(policy).granted().with_use():
            idle = row.units > row.consumed + row.reserved
            if idle and any((row.first_day or date.min) <= day <= (row.last_day or date.max) for day in waiting):
                found.append(f"{row.code} has a unit, and somebody waits")
    return found


def _outside_their_dates() -> list[str]:
    rows = Cover.objects.reserved().select_related("authorisation")
    return [f"{row.on} under {row.authorisation}" for row in rows if not _holds(row.authorisation, row.on)]


def _holds(approval: Authorisation, day: date) -> bool:
    return (approval.first_day or date.min) <= day <= (approval.last_day or date.max)
