"""The approvals board: what the insurers still owe an answer for, in a fixed number of queries whatever its size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum

from django.db.models import QuerySet

from clinic.models import Clinic, Practitioner, User
from insurers.enums import Payer
from insurers.models import Cover, Funding
from insurers.selectors import Left, beyond_of
from insurers.standings import page_of, standings

SOON = timedelta(days=1)


class Need(Enum):
    """Why a policy stands on the board, most pressing first: its name in an address, its words, its colour and its mark."""

    MISSING = "missing", "No code", "block", "ticket"
    REFUSED = "refused", "Refused", "block", "never"
    CHECK = "check", "Code to check", "review", "eye"
    WAITING = "waiting", "Waiting on patient", "review", "person"
    ASKED = "asked", "Asked", "info", "mail"
    ENDS = "ends", "Ends before visits", "caution", "calendar"
    OUT = "out", "Running out", "caution", "alert"
    FINE = "fine", "Covered", "clear", "check"

    def __init__(self, slug: str, words: str, tier: str, mark: str):
        self.slug, self.words, self.tier, self.mark = slug, words, tier, mark


BY_SLUG = {need.slug: need for need in Need}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One policy on the board."""

    policy: int
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
    code: str
    left: Left
    to_book: int

    @property
    def first_beyond(self) -> date | None:
        return self.left.beyond[0].on if self.left.beyond else None

    @property
    def is_due(self) -> bool:
        """Whether a code must come today: a visit today or tomorrow, or one that was held already, is not covered."""
        return self.first_beyond is not None and self.first_beyond <= self.today + SOON

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
    Need.WAITING: "Record code",
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
    clinic: int = 0
    practitioner: str = ""

    @property
    def params(self) -> dict[str, object]:
        words = self.words.lower().split()
        return {"insurer_slug": self.insurer, "need": self.need, "clinic": self.clinic, "person": self.practitioner, "words": words}


@dataclass(frozen=True, kw_only=True)
class Board:
    """The approvals of the clinics somebody works at: `due` on top, then one page of `rows`; `counts` are by need, of all looked for."""

    due: list[Row]
    rows: list[Row]
    due_count: int
    needy: int
    fine: int
    found: int
    insurers: list[tuple[str, str]] = field(default_factory=list)
    clinics: list[tuple[int, str]] = field(default_factory=list)
    practitioners: list[tuple[str, str]] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def every(self) -> int:
        """How many need something among those that are looked for, whatever they need."""
        return sum(self.counts.values())


def board(
    *, user: User, now: datetime, wanted: Wanted = Wanted(), start: int = 0, many: int | None = None, most_due: int | None = None
) -> Board:
    """Return what the insurers still owe an answer for, the oldest first: three queries, whatever the size."""
    found = page_of(_on_the_board(user), now=now, wanted=wanted.params, start=start, many=many, most_due=most_due)
    clinics = _clinics(user, now)
    due, rows = found["due"] or [], found["rows"] or []
    full = {row.policy: row for row in _rows([*due, *rows], clinics)}
    counts = {need.slug: (found["counts"] or {}).get(need.slug, 0) for need in Need if need is not Need.FINE}
    return Board(
        due=[full[row["policy"]] for row in due],
        rows=[full[row["policy"]] for row in rows],
        due_count=found["due_count"],
        needy=found["needy"],
        fine=found["fine"],
        found=counts.get(wanted.need, sum(counts.values())),
        insurers=[(each["insurer_slug"], each["insurer"]) for each in found["insurers"] or []],
        clinics=[(key, clinic.place) for key, (clinic, _) in clinics.items()],
        practitioners=[(each["person"], short_name(each["practitioner"])) for each in found["people"] or []],
        counts=counts,
    )


def row_of(*, user: User, now: datetime, policy: str) -> Row | None:
    """One policy as its row on the board says it, whatever it needs; None where nothing is billed to it."""
    fundings = Funding.objects.visible_to(user).billed().filter(policy__key=policy)
    return next(iter(_rows(standings(fundings, now=now), _clinics(user, now))), None)


def due_count(*, user: User, now: datetime) -> int:
    """How many policies have a visit until tomorrow, or one that was held, that nothing covers: one small question."""
    waiting = Cover.objects.visible_to(user).awaiting().filter(session__course__funding__payer=Payer.INSURER)
    return waiting.due_by(now).values("session__course__funding__policy").distinct().count()


def _on_the_board(user: User) -> QuerySet:
    """The fundings of open courses, and of any other that has a visit without cover."""
    return Funding.objects.visible_to(user).billed().on_the_board(Cover.objects.awaiting())


def _clinics(user: User, now: datetime) -> dict[int, tuple[Clinic, date]]:
    """The clinics of a member of staff, each with its own today."""
    found = Clinic.objects.visible_to(user).order_by("position", "pk")
    return {clinic.pk: (clinic, now.astimezone(clinic.tz).date()) for clinic in found}


def _rows(said: Iterable[Mapping], clinics: Mapping[int, tuple[Clinic, date]]) -> list[Row]:
    said = list(said)
    beyond = beyond_of({row["policy"] for row in said})
    return [_row(row, beyond[row["policy"]], *clinics[row["clinic"]]) for row in said]


def _row(said: Mapping, beyond: list, clinic: Clinic, today: date) -> Row:
    last_day = date.fromisoformat(said["last_day"]) if said["last_day"] else None
    return Row(
        **{name: said[name] for name in ("policy", "key", "number", "insurer", "insurer_slug", "patient", "phone", "to_book")},
        practitioner=short_name(said["practitioner"]),
        clinic=clinic,
        today=today,
        need=BY_SLUG[said["need"]],
        since=datetime.fromisoformat(said["since"]).astimezone(clinic.tz).date(),
        code=said["codes"],
        left=Left(units=said["units"], used=said["used"], booked=said["booked"], last_day=last_day, beyond=tuple(beyond)),
    )


def short_name(name: str) -> str:
    return Practitioner(name=name).short_name if name else ""
