"""How visits, sessions and flags are said to a practitioner."""

from datetime import datetime, timedelta

from bookings.enums import State
from bookings.models import Appointment
from patients.enums import Decision
from treatments.models import Session
from treatments.selectors import Standing

SHOWN_FLAGS = 2


def count_words(session: Session, planned: int) -> str:
    """`session 4 of 8`, `first visit`."""
    if session.course.prescribed_at is None:
        return "first visit" if session.number == 1 else f"session {session.number}"
    return f"session {session.number} of {max(planned, session.number)}"


def phases_of(appointment: Appointment) -> list[tuple[str, int]]:
    parts = [("rest", appointment.prepare), ("hands", appointment.hands_in), ("rest", appointment.rest), ("hands", appointment.hands_out)]
    return [(kind, minutes) for kind, minutes in parts if minutes]


def flag_chips(standing: Standing) -> list[tuple[str, str]]:
    """The gravest flags in words; what a clinician decided stands with them."""
    chips = [("review", "Answers wait for your review")] if standing.waits else []
    chips += [("review", "Limited by a clinician")] if standing.ruling and not standing.findings else []
    shown = standing.findings[: SHOWN_FLAGS - len(chips)]
    chips += [(finding.tier, finding.words) for finding in shown]
    left = len(standing.findings) - len(shown)
    return chips + ([("quiet", f"and {left} more")] if left and chips else [])


def decision_words(standing: Standing) -> str:
    """`Cleared with limits`, or nothing while nobody has decided."""
    return Decision(standing.intake.decision).label if standing.intake and standing.intake.decision else ""


def state_words(appointment: Appointment, now: datetime) -> tuple[str, str]:
    """Where a visit stands, as a chip: tier and words."""
    since = max(0, (now - appointment.state_since) // timedelta(minutes=1))
    match appointment.state:
        case State.ARRIVED:
            return "clear", f"Arrived, waiting {since} min" if since else "Arrived"
        case State.INSERTING:
            return "now", f"Inserting, {since} min" if appointment.rest else f"In treatment, {since} min"
        case State.RESTING:
            out = (appointment.state_since + timedelta(minutes=appointment.rest)).astimezone(appointment.clinic.tz)
            return ("review" if since > appointment.rest else "rest"), f"Resting {since} min, out at {out:%H:%M}"
        case State.REMOVING:
            return "now", "Needles coming out"
        case State.PROVISIONAL:
            return "review", "Provisional"
        case State.DNA:
            return "caution", "Did not attend"
    return "quiet", appointment.get_state_display()
