"""Every insurer of the list and what it asks for, read from the files in this folder."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from treatments.catalogue.reading import CatalogueError, Record, Row, index, read_csv, read_json

HERE = Path(__file__).parent
CLAIM_MODELS = ("direct", "reclaim", "mixed", "unknown", "none")
APPROVALS = ("required", "sometimes", "not_needed", "unknown")
KINDS = (
    *("pmi", "international_pmi", "cash_plan", "healthcare_trust_administrator", "claims_administrator"),
    *("provider_not_insurer", "unknown"),
)
COLLECTORS = ("unknown", "clinic", "insurer", "none")
NUMBERS = ("policy", "member", "authorisation")
SIGNS = {"#": ("[0-9]", "1234567890"), "@": ("[A-Z]", "ABCDEFGHIJ"), "*": ("[A-Z0-9]", "A1B2C3D4E5")}
ITSELF = re.compile(r"[A-Z0-9/.\-]")

__all__ = ["HERE", "CatalogueError", "Directory", "Entry", "InvoiceRule", "NumberFormat", "directory"]


@dataclass(frozen=True)
class Entry:
    """One insurer as patients and clinics call it; an empty text means that nothing was found."""

    slug: str
    name: str
    current_name: str
    other_names: tuple[str, ...]
    former_names: tuple[str, ...]
    group: str
    kind: str
    claim_model: str
    pre_authorisation: str
    referral: str
    acupuncture: str
    limits: str
    excess: str
    excess_collector: str
    invoices: str
    requirements: str
    source: str
    evidence: str
    verified: bool
    checked: str

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it is called, its name on the list first."""
        return tuple(dict.fromkeys((self.name, self.current_name, *self.other_names, *self.former_names)))

    @property
    def is_insurer(self) -> bool:
        """False for a provider of care that is on the list but pays nobody."""
        return self.claim_model != "none"


@dataclass(frozen=True)
class NumberFormat:
    """How one kind of number of some insurers looks, and what it is often confused with."""

    insurers: tuple[str, ...]
    kind: str
    label: str
    shapes: tuple[str, ...]
    confused: tuple[tuple[tuple[str, ...], str], ...] = ()
    source: str = ""
    verified: bool = False

    @property
    def examples(self) -> tuple[str, ...]:
        return tuple(example_of(shape) for shape in self.shapes)

    def fits(self, number: str) -> bool:
        return fits_any(number, self.shapes)

    def mistaken(self, number: str) -> str:
        """What to say of a number that is often given in place of this one, or nothing."""
        return next((words for shapes, words in self.confused if fits_any(number, shapes)), "")


def fits_any(number: str, shapes: tuple[str, ...]) -> bool:
    return any(_pattern(shape).fullmatch(number) for shape in shapes)


def shape_problem(shape: str) -> str:
    """Why this is no shape of a number, or nothing; a shape has a digit or letter somewhere, so that it can tell numbers apart."""
    odd = [sign for sign in shape if sign not in SIGNS and not ITSELF.fullmatch(sign)]
    if odd:
        return f"{odd[0]!r} can’t stand in a number"
    return "" if shape.strip("/.-") else "a shape has at least one digit or letter"


@lru_cache(maxsize=500)
def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile("".join(SIGNS[sign][0] if sign in SIGNS else re.escape(sign) for sign in shape))


def example_of(shape: str) -> str:
    """A number of that shape, to show: each run of signs counts from its beginning."""
    example, before, run = "", "", 0
    for sign in shape:
        run = run + 1 if sign == before else 0
        example += SIGNS[sign][1][run % 10] if sign in SIGNS else sign
        before = sign
    return example


@dataclass(frozen=True)
class InvoiceRule:
    """How some insurers want their invoices; None and False where nothing is known."""

    insurers: tuple[str, ...]
    within_months: int | None
    number_length: int | None
    number_unique: bool
    chase_after_days: int | None
    one_a_day: bool
    approval_first: bool
    sent_by: str
    source: str
    verified: bool


