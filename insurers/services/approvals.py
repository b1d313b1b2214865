"""What the insurer says to a request: asked, granted, refused."""

from datetime import date, datetime

from django.db import transaction

from clinic import audit
from clinic.models import User
from insurers.enums import AuthorisationState
from insurers.formats import tidy
from insurers.models import Authorisation, Cover, Policy
from insurers.services.ledger import settle, take_turn


class UnitsAlreadyUsed(ValueError):
    """More sessions were held under this code than it would now approve."""

    def __init__(self, used: int):
        super().__init__(f"{used} sessions were already used under this code: it can’t approve fewer.")
        self.used = used


@transaction.atomic
def record_authorisation(
    *, policy: Policy, code: str, units: int, first_day: date | None, last_day: date | None, body_area: str = "", by: User, now: datetime
) -> Authorisation:
    """Write down what the insurer approved, or correct it, and cover with it the visits that wait, by date."""
    take_turn(policy)
    approval = _answered(policy, tidy(code)) or Authorisation(policy=policy)
    _refuse_below_use(approval, units)
    approval.state, approval.code, approval.units = AuthorisationState.GRANTED, tidy(code), units
    approval.first_day, approval.last_day, approval.body_area = first_day, last_day, body_area
    approval.recorded_at, approval.recorded_by = now, by
    approval.save()
    settle(policy)
    audit.record(by, "authorisation.record", approval, policy=policy.key, units=units)
    return approval


@transaction.atomic
def note_request(*, policy: Policy, by: User, now: datetime) -> Authorisation:
    """Note that the insurer was asked for a code; asking again renews the day."""
    take_turn(policy)
    asked = Authorisation.objects.filter(policy=policy).asked().filter(code="").first() or Authorisation(policy=policy)
    asked.state, asked.recorded_at, asked.recorded_by = AuthorisationState.ASKED, now, by
    asked.save()
    audit.record(by, "authorisation.ask", asked, policy=policy.key)
    return asked


@transaction.atomic
def note_refusal(*, policy: Policy, by: User, now: datetime) -> Authorisation:
    """Note that the insurer said no to what was asked last."""
    take_turn(policy)
    refused = Authorisation.objects.filter(policy=policy).asked().oldest_first().first() or Authorisation(policy=policy)
    refused.state, refused.recorded_at, refused.recorded_by = AuthorisationState.REFUSED, now, by
    refused.save()
    audit.record(by, "authorisation.refuse", refused, policy=policy.key)
    return refused


def _answered(policy: Policy, code: str) -> Authorisation | None:
    """The row this answer belongs to: the one with that code, else the oldest question."""
    of_policy = Authorisation.objects.filter(policy=policy)
    return of_policy.filter(code=code).first() or of_policy.asked().oldest_first().first()


def _refuse_below_use(approval: Authorisation, units: int) -> None:
    used = Cover.objects.filter(authorisation=approval).consumed().count() if approval.pk else 0
    if units < used:
        raise UnitsAlreadyUsed(used)
