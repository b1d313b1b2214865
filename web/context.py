"""What every page may show: the clinic it speaks for, the hour, and where one can go."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clinic.access import may
from clinic.models import Clinic, Task, User
from insurers.board import due_count
from messaging.models import Message
from patients.models import Intake

NAV = [
    ("Today", "practitioner:today", "day.see"),
    ("Diary", "reception:diary", "diary.see"),
    ("Rooms", "reception:rooms", "room.see"),
    ("Patients", "reception:patients", "patient.find"),
    ("Waitlist", "reception:waitlist", "waitlist.see"),
    ("Reviews", "practitioner:reviews", "finding.review"),
    ("Approvals", "approvals:board", "cover.see"),
    ("Billing", "billing:start", "payment.take"),
    ("Messages", "manage:outbox", "message.see"),
    ("Tasks", "manage:tasks", "task.see"),
    ("Clinic", "manage:home", "house.manage"),
]


def house(request: HttpRequest) -> dict[str, object]:
    """Name the clinic (the page's own one, or the first of a member of staff), and the navigation of their role."""
    user = getattr(request, "user", None)
    return {
        "is_demo": settings.DEMO,
        "now": getattr(request, "now", None),
        "clinic": getattr(request, "clinic", None) or staff_clinic(user),
        "nav": nav(request),
    }


def staff_clinic(user: object) -> Clinic | None:
    """The clinic a member of staff works at."""
    if not getattr(user, "is_authenticated", False) or not user.is_clinic_staff:
        return None
    return Clinic.objects.visible_to(user).order_by("position").first()


def nav(request: HttpRequest) -> list[tuple[str, str, bool, int]]:
    """Where this user may go: label, address, whether they are there, and how much waits for them."""
    user = getattr(request, "user", None)
    if not getattr(user, "is_authenticated", False):
        return []
    places = [(label, reverse(name), WAITING.get(name)) for label, name, permission in NAV if may(user, permission)]
    return [
        (label, address, request.path.startswith(address), waiting(user, request.now) if waiting else 0)
        for label, address, waiting in places
    ]


def reviews_waiting(user: User, now: datetime) -> int:
    return Intake.objects.visible_to(user).waiting_for_review().count()


def messages_needing_a_look(user: User, now: datetime) -> int:
    return Message.objects.visible_to(user).needing_a_look().count()


def tasks_open(user: User, now: datetime) -> int:
    return Task.objects.visible_to(user).open().count()


def approvals_due(user: User, now: datetime) -> int:
    return due_count(user=user, now=now)


WAITING = {
    "approvals:board": approvals_due,
    "practitioner:reviews": reviews_waiting,
    "manage:outbox": messages_needing_a_look,
    "manage:tasks": tasks_open,
}
