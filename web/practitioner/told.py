"""What patients said between visits, for the pages of clinicians: read only."""

from clinic.models import User
from patients.models import Patient
from treatments.catalogue import catalogue
from treatments.enums import Action, Grade
from treatments.models import CheckBack, SessionRecord

LOOKS = {
    Action.NOTE: ("clear", "check"),
    Action.SELF_CARE: ("info", "info"),
    Action.TELL_PRACTITIONER: ("review", "alert"),
    Action.MEDICAL_HELP_TODAY: ("block", "alert"),
    Action.EMERGENCY: ("emergency", "alert"),
}
MOST = 6


def told_after(user: User, record: SessionRecord) -> list[CheckBack]:
    """All answers after one session, newest first."""
    return _looked(CheckBack.objects.visible_to(user).of_record(record).with_people().newest_first())


def told_by(user: User, patient: Patient) -> list[CheckBack]:
    """What one patient said lately, newest first."""
    return _looked(CheckBack.objects.visible_to(user).of_patient(patient).with_people().newest_first()[:MOST])


def told_before(user: User, record: SessionRecord | None) -> list[CheckBack]:
    """What was said since the last session; `record` comes with `was_told`."""
    return told_after(user, record) if record and record.was_told else []


def _looked(answers) -> list[CheckBack]:
    """Each with its chip, and what it may be in the words of the record."""
    found = list(answers)
    for answer in found:
        tier, mark = LOOKS[Action(answer.action)]
        answer.chip = (tier, answer.get_action_display(), mark)
        answer.events = [_event(name, grade) for name, grade in answer.adverse_events.items()]
    return found


def _event(name: str, grade: str) -> str:
    known = catalogue().adverse_events
    label = known[name].label if name in known else name
    return f"{label} ({Grade(grade).label.lower()})" if grade in Grade.values else label
