"""What staff are told by mail: that a pressing task waits. The mail names nobody and nothing clinical; the task does, behind a sign-in."""

from datetime import datetime, timedelta

from django.conf import settings

from clinic.models import Clinic, Task, User
from messaging.kinds import Kind, register
from messaging.models import Message
from messaging.services import Address, draft, post_all

TASK = "task"
PRESSING = timedelta(hours=4)  # what is due later stands in the summary of a day
FRESH = timedelta(days=1)


def tell_of_task(task: Task, *, now: datetime) -> None:
    """Promise a mail to each person the task is for, in the caller's transaction; each hears of a task once."""
    until = max(task.due, now) + FRESH
    post_all(draft(TASK, to=address_of_staff(user, task.clinic), about=task.key, due=now, useful_until=until) for user in people_for(task))


def tell_of_pressing_tasks(*, now: datetime) -> int:
    """Tell of every open task that presses and that nobody was told of; return how many."""
    told = Message.objects.of_kinds([TASK]).values("about")
    found = list(Task.objects.open().due_between(now - FRESH, now + PRESSING).exclude(key__in=told).select_related("clinic", "user"))
    for task in found:
        tell_of_task(task, now=now)
    return len(found)


def people_for(task: Task) -> list[User]:
    """Who is to do it: the one it is for, or everybody of the role at the clinic."""
    if task.user:
        return [task.user] if task.user.is_active else []
    return list(User.objects.filter(clinics=task.clinic, role=task.for_role, is_active=True).order_by("pk"))


def address_of_staff(user: User, clinic: Clinic) -> Address:
    """Where somebody of the staff is reached: by mail, in the clinic's language."""
    return Address(recipient=f"staff-{user.pk}", clinic=clinic, name=user.name.partition(" ")[0], mail=user.email, language=clinic.language)


def register_kinds() -> None:
    """Make the kinds of messages to staff known; called once, when the application starts."""
    register(Kind(name=TASK, words="To staff: a task", template="task", still_true=still_open, context=says, safety=True))


def still_open(about: str, now: datetime) -> str:
    return "" if Task.objects.open().filter(key=about).exists() else "The task is done"


def says(about: str, now: datetime) -> dict[str, object]:
    """When it is due and where to find it; what it is about is behind the sign-in."""
    task = Task.objects.select_related("clinic").get(key=about)
    return {"due": task.due.astimezone(task.clinic.tz), "is_pressing": task.due <= now, "tasks_url": f"{settings.SITE_URL}/tasks/"}
