"""What the insurer says to a request: asked, granted, refused."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from clinic import audit
from clinic.models import Clinic, User
from clinic.services import settle_tasks
from insurers.enums import AuthorisationState
from insurers.formats import tidy
from insurers.models import Authorisation, Cover, Policy
from insurers.services.extensions import ASK_FOR_MORE, tasks_about
from insurers.services.history import change
from insurers.services.ledger import settle, take_turn
from treatments.models import Course, Technique


class UnitsAlreadyUsed(ValueError):
    """More sessions were held under this code than it would now approve."""

    def __init__(self, used: int):
        super().__init__(f"{used} sessions were already used under this code: it can’t approve fewer.")
        self.used = used


class CodeKnown(ValueError):
    """The policy has another approval with this code."""

    def __init__(self, code: str):
        super().__init__(f"{code} is on file for this policy already: change that one.")


class NothingAsked(ValueError):
    """No question to the insurer is open."""

    def __init__(self) -> None:
        super().__init__("Nothing was asked of the insurer that it could be reminded of.")


@transaction.atomic
def record_authorisation(
    *,
    policy: Policy,
    code: str,
    units: int,
    first_day: date | None,
    last_day: date | None,
    body_area: str = "",
    clinic: Clinic | None = None,
    professions: str = "",
    fee: int | None = None,
    contact: str = "",
    techniques: Iterable[Technique] = (),
    approval: Authorisation | None = None,
    by: User,
    now: datetime,
) -> Authorisation:
    """Write down what the insurer approved, or correct it, and cover with it the visits that wait, by date.

    Without `approval` the answer belongs to the row with that code, else to the oldest question.
    """
    take_turn(policy)
    row = approval or _answered(policy, tidy(code)) or Authorisation(policy=policy)
    _refuse_below_use(row, units)
    said = {"state": AuthorisationState.GRANTED, "code": tidy(code), "units": units, "first_day": first_day, "last_day": last_day}
    said |= {"body_area": body_area, "clinic": clinic, "professions": professions, "fee": fee, "contact": contact}
    if Authorisation.objects.of_policy(policy).filter(code=said["code"]).exclude(pk=row.pk).exists():
        raise CodeKnown(said["code"])
    _write(row, said | {"recorded_at": now, "recorded_by": by}, by=by, now=now)
    row.techniques.set(techniques)
    settle(policy)
    audit.record(by, "authorisation.record", row, policy=policy.key, units=units)
    return row


@transaction.atomic
def note_request(
    *, policy: Policy, by: User, now: datetime, units: int | None = None, rationale: str = "", course: Course | None = None
) -> Authorisation:
    """Note that the insurer was asked, for a first code or for `units` more; asking again renews the day."""
    take_turn(policy)
    open_ones = Authorisation.objects.of_policy(policy).asked().filter(code="")
    asked = open_ones.filter(units_asked__isnull=units is None).first() or Authorisation(policy=policy)
    said = {"state": AuthorisationState.ASKED, "asked_at": now, "recorded_at": now, "recorded_by": by}
    _write(asked, said | {"units_asked": units, "rationale": rationale, "course": course}, by=by, now=now)
    for key in tasks_about(policy):
        settle_tasks(about=key, by=by, now=now, kinds=(ASK_FOR_MORE,))
    audit.record(by, "authorisation.ask", asked, policy=policy.key)
    return asked


@transaction.atomic
def note_chase(*, policy: Policy, by: User, now: datetime) -> Authorisation:
    """Note that the insurer was reminded of its oldest open question; `NothingAsked` where there is none."""
    take_turn(policy)
    asked = Authorisation.objects.of_policy(policy).asked().oldest_first().first()
    if asked is None:
        raise NothingAsked
    _write(asked, {"chased_at": now}, by=by, now=now)
    audit.record(by, "authorisation.chase", asked, policy=policy.key)
    return asked


@transaction.atomic
def note_refusal(*, policy: Policy, by: User, now: datetime, because: str = "") -> Authorisation:
    """Note that the insurer said no to what was asked last, and why."""
    take_turn(policy)
    refused = Authorisation.objects.of_policy(policy).asked().oldest_first().first() or Authorisation(policy=policy)
    said = {"state": AuthorisationState.REFUSED, "refused_because": because[:300], "recorded_at": now, "recorded_by": by}
    _write(refused, said, by=by, now=now)
    audit.record(by, "authorisation.refuse", refused, policy=policy.key)
    return refused


def _write(row: Authorisation, said: dict[str, object], *, by: User, now: datetime) -> None:
    """Save a new row, or change one and keep what stood before; when it was written is no change of its own."""
    stamps = {name: said.pop(name) for name in ("recorded_at", "recorded_by") if name in said}
    if row.pk is None:
        for name, value in (said | stamps).items():
            setattr(row, name, value)
        row.save()
    else:
        change(row, said, by=by, now=now)
        Authorisation.objects.filter(pk=row.pk).update(**stamps)
        row.refresh_from_db(fields=list(stamps) or None)


def _answered(policy: Policy, code: str) -> Authorisation | None:
    """The row this answer belongs to: the one with that code, else the oldest question."""
    of_policy = Authorisation.objects.of_policy(policy)
    return of_policy.filter(code=code).first() or of_policy.asked().oldest_first().first()


def _refuse_below_use(approval: Authorisation, units: int) -> None:
    used = Cover.objects.filter(authorisation=approval).consumed().count() if approval.pk else 0
    if units < used:
        raise UnitsAlreadyUsed(used)
