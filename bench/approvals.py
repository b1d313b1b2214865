"""The approvals board of an admin with 5,000 open authorisations, as the server answers it."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from django.db import connection
from django.test import Client

from bench.measure import SEED, cpu_ms, median_ms
from bench.world import add_all, analyse, many_sessions, world
from clinic.enums import Role
from clinic.models import Clinic, Practitioner, User
from insurers.enums import AuthorisationState, CoverState, Payer
from insurers.models import Authorisation, Cover, Funding, Insurer, Policy
from treatments.models import Course, Session

OPEN, SESSIONS, RUNS = 5_000, 8, 15
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def approvals_board() -> dict[str, object]:
    """One page of the board, through every layer: what the server takes, and how many questions it asks."""
    clinic = world(practitioners=5, rooms=3).clinic
    admin = User.objects.create(email="board@bench.example", role=Role.ADMIN, password="!")
    admin.clinics.set([clinic])
    _fill(clinic)
    analyse()
    client = Client()
    client.force_login(admin)

    def see() -> bytes:
        answer = client.get("/approvals/", HTTP_HOST="localhost")
        assert answer.status_code == 200
        return answer.content

    asked = []
    with connection.execute_wrapper(lambda ask, sql, *more: asked.append(sql) or ask(sql, *more)):
        see()
    return {"authorisations": OPEN, "board_ms": median_ms(see, RUNS), "cpu_ms": cpu_ms(see, RUNS), "queries": len(asked)}


def _fill(clinic: Clinic) -> None:
    """Courses of eight sessions with every kind of standing: covered, running out, ended, asked, refused, to check."""
    chance = Random(SEED)
    people = list(Practitioner.objects.filter(clinic=clinic))
    insurers = add_all(Insurer)(Insurer(slug=f"bench-{n}", name=f"Insurer {n}") for n in range(28))
    firsts = many_sessions(clinic, OPEN)
    courses = [first.course for first in firsts]
    for course in courses:
        course.practitioner = chance.choice(people)
    Course.objects.bulk_update(courses, ["practitioner"], batch_size=1000)
    policies = add_all(Policy)(
        Policy(patient=course.patient, insurer=chance.choice(insurers), number=f"N{n}", created_at=NOW) for n, course in enumerate(courses)
    )
    pairs = list(zip(courses, policies, strict=True))
    add_all(Funding)(Funding(course=course, payer=Payer.INSURER, policy=policy) for course, policy in pairs)
    approvals = add_all(Authorisation)(_approval(policy, n, chance) for n, policy in enumerate(policies))
    later = add_all(Session)(Session(course=course, number=n) for course in courses for n in range(2, SESSIONS + 1))
    each = SESSIONS - 1
    mine = [[first, *later[n * each : (n + 1) * each]] for n, first in enumerate(firsts)]
    add_all(Cover)(cover for n, approval in enumerate(approvals) for cover in _covers(approval, mine[n], chance))


def _approval(policy: Policy, number: int, chance: Random) -> Authorisation:
    state = chance.choices([AuthorisationState.GRANTED, AuthorisationState.ASKED, AuthorisationState.REFUSED], [8, 1, 1])[0]
    granted = state == AuthorisationState.GRANTED
    return Authorisation(
        policy=policy,
        state=state,
        code=f"CODE{number}" if granted or chance.random() < 0.5 else "",
        units=chance.randint(4, 6) if granted else None,
        last_day=TODAY + timedelta(days=chance.randint(-5, 60)) if granted else None,
        recorded_at=NOW - timedelta(days=chance.randint(0, 60)),
    )


def _covers(approval: Authorisation, sessions: list[Session], chance: Random) -> list[Cover]:
    """Some sessions used, some booked, the rest waiting for a unit or not booked at all."""
    covers = []
    for number, session in enumerate(sessions[: chance.randint(4, SESSIONS)]):
        on = TODAY + timedelta(days=7 * (number - 2))
        taken = approval.units is not None and number < approval.units
        state = (CoverState.CONSUMED if number < 2 else CoverState.RESERVED) if taken else CoverState.AWAITING
        covers.append(Cover(key=f"bench-{session.pk}", session=session, on=on, state=state, authorisation=approval if taken else None))
    return covers
