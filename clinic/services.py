"""What people do to the ground: tasks, and the rules of a clinic."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, time

from django.db import transaction

from clinic import audit
from clinic.enums import Role
from clinic.models import Clinic, Task, User


def set_task(*, clinic: Clinic, for_role: Role, kind: str, about: str, words: str, due: datetime, user: User | None = None) -> Task:
    """Ask somebody at the clinic to do something; asking twice about the same thing is asking once."""
    task, _ = Task.objects.get_or_create(
        kind=kind, about=about, done_at=None, defaults={"clinic": clinic, "for_role": for_role, "user": user, "words": words, "due": due}
    )
    return task


def settle_tasks(*, about: str, by: User | None, now: datetime, kinds: tuple[str, ...] = ()) -> None:
    """Mark what was asked about this thing as done, whoever was asked."""
    tasks = Task.objects.open().filter(about=about)
    if kinds:
        tasks = tasks.filter(kind__in=kinds)
    tasks.update(done_at=now, done_by=by)


@transaction.atomic
def finish_task(*, task: Task, by: User, now: datetime) -> None:
    """Tick one task off; ticking it twice changes nothing."""
    if Task.objects.open().filter(pk=task.pk).update(done_at=now, done_by=by):
        audit.record(by, "task.finish", task)


@transaction.atomic
def keep_answers_for(*, clinic: Clinic, days: int, by: User) -> Clinic:
    """Say for how many days a patient's health answers stand before they are asked again."""
    was, clinic.answers_last_days = clinic.answers_last_days, days
    clinic.save(update_fields=["answers_last_days"])
    audit.record(by, "clinic.answers", clinic, was=was, days=days)
    return clinic


@dataclass(frozen=True, kw_only=True)
class BookingRules:
    """A clinic's rules for booking, by the names under which the clinic keeps them."""

    step_minutes: int
    min_notice_minutes: int
    horizon_days: int
    hold_minutes: int
    cancel_notice_hours: int
    release_days: int
    max_resting: int
    packs_days: bool
    least_useful_minutes: int

    @classmethod
    def of(cls, clinic: Clinic) -> "BookingRules":
        return cls(**{rule.name: getattr(clinic, rule.name) for rule in fields(cls)})


@transaction.atomic
def change_booking_rules(*, clinic: Clinic, rules: BookingRules, by: User) -> Clinic:
    """Keep these rules from now on, and write down those that changed, as they were and as they are."""
    was = asdict(BookingRules.of(Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)))
    changed = {name: value for name, value in asdict(rules).items() if value != was[name]}
    for name, value in changed.items():
        setattr(clinic, name, value)
    if changed:
        clinic.save(update_fields=list(changed))
        audit.record(by, "clinic.rules", clinic, **{name: [was[name], value] for name, value in changed.items()})
    return clinic


@dataclass(frozen=True, kw_only=True)
class MessageRules:
    """When a clinic writes, by the names under which the clinic keeps it."""

    remind_mail_hours: int
    remind_sms_hours: int
    quiet_from: time
    quiet_until: time
    escalate_minutes: int
    summary_at: time | None

    @classmethod
    def of(cls, clinic: Clinic) -> "MessageRules":
        return cls(**{rule.name: getattr(clinic, rule.name) for rule in fields(cls)})


@transaction.atomic
def change_message_rules(*, clinic: Clinic, rules: MessageRules, by: User) -> Clinic:
    """Keep these hours from now on, and write down those that changed; what is promised already keeps its time."""
    was = asdict(MessageRules.of(Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)))
    changed = {name: value for name, value in asdict(rules).items() if value != was[name]}
    for name, value in changed.items():
        setattr(clinic, name, value)
    if changed:
        clinic.save(update_fields=list(changed))
        audit.record(by, "clinic.messages", clinic, **{name: [str(was[name]), str(value)] for name, value in changed.items()})
    return clinic
