"""Which advice goes to a patient around a session, when, and what an answer to the check-back means."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from treatments.catalogue import Catalogue, catalogue
from treatments.catalogue.entries import AdviceItem, AdviceMessage, Answer, Question
from treatments.enums import Action, Feel
from treatments.safety import flags_of_points

MORNING = time(9, 0)


class Moment(StrEnum):
    """When advice is given."""

    BEFORE_FIRST_VISIT = "before_first_visit"
    DAY_BEFORE = "24h_before"
    HOURS_BEFORE = "2h_before"
    RIGHT_AFTER = "right_after"
    NEXT_DAY = "next_day"
    THREE_DAYS = "3_days"
    SEVEN_DAYS = "7_days"
    MID_COURSE = "mid_course"
    END_OF_COURSE = "end_of_course"
    FOUR_WEEKS_AFTER = "4_weeks_after"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Line:
    """One piece of advice as it is said this time; its text still has places such as {emergency_number}."""

    item: str
    text: str
    safety: bool


@dataclass(frozen=True)
class Advice:
    """What one message says: its title, its lines with safety first, and where it comes from."""

    moment: str
    title: str
    lines: tuple[Line, ...]
    messages: tuple[str, ...]
    sources: tuple[str, ...]
    asks_back: bool
    may_be_stopped: bool

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(line.item for line in self.lines)

    def __bool__(self) -> bool:
        return bool(self.lines)


def choose(
    moment: str,
    *,
    techniques: Iterable[str],
    conditions: Iterable[str] = (),
    flags: Iterable[str] = (),
    regions: Iterable[str] = (),
    points: Iterable[str] = (),
    already_sent: Mapping[str, int] | Collection[str] = (),
    book: Catalogue | None = None,
) -> Advice:
    """The advice for what was really done, merged into one message; empty when nothing is to be said.

    Advice that was sent before is said in its other words, or left out where it has none; safety always has them.
    """
    book = book or catalogue()
    raised = {*flags, *flags_of_points(points, book=book)}
    done = _Done(frozenset(techniques), frozenset(conditions), frozenset(regions), frozenset(raised))
    messages = [message for message in book.aftercare.messages.values() if message.moment == moment and _fits(message, done)]
    times = already_sent if isinstance(already_sent, Mapping) else dict.fromkeys(already_sent, 1)
    lines = list(_lines(messages, done.flags, times, book))
    used = [message for message in messages if any(line.item in message.items for line in lines)]
    return Advice(
        moment=moment,
        title=used[0].title if used else "",
        lines=tuple(sorted(lines, key=lambda line: not line.safety)),
        messages=tuple(message.id for message in used),
        sources=tuple(dict.fromkeys(book.aftercare.items[line.item].source for line in lines if book.aftercare.items[line.item].source)),
        asks_back=any(message.asks_back for message in messages),
        may_be_stopped=not any(line.safety for line in lines),
    )


@dataclass(frozen=True)
class _Done:
    techniques: frozenset[str]
    conditions: frozenset[str]
    regions: frozenset[str]
    flags: frozenset[str]


def _fits(message: AdviceMessage, done: _Done) -> bool:
    about = not message.conditions or done.conditions & set(message.conditions) or done.regions & set(message.regions)
    technique = not message.techniques or done.techniques & set(message.techniques)
    return bool(about and technique and (not message.flags or done.flags & set(message.flags)))


def _lines(messages: list[AdviceMessage], flags: frozenset[str], times: Mapping[str, int], book: Catalogue) -> Iterator[Line]:
    for name in dict.fromkeys(name for message in messages for name in message.items):
        item = book.aftercare.items[name]
        if not flags & set(item.unless_flags) and (text := _said(item, times.get(name, 0))):
            yield Line(name, text, item.is_safety)


def _said(item: AdviceItem, times: int) -> str:
    """The words for an item sent so many times before; none when it has no other words."""
    if times == 0 or (item.again and times % 2 == 0):
        return item.text
    return item.again


def fill(text: str, places: Mapping[str, str]) -> str:
    """The text with the clinic's country filled in; KeyError names a place that is missing."""
    return text.format_map(places)


@dataclass(frozen=True)
class Due:
    """When a message leaves, and until when it still helps; both instants in UTC."""

    at: datetime
    useful_until: datetime


DAYS_AFTER = {Moment.NEXT_DAY: 1, Moment.THREE_DAYS: 3, Moment.SEVEN_DAYS: 7, Moment.FOUR_WEEKS_AFTER: 28, Moment.MAINTENANCE: 56}
USEFUL_DAYS = {Moment.NEXT_DAY: 2, Moment.THREE_DAYS: 3, Moment.SEVEN_DAYS: 7, Moment.FOUR_WEEKS_AFTER: 14, Moment.MAINTENANCE: 28}
AT_ONCE = (Moment.RIGHT_AFTER, Moment.MID_COURSE, Moment.END_OF_COURSE)


def schedule(moment: str, *, ended: datetime, zone: ZoneInfo, signed: datetime | None = None) -> Due:
    """When a message after a visit is due: at once on signing, or at nine in the morning of the clinic some days later.

    The check-back of the next day leaves the patient 20 hours. The days count from the visit's own date in the clinic's zone;
    a record signed late makes the message late, not early.
    """
    now = signed or ended
    if moment in AT_ONCE:
        return Due(now.astimezone(UTC), (ended + timedelta(days=2 if moment == Moment.RIGHT_AFTER else 14)).astimezone(UTC))
    kind = Moment(moment)
    visit_day = ended.astimezone(zone).date()
    due = _morning(visit_day + timedelta(days=DAYS_AFTER[kind]), zone)
    if kind is Moment.NEXT_DAY:
        due = max(due, ended.astimezone(UTC) + timedelta(hours=20))
    until = _morning(visit_day + timedelta(days=DAYS_AFTER[kind] + USEFUL_DAYS[kind]), zone)
    return Due(max(due, now.astimezone(UTC)), until)