@dataclass(frozen=True, eq=False)
class Directory:
    """All insurers, their number formats and their invoice rules."""

    insurers: Mapping[str, Entry]
    formats: tuple[NumberFormat, ...]
    invoices: Mapping[str, InvoiceRule]

    def called(self, name: str) -> tuple[Entry, ...]:
        """The insurers that go, or went, by a name; the one whose name on the list it is comes first."""
        wanted = _plain(name)
        found = [entry for entry in self.insurers.values() if wanted in map(_plain, entry.names)]
        return tuple(sorted(found, key=lambda entry: _plain(entry.name) != wanted))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@lru_cache(maxsize=4)
def directory(folder: Path = HERE) -> Directory:
    """The directory of a folder, read once; CatalogueError names file, line and field of the first mistake."""
    entries = index(((row, row.text("slug"), _entry(row)) for row in read_csv(folder / "insurers.csv")), "slug")
    book = read_json(folder / "formats.json")
    return Directory(
        insurers=entries,
        formats=tuple(_format(part, entries) for part in book.parts("formats")),
        invoices=index(_invoice_rules(book, entries), "insurers"),
    )


def _entry(row: Row) -> Entry:
    verified = row.yes("verified")
    return Entry(
        slug=row.text("slug"),
        name=row.text("name"),
        current_name=row.text("current_name"),
        other_names=row.words("other_names"),
        former_names=row.words("former_names"),
        group=row.text("group", blank=True),
        kind=row.one_of("kind", KINDS),
        claim_model=row.one_of("claim_model", CLAIM_MODELS),
        pre_authorisation=row.one_of("pre_authorisation", APPROVALS),
        referral=row.text("referral", blank=True),
        acupuncture=row.text("acupuncture", blank=True),
        limits=row.text("limits", blank=True),
        excess=row.text("excess", blank=True),
        excess_collector=row.one_of("excess_collector", COLLECTORS),
        invoices=row.text("invoices", blank=True),
        requirements=row.text("requirements"),
        source=row.text("source"),
        evidence=row.text("evidence"),
        verified=verified,
        checked=row.text("checked", blank=True),
    )


def _format(record: Record, known: Mapping[str, Entry]) -> NumberFormat:
    return NumberFormat(
        insurers=_known(record, known),
        kind=record.one_of("kind", NUMBERS),
        label=record.text("label"),
        shapes=_shapes(record),
        confused=tuple((_shapes(part), part.text("words")) for part in record.parts("confused")),
        source=record.text("source"),
        verified=record.yes("verified"),
    )


def _shapes(record: Record) -> tuple[str, ...]:
    shapes = record.words("shapes")
    if problem := next((problem for shape in shapes if (problem := shape_problem(shape))), ""):
        raise record.wrong("shapes", problem)
    return shapes


def _known(record: Record, known: Mapping[str, Entry]) -> tuple[str, ...]:
    named = record.words("insurers")
    if missing := [slug for slug in named if slug not in known]:
        raise record.wrong("insurers", f"{missing[0]} is not in the list")
    return named


def _invoice_rules(book: Record, known: Mapping[str, Entry]) -> Iterator[tuple[Record, str, InvoiceRule]]:
    for record in book.parts("invoices"):
        rule = InvoiceRule(
            insurers=_known(record, known),
            within_months=record.whole_or_none("within_months", 1, 36),
            number_length=record.whole_or_none("number_length", 1, 40),
            number_unique=record.yes("number_unique", otherwise=False),
            chase_after_days=record.whole_or_none("chase_after_days", 1, 365),
            one_a_day=record.yes("one_a_day", otherwise=False),
            approval_first=record.yes("approval_first", otherwise=False),
            sent_by=record.text("sent_by", blank=True),
            source=record.text("source"),
            verified=record.yes("verified"),
        )
        yield from ((record, slug, rule) for slug in rule.insurers)
