"""What the catalogue holds: one frozen value for each kind of entry."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """An acupuncture point under its WHO code, with its usual depth in millimetres."""

    code: str
    pinyin: str
    english: str
    meridian: str
    region: str
    location: str
    laterality: str
    indications: tuple[str, ...]
    depth_min_mm: int
    depth_max_mm: int
    angle: str
    cautions: tuple[str, ...]
    aliases: tuple[str, ...]
    self_acupressure: bool
    how_to_find: str
    depth_basis: str
    source: str

    @property
    def unsourced(self) -> bool:
        """Whether the depth is common knowledge that was compared with no text."""
        return self.depth_basis.startswith("recalled")


@dataclass(frozen=True)
class Minutes:
    """How long a treatment usually takes, and when the practitioner is at it."""

    total: int
    hands_in: int
    hands_out: int
    rest_min: int
    rest_max: int


@dataclass(frozen=True)
class Technique:
    """A way of treating."""

    id: str
    name: str
    aliases: tuple[str, ...]
    family: str
    description: str
    needles: bool
    minutes: Minutes
    practitioner_stays: bool
    equipment: tuple[str, ...]
    rhythm: str
    notes: str
    correction: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Guideline:
    """What a guideline body says about acupuncture for a condition."""

    body: str
    position: str
    text: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Cap:
    """A limit a guideline sets on a course: sessions within weeks, or minutes of a professional's time."""

    rule: str
    sessions_max: int | None
    weeks_min: int | None
    weeks_max: int | None
    minutes_max: int | None
    source: str


@dataclass(frozen=True)
class Condition:
    """A problem people come with, and what is usually done about it."""

    id: str
    name: str
    aliases: tuple[str, ...]
    regions: tuple[str, ...]
    local_points: tuple[str, ...]
    distal_points: tuple[str, ...]
    techniques: tuple[str, ...]
    cap: Cap | None
    red_flags: tuple[str, ...]
    guidelines: tuple[Guideline, ...]
    notes: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Phase:
    """A stretch of a course with one rhythm; a gap is the days from the session before to this one."""

    label: str
    first: int
    last: int
    min_gap_days: int
    ideal_gap_days: tuple[int, int]
    max_gap_days: int


@dataclass(frozen=True)
class CourseRule:
    """What the table proposes for one severity and one chronicity."""

    severity: str
    chronicity: str
    sessions: int
    phases: tuple[Phase, ...]
    reviews: tuple[int, ...]
    maintenance_days: int | None
    maintenance_when: str
    stop_or_refer: str
    reason: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Support:
    """A claim behind the course table, and who makes it."""

    claim: str
    words: str
    source: str


@dataclass(frozen=True)
class CourseTable:
    """The nine rules, the bands they are looked up by, and what they rest on."""

    version: str
    bands: Mapping[str, tuple[int, int]]
    acute_under_weeks: int
    chronic_over_weeks: int
    principles: tuple[str, ...]
    rules: tuple[CourseRule, ...]
    support: tuple[Support, ...]


@dataclass(frozen=True)
class AdviceItem:
    """One piece of advice; `again` says the same in other words for the next time."""

    id: str
    category: str
    text: str
    again: str
    unless_flags: tuple[str, ...]
    source: str
    unsourced: bool

    @property
    def is_safety(self) -> bool:
        return self.category == "safety"


@dataclass(frozen=True)
class AdviceMessage:
    """Advice for one moment; empty techniques, conditions or flags mean any."""

    id: str
    moment: str
    techniques: tuple[str, ...]
    conditions: tuple[str, ...]
    regions: tuple[str, ...]
    flags: tuple[str, ...]
    title: str
    items: tuple[str, ...]
    may_be_stopped: bool
    asks_back: bool
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Answer:
    """One answer of the symptom check, and what follows from it."""

    id: str
    text: str
    action: str
    adverse_event: str | None
    severity: str
    message: str
    stops_needling: bool


@dataclass(frozen=True)
class Question:
    """One question of the symptom check; with flags named, only patients who have one of them are asked."""

    id: str
    text: str
    only_with_flags: tuple[str, ...]
    answers: Mapping[str, Answer]
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Measure:
    """An outcome score and how much of a change matters."""

    id: str
    name: str
    question: str
    low: int
    high: int
    anchors: Mapping[str, str]
    items: int
    lower_is_better: bool
    recall: str
    points: int
    percent: int | None
    worse_points: int
    single_item_points: int | None
    confidence: str
    licence: str
    note: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class AdverseEvent:
    """A kind of harm that a session record can name."""

    id: str
    label: str
    category: str
    severities: tuple[str, ...]
    serious: bool
    do: str
    examples: str
    usual_rate: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Caution:
    """Why certain points need care, and for whom: `always`, `pregnancy`, `child` or `never_needled`."""

    id: str
    label: str
    applies: str
    excludes: bool
    scope: str
    why: str
    care: str
    techniques: Mapping[str, str]
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Flag:
    """A contraindication and what it does to techniques (`block`, `review`, `warn`), points and the reported area."""

    id: str
    label: str
    kind: str
    scope: str
    action: str
    techniques: Mapping[str, str]
    excluded: tuple[str, ...]
    warned: tuple[str, ...]
    reported_area: str
    why: str
    care: str
    source: str
    unsourced: bool


@dataclass(frozen=True)
class Combination:
    """Several answers together: `block_all`, `as_anticoagulant`, or `block:` and a technique."""

    id: str
    label: str
    techniques: str
    why: str


@dataclass(frozen=True)
class SafetyBook:
    """Every flag and caution, the areas patients name, and names that two points share."""

    version: str
    flags: Mapping[str, Flag]
    cautions: Mapping[str, Caution]
    combinations: Mapping[str, Combination]
    areas: Mapping[str, tuple[str, ...]]
    shared_names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Aftercare:
    """Every message, item and question for the time around a session."""

    version: str
    moments: tuple[str, ...]
    items: Mapping[str, AdviceItem]
    messages: Mapping[str, AdviceMessage]
    questions: Mapping[str, Question]
