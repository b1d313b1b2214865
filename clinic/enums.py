"""The ground's fixed words."""

from django.db.models import TextChoices


class Role(TextChoices):
    PATIENT = "patient", "Patient"
    PRACTITIONER = "practitioner", "Practitioner"
    RECEPTIONIST = "receptionist", "Receptionist"
    ADMIN = "admin", "Admin"

    @classmethod
    def staff(cls) -> tuple["Role", ...]:
        return cls.PRACTITIONER, cls.RECEPTIONIST, cls.ADMIN


class TimelineKind(TextChoices):
    PRACTITIONER = "practitioner", "Practitioner"
    ROOM = "room", "Room"
    MACHINE = "machine", "Machine"
    PATIENT = "patient", "Patient"


class Weekday(TextChoices):
    MONDAY = "0", "Monday"
    TUESDAY = "1", "Tuesday"
    WEDNESDAY = "2", "Wednesday"
    THURSDAY = "3", "Thursday"
    FRIDAY = "4", "Friday"
    SATURDAY = "5", "Saturday"
    SUNDAY = "6", "Sunday"


class LinkPurpose(TextChoices):
    """What a link sent by mail lets its holder do: each link is good for one purpose only."""

    VISIT = "visit", "Move or cancel a visit"
    CHECK_BACK = "check-back", "Say how you are after a session"
    OFFER = "offer", "Answer an offer from the waitlist"
    QUESTION = "question", "Answer a clinician’s question"
    WISHES = "wishes", "Choose what we send"
