"""What people do about who pays. Units are never counted up or down: they follow from cover rows, given out under the policy's lock."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from clinic import audit
from clinic.locks import limit_waiting
from clinic.models import User
from insurers.directory import Directory, Entry
from insurers.enums import AuthorisationState, CoverState, Payer
from insurers.formats import tidy
from insurers.ledger import Claim, Grant, Rank, allocate
from insurers.models import Authorisation, Cover, Funding, Insurer, Policy
from treatments.models import Course, Session


class UnitsAlreadyUsed(ValueError):
    """More sessions were held under this code than it would now approve."""

    def __init__(self, used: int):
        super().__init__(f"{used} sessions were already used under this code: it can’t approve fewer.")
        self.used = used


# The directory


@transaction.atomic
def load_directory(*, book: Directory) -> int:
    """Bring every insurer of the directory into the table, by its slug; one that has left the directory is no longer offered."""
    shared = Counter(entry.current_name for entry in book.insurers.values())
    rows = [Insurer(slug=entry.slug, **_kept(entry, shared[entry.current_name] > 1)) for entry in book.insurers.values()]
    Insurer.objects.bulk_create(rows, update_conflicts=True, unique_fields=["slug"], update_fields=[*KEPT, "name", "other_names", "active"])
    Insurer.objects.exclude(slug__in=book.insurers).update(active=False)
    return len(rows)


KEPT = (
    *("group", "kind", "claim_model", "pre_authorisation", "referral", "limits", "excess"),
    *("invoices", "requirements", "source", "verified"),
)


def _kept(entry: Entry, is_shared: bool) -> dict[str, object]:
    """What the table holds of an entry: today's name (with its own beside it where several share one), and every other name it goes by."""
    name = entry.current_name or entry.name
    others = ", ".join(other for other in entry.names if other and other != name)
    name = f"{name} ({entry.name})" if is_shared and entry.name != name else name
    return {field: getattr(entry, field) for field in KEPT} | {"name": name, "other_names": others[:300], "active": True}


# Who pays


@transaction.atomic(savepoint=False)  # it stands or falls with the course
def open_funding(
    *, course: Course, payer: Payer, insurer: Insurer | None = None, policy_number: str = "", code: str = "", now: datetime
) -> Funding:
    """Say who pays for a course that has just been opened, and has no visit yet; without an insurer to bill, the patient pays."""
    payer, policy = _who_pays(course, payer, insurer, policy_number, now)
    _take_turn(policy)
    _note_code(policy, code, now)
    return Funding.objects.create(course=course, payer=payer, policy=policy)


