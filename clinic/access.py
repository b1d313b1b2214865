"""Who may do what: the one table of permissions."""

from clinic.enums import Role

PATIENT, PRACTITIONER, RECEPTIONIST, ADMIN = Role.PATIENT, Role.PRACTITIONER, Role.RECEPTIONIST, Role.ADMIN
STAFF = frozenset(Role.staff())

PERMISSIONS: dict[str, frozenset[Role]] = {
    "account.keep": frozenset(Role),
    "plan.see": frozenset({PATIENT}),
    "day.see": frozenset({PRACTITIONER}),
    "patient.find": STAFF,
    "patient.see": STAFF,
    "patient.history": frozenset({PRACTITIONER}),
    "finding.review": frozenset({PRACTITIONER}),
    "course.see": frozenset({PRACTITIONER}),
    "course.prescribe": frozenset({PRACTITIONER}),
    "course.book": frozenset({RECEPTIONIST, ADMIN}),
    "course.replan": STAFF,
    "record.write": frozenset({PRACTITIONER}),
    "record.sign": frozenset({PRACTITIONER}),
    "diary.see": STAFF,
    "room.see": STAFF,
    "appointment.see": STAFF,
    "appointment.book": frozenset({RECEPTIONIST, ADMIN}),
    "appointment.move": frozenset({RECEPTIONIST, ADMIN}),
    "appointment.cancel": frozenset({RECEPTIONIST, ADMIN}),
    "appointment.check_in": frozenset({RECEPTIONIST, ADMIN, PRACTITIONER}),
    "appointment.treat": frozenset({PRACTITIONER}),
    "waitlist.see": frozenset({RECEPTIONIST, ADMIN}),
    "waitlist.offer": frozenset({RECEPTIONIST, ADMIN}),
    "absence.record": frozenset({RECEPTIONIST, ADMIN}),
    "cover.see": frozenset({RECEPTIONIST, ADMIN}),
    "cover.edit": frozenset({RECEPTIONIST, ADMIN}),
    "insurer.edit": frozenset({ADMIN}),
    "authorisation.record": frozenset({ADMIN}),
    "billing.manage": frozenset({ADMIN}),
    "payment.take": frozenset({RECEPTIONIST, ADMIN}),
    "message.see": frozenset({RECEPTIONIST, ADMIN}),
    "message.send": frozenset({RECEPTIONIST, ADMIN}),
    "task.see": STAFF,
    "house.manage": frozenset({ADMIN}),
}


def may(user: object, permission: str) -> bool:
    """Say whether the signed-in `user` may do `permission` at all; which rows, `visible_to` says. Unknown permissions fail loudly."""
    roles = PERMISSIONS[permission]
    return bool(getattr(user, "is_authenticated", False) and getattr(user, "is_active", False) and user.role in roles)
