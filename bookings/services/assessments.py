"""Somebody asks to be rung before they decide anything."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings.models import AssessmentRequest
from clinic import audit
from clinic.enums import Role
from clinic.models import Clinic
from clinic.services import set_task

SAME_REQUEST = timedelta(hours=12)
RING_WITHIN = timedelta(hours=24)


@transaction.atomic
def ask_for_assessment(*, clinic: Clinic, name: str, phone: str, when: str, now: datetime, words: str = "") -> AssessmentRequest:
    """Note that somebody wants to be rung, and ask the desk to see to it; asking twice on one day is asking once."""
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
    asked = AssessmentRequest.objects.filter(clinic=clinic, name=name, phone=phone, asked_at__gt=now - SAME_REQUEST).first()
    if asked:
        return asked
    asked = AssessmentRequest.objects.create(clinic=clinic, name=name, phone=phone, when=when, words=words, asked_at=now)
    set_task(
        clinic=clinic,
        for_role=Role.RECEPTIONIST,
        kind="free assessment",
        about=asked.key,
        words=f"Ring {name[:60]} on {phone} in the {when}: free assessment",
        due=now + RING_WITHIN,
    )
    audit.record(audit.VISITOR, "assessment.ask", asked)
    return asked
