"""Who pays for a course."""

from datetime import datetime

from django.db import transaction

from insurers.enums import CoverState, Payer
from insurers.formats import tidy
from insurers.models import Authorisation, Cover, Funding, Insurer, Policy
from insurers.services.ledger import settle, take_turn
from treatments.models import Course


@transaction.atomic(savepoint=False)  # it stands or falls with the course
def open_funding(
    *,
    course: Course,
    payer: Payer,
    insurer: Insurer | None = None,
    policy_number: str = "",
    code: str = "",
    code_follows: bool = False,
    now: datetime,
) -> Funding:
    """Say who pays for a course that has just been opened, and has no visit yet; without an insurer to bill, the patient pays."""
    payer, policy = _who_pays(course, payer, insurer, policy_number, now)
    take_turn(policy)
    _note_code(policy, code, now)
    return Funding.objects.create(course=course, payer=payer, policy=policy, code_follows=code_follows and policy is not None)


@transaction.atomic
def set_funding(
    *, course: Course, payer: Payer, insurer: Insurer | None = None, policy_number: str = "", code: str = "", now: datetime
) -> Funding:
    """Say who pays for a course, and cover anew its visits that were not held yet; without an insurer to bill, the patient pays."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    before = Funding.objects.filter(course=course).select_related("policy").first()
    payer, policy = _who_pays(course, payer, insurer, policy_number, now)
    was = before and before.policy
    take_turn(was, policy)
    _note_code(policy, code, now)
    if before and (before.payer, was) == (payer, policy):
        return before
    funding = before or Funding()  # nobody else writes it: we hold the course
    funding.course, funding.payer, funding.policy = course, payer, policy  # the course in hand then knows who pays
    funding.save()
    Cover.objects.of_course(course).open().update(state=_first_state(payer), authorisation=None)
    settle(was, policy)
    return funding


def _who_pays(course: Course, payer: Payer, insurer: Insurer | None, number: str, now: datetime) -> tuple[Payer, Policy | None]:
    if payer == Payer.SELF or insurer is None:
        return Payer.SELF, None
    return payer, _policy(course, insurer, number, now)


def _note_code(policy: Policy | None, code: str, now: datetime) -> None:
    if policy and tidy(code):
        Authorisation.objects.get_or_create(policy=policy, code=tidy(code), defaults={"recorded_at": now})


def _policy(course: Course, insurer: Insurer, number: str, now: datetime) -> Policy:
    policy, _ = Policy.objects.get_or_create(patient=course.patient, insurer=insurer, number=tidy(number), defaults={"created_at": now})
    return policy


def _first_state(payer: Payer) -> CoverState:
    return CoverState.AWAITING if payer == Payer.INSURER else CoverState.SELF_PAY


def policy_of(course: Course) -> Policy | None:
    """Whose policy is billed for the course, as it stands now."""
    return Policy.objects.billed_for(course).first()
