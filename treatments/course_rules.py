"""How many sessions a course is proposed to have, in which rhythm, and why: the table, and the caps that go before it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from treatments.catalogue import Catalogue, catalogue
from treatments.catalogue.entries import Cap, Condition, CourseRule, Phase
from treatments.enums import Chronicity, Severity

FEWEST, MOST = 6, 12
LIMIT = 24
MONTHLY = Phase("monthly maintenance", 1, 1, 24, (28, 28), 35)


@dataclass(frozen=True)
class Step:
    """One session of a plan; its gap is the days after the session before, none for the first."""

    number: int
    review: bool
    label: str
    min_gap_days: int
    ideal_gap_days: tuple[int, int]
    max_gap_days: int


@dataclass(frozen=True)
class Proposal:
    """A course as the table proposes it, after the caps of the condition."""

    condition: str
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
    overrides: tuple[str, ...]
    sessions_cap: int | None
    table_sessions: int
    table_version: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every session with its gap and whether it is a review."""
        return tuple(self._step(number, phase) for phase in self.phases for number in range(phase.first, phase.last + 1))

    def _step(self, number: int, phase: Phase) -> Step:
        low, ideal, high = (phase.min_gap_days, phase.ideal_gap_days, phase.max_gap_days) if number > 1 else (0, (0, 0), 0)
        return Step(number, number in self.reviews, phase.label, low, ideal, high)

    @property
    def weeks(self) -> int:
        """About how many weeks the course takes when every gap is as planned."""
        days = sum(sum(step.ideal_gap_days) / 2 for step in self.steps)
        return max(1, round(days / 7))

    @property
    def words(self) -> str:
        """Why this many, for a person to read."""
        rhythm = ", then ".join(_rhythm(phase) for phase in self.phases)
        parts = [f"{self.sessions} sessions over about {self.weeks} weeks: {rhythm}.", f"Reviews at {_listed(self.reviews)}."]
        return " ".join([*parts, *(self.overrides or (self.reason,))])

    def as_data(self) -> dict[str, Any]:
        """Plain values for a JSON field."""
        return {**asdict(self), "words": self.words}


def severity_of(pain: int, *, book: Catalogue | None = None) -> Severity:
    """The band of an average pain score from 0 to 10."""
    for severity, (low, high) in (book or catalogue()).courses.bands.items():
        if low <= pain <= high:
            return Severity(severity)
    raise ValueError(f"a pain score is between 0 and 10, not {pain}")


def chronicity_of(weeks: float, *, book: Catalogue | None = None) -> Chronicity:
    """Acute, subacute or chronic, by how many weeks the problem has lasted."""
    if weeks < 0:
        raise ValueError(f"a problem has lasted some weeks, not {weeks}")
    table = (book or catalogue()).courses
    if weeks < table.acute_under_weeks:
        return Chronicity.ACUTE
    return Chronicity.CHRONIC if weeks > table.chronic_over_weeks else Chronicity.SUBACUTE


def propose(condition: str, *, severity: str, chronicity: str, hands_on_minutes: int = 20, book: Catalogue | None = None) -> Proposal:
    """The course for a condition; `hands_on_minutes` is the practitioner's time per session, which some caps count."""
    book = book or catalogue()
    about = book.conditions[condition]
    rule = next(rule for rule in book.courses.rules if (rule.severity, rule.chronicity) == (severity, chronicity))
    proposal = _from_table(about, rule, book.courses.version)
    return _capped(proposal, about.cap, hands_on_minutes) if about.cap else proposal


def _from_table(about: Condition, rule: CourseRule, version: str) -> Proposal:
    return Proposal(
        condition=about.id,
        severity=rule.severity,
        chronicity=rule.chronicity,
        sessions=rule.sessions,
        phases=rule.phases,
        reviews=rule.reviews,
        maintenance_days=rule.maintenance_days,
        maintenance_when=rule.maintenance_when,
        stop_or_refer=rule.stop_or_refer,
        reason=rule.reason,
        source=rule.source,
        unsourced=rule.unsourced,
        overrides=(),
        sessions_cap=None,
        table_sessions=rule.sessions,
        table_version=version,
    )


