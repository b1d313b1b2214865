"""Who may sign in to the demonstration: one of each role."""

from dataclasses import dataclass

from clinic.enums import Role
from clinic.models import Practitioner, User
from patients.models import Patient
from web.demo.places import PASSWORD


@dataclass(frozen=True)
class SignIn:
    """One invented person, and how they come in."""

    role: str
    email: str
    how: str


def sign_ins() -> list[SignIn]:
    """The first of each role; a patient needs no password, a code is mailed."""
    found = [SignIn(user.get_role_display(), user.email, PASSWORD) for user in _staff()]
    patient = Patient.objects.exclude(user=None).order_by("pk").first()
    if patient:
        found.append(SignIn(Role.PATIENT.label, patient.email, "by a code, which appears among the sent mails"))
    return found


def _staff() -> list[User]:
    first = Practitioner.objects.exclude(user=None).select_related("user").order_by("pk").first()
    others = [User.objects.filter(role=role).order_by("pk").first() for role in (Role.RECEPTIONIST, Role.ADMIN)]
    return [user for user in (first and first.user, *others) if user]
