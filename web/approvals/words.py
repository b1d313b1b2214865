"""What the board says about its rows: days, hours, and what is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bookings.models import Appointment
from clinic.models import User
from insurers.board import Row
from insurers.directory import example_of
from insurers.enums import AuthorisationState, Collector, Excess, Standing
from insurers.fitting import area_words
from insurers.models import Authorisation, Change, Cover, Insurer, Policy
from insurers.money import written
from insurers.selectors import Beyond, Left, day_words
from web.approvals.insurer_forms import CODE_WORDS, KIND_WORDS, PAYS_WORDS

MOST_DATES = 6


def starts_of(user: User, keys: Iterable[str]) -> dict[str, datetime]:
    """When the visits of these keys begin, as far as the user may know."""
    rows = Appointment.objects.visible_to(user).keyed(keys).values_list("key", "during")
    return {key: during.lower for key, during in rows}


@dataclass(frozen=True)
class Uncovered:
    """A visit beyond cover: its day, and its beginning where the diary knows it."""

    visit: Beyond
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """One row of the board with what its template says."""

    row: Row
    uncovered: list[Uncovered]

    @property
    def shown(self) -> list[Uncovered]:
        return self.uncovered[:MOST_DATES]

    @property
    def hidden(self) -> int:
        return len(self.uncovered) - len(self.shown)

    @property
    def first_at(self) -> datetime | None:
        return self.uncovered[0].at

    @property
    def due_words(self) -> str:
        """Why this is due: treated already, today, or tomorrow."""
        days = (self.row.first_beyond - self.row.today).days
        hour = f" at {self.first_at.astimezone(self.row.clinic.tz):%H:%M}" if self.first_at else ""
        lacks = "has no code" if not self.row.left.units else "has a visit that no code covers"
        if days < 0:
            return f"{self.row.patient} came {-days} {'day' if days == -1 else 'days'} ago, and no code covers it"
        return f"{self.row.patient} {lacks}, and comes {'today' if days == 0 else 'tomorrow'}{hour}"


def lines(rows: Iterable[Row], starts: Mapping[str, datetime]) -> list[Line]:
    return [Line(row, [Uncovered(visit, starts.get(visit.key)) for visit in row.left.beyond]) for row in rows]


def keys_of(*groups: Iterable[Row]) -> set[str]:
    return {visit.key for rows in groups for row in rows for visit in row.left.beyond}


@dataclass(frozen=True)
class Visit:
    """One visit of a policy: when, which session, and what pays for it."""

    cover: Cover
    at: datetime | None
    left: Left

    @property
    def words(self) -> str:
        """The code that covers it, or why none does."""
        if self.cover.authorisation:
            return f"code {self.cover.authorisation.code}"
        if not self.left.units:
            return "waits for a code"
        is_late = self.left.last_day is not None and self.cover.on > self.left.last_day
        return "after the last day" if is_late else "no session left"


def accepted_words(units: int, booked: int, beyond: int) -> str:
    """What recording a code has brought about."""
    said = [f"{units} {'session' if units == 1 else 'sessions'} recorded."]
    if booked:
        said.append(f"{booked} {'visit is' if booked == 1 else 'visits are'} booked now.")
    if beyond:
        said.append(f"{beyond} booked {'visit is' if beyond == 1 else 'visits are'} still beyond it.")
    return " ".join(said)


# Approvals and policies in words

CHIPS = {
    Standing.ASKED: ("info", "Asked", "mail"),
    Standing.CHECK: ("review", "To check", "eye"),
    Standing.GRANTED: ("clear", "Approved", "check"),
    Standing.REFUSED: ("block", "Refused", "never"),
    Standing.EXPIRED: ("quiet", "Expired", "calendar"),
    Standing.EXHAUSTED: ("quiet", "Used up", "ticket"),
}


@dataclass(frozen=True)
class Said:
    """One approval or request as pages show it: how it stands on a day, and everything it says."""

    row: Authorisation
    today: date
    currency: str

    @property
    def chip(self) -> tuple[str, str, str]:
        return CHIPS[self.row.standing(self.today, self.taken)]

    @property
    def taken(self) -> int:
        return self.row.consumed + self.row.reserved

    @property
    def lines(self) -> list[str]:
        """What it is for, and how it was asked, each in a few words."""
        row = self.row
        covers = [area_words(row.body_area).capitalize() if row.body_area else "", ", ".join(each.name for each in row.techniques.all())]
        covers += [
            row.professions,
            f"at {row.clinic.place}" if row.clinic else "",
            f"{written(row.fee, self.currency)} each" if row.fee else "",
        ]
        asked = f"asks for {row.units_asked} more" if row.is_extension and row.state == AuthorisationState.ASKED else ""
        chased = f"chased {self._day(row.chased_at)}" if row.chased_at and row.state == AuthorisationState.ASKED else ""
        return [part for part in (*covers, asked, chased, row.refused_because) if part]

    def _day(self, at: datetime) -> str:
        return day_words(at.astimezone(self.row.policy.patient.clinic.tz).date())


def policy_facts(policy: Policy, today: date) -> list[tuple[str, str]]:
    """What is known of a policy, by name; what isn't is left out."""
    currency = policy.patient.clinic.currency
    facts = [
        ("Number", policy.number),
        ("Second number", policy.member_number),
        ("Holder", policy.holder),
        ("Scheme", policy.scheme),
        ("Renews", _renewal_words(policy, today)),
        ("Excess", excess_words(policy)),
        ("Patient’s share", f"{policy.patient_percent} percent" if policy.patient_percent else ""),
        ("Yearly limit", _limit_words(policy, currency)),
    ]
    return [(name, value) for name, value in facts if value]


