"""The summary of a day, to each person of the staff at the clinic's hour: how many, from when to when, what waits. It names nobody."""

from datetime import date, datetime

from django.conf import settings

from bookings.models import Appointment
from clinic.enums import Role
from clinic.models import Clinic, Task, User
from intervals import local_date, local_day, to_instant
from messaging.kinds import Kind, register
from messaging.models import Message
from messaging.services import draft, post_all
from messaging.staff import address_of_staff

SUMMARY = "day-summary"


def promise_summaries(*, now: datetime) -> int:
    """Promise today's summary wherever its hour has come; each person gets one for each clinic and day, however often this runs."""
    promised = 0
    for clinic in Clinic.objects.exclude(summary_at=None).filter(active=True):
        today = local_day(clinic.tz, local_date(now, clinic.tz))
        due = to_instant(today.start.astimezone(clinic.tz).date(), clinic.summary_at, clinic.tz)
        if due and due[0] <= now and not Message.objects.at(clinic).of_kinds([SUMMARY]).between(today.start, today.end).exists():
            promised += _promise(clinic, due[0], today.end)
    return promised


def _promise(clinic: Clinic, due: datetime, until: datetime) -> int:
    people = list(User.objects.filter(clinics=clinic, is_active=True, role__in=Role.staff()).order_by("pk"))
    day = local_date(due, clinic.tz)
    post_all(
        draft(SUMMARY, to=address_of_staff(user, clinic), about=about_of(user, clinic, day), due=due, useful_until=until) for user in people
    )
    return len(people)


def about_of(user: User, clinic: Clinic, day: date) -> str:
    return f"day-{day:%Y%m%d}-{clinic.pk}-{user.pk}"


def read(about: str) -> tuple[User, Clinic, date]:
    """Whose summary it is, of which clinic and day."""
    _, day, clinic, user = about.split("-")
    return User.objects.get(pk=user), Clinic.objects.get(pk=clinic), date.fromisoformat(day)


def still_true(about: str, now: datetime) -> str:
    """Say why nobody needs it any more, or nothing."""
    user, clinic, day = read(about)
    if not user.is_active or not user.clinics.filter(pk=clinic.pk).exists():
        return "This person no longer works here"
    if local_date(now, clinic.tz) != day:
        return "The day is over"
    return "" if lines(user, clinic, day, now) else "Nothing is planned, and nothing waits"


def says(about: str, now: datetime) -> dict[str, object]:
    user, clinic, day = read(about)
    return {"day": day, "lines": lines(user, clinic, day, now), "tasks_url": f"{settings.SITE_URL}/tasks/"}


def sample(clinic: Clinic, now: datetime) -> dict[str, object]:
    told = ["9 visits, from 09:10 to 17:45.", "2 of them are first visits.", "1 task is open."]
    return {"day": local_date(now, clinic.tz), "lines": told, "tasks_url": f"{settings.SITE_URL}/tasks/"}


def lines(user: User, clinic: Clinic, day: date, now: datetime) -> list[str]:
    """What the day holds, in counts; a practitioner's own visits, everybody's for the desk."""
    whole = local_day(clinic.tz, day)
    visits = list(Appointment.objects.visible_to(user).at(clinic).promised().between(whole.start, whole.end).select_related("session"))
    tasks = list(Task.objects.visible_to(user).open().at(clinic))
    failed = Message.objects.visible_to(user).at(clinic).needing_a_look().count()
    found = []
    if visits:
        first, last = (instant.astimezone(clinic.tz) for instant in (visits[0].start, max(visit.end for visit in visits)))
        found.append(f"{counted(len(visits), 'visit')}, from {first:%H:%M} to {last:%H:%M}.")
    if new := sum(visit.session.number == 1 for visit in visits if visit.session):
        found.append(f"{counted(new, 'first visit')} among them.")
    if tasks:
        late = sum(task.due < now for task in tasks)
        found.append(f"{counted(len(tasks), 'open task')}" + (f", {late} overdue." if late else "."))
    if failed:
        found.append(f"{counted(failed, 'message')} did not arrive.")
    return found


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def register_kinds() -> None:
    """Make the kind known; called once, when the application starts."""
    register(Kind(name=SUMMARY, words="To staff: summary of a day", still_true=still_true, context=says, sample=sample))
