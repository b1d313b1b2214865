"""The cover of a visit, kept current by whoever books."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction

from clinic import audit
from clinic.models import User
from insurers.enums import Beyond, CoverState, Missed
from insurers.house import rules_for
from insurers.models import Authorisation, Cover, Policy
from insurers.services.funding import policy_of
from insurers.services.ledger import settle, take_turn
from treatments.models import Course, Session


class NotCovered(Exception):
    """By the clinic's rule no visit is booked that lies beyond the approved sessions or after their last day; `days` are the ones."""

    def __init__(self, policy: Policy, days: Iterable[date]):
        self.days = sorted(days)
        which = ", ".join(f"{day:%a} {day.day} {day:%b %Y}" for day in self.days)
        super().__init__(f"{policy.insurer} has approved no session for {which}: ask it for more, or agree that the patient pays.")


def reserve_cover(*, session: Session, on: date, key: str) -> Cover:
    """Cover a visit on that local day: a unit of the approval that ends first, or awaiting one, or paid by the patient."""
    [cover] = reserve_covers(course=session.course, visits={key: (session, on)})
    return cover


@transaction.atomic(savepoint=False)  # it stands or falls with the booking
def reserve_covers(*, course: Course, visits: Mapping[str, tuple[Session, date]]) -> list[Cover]:
    """Cover several visits of one course, by key, as `reserve_cover` does one: whoever comes first takes the unit that ends first.

    `NotCovered` where the clinic books nothing beyond what is approved.
    """
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk).values_list("pk"))
    policy = policy_of(course)
    take_turn(policy)
    state = CoverState.AWAITING if policy else CoverState.SELF_PAY
    known = set(Cover.objects.of_keys(visits).values_list("key", flat=True))
    for key in known:
        session, on = visits[key]
        afresh = {"session": session, "on": on, "state": state, "authorisation": None, "missed": "", "waived_because": ""}
        Cover.objects.of_key(key).not_used_by_a_record().update(**afresh)
    made = [Cover(key=key, session=session, on=on, state=state) for key, (session, on) in visits.items() if key not in known]
    Cover.objects.bulk_create(made)
    settle(policy)
    if policy is None:
        return made if not known else list(Cover.objects.of_keys(visits).order_by("on", "pk"))
    covers = list(Cover.objects.of_keys(visits).order_by("on", "pk"))
    _refuse_beyond(policy, course, covers)
    return covers


def _refuse_beyond(policy: Policy, course: Course, covers: Iterable[Cover]) -> None:
    """Where the clinic says so, book nothing that no approval covers; before the first approval every visit simply waits for one."""
    alone = [cover.on for cover in covers if cover.state == CoverState.AWAITING]
    if alone and rules_for(course.clinic_id).beyond == Beyond.BLOCK and Authorisation.objects.of_policy(policy).granted().exists():
        raise NotCovered(policy, alone)


@transaction.atomic
def move_cover(*, key: str, on: date) -> Cover:
    """Cover a visit on its new local day; it keeps its unit where an approval holds that day, before anybody who waits.

    `NotCovered` where it would lose its unit and the clinic books nothing beyond what is approved.
    """
    policy = _turn_of(key)
    cover = Cover.objects.select_related("session__course").get(key=key)
    had = cover.state
    if had != CoverState.CONSUMED:
        Cover.objects.of_key(key).update(on=on)
        settle(policy, moved=cover if had == CoverState.RESERVED else None)
        cover.refresh_from_db(fields=["on", "state", "authorisation"])
        if policy and had == CoverState.RESERVED:
            _refuse_beyond(policy, cover.session.course, [cover])
    return cover


@transaction.atomic
def release_cover(*, key: str) -> None:
    """Give back what a cancelled visit took; whoever waits for a unit gets it. Releasing twice changes nothing."""
    policy = _turn_of(key)
    Cover.objects.of_key(key).open().update(state=CoverState.RELEASED, authorisation=None)
    settle(policy)


@transaction.atomic
def miss_cover(*, key: str, follows: Missed, because: str = "") -> None:
    """Settle a visit that was cancelled late or missed: its unit is used, the patient pays, or nobody does, for a reason.

    Where no unit is reserved that could be used, the patient pays. Twice is once.
    """
    policy = _turn_of(key)
    mine = Cover.objects.of_key(key)
    if follows == Missed.CONSUME:
        mine.reserved().update(state=CoverState.CONSUMED, missed=Missed.CONSUME)
    if follows == Missed.WAIVE:
        mine.open().update(state=CoverState.RELEASED, authorisation=None, missed=Missed.WAIVE, waived_because=because or BY_RULE)
    mine.open().update(state=CoverState.CHARGED, authorisation=None, missed=Missed.CHARGE)
    settle(policy)


BY_RULE = "The clinic’s rule"


class NothingToWaive(Exception):
    """Nothing is asked for this visit."""

    def __init__(self) -> None:
        super().__init__("Nothing is asked for this visit any more.")


@transaction.atomic
def waive_missed(*, key: str, because: str, by: User) -> Cover:
    """Let a patient off what followed from a late cancellation or a missed visit, for a reason; a unit it used goes to who waits."""
    policy = _turn_of(key)
    waived = Cover.objects.of_key(key).asked_for_missing()
    if not waived.update(state=CoverState.RELEASED, authorisation=None, missed=Missed.WAIVE, waived_because=because[:200]):
        raise NothingToWaive
    settle(policy)
    cover = Cover.objects.get(key=key)
    audit.record(by, "cover.waive", cover)
    return cover


@transaction.atomic
def consume_cover(*, key: str) -> None:
    """Use the unit of a visit that was held and signed; using it twice changes nothing, and who waits goes on waiting for a code."""
    _turn_of(key)
    Cover.objects.of_key(key).reserved().update(state=CoverState.CONSUMED)


@transaction.atomic
def let_patient_pay_for(*, key: str) -> None:
    """Let the patient pay for one visit that no approval covers; the rest of the course stays with the insurer."""
    _turn_of(key)
    Cover.objects.of_key(key).awaiting().update(state=CoverState.SELF_PAY)


def _turn_of(key: str) -> Policy | None:
    """Wait for our turn with the policy that pays for this visit."""
    course = Course.objects.filter(sessions__covers__key=key).select_for_update(no_key=True, of=["self"]).first()
    policy = policy_of(course) if course else None
    take_turn(policy)
    return policy
