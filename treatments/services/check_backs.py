"""How patients say they are after a session: kept as they said it, judged at once, and put before somebody where it worries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from clinic import audit
from clinic.enums import Role
from clinic.models import Task, User
from clinic.services import set_task, settle_tasks
from intervals import local_date
from messaging.staff import tell_of_task
from patients.reviewing import sounds_urgent
from patients.rulebook import rulebook
from treatments.aftercare import Judgement, Told, fill, judge_told
from treatments.catalogue import catalogue
from treatments.enums import Action, Feel
from treatments.models import CheckBack, Outcome, SessionRecord
from treatments.outcomes import PAIN

NOT_WELL, RING_NOW, NOBODY_LOOKED = "check-back", "check-back ring", "check-back open"
RING_WITHIN = timedelta(hours=4)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One form as it was sent; `once` names the form, so that sending it twice is answering once."""

    once: str
    feel: Feel
    answers: Mapping[str, str] = field(default_factory=dict)
    pain: int | None = None
    words: str = ""


@transaction.atomic
def take_check_back(*, record: SessionRecord, said: Said, now: datetime) -> CheckBack:
    """Keep what a patient says beside what they said before; a worrying answer is a task, and a mail to who has it, at once."""
    record = SessionRecord.objects.select_for_update(no_key=True, of=["self"]).with_course().get(pk=record.pk)
    if known := CheckBack.objects.of_record(record).filter(once=said.once).first():
        return known
    judged = judge_told(_told(record, said, now), pain_before=record.pain_before)
    check_back = _keep(record, said, judged, now)
    if said.pain is not None:
        Outcome.objects.create(course=record.session.course, measure=PAIN, value=said.pain, at=now)
    audit.record(audit.HOLDER_OF_A_LINK, "check-back.answer", check_back, session=record.session.key)
    if judged.is_worrying:
        _alert(check_back, now)
    return check_back


@transaction.atomic
def see_to(*, check_back: CheckBack, words: str, by: User, now: datetime) -> CheckBack:
    """Note what a practitioner did about an answer, and about any earlier one of that session; the first word stands."""
    record = check_back.record
    waiting = CheckBack.objects.of_record(record).waiting().filter(at__lte=check_back.at)
    if waiting.update(seen_at=now, seen_by=by, seen_words=words.strip()):
        audit.record(by, "check-back.see", check_back, session=record.session.key)
    if not CheckBack.objects.of_record(record).waiting().exists():
        settle_tasks(about=record.key, by=by, now=now, kinds=(NOT_WELL, RING_NOW, NOBODY_LOOKED))
    check_back.refresh_from_db()
    return check_back


def escalate_check_backs(*, now: datetime) -> int:
    """Tell the clinic's admins and its other practitioners of worrying answers nobody took in time; each once, however often this runs."""
    late = [row for row in CheckBack.objects.waiting().filter(escalated_at=None).with_people() if _until(row) <= now]
    return sum(_escalate(check_back, now) for check_back in late)


@transaction.atomic
def _escalate(check_back: CheckBack, now: datetime) -> bool:
    if not CheckBack.objects.waiting().filter(pk=check_back.pk, escalated_at=None).update(escalated_at=now):
        return False
    name = check_back.record.session.course.patient.name
    words = f"Nobody has seen to {name} yet, who is not well after a visit: find a practitioner who rings now"
    _ask(check_back, kind=NOBODY_LOOKED, role=Role.ADMIN, words=words, due=now, now=now)
    words = f"{name} is not well after a visit, and nobody has looked: read it, and ring them now"
    _ask(check_back, kind=NOT_WELL, role=Role.PRACTITIONER, words=words, due=now, now=now)
    audit.record(audit.THE_HOUSE, "check-back.escalate", check_back)
    return True


def _until(check_back: CheckBack) -> datetime:
    """How long its practitioner has."""
    return check_back.needs_by + timedelta(minutes=check_back.record.session.course.clinic.escalate_minutes)


def _told(record: SessionRecord, said: Said, now: datetime) -> Told:
    urgent = bool(said.words) and sounds_urgent(said.words, today=local_date(now, record.session.course.clinic.tz))
    return Told(feel=said.feel, answers=said.answers, pain=said.pain, urgent_words=urgent)


def _keep(record: SessionRecord, said: Said, judged: Judgement, now: datetime) -> CheckBack:
    asked, places = catalogue().aftercare.questions, rulebook().countries[record.session.course.clinic.country]
    return CheckBack.objects.create(
        record=record,
        once=said.once,
        at=now,
        feel=said.feel,
        answers=dict(said.answers),
        said=[[asked[name].text, asked[name].answers[answer].text] for name, answer in said.answers.items()],
        pain=said.pain,
        words=said.words.strip(),
        action=judged.action,
        told=[fill(words, places) for words in judged.messages],
        adverse_events=dict(judged.adverse_events),
        stops_needling=judged.stops_needling,
        needs_by=_needs_by(judged.action, now),
    )


def _needs_by(action: Action, now: datetime) -> datetime | None:
    if not action.is_worrying:
        return None
    return now + RING_WITHIN if action == Action.TELL_PRACTITIONER else now


def _alert(check_back: CheckBack, now: datetime) -> None:
    """Put it before who treated; whoever was sent to emergency care is rung by the desk as well."""
    record, name = check_back.record, check_back.record.session.course.patient.name
    user = record.practitioner.user
    words = f"{name} is not well after a visit: read what they say, and ring them" + ("" if check_back.needs_by > now else " now")
    treats = user if user and user.is_active else None
    _ask(check_back, kind=NOT_WELL, role=Role.PRACTITIONER, words=words, due=check_back.needs_by, now=now, user=treats)
    if check_back.is_emergency:
        words = f"Ring {name} now and tell a practitioner: they were told to get emergency care"
        _ask(check_back, kind=RING_NOW, role=Role.RECEPTIONIST, words=words, due=now, now=now)


def _ask(check_back: CheckBack, *, kind: str, role: Role, words: str, due: datetime, now: datetime, user: User | None = None) -> Task:
    """Set the task anew, so that the newest answer is on top and is told again by mail."""
    record = check_back.record
    settle_tasks(about=record.key, by=None, now=now, kinds=(kind,))
    task = set_task(clinic=record.session.course.clinic, for_role=role, user=user, kind=kind, about=record.key, words=words[:200], due=due)
    tell_of_task(task, now=now)
    return task
