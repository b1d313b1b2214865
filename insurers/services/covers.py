"""The cover of a visit, kept current by whoever books."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from insurers.enums import CoverState
from insurers.models import Cover, Policy
from insurers.services.funding import policy_of
from insurers.services.ledger import settle, take_turn
from treatments.models import Course, Session


def reserve_cover(*, session: Session, on: date, key: str) -> Cover:
    """Cover a visit on that local day: a unit of the approval that ends first, or awaiting one, or paid by the patient."""
    [cover] = reserve_covers(course=session.course, visits={key: (session, on)})
    return cover


@transaction.atomic(savepoint=False)  # it stands or falls with the booking
def reserve_covers(*, course: Course, visits: Mapping[str, tuple[Session, date]]) -> list[Cover]:
    """Cover several visits of one course, by key, as `reserve_cover` does one: whoever comes first takes the unit that ends first."""
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk).values_list("pk"))
    policy = policy_of(course)
    take_turn(policy)
    state = CoverState.AWAITING if policy else CoverState.SELF_PAY
    known = set(Cover.objects.of_keys(visits).values_list("key", flat=True))
    for key in known:
        session, on = visits[key]
        Cover.objects.of_key(key).exclude(state=CoverState.CONSUMED).update(session=session, on=on, state=state, authorisation=None)
    made = [Cover(key=key, session=session, on=on, state=state) for key, (session, on) in visits.items() if key not in known]
    Cover.objects.bulk_create(made)
    settle(policy)
    return made if policy is None and not known else list(Cover.objects.of_keys(visits).order_by("on", "pk"))


@transaction.atomic
def move_cover(*, key: str, on: date) -> Cover:
    """Cover a visit on its new local day; it keeps its unit where an approval holds that day, before anybody who waits."""
    policy = _turn_of(key)
    cover = Cover.objects.get(key=key)
    if cover.state != CoverState.CONSUMED:
        Cover.objects.of_key(key).update(on=on)
        settle(policy, moved=cover if cover.state == CoverState.RESERVED else None)
        cover.refresh_from_db()
    return cover


@transaction.atomic
def release_cover(*, key: str) -> None:
    """Give back what a cancelled visit took; whoever waits for a unit gets it. Releasing twice changes nothing."""
    policy = _turn_of(key)
    Cover.objects.of_key(key).open().update(state=CoverState.RELEASED, authorisation=None)
    settle(policy)


@transaction.atomic
def consume_cover(*, key: str) -> None:
    """Use the unit of a visit that was held and signed; using it twice changes nothing, and who waits goes on waiting for a code."""
    _turn_of(key)
    Cover.objects.of_key(key).reserved().update(state=CoverState.CONSUMED)


def _turn_of(key: str) -> Policy | None:
    """Wait for our turn with the policy that pays for this visit."""
    course = Course.objects.filter(sessions__covers__key=key).select_for_update(no_key=True, of=["self"]).first()
    policy = policy_of(course) if course else None
    take_turn(policy)
    return policy
