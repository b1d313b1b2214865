"""Units are never counted up or down: they follow from cover rows, given out under the policy's lock."""

from collections.abc import Iterable

from clinic.locks import limit_waiting
from insurers.enums import Beyond, CoverState
from insurers.fitting import fitting_courses
from insurers.house import rules_for
from insurers.ledger import Claim, Grant, Rank, allocate
from insurers.models import Authorisation, Cover, Policy


def take_turn(*policies: Policy | None) -> None:
    """Lock these policies, lowest id first: under the lock nobody else gives out their units."""
    wanted = sorted({policy.pk for policy in policies if policy})
    if not wanted:
        return
    limit_waiting()
    list(Policy.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def settle(*policies: Policy | None, moved: Cover | None = None) -> None:
    """Give the units of each policy to its visits anew, changing only what differs. Needs its turn taken."""
    for policy in {policy.pk: policy for policy in policies if policy}.values():
        covers = {cover.pk: cover for cover in Cover.objects.billed_to(policy).open().with_record() if not cover.is_paid}
        approvals = list(Authorisation.objects.filter(policy=policy).granted().with_use().prefetch_related("techniques"))
        given = allocate(_grants(approvals, covers.values()), _claims(covers.values(), moved)) if approvals else {}
        lone = _without_unit(policy, approvals) if len(given) < len(covers) else CoverState.AWAITING
        changed = [cover for cover in covers.values() if _give(cover, given.get(cover.pk), lone)]
        Cover.objects.bulk_update(changed, ["state", "authorisation"])


def _without_unit(policy: Policy, approvals: list[Authorisation]) -> CoverState:
    """What a visit is that no approval covers: it waits for a code, or by the clinic’s rule the patient pays beyond what is approved."""
    beyond = bool(approvals) and rules_for(policy.patient.clinic_id).beyond == Beyond.SELF_PAY
    return CoverState.SELF_PAY if beyond else CoverState.AWAITING


def _grants(approvals: Iterable[Authorisation], covers: Iterable[Cover]) -> list[Grant]:
    fits = fitting_courses(approvals, {cover.course_id for cover in covers})
    return [
        Grant(id=row.pk, units=row.units - row.consumed, first_day=row.first_day, last_day=row.last_day, courses=fits[row.pk])
        for row in approvals
    ]


def _claims(covers: Iterable[Cover], moved: Cover | None) -> list[Claim]:
    return [Claim(id=cover.pk, on=cover.on, course=cover.course_id, rank=_rank(cover, moved)) for cover in covers]


def _rank(cover: Cover, moved: Cover | None) -> Rank:
    if moved and cover.pk == moved.pk:
        return Rank.MOVED
    return Rank.PROMISED if cover.state == CoverState.RESERVED else Rank.WAITING


def _give(cover: Cover, approval: int | None, lone: CoverState) -> bool:
    """Set what a visit gets; say whether that is new. A visit that was signed while it waited has used its unit."""
    before = cover.state, cover.authorisation_id
    if approval is None:
        cover.state = cover.state if cover.state == CoverState.SELF_PAY else CoverState.AWAITING if cover.is_signed else lone
    elif cover.state != CoverState.RESERVED:
        cover.state = CoverState.CONSUMED if cover.is_signed else CoverState.RESERVED
    cover.authorisation_id = approval
    return before != (cover.state, cover.authorisation_id)
