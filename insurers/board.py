"""The approvals board: what the insurers still owe an answer for, in a fixed number of queries whatever its size."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from clinic.models import Clinic, Practitioner, User
from insurers.enums import AuthorisationState, Payer
from insurers.models import Cover, Funding
from insurers.selectors import Answer, Left, answers_of, beyond_of, left_of
from treatments.models import Course, Session

SOON = timedelta(days=1)
RUNS_OUT_AT = 2


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


class Known(NamedTuple):
    """What a row says of one course and its policy: read as plain values, because a board holds thousands."""

    policy: int
    key: str
    number: str
    created_at: datetime
    insurer: str
    insurer_slug: str
    first_name: str
    last_name: str
    phone: str
    clinic: int
    practitioner: str | None


KNOWN = (
    *("policy_id", "policy__key", "policy__number", "policy__created_at", "policy__insurer__name", "policy__insurer__slug"),
    *("policy__patient__first_name", "policy__patient__last_name", "policy__patient__mobile", "policy__patient__clinic_id"),
    "course__practitioner__name",
)


def rows_of(*, user: User, now: datetime, policy: str = "") -> list[Row]:
    """One row for each policy of an open course, or of a visit that waits for a code; of one policy if `policy` names it."""
    fundings = Funding.objects.visible_to(user).billed()
    fundings = fundings.filter(policy__key=policy) if policy else fundings.on_the_board(Cover.objects.awaiting())
    known = {row.policy: row for row in map(Known._make, fundings.order_by("pk").values_list(*KNOWN))}  # the newest course names who treats
    policies = fundings.order_by().values("policy")
    answers, beyond, to_book = answers_of(policies), beyond_of(policies), _to_book(policies)
    found = Clinic.objects.in_bulk({row.clinic for row in known.values()})
    clinics = {key: (clinic, now.astimezone(clinic.tz).date()) for key, clinic in found.items()}
    return [_row(row, answers[key], left_of(answers[key], beyond[key]), to_book[key], *clinics[row.clinic]) for key, row in known.items()]


def _to_book(policies: QuerySet) -> Counter:
    """How many planned sessions of each policy's open courses have no visit yet."""
    courses = Course.objects.open().filter(funding__policy__in=policies, funding__payer=Payer.INSURER)
    visited = Exists(Cover.objects.standing().filter(session=OuterRef("pk")))
    unbooked = Session.objects.planned().without_record().filter(~visited, course__in=courses)
    return Counter(unbooked.order_by().values_list("course__funding__policy_id", flat=True))


def _row(known: Known, answers: list[Answer], left: Left, to_book: int, clinic: Clinic, today: date) -> Row:
    since = answers[-1].recorded_at if answers else known.created_at
    return Row(
        key=known.key,
        number=known.number,
        insurer=known.insurer,
        insurer_slug=known.insurer_slug,
        patient=f"{known.first_name} {known.last_name}",
        phone=known.phone,
        practitioner=Practitioner(name=known.practitioner).short_name if known.practitioner else "",
        clinic=clinic,
        today=today,
        need=_need(answers, left, to_book),
        since=since.astimezone(clinic.tz).date(),
        codes=tuple(row.code for row in answers if row.code and row.state != AuthorisationState.REFUSED),
        left=left,
        to_book=to_book,
    )


def _need(answers: list[Answer], left: Left, to_book: int) -> Need:
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
