"""A course as its page shows it: the ribbon of sessions, the scores, the reviews."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from bookings.enums import State
from bookings.models import Appointment
from insurers.enums import CoverState
from insurers.models import Cover
from treatments.models import Course, Outcome, Session
from treatments.outcomes import FUNCTION, PAIN, overall, progress, review
from web.practitioner.spark import NAMES, SHOWN, short

MOST_COLUMNS = 40
TABLED = (*SHOWN, "nrs_stress")


@dataclass(frozen=True)
class Stop:
    """One session on the ribbon, or a visit that was missed."""

    number: int
    on: date
    state: str
    word: str
    column: int
    review: bool = False
    cover: str = ""

    @property
    def week(self) -> int:
        return self.column

    @property
    def day(self) -> str:
        return f"{self.on.day} {self.on:%b}"

    @property
    def alert(self) -> str:
        return "no cover" if self.cover == CoverState.AWAITING and self.state not in ("held", "missed") else ""


@dataclass(frozen=True)
class Line:
    """One session in the table: when, what was scored, what was done."""

    session: Session
    appointment: Appointment | None
    scores: Mapping[str, str]
    measures: Sequence[str]

    @property
    def record(self):
        return getattr(self.session, "record", None)

    @property
    def cells(self) -> list[str]:
        return [self.scores.get(measure, "–") for measure in self.measures]

    @property
    def done(self) -> str:
        """`9: BL23, BL25, GV4`."""
        if self.record is None or not self.record.is_signed:
            return ""
        needlings = self.record.needlings.all()
        codes = ", ".join(dict.fromkeys(needling.point.code for needling in needlings))
        count = sum(needling.needles for needling in needlings)
        return f"{count}: {codes}" if count else ", ".join(str(technique) for technique in self.record.techniques.all())


@dataclass(frozen=True)
class Review:
    """One review session: when, and what the scores propose."""

    session: Session
    on: date | None
    words: str
    chip: tuple[str, str]


@dataclass(frozen=True)
class CoursePage:
    """Everything about one course, worked out once."""

    course: Course
    sessions: Sequence[Session]
    appointments: Sequence[Appointment]
    covers: Mapping[str, Cover]
    scores: Mapping[str, list[Outcome]]
    now: datetime
    zone: ZoneInfo

    @cached_property
    def standing(self) -> dict[int, Appointment]:
        """The visit that stands for each session."""
        gone = (State.CANCELLED, State.DNA)
        return {visit.session_id: visit for visit in self.appointments if visit.state not in gone}

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    # The ribbon

    @cached_property
    def stops(self) -> list[Stop]:
        rows = sorted([*self._sessions(), *self._missed()], key=lambda stop: stop.on)
        placed, column = [], 0
        for stop in rows:
            column = max(column + 1, 1 + (stop.on - rows[0].on).days // 7)
            placed.append(Stop(**{**stop.__dict__, "column": min(column, MOST_COLUMNS)}))
        return placed

    def _sessions(self) -> list[Stop]:
        found, last = [], None
        for session in self.sessions:
            visit = self.standing.get(session.pk)
            on = self.day(visit.start) if visit else self._guess(session, last)
            state, word = self._state(session, visit, on)
            cover = self.covers.get(visit.key) if visit else None
            found.append(Stop(session.number, on, state, word, 0, session.review, cover.state if cover else ""))
            last = on
        return found

    def _guess(self, session: Session, last: date | None) -> date:
        """About when a session without a time would be: in the middle of its gap."""
        if last is None:
            return self.day(self.course.opened_at)
        return max(last + timedelta(days=max(1, (session.gap_min_days + session.gap_max_days) // 2)), self.today)

    def _state(self, session: Session, visit: Appointment | None, on: date) -> tuple[str, str]:
        record = getattr(session, "record", None)
        if record is not None and record.is_signed:
            return "held", "held"
        if visit is None:
            return "planned", "planned"
        if visit.state == State.COMPLETED:
            return "held", "to sign"
        if on == self.today:
            return "today", "today"
        return "booked", "provisional" if visit.state == State.PROVISIONAL else "booked"

    def _missed(self) -> list[Stop]:
        missed = [visit for visit in self.appointments if visit.state == State.DNA]
        return [Stop(visit.session.number, self.day(visit.start), "missed", "missed", 0) for visit in missed]

    @property
    def weeks(self) -> int:
        return max((stop.column for stop in self.stops), default=1)

    @property
    def plan_spans(self) -> list[tuple[str, int, int, str]]:
        """The rhythm of each phase, over its sessions."""
        columns = {stop.number: stop.column for stop in self.stops if stop.state != "missed"}
        found, first = [], 1
        for phase in self.course.proposal.get("phases", []):
            inside = [columns[number] for number in columns if phase["first"] <= number <= phase["last"]]
            if inside:
                found.append(("plan", first, max(inside), phase["label"].capitalize()))
                first = max(inside) + 1
        return found

    @property
    def cover_spans(self) -> list[tuple[str, int, int, str]]:
        """Which stretch an insurer covers, and which not yet."""
        found = []
        for kind, words, states in (
            ("cover", "covered", (CoverState.RESERVED, CoverState.CONSUMED)),
            ("none", "not covered yet", (CoverState.AWAITING,)),
        ):
            columns = [stop.column for stop in self.stops if stop.cover in states]
            found += [(kind, first, last, words) for first, last in runs(columns)]
        return sorted(found, key=lambda span: span[1])

    @property
    def summary(self) -> str:
        """`4 held, 1 missed, 2 booked, 3 planned`."""
        words = [("held", "held"), ("missed", "missed"), ("today", "today"), ("booked", "booked"), ("planned", "planned")]
        counts = [(sum(stop.state == state for stop in self.stops), word) for state, word in words]
        return ", ".join(f"{count} {word}" for count, word in counts if count)

    # Scores

    @property
    def charts(self) -> list[dict[str, object]]:
        """The scores that are drawn: a value per planned session."""
        return [self._chart(measure) for measure in SHOWN if self.scores.get(measure)]

    def _chart(self, measure: str) -> dict[str, object]:
        by_session = {outcome.session_id: outcome.value for outcome in self.scores[measure]}
        points = [(str(session.number), by_session.get(session.pk)) for session in self.sessions]
        values = [outcome.value for outcome in self.scores[measure]]
        found = progress(measure, values[0], values[-1]) if len(values) > 1 else None
        return {
            "name": NAMES[measure],
            "points": [(number, None if value is None else plain(value)) for number, value in points],
            "ident": f"score-{measure}",
            "words": found.words if found else "One score so far.",
            "tier": chip_of(found.change if found else ""),
            "change": (found.change.replace("_", " ").capitalize() if found else "First score"),
        }

    @property
    def measures(self) -> list[str]:
        """What was scored at least once, pain always."""
        return [measure for measure in TABLED if measure == PAIN or self.scores.get(measure)]

    @property
    def columns(self) -> list[str]:
        return [NAMES[measure] for measure in self.measures]

    @property
    def lines(self) -> list[Line]:
        return [Line(session, self.standing.get(session.pk), self._scores(session), self.measures) for session in self.sessions]

    def _scores(self, session: Session) -> dict[str, str]:
        return {
            measure: short(outcome.value)
            for measure, outcomes in self.scores.items()
            for outcome in outcomes
            if outcome.session_id == session.pk
        }

    # Reviews

    @property
    def reviews(self) -> list[Review]:
        """Each review with what the scores up to it propose."""
        return [self._review(session) for session in self.sessions if session.review]

    def _review(self, session: Session) -> Review:
        visit = self.standing.get(session.pk)
        on = self.day(visit.start) if visit else None
        record = getattr(session, "record", None)
        if record is None or not record.is_signed:
            return Review(session, on, "Score pain and activities then: they decide what comes next.", ("info", "Due"))
        changes = {measure: self._change(measure, session) for measure in (PAIN, FUNCTION)}
        found = overall(changes)
        return Review(session, on, review(found, session=session.number).words, (chip_of(found), found.replace("_", " ").capitalize()))

    def _change(self, measure: str, session: Session):
        values = [outcome.value for outcome in self.scores.get(measure, []) if outcome.session and outcome.session.number <= session.number]
        return progress(measure, values[0] if values else None, values[-1] if len(values) > 1 else None).change


def plain(value: Decimal) -> int | float:
    """6 for 6.0, so that it reads as it was given."""
    return int(value) if value == int(value) else float(value)


def chip_of(change: str) -> str:
    return {"improved": "clear", "much_improved": "clear", "worse": "block", "mixed": "review"}.get(change, "quiet")


def runs(columns: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring columns as stretches, each with its first and last."""
    found: list[tuple[int, int]] = []
    for column in sorted(columns):
        if found and column <= found[-1][1] + 2:
            found[-1] = (found[-1][0], column)
        else:
            found.append((column, column))
    return found