def _renewal_words(policy: Policy, today: date) -> str:
    if not policy.renews_on:
        return ""
    return f"{day_words(policy.renews_on)}{', which has passed: ask again' if policy.renews_on <= today else ''}"


def _limit_words(policy: Policy, currency: str) -> str:
    if policy.yearly_limit is None:
        return ""
    left = f", {written(policy.limit_left, currency)} left" if policy.limit_left is not None else ""
    return f"{written(policy.yearly_limit, currency)}{left}"


def excess_words(policy: Policy) -> str:
    """What the patient pays first, and what of it is left."""
    currency = policy.patient.clinic.currency
    match policy.excess_kind:
        case Excess.NONE:
            return "none"
        case Excess.VISIT:
            return f"{written(policy.excess, currency)} at each visit"
        case Excess.YEARLY:
            since = f" on {day_words(policy.excess_left_on)}" if policy.excess_left_on else ""
            left = f", {written(policy.excess_left, currency)} left{since}" if policy.excess_left is not None else ""
            return f"{written(policy.excess, currency)} in a policy year{left}"
    return ""


# Insurers in words


@dataclass(frozen=True)
class Listed:
    """One insurer of the directory as its card shows it."""

    row: Insurer

    def says(self, wanted: str) -> bool:
        """Whether every word looked for is somewhere in its names."""
        row = self.row
        names = f"{row.name} {row.other_names} {row.former_names} {row.group}".casefold()
        return all(word in names for word in wanted.casefold().split())

    @property
    def is_provider(self) -> bool:
        return not self.row.is_insurer

    @property
    def facts(self) -> list[tuple[str, str]]:
        row = self.row
        facts = [
            ("Once called", row.former_names),
            ("Also", row.other_names),
            ("Group", row.group),
            ("Kind", KIND_WORDS.get(row.kind, "")),
            ("Pays", PAYS_WORDS.get(row.claim_model, "")),
            ("Code", CODE_WORDS.get(row.pre_authorisation, "")),
            ("Referral", row.referral),
            ("Acupuncture", row.acupuncture),
            ("Limits", row.limits),
            ("Excess", row.excess),
            ("Excess is collected by", row.get_excess_collector_display().lower() if row.excess_collector != Collector.UNKNOWN else ""),
            ("Asks for", row.requirements),
        ]
        return [(name, value) for name, value in facts if value and value != "Not known"]

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """What its numbers are called, with an example of each shape."""
        row = self.row
        pairs = [(row.policy_label, row.policy_shapes), (row.member_label, row.member_shapes), (row.code_label, row.code_shapes)]
        return [(label, " or ".join(example_of(shape) for shape in shapes.split(", "))) for label, shapes in pairs if label and shapes]

    @property
    def rules(self) -> list[str]:
        """What it asks of an invoice, each in a few words."""
        row = self.row
        said = [
            f"sent within {row.invoice_months} months" if row.invoice_months else "",
            f"number of at most {row.invoice_number_length} characters" if row.invoice_number_length else "",
            "number never used twice" if row.invoice_number_unique else "",
            f"not chased before {row.chase_after_days} days" if row.chase_after_days else "",
            "one session for a patient and day" if row.one_a_day else "",
            "approved before treatment only" if row.approval_first else "",
            f"sent through {row.invoice_by}" if row.invoice_by else "",
            row.invoices,
        ]
        return [part for part in said if part]


# What was changed


@dataclass(frozen=True)
class Changed:
    """One change as its line says it."""

    at: datetime
    by: str
    what: str
    before: str
    after: str


NAMES = {
    "renews_on": "renewal",
    "excess_kind": "kind of excess",
    "excess_left": "excess left",
    "excess_left_on": "day of that",
    "member_number": "second number",
    "code_shapes": "look of the code",
    "policy_shapes": "look of the policy number",
    "member_shapes": "look of the second number",
    "units_asked": "sessions asked for",
    "units": "sessions",
    "clinic": "made out to",
    "active": "can be chosen",
}
AMOUNTS = {"excess", "excess_left", "yearly_limit", "limit_left", "fee"}
YES_NO = {"True": "yes", "False": "no"}


def changes_words(changes: Iterable[Change], currency: str = "") -> list[Changed]:
    """Each change with its field's name in words, its day, who made it, and both values."""
    return [
        Changed(
            at=change.at,
            by=str(change.by) if change.by else "a new edition of the directory",
            what=NAMES.get(change.field, change.field.replace("_", " ")),
            before=_value(change, change.before, currency),
            after=_value(change, change.after, currency),
        )
        for change in changes
    ]


def _value(change: Change, value: str, currency: str) -> str:
    if change.field in AMOUNTS and currency and value.isdigit():
        return written(int(value), currency)
    return YES_NO.get(value, value) or "nothing"
