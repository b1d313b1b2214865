"""What visits come to: which fee, and who pays which part of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from clinic.models import Clinic, Practitioner
from insurers.enums import Collector, CoverState, Excess, Payer
from insurers.models import Authorisation, Charge, Cover, FeeAgreement, Funding, Policy
from insurers.money import Split, Terms, split, terms_left
from treatments.models import Service, Session


@dataclass(frozen=True, kw_only=True)
class Given:
    """One visit as it is to be charged: its key, where, on which local day, what was given by whom, and the price it was booked at."""

    visit: str
    clinic: Clinic
    session: Session
    on: date
    service: Service
    practitioner: Practitioner
    price: int
    missed: bool = False


@dataclass(frozen=True)
class Owner:
    """Who is billed for a visit; neither is set where the patient pays."""

    policy: Policy | None = None
    authorisation: Authorisation | None = None


def charges_for(visits: Iterable[Given]) -> dict[str, Charge]:
    """What each visit comes to, by its key, in a fixed number of queries: the charge that was made, or the one that would be."""
    visits = sorted(visits, key=lambda given: (given.on, given.session.pk))
    made = {charge.visit: charge for charge in Charge.objects.of_visits([given.visit for given in visits]).with_people()}
    wanted = [given for given in visits if given.visit not in made]
    owners = _owners(wanted)
    fees, taken = _fees(wanted, owners), _taken({owner.policy.pk for owner in owners.values() if owner.policy})
    for given in wanted:
        owner = owners[given.visit]
        charge = _charge(given, owner, fees, taken[owner.policy.pk] if owner.policy else [])
        made[given.visit] = charge
        if owner.policy:
            taken[owner.policy.pk].append((charge.on, charge.parts))
    return made


def terms_of(policy: Policy) -> Terms:
    """What is known of a policy, as the terms that split a fee; an excess that the insurer collects is not the clinic's to take."""
    ours = policy.insurer.excess_collector != Collector.INSURER
    yearly = policy.excess if ours and policy.excess_kind == Excess.YEARLY else 0
    left = yearly if policy.excess_left is None else min(yearly, policy.excess_left)
    return Terms(
        excess_left=left,
        visit_excess=policy.excess if ours and policy.excess_kind == Excess.VISIT else 0,
        patient_percent=policy.patient_percent,
        limit_left=policy.yearly_limit if policy.limit_left is None else policy.limit_left,
        yearly_excess=yearly,
        yearly_limit=policy.yearly_limit,
        renews_on=policy.renews_on,
    )


def terms_on(policy: Policy, day: date) -> Terms:
    """What a policy has left on a day, after all that was charged to it."""
    return terms_left(terms_of(policy), day, _counted(policy, _taken({policy.pk})[policy.pk]))


def _charge(given: Given, owner: Owner, fees: Mapping[tuple[int, int], list[FeeAgreement]], taken: list[tuple[date, Split]]) -> Charge:
    if owner.policy is None:
        fee, parts = given.price, Split(insurer=0, own=given.price)
    else:
        fee = _fee_on(fees[owner.policy.insurer_id, given.service.pk], given)
        parts = split(fee, terms_left(terms_of(owner.policy), given.on, _counted(owner.policy, taken)))
    return Charge(
        visit=given.visit,
        session=given.session,
        missed=given.missed,
        clinic=given.clinic,
        service=given.service,
        practitioner=given.practitioner,
        on=given.on,
        policy=owner.policy,
        authorisation=owner.authorisation,
        fee=fee,
        insurer_part=parts.insurer,
        excess=parts.excess,
        share=parts.share,
        beyond_limit=parts.beyond_limit,
        own=parts.own,
    )


def _fee_on(agreements: Iterable[FeeAgreement], given: Given) -> int:
    """What was agreed for that day; without an agreement, the price of the list."""
    holding = (row.amount for row in agreements if row.first_day <= given.on and (row.last_day is None or given.on <= row.last_day))
    return next(holding, given.price)


def _counted(policy: Policy, taken: Iterable[tuple[date, Split]]) -> list[tuple[date, Split]]:
    """The splits that what the patient told doesn't know of: from the day on which it was noted."""
    return [(on, part) for on, part in taken if policy.excess_left_on is None or on >= policy.excess_left_on]


def _owners(visits: Iterable[Given]) -> dict[str, Owner]:
    """Who is billed for each visit: its cover says so; without one, what was said for the course."""
    visits = list(visits)
    covers = {cover.key: cover for cover in Cover.objects.of_keys([given.visit for given in visits]).select_related("authorisation")}
    courses = {given.session.course_id for given in visits}
    rows = Funding.objects.filter(course__in=courses, payer=Payer.INSURER).select_related("policy__insurer")
    fundings = {funding.course_id: funding.policy for funding in rows}
    return {given.visit: _owner(given, covers.get(given.visit), fundings.get(given.session.course_id)) for given in visits}


def _owner(given: Given, cover: Cover | None, policy: Policy | None) -> Owner:
    if given.missed or policy is None or (cover and cover.state in (CoverState.SELF_PAY, CoverState.CHARGED)):
        return Owner()
    return Owner(policy, cover.authorisation if cover else None)


def _fees(visits: Iterable[Given], owners: Mapping[str, Owner]) -> dict[tuple[int, int], list[FeeAgreement]]:
    pairs = {(owners[given.visit].policy.insurer_id, given.service.pk) for given in visits if owners[given.visit].policy}
    found = defaultdict(list)
    for row in FeeAgreement.objects.among([insurer for insurer, _ in pairs], [service for _, service in pairs]):
        found[row.insurer_id, row.service_id].append(row)
    return found


def _taken(policies: Iterable[int]) -> dict[int, list[tuple[date, Split]]]:
    found = defaultdict(list)
    for charge in Charge.objects.filter(policy__in=list(policies)).by_date():
        found[charge.policy_id].append((charge.on, charge.parts))
    return found
