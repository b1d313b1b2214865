"""Questions about who pays: what a visit is covered by, and what the insurers still owe an answer for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum

from clinic.models import Clinic, User
from insurers.enums import AuthorisationState, CoverState, Payer
from insurers.formats import check_number
from insurers.models import Authorisation, Cover, Funding, Policy
from treatments.models import Course, Session

SOON = timedelta(days=1)
RUNS_OUT_AT = 2


# One visit, one course


def cover_words(cover: Cover | None) -> str:
    """Say in a few words who pays for a visit."""
    if cover is None or cover.state == CoverState.RELEASED:
        return ""
    if cover.state == CoverState.SELF_PAY:
        return "Patient pays"
    if cover.authorisation is None:
        return "Not covered yet"
    return f"Covered by {cover.authorisation.policy.insurer.name}, code {cover.authorisation.code}"


def covers_of(keys: Iterable[str]) -> dict[str, Cover]:
    """The cover of each visit, by the visit's key, with what its words need."""
    rows = Cover.objects.of_keys(keys).select_related("authorisation__policy__insurer")
    return {cover.key: cover for cover in rows}


@dataclass(frozen=True, kw_only=True)
class Left:
    """What the approvals of a policy have given and still have to give; beyond are the visits that they don't cover."""

    units: int = 0
    used: int = 0
    booked: int = 0
    last_day: date | None = None
    beyond: tuple["Beyond", ...] = ()

    @property
    def left(self) -> int:
        return self.units - self.used - self.booked

    @property
    def words(self) -> str:
        return f"{self.used} used, {self.booked} booked, {self.left} left of {self.units}" if self.units else "No sessions approved yet"


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """A visit that stands, by its day and key, and that no approval covers."""

    on: date
    key: str


def sessions_left(course: Course) -> Left | None:
    """What the insurer still covers of this course, or None where the patient pays."""
    return sessions_left_of([course]).get(course.pk)


def sessions_left_of(courses: Iterable[Course]) -> dict[int, Left]:
    """The same for many courses at once, by the course's id; those that the patient pays for are left out."""
    billed = Funding.objects.billed().filter(course__in=[course.pk for course in courses])
    policy_of = dict(billed.values_list("course_id", "policy_id"))
    left = _left(set(policy_of.values()))
    return {course: left[policy] for course, policy in policy_of.items()}


def _left(policies: Iterable[int], answers: Mapping[int, list[Authorisation]] | None = None) -> dict[int, Left]:
    """What is left under each policy; `answers` spares asking for them again."""
    policies = list(policies)
    answers = _answers(policies) if answers is None else answers
    beyond = _beyond(policies)
    return {policy: _sum(answers[policy], beyond[policy]) for policy in policies}


def _answers(policies: Iterable[int]) -> dict[int, list[Authorisation]]:
    """What each insurer was asked and said, oldest first, with the units in use."""
    answers = defaultdict(list)
    for row in Authorisation.objects.filter(policy__in=list(policies)).with_use().oldest_first():
        answers[row.policy_id].append(row)
    return answers


def _sum(answers: Iterable[Authorisation], beyond: Iterable[Beyond]) -> Left:
    grants = [row for row in answers if row.state == AuthorisationState.GRANTED]
    days = [grant.last_day for grant in grants]
    return Left(
        units=sum(grant.units for grant in grants),
        used=sum(grant.consumed for grant in grants),
        booked=sum(grant.reserved for grant in grants),
        last_day=max(days) if days and None not in days else None,
        beyond=tuple(beyond),
    )


def _beyond(policies: list[int]) -> dict[int, list[Beyond]]:
    found = defaultdict(list)
    rows = Cover.objects.awaiting().billed_to_any(policies).by_date()
    for policy, on, key in rows.values_list("session__course__funding__policy_id", "on", "key"):
        found[policy].append(Beyond(on=on, key=key))
    return found


# One policy


def visits_of(policy: Policy) -> list[Cover]:
    """The visits that a policy should pay for, by date, each with what covers it."""
    return list(Cover.objects.billed_to(policy).standing().by_date().select_related("authorisation", "session"))


def code_doubts(policy: Policy, code: str) -> list[str]:
    """What speaks against a code, in words: its shape, or another patient who has it. None of it stops anybody."""
    check = check_number(policy.insurer.slug, "authorisation", code)
    doubts = [check.words] if check.words else []
    others = Authorisation.objects.filter(code=check.number, policy__insurer=policy.insurer).exclude(policy__patient=policy.patient_id)
    if others.exists():
        doubts.append("Another patient has this code on file.")
    return doubts


# The board


class Need(Enum):
    """Why a policy stands on the board, most pressing first: its name in an address, its words, its colour and its mark."""

    MISSING = "missing", "No code", "block", "ticket"
    REFUSED = "refused", "Refused", "block", "never"
    CHECK = "check", "Code to check", "review", "eye"
    ASKED = "asked", "Asked", "info", "mail"
    ENDS = "ends", "Ends before visits", "caution", "calendar"
    OUT = "out", "Running out", "caution", "alert"
    FINE = "fine", "Covered", "clear", "check"

    def __init__(self, slug: str, words: str, tier: str, mark: str):
        self.slug, self.words, self.tier, self.mark = slug, words, tier, mark