def moments_after(*, number: int, sessions: int, review: bool) -> tuple[Moment, ...]:
    """The moments a signed session promises a message for."""
    after = [Moment.RIGHT_AFTER, Moment.NEXT_DAY, Moment.THREE_DAYS, Moment.SEVEN_DAYS]
    if number >= sessions:
        return (*after, Moment.END_OF_COURSE, Moment.FOUR_WEEKS_AFTER, Moment.MAINTENANCE)
    return (*after, Moment.MID_COURSE) if review else tuple(after)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


@dataclass(frozen=True)
class Judgement:
    """What the answers ask for: the gravest action, what to tell the patient, and what goes into the record."""

    action: Action
    messages: tuple[str, ...]
    adverse_events: tuple[tuple[str, str], ...]
    stops_needling: bool
    worrying: tuple[str, ...]

    @property
    def is_worrying(self) -> bool:
        """Whether somebody at the clinic has to look today."""
        return self.action.is_worrying


CHANGE = "symptom_change"
TRUNK_FLAG = "pneumothorax_risk_points"


def questions(flags: Iterable[str] = (), *, feel: Feel | None = None, book: Catalogue | None = None) -> tuple[Question, ...]:
    """The questions of the check-back for a patient with these flags: what can't wait first, the lungs before all after needles near them.

    How the problem changed is asked only of who feels worse, and then only how much.
    """
    raised = set(flags)
    asked = (book or catalogue()).aftercare.questions.values()
    for_them = [question for question in asked if not question.only_with_flags or raised & set(question.only_with_flags)]
    if feel is not None:
        for_them = [question for question in for_them if question.id != CHANGE or feel == Feel.WORSE]
    for_them.sort(key=lambda question: (not (question.id == "chest" and TRUNK_FLAG in raised), not _may_be_urgent(question)))
    return tuple(for_them)


def _may_be_urgent(question: Question) -> bool:
    return any(answer.action == Action.EMERGENCY for answer in question.answers.values())


def judge(answers: Mapping[str, str], *, book: Catalogue | None = None) -> Judgement:
    """What answers (question to answer) ask for; ValueError for a question or answer that doesn't exist."""
    given = [_answer(question, answer, book or catalogue()) for question, answer in answers.items()]
    given.sort(key=lambda pair: -Action(pair[1].action).rank)
    return Judgement(
        action=Action(given[0][1].action) if given else Action.NOTE,
        messages=tuple(dict.fromkeys(answer.message for _, answer in given if answer.message)),
        adverse_events=_gravest(answer for _, answer in given),
        stops_needling=any(answer.stops_needling for _, answer in given),
        worrying=tuple(question.id for question, answer in given if Action(answer.action).is_worrying),
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that a patient says when they are asked how they are: the one tap, and what they add."""

    feel: Feel
    answers: Mapping[str, str] = field(default_factory=dict)
    pain: int | None = None
    urgent_words: bool = False


SEVERE_PAIN = 8
WORSE_WORDS = "Your practitioner has been told, and rings you."
PAIN_WORDS = "That is strong pain. Your practitioner has been told, and rings you today."
URGENT_WORDS = "What you wrote may need care at once. Call {emergency_number} or go to {emergency_department}. Don’t wait for us."
THANKS = "Thank you for telling us."


def judge_told(told: Told, *, pain_before: int | None = None, book: Catalogue | None = None) -> Judgement:
    """What everything a patient said asks for: a bare “worse”, severe pain and urgent words count beside the questions."""
    found = judge(told.answers, book=book)
    if told.feel == Feel.WORSE and CHANGE not in told.answers:
        found = _at_least(found, Action.TELL_PRACTITIONER, WORSE_WORDS, CHANGE)
    if told.pain is not None and told.pain >= SEVERE_PAIN and (pain_before is None or told.pain > pain_before):
        found = _at_least(found, Action.TELL_PRACTITIONER, PAIN_WORDS, "pain")
    if told.urgent_words:
        found = _at_least(found, Action.EMERGENCY, URGENT_WORDS, "words")
    return found


def _at_least(found: Judgement, action: Action, words: str, what: str) -> Judgement:
    graver = action.rank > found.action.rank
    return replace(
        found,
        action=action if graver else found.action,
        messages=(words, *found.messages) if graver else (*found.messages, words),
        stops_needling=True,
        worrying=(*found.worrying, what),
    )


def _answer(question: str, answer: str, book: Catalogue) -> tuple[Question, Answer]:
    asked = book.aftercare.questions.get(question)
    if asked is None or answer not in asked.answers:
        raise ValueError(f"the check-back has no answer {answer!r} to {question!r}")
    return asked, asked.answers[answer]


def _gravest(answers: Iterable[Answer]) -> tuple[tuple[str, str], ...]:
    """Each adverse event once, with its gravest severity; the answers come gravest first."""
    found: dict[str, str] = {}
    for answer in answers:
        if answer.adverse_event:
            found.setdefault(answer.adverse_event, answer.severity)
    return tuple(found.items())