@transaction.atomic
def set_funding(
    *, course: Course, payer: Payer, insurer: Insurer | None = None, policy_number: str = "", code: str = "", now: datetime
) -> Funding:
    """Say who pays for a course, and cover anew its visits that were not held yet; without an insurer to bill, the patient pays."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    before = Funding.objects.filter(course=course).select_related("policy").first()
    payer, policy = _who_pays(course, payer, insurer, policy_number, now)
    was = before and before.policy
    _take_turn(was, policy)
    _note_code(policy, code, now)
    if before and (before.payer, was) == (payer, policy):
        return before
    funding = before or Funding(course=course)  # nobody else writes it: we hold the course
    funding.payer, funding.policy = payer, policy
    funding.save()
    Cover.objects.of_course(course).open().update(state=_first_state(payer), authorisation=None)
    _settle(was, policy)
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


def _policy_of(course: Course) -> Policy | None:
    """Whose policy is billed for the course, as it stands now."""
    return Policy.objects.billed_for(course).first()


# The cover of a visit, kept current by whoever books


def reserve_cover(*, session: Session, on: date, key: str) -> Cover:
    """Cover a visit on that local day: a unit of the approval that ends first, or awaiting one, or paid by the patient."""
    [cover] = reserve_covers(course=session.course, visits={key: (session, on)})
    return cover


@transaction.atomic(savepoint=False)  # it stands or falls with the booking
def reserve_covers(*, course: Course, visits: Mapping[str, tuple[Session, date]]) -> list[Cover]:
    """Cover several visits of one course, by key, as `reserve_cover` does one: whoever comes first takes the unit that ends first."""
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk).values_list("pk"))
    policy = _policy_of(course)
    _take_turn(policy)
    state = CoverState.AWAITING if policy else CoverState.SELF_PAY
    known = set(Cover.objects.of_keys(visits).values_list("key", flat=True))
    for key in known:
        session, on = visits[key]
        Cover.objects.of_key(key).exclude(state=CoverState.CONSUMED).update(session=session, on=on, state=state, authorisation=None)
    made = [Cover(key=key, session=session, on=on, state=state) for key, (session, on) in visits.items() if key not in known]
    Cover.objects.bulk_create(made)
    _settle(policy)
    return made if policy is None and not known else list(Cover.objects.of_keys(visits).order_by("on", "pk"))


@transaction.atomic
def move_cover(*, key: str, on: date) -> Cover:
    """Cover a visit on its new local day; it keeps its unit where an approval holds that day, before anybody who waits."""
    policy = _turn_of(key)
    cover = Cover.objects.get(key=key)
    if cover.state != CoverState.CONSUMED:
        Cover.objects.of_key(key).update(on=on)
        _settle(policy, moved=cover if cover.state == CoverState.RESERVED else None)
        cover.refresh_from_db()
    return cover


@transaction.atomic
def release_cover(*, key: str) -> None:
    """Give back what a cancelled visit took; whoever waits for a unit gets it. Releasing twice changes nothing."""
    policy = _turn_of(key)
    Cover.objects.of_key(key).open().update(state=CoverState.RELEASED, authorisation=None)
    _settle(policy)


@transaction.atomic
def consume_cover(*, key: str) -> None:
    """Use the unit of a visit that was held and signed; using it twice changes nothing, and who waits goes on waiting for a code."""
    _turn_of(key)
    Cover.objects.of_key(key).reserved().update(state=CoverState.CONSUMED)


def _turn_of(key: str) -> Policy | None:
    """Wait for our turn with the policy that pays for this visit."""
    course = Course.objects.filter(sessions__covers__key=key).select_for_update(no_key=True, of=["self"]).first()
    policy = _policy_of(course) if course else None
    _take_turn(policy)
    return policy


# What the insurer says


@transaction.atomic
def record_authorisation(
    *, policy: Policy, code: str, units: int, first_day: date | None, last_day: date | None, body_area: str = "", by: User, now: datetime
) -> Authorisation:
    """Write down what the insurer approved, or correct it, and cover with it the visits that wait, by date."""
    _take_turn(policy)
    approval = _answered(policy, tidy(code)) or Authorisation(policy=policy)
    _refuse_below_use(approval, units)
    approval.state, approval.code, approval.units = AuthorisationState.GRANTED, tidy(code), units
    approval.first_day, approval.last_day, approval.body_area = first_day, last_day, body_area
    approval.recorded_at, approval.recorded_by = now, by
    approval.save()
    _settle(policy)
    audit.record(by, "authorisation.record", approval, policy=policy.key, units=units)
    return approval


@transaction.atomic
def note_request(*, policy: Policy, by: User, now: datetime) -> Authorisation:
    """Note that the insurer was asked for a code; asking again renews the day."""
    _take_turn(policy)
    asked = Authorisation.objects.filter(policy=policy).asked().filter(code="").first() or Authorisation(policy=policy)
    asked.state, asked.recorded_at, asked.recorded_by = AuthorisationState.ASKED, now, by
    asked.save()
    audit.record(by, "authorisation.ask", asked, policy=policy.key)
    return asked


@transaction.atomic
def note_refusal(*, policy: Policy, by: User, now: datetime) -> Authorisation:
    """Note that the insurer said no to what was asked last."""
    _take_turn(policy)
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


# The ledger


def _take_turn(*policies: Policy | None) -> None:
    """Lock these policies, lowest id first: under the lock nobody else gives out their units."""
    wanted = sorted({policy.pk for policy in policies if policy})
    if not wanted:
        return
    limit_waiting()
    list(Policy.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _settle(*policies: Policy | None, moved: Cover | None = None) -> None:
    """Give the units of each policy to its visits anew, changing only what differs. Needs its turn taken."""
    for policy in {policy.pk: policy for policy in policies if policy}.values():
        covers = {cover.pk: cover for cover in Cover.objects.billed_to(policy).open().with_record()}
        given = allocate(_grants(policy), _claims(covers.values(), moved))
        changed = [cover for cover in covers.values() if _give(cover, given.get(cover.pk))]
        Cover.objects.bulk_update(changed, ["state", "authorisation"])


def _grants(policy: Policy) -> list[Grant]:
    rows = Authorisation.objects.filter(policy=policy).granted().with_use()
    return [Grant(id=row.pk, units=row.units - row.consumed, first_day=row.first_day, last_day=row.last_day) for row in rows]


def _claims(covers: Iterable[Cover], moved: Cover | None) -> list[Claim]:
    return [Claim(id=cover.pk, on=cover.on, rank=_rank(cover, moved)) for cover in covers]


def _rank(cover: Cover, moved: Cover | None) -> Rank:
    if moved and cover.pk == moved.pk:
        return Rank.MOVED
    return Rank.PROMISED if cover.state == CoverState.RESERVED else Rank.WAITING


def _give(cover: Cover, approval: int | None) -> bool:
    """Set what a visit gets; say whether that is new. A visit that was signed while it waited has used its unit."""
    before = cover.state, cover.authorisation_id
    if approval is None:
        cover.state = CoverState.AWAITING
    elif cover.state == CoverState.AWAITING:
        cover.state = CoverState.CONSUMED if cover.is_signed else CoverState.RESERVED
    cover.authorisation_id = approval
    return before != (cover.state, cover.authorisation_id)
