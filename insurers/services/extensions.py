"""Asking for more sessions in time: a task for the office when two are left and more are planned."""

from datetime import datetime, timedelta

from clinic.enums import Role
from clinic.models import Task
from clinic.services import set_task
from insurers.models import Authorisation, Policy
from insurers.selectors import sessions_left
from insurers.services.funding import policy_of
from treatments.models import Course

ASK_AT = 2
ASK_WITHIN = timedelta(days=2)
ASK_FOR_MORE = "ask for more"


def ask_in_time(*, course: Course, now: datetime) -> Task | None:
    """Ask the office, once for each approval, to request more sessions when two or fewer are unused and the course needs more."""
    policy = policy_of(course)
    left = sessions_left(course) if policy else None
    if left is None or not left.units or left.units - left.used > ASK_AT:
        return None
    unused = left.units - left.used
    if _still_to_hold(course) <= unused or Authorisation.objects.of_policy(policy).asked().exists():
        return None
    newest = Authorisation.objects.of_policy(policy).granted().order_by("-recorded_at", "-pk").first()
    if Task.objects.filter(kind=ASK_FOR_MORE, about=newest.key).exists():
        return None
    words = f"{course.patient.name}: {_words(unused)} left with {policy.insurer}, ask for more"
    return set_task(clinic=course.clinic, for_role=Role.ADMIN, kind=ASK_FOR_MORE, about=newest.key, words=words[:200], due=now + ASK_WITHIN)


def tasks_about(policy: Policy) -> list[str]:
    """What the task of a policy's approvals is about, to settle it when the insurer was asked."""
    return list(Authorisation.objects.of_policy(policy).granted().values_list("key", flat=True))


def _still_to_hold(course: Course) -> int:
    return course.sessions.planned().without_record().count()


def _words(unused: int) -> str:
    return f"{unused} session{'' if unused == 1 else 's'}"
