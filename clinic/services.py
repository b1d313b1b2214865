"""What people do to the ground: tasks and absences."""

from datetime import datetime

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