def _capped(proposal: Proposal, cap: Cap, hands_on_minutes: int) -> Proposal:
    most = cap.sessions_max or LIMIT
    if cap.minutes_max:
        most = min(most, max(1, cap.minutes_max // max(1, hands_on_minutes)))
    capped = replace(proposal, sessions_cap=most)
    if proposal.sessions <= most:
        return capped
    why = f"Cut from {proposal.sessions} to {most} sessions: {_cap_words(cap, hands_on_minutes)} ({cap.source})."
    return replace(resize(capped, most), overrides=(why,))


def _cap_words(cap: Cap, hands_on_minutes: int) -> str:
    if cap.minutes_max:
        return f"at most {cap.minutes_max} minutes of a practitioner's time, here {hands_on_minutes} a session, before a review"
    return f"at most {cap.sessions_max} sessions in {cap.weeks_max} weeks, then a review"


def resize(proposal: Proposal, sessions: int) -> Proposal:
    """The same course with another number of sessions: cut at the end, or its last phase made longer."""
    if not 1 <= sessions <= LIMIT:
        raise ValueError(f"a course has 1 to {LIMIT} sessions, not {sessions}")
    kept = [replace(phase, last=min(phase.last, sessions)) for phase in proposal.phases if phase.first <= sessions]
    kept[-1] = replace(kept[-1], last=sessions)
    reviews = sorted({number for number in proposal.reviews if number < sessions} | {sessions})
    return replace(proposal, sessions=sessions, phases=tuple(kept), reviews=tuple(reviews))


def widen(proposal: Proposal, *, after: int) -> Proposal:
    """The course with the next wider rhythm for every session after number `after`, as for an early improvement."""
    wider, used = _ladder(proposal), proposal.phases
    kept = [replace(phase, last=min(phase.last, after)) for phase in used if phase.first <= after]
    for phase in used:
        if phase.last > after:
            pattern = next((step for step in wider if step.min_gap_days >= phase.max_gap_days), wider[-1])
            _append(kept, pattern, max(phase.first, after + 1), phase.last)
    return replace(proposal, phases=tuple(kept))


def _ladder(proposal: Proposal) -> list[Phase]:
    known = {phase.label: phase for rule in catalogue().courses.rules for phase in rule.phases} | {
        phase.label: phase for phase in (*proposal.phases, MONTHLY)
    }
    return sorted(known.values(), key=lambda phase: phase.min_gap_days)


def _append(phases: list[Phase], pattern: Phase, first: int, last: int) -> None:
    if phases and phases[-1].label == pattern.label:
        phases[-1] = replace(phases[-1], last=last)
    else:
        phases.append(replace(pattern, first=first, last=last))


def edit_problem(proposal: Proposal, sessions: int, reason: str) -> str | None:
    """What is missing before a practitioner may prescribe this many sessions; None when nothing is."""
    if sessions < 1:
        return "A course needs at least one session."
    if sessions > LIMIT:
        return f"Plan at most {LIMIT} sessions at once, and review before planning more."
    if sessions == proposal.sessions or reason.strip():
        return None
    if proposal.sessions_cap and sessions > proposal.sessions_cap:
        return f"The guideline for this condition stops at {proposal.sessions_cap} sessions. Please say why this course has {sessions}."
    if not FEWEST <= sessions <= MOST:
        return f"A course usually has {FEWEST} to {MOST} sessions. Please say why this one has {sessions}."
    return f"The table proposes {proposal.sessions} sessions. Please say why this course has {sessions}."


def _rhythm(phase: Phase) -> str:
    where = f"session {phase.first}" if phase.first == phase.last else f"sessions {phase.first} to {phase.last}"
    return f"{phase.label} for {where}"


def _listed(numbers: tuple[int, ...]) -> str:
    *most, last = map(str, numbers)
    return f"sessions {', '.join(most)} and {last}" if most else f"session {last}"