@dataclass(frozen=True, kw_only=True)
class Row:
    """One policy on the board."""

    key: str
    number: str
    insurer: str
    insurer_slug: str
    patient: str
    phone: str
    practitioner: str
    clinic: Clinic
    today: date
    need: Need
    since: date
    codes: tuple[str, ...]
    left: Left
    to_book: int

    @property
    def code(self) -> str:
        return ", ".join(self.codes)

    @property
    def first_beyond(self) -> date | None:
        return self.left.beyond[0].on if self.left.beyond else None

    @property
    def is_due(self) -> bool:
        """Whether a code must come today: a visit today or tomorrow, or one that was held already, is not covered."""
        return self.first_beyond is not None and self.first_beyond <= self.today + SOON

    @property
    def is_needy(self) -> bool:
        return self.need is not Need.FINE

    @property
    def days_left(self) -> int | None:
        return (self.left.last_day - self.today).days if self.left.last_day else None

    @property
    def action(self) -> str:
        return ACTIONS[self.need]


ACTIONS = {
    Need.MISSING: "Record code",
    Need.REFUSED: "Decide who pays",
    Need.CHECK: "Check code",
    Need.ASKED: "Record answer",
    Need.ENDS: "Move or extend",
    Need.OUT: "Ask for more",
    Need.FINE: "See",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody looks for on the board."""

    insurer: str = ""
    need: str = ""
    words: str = ""

    def takes(self, row: Row) -> bool:
        """Say whether a row is among those looked for, whatever its need."""
        said = f"{row.patient} {row.code} {row.number} {row.insurer}".casefold()
        return (not self.insurer or row.insurer_slug == self.insurer) and all(word in said for word in self.words.casefold().split())


@dataclass(frozen=True, kw_only=True)
class Board:
    """The approvals of the clinics somebody works at: `due` on top, then `rows`; `counts` are by need."""

    due: list[Row]
    rows: list[Row]
    needy: int
    fine: int
    insurers: list[tuple[str, str]] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """How many need something among those that are looked for."""
        return sum(self.counts.values())


def board(*, user: User, now: datetime, wanted: Wanted = Wanted()) -> Board:
    """Return what the insurers still owe an answer for: a fixed number of queries, whatever the size."""
    every = rows_of(user=user, now=now)
    rows = [row for row in every if row.is_needy and wanted.takes(row)]
    counts = {need.slug: sum(row.need is need for row in rows) for need in Need if need is not Need.FINE}
    return Board(
        due=sorted((row for row in every if row.is_due), key=lambda row: (row.first_beyond, row.patient)),
        rows=sorted((row for row in rows if wanted.need in ("", row.need.slug)), key=_pressing),
        needy=sum(row.is_needy for row in every),
        fine=sum(not row.is_needy for row in every),
        insurers=sorted({(row.insurer_slug, row.insurer) for row in every}, key=lambda insurer: insurer[1]),
        counts=counts,
    )


def _pressing(row: Row) -> tuple:
    """The first day without cover first, then what will run out; the longest known first among equals."""
    return row.first_beyond or date.max, list(Need).index(row.need), row.since, row.patient


def rows_of(*, user: User, now: datetime, policy: str = "") -> list[Row]:
    """One row for each policy of an open course, or of a visit that waits for a code; of one policy if `policy` names it."""
    fundings = Funding.objects.visible_to(user).billed().with_people()
    fundings = fundings.filter(policy__key=policy) if policy else fundings.on_the_board()
    groups: dict[int, list[Funding]] = defaultdict(list)
    for funding in fundings:
        groups[funding.policy_id].append(funding)
    answers = _answers(groups)
    left, to_book = _left(groups, answers), _to_book(groups)
    return [_row(groups[key], answers[key], left[key], to_book[key], now) for key in groups]


def _to_book(policies: Iterable[int]) -> dict[int, int]:
    """How many planned sessions of each policy's open courses have no visit yet."""
    courses = Course.objects.open().filter(funding__policy__in=list(policies), funding__payer=Payer.INSURER)
    standing = Cover.objects.standing().filter(session__course__in=courses)
    unbooked = Session.objects.planned().without_record().filter(course__in=courses).exclude(pk__in=standing.values("session"))
    return defaultdict(int, Counter(unbooked.values_list("course__funding__policy_id", flat=True)))


def _row(fundings: list[Funding], answers: list[Authorisation], left: Left, to_book: int, now: datetime) -> Row:
    policy = fundings[0].policy
    clinic = policy.patient.clinic
    since = answers[-1].recorded_at if answers else policy.created_at
    treating = fundings[-1].course.practitioner
    return Row(
        key=policy.key,
        number=policy.number,
        insurer=policy.insurer.name,
        insurer_slug=policy.insurer.slug,
        patient=policy.patient.name,
        phone=policy.patient.mobile,
        practitioner=treating.short_name if treating else "",
        clinic=clinic,
        today=now.astimezone(clinic.tz).date(),
        need=_need(answers, left, to_book),
        since=since.astimezone(clinic.tz).date(),
        codes=tuple(row.code for row in answers if row.code and row.state != AuthorisationState.REFUSED),
        left=left,
        to_book=to_book,
    )


def _need(answers: list[Authorisation], left: Left, to_book: int) -> Need:
    """Say what a policy needs, from what the insurer was asked and said, and from what is left."""
    asked = [row for row in answers if row.state == AuthorisationState.ASKED]
    if asked:
        return Need.CHECK if any(row.code for row in asked) else Need.ASKED
    if left.beyond and answers and answers[-1].state == AuthorisationState.REFUSED:
        return Need.REFUSED
    if not left.units:
        return Need.MISSING if left.beyond or to_book else Need.FINE
    if left.beyond:
        return Need.ENDS if left.left > 0 else Need.OUT
    return Need.OUT if to_book > left.left and left.left <= RUNS_OUT_AT else Need.FINE
