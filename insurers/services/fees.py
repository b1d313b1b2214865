"""Fees agreed with insurers, and the charge that each visit is."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from clinic import audit
from clinic.locks import limit_waiting
from clinic.models import User
from insurers.charging import Given, charges_for
from insurers.enums import Payer
from insurers.models import Charge, FeeAgreement, Funding, Insurer
from insurers.services.ledger import take_turn
from treatments.models import Course, Service


class FeeOverlaps(ValueError):
    """Another fee is agreed for some of these days, and it can't be ended before them."""

    def __init__(self, other: FeeAgreement):
        super().__init__(f"Another fee is agreed from {_written(other.first_day)}: choose a first day after it, or end this one before.")
        self.other = other


@transaction.atomic
def agree_fee(
    *, insurer: Insurer, service: Service, amount: int, first_day: date, last_day: date | None, by: User, now: datetime
) -> FeeAgreement:
    """Note what an insurer pays for a service from a day on; the fee that held until then ends on the day before."""
    Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    of_both = FeeAgreement.objects.among([insurer.pk], [service.pk])
    of_both.filter(first_day__lt=first_day, last_day=None).update(last_day=first_day - timedelta(days=1))
    in_the_way = [row for row in of_both if _meet(row, first_day, last_day)]
    if in_the_way:
        raise FeeOverlaps(in_the_way[0])
    agreed = FeeAgreement.objects.create(
        insurer=insurer, service=service, amount=amount, first_day=first_day, last_day=last_day, made_by=by, made_at=now
    )
    audit.record(by, "fee.agree", agreed, amount=amount)
    return agreed


@transaction.atomic
def end_fee(*, agreement: FeeAgreement, last_day: date, by: User) -> FeeAgreement:
    """Say on which day an agreed fee holds for the last time; from the next on the price list holds."""
    last_day = max(last_day, agreement.first_day)
    FeeAgreement.objects.filter(pk=agreement.pk).update(last_day=last_day)
    audit.record(by, "fee.end", agreement, last_day=last_day.isoformat())
    agreement.last_day = last_day
    return agreement


@transaction.atomic
def charge_visits(*, visits: Iterable[Given], now: datetime) -> dict[str, Charge]:
    """Make the charge of each visit, once: what stands already stays. Who charges the same patient waits, so no excess is taken twice."""
    visits = list(visits)
    _take_turns({given.session.course_id for given in visits})
    charges = charges_for(visits)
    new = [charge for charge in charges.values() if charge.pk is None]
    for charge in new:
        charge.made_at = now
    Charge.objects.bulk_create(new)
    return charges


def _take_turns(courses: Iterable[int]) -> None:
    """Lock courses, then their policies, lowest id first: the order in which covers are kept."""
    limit_waiting()
    list(Course.objects.filter(pk__in=list(courses)).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    fundings = Funding.objects.filter(course__in=list(courses), payer=Payer.INSURER).select_related("policy")
    take_turn(*(funding.policy for funding in fundings))


def _meet(row: FeeAgreement, first_day: date, last_day: date | None) -> bool:
    return (last_day is None or row.first_day <= last_day) and (row.last_day is None or first_day <= row.last_day)


def _written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
