"""What clinicians decide about answers: a review of the whole, one finding overruled, a question put to the patient."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from clinic import audit
from clinic.enums import LinkPurpose
from clinic.links import revoke
from clinic.models import User
from messaging.services import withdraw
from patients.enums import Action, Decision
from patients.messages import QUESTION, QUESTION_AGAIN, post_question
from patients.models import Finding, Intake, Question
from patients.rulebook import rulebook
from patients.signs import listen


class ChangedMeanwhile(Exception):
    """What a clinician wants to decide about is no longer what they read; `str()` says what happened. Nothing was kept."""


class QuestionClosed(Exception):
    """The question has an answer already, or needs none any more."""


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """A clinician's decision about answers: why, and what it closes on top of the rules."""

    decision: Decision
    words: str
    techniques: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


def stamp_of(intake: Intake) -> str:
    """All that a decision rests on, in one word: another word once somebody decided, asked, answered or was screened again."""
    question = intake.questions.last()
    asked = (question.key, question.answered_at or question.withdrawn_at) if question else ()
    parts = ((intake.reviewed_at,), asked, (intake.screened_at, intake.replaced_by_id))
    return ".".join("-".join(str(int(part.timestamp() * 1e6)) if isinstance(part, datetime) else str(part) for part in of) for of in parts)


def lock_as_read(intake: Intake, as_read: str) -> Intake:
    """The answers as they stand, locked until the transaction ends; `ChangedMeanwhile` unless they still are what was read."""
    Intake.objects.select_for_update(no_key=True).get(pk=intake.pk)
    fresh = Intake.objects.select_related("reviewed_by", "patient__clinic").get(pk=intake.pk)  # a join read while waiting would be stale
    if (now_is := stamp_of(fresh)) != as_read:
        raise ChangedMeanwhile(_since(fresh, as_read.split("."), now_is.split(".")))
    return fresh


def _since(intake: Intake, read: list[str], now_is: list[str]) -> str:
    """Say what happened after somebody read the answers."""
    if read[:1] != now_is[:1] and intake.reviewed_by:
        return f"{intake.reviewed_by} decided about these answers meanwhile: {intake.get_decision_display().lower()}."
    if read[1:2] != now_is[1:2] and (question := intake.questions.last()):
        return f"{question.asked_by} asked the patient something meanwhile." if question.is_open else "The patient answered meanwhile."
    return "The answers were given anew meanwhile."


@transaction.atomic
def review_intake(*, intake: Intake, ruling: Ruling, as_read: str, by: User, now: datetime) -> Intake:
    """Keep what a clinician decided about the answers they read, and why; a later decision replaces it, both audited."""
    fresh = lock_as_read(intake, as_read)
    fresh.decision, fresh.decision_words, fresh.reviewed_by, fresh.reviewed_at = ruling.decision, ruling.words, by, now
    fresh.limited_techniques, fresh.limited_points = sorted(ruling.techniques), sorted(ruling.points)
    fresh.limited_regions = sorted(ruling.regions)
    fresh.save(
        update_fields=[
            "decision",
            "decision_words",
            "reviewed_by",
            "reviewed_at",
            "limited_techniques",
            "limited_points",
            "limited_regions",
        ]
    )
    _withdraw_questions(fresh, now)
    audit.record(by, f"answers.{ruling.decision}", fresh)
    return fresh


def _withdraw_questions(intake: Intake, now: datetime) -> None:
    for question in Question.objects.of_intake(intake).open():
        question.withdrawn_at = now
        question.save(update_fields=["withdrawn_at"])
        _stop_telling(question, now)


def _stop_telling(question: Question, now: datetime) -> None:
    withdraw(about=question.key, kinds=(QUESTION, QUESTION_AGAIN), reason="The question is settled")
    revoke(purpose=LinkPurpose.QUESTION, about=question.key, now=now)


@transaction.atomic
def ask_patient(*, intake: Intake, words: str, due: datetime, as_read: str, by: User, now: datetime) -> Question:
    """Put a question to the patient by a private link, with one reminder half-way to `due`; whatever waits goes on waiting."""
    fresh = lock_as_read(intake, as_read)
    _withdraw_questions(fresh, now)
    question = Question.objects.create(intake=fresh, words=words.strip(), asked_by=by, asked_at=now, due=due)
    post_question(question, now=now)
    audit.record(by, "answers.ask", fresh, question=question.key)
    return question


@transaction.atomic
def answer_question(*, question: Question, words: str, by: User | str, now: datetime) -> Question:
    """Keep the patient's answer, once; `QuestionClosed` when there is one already or a clinician decided without."""
    Intake.objects.select_for_update(no_key=True).get(pk=question.intake_id)
    if not Question.objects.open().filter(pk=question.pk).update(answer=words.strip(), answered_at=now):
        raise QuestionClosed
    question.refresh_from_db(fields=["answer", "answered_at"])
    withdraw(about=question.key, kinds=(QUESTION, QUESTION_AGAIN), reason="The patient has answered")
    audit.record(by, "answers.reply", question.intake, question=question.key)
    return question


def sounds_urgent(words: str, *, today: date) -> bool:
    """Whether a patient's own words name a sign that needs care at once; in doubt they do."""
    book = rulebook()
    heard = listen(words, book, today=today)
    return any((sign.counts or sign.unclear) and book.rules[sign.rule].action == Action.EMERGENCY for sign in heard)


@transaction.atomic
def overrule_finding(*, finding: Finding, because: str, by: User, now: datetime) -> Finding:
    """Overrule one finding with a reason, which is shown ever after; who comes second is told whose reason stands."""
    reason = {"overruled_at": now, "overruled_by": by, "overruled_because": because}
    if not Finding.objects.standing().filter(pk=finding.pk).update(**reason):
        finding.refresh_from_db()
        raise ChangedMeanwhile(f"{finding.overruled_by} overruled this meanwhile: {finding.overruled_because}")
    finding.refresh_from_db()
    audit.record(by, "finding.overrule", finding, answers=finding.intake.key)
    return finding
