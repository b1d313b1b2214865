"""The shapes of the screening rules: plain values, read from `patients/rules/` by the rulebook."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from patients.enums import Act, Action, Urgency

NONE = "none"
NOT_SURE = "not_sure"
ALL = "all"


@dataclass(frozen=True)
class Condition:
    """When something is shown or holds: every part that is given must be true."""

    complaints: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    techniques: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    sex: frozenset[str] = frozenset()
    age_from: int | None = None
    age_to: int | None = None
    answers: tuple[tuple[str, frozenset[str]], ...] = ()
    ticked: bool = False
    any: tuple["Condition", ...] = ()


@dataclass(frozen=True)
class Points:
    """What a rule means for acupuncture points, by code; `only_with` names the flags it waits for."""

    action: str
    codes: tuple[str, ...]
    only_with: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """One contraindication, red flag or caution, with what it means and where it comes from."""

    id: str
    name: str
    question: str
    kind: str
    where: str
    action: Action
    urgency: Urgency
    asked: frozenset[str]
    techniques: Mapping[str, Act]
    advice: str
    why: str
    note: str = ""
    tell: str = ""
    words: tuple[str, ...] = ()
    points: Points | None = None
    area: str = "none"
    computed: Condition | None = None
    source: tuple[str, ...] = ()
    unsourced: bool = False
    source_read: bool = False

    @property
    def reviews(self) -> bool:
        """Whether it always asks for a clinician, whatever technique is wanted."""
        return self.kind == "absolute" or self.action in (Action.EMERGENCY, Action.REVIEW)


@dataclass(frozen=True)
class Combination:
    """Rules that mean more together than each alone."""

    id: str
    name: str
    all: tuple[str, ...]
    action: Action
    urgency: Urgency
    techniques: Mapping[str, Act]
    advice: str
    why: str
    any: tuple[str, ...] = ()
    when: Condition | None = None
    when_in_words: str = ""
    either: bool = False
    tell: str = ""
    note: str = ""
    source: tuple[str, ...] = ()
    unsourced: bool = False
    source_read: bool = False

    @property
    def reviews(self) -> bool:
        return self.action in (Action.EMERGENCY, Action.REVIEW)


@dataclass(frozen=True)
class Option:
    """One answer to choose: what it raises, which facts it tells, which regions it names."""

    value: str
    words: str
    hint: str = ""
    raises: str = ""
    facts: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    unsure: bool = False
    when: Condition | None = None

    @property
    def alone(self) -> bool:
        """Whether it can't be ticked together with others."""
        return self.value == NONE


@dataclass(frozen=True)
class Question:
    """One question: `kind` is one, many, text or date. Its answer stands in the place of earlier ones to the questions of `instead_of`."""

    id: str
    kind: str
    legend: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    empty: str = ""
    both: str = ""
    reads: str = ""
    limit: int = 0
    instead_of: tuple[str, ...] = ()
    when: Condition | None = None

    @property
    def required(self) -> bool:
        return self.kind != "text"

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True)
class Page:
    """One topic, one page."""

    id: str
    title: str
    why: tuple[str, ...]
    questions: tuple[Question, ...]
    when: Condition | None = None


@dataclass(frozen=True)
class Complaint:
    """What brings somebody here, in their words; no regions means they are asked where."""

    id: str
    words: str
    hint: str
    regions: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Medicine:
    """One name a medicine goes by; it still counts for `days` days after the last one was taken."""

    name: str
    kind: str
    generic: str
    drug_class: str
    flag: str
    misspellings: tuple[str, ...] = ()
    days: int = 7
    note: str = ""


@dataclass(frozen=True)
class Sign:
    """Words that mean a rule when they stand together in one sentence: one choice of each group.

    It counts for `days` days after it was, and for ever with `days` 0. An `event` is over after that, even if something goes on since.
    A `weak` sign is only ever a reason to ask. Said of a blood relative, it means the rule `family`.
    Where the same text tells of a medicine of the rule `treated_by`, it may be what is treated, and a person asks.
    With a word of `unless` in the same sentence another sign is meant: who carries an illness doesn't have it.
    """

    rule: str
    groups: tuple[tuple[str, ...], ...]
    days: int
    event: bool = False
    weak: bool = False
    family: str = ""
    treated_by: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Everything screening knows, under one version."""

    version: str
    techniques: tuple[str, ...]
    regions: tuple[str, ...]
    rules: Mapping[str, Rule]
    house_rules: Mapping[str, Rule]
    combinations: tuple[Combination, ...]
    complaints: Mapping[str, Complaint]
    pages: Mapping[str, Page]
    forms: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, Mapping[str, str]]
    medicines: tuple[Medicine, ...] = ()
    everyday: frozenset[str] = frozenset()
    signs: tuple[Sign, ...] = ()
    harmless: tuple[str, ...] = ()

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by id, shown or not."""
        return {question.id: question for page in self.pages.values() for question in page.questions}

    def named(self, rule: str) -> Rule | Combination:
        """The rule or combination of that id."""
        found = self.rules.get(rule) or self.house_rules.get(rule)
        return found or next(combination for combination in self.combinations if combination.id == rule)

    def fill(self, words: str, country: str) -> str:
        """Words with the emergency numbers and services of a country in them."""
        for name, value in self.countries.get(country, self.countries["GB"]).items():
            words = words.replace("{" + name + "}", value)
        return words

    def regions_of(self, names: Iterable[str]) -> frozenset[str]:
        """Body regions, with `all` and an empty list meaning every one."""
        named = frozenset(names)
        return frozenset(self.regions) if not named or ALL in named else named
