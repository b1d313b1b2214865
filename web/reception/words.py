"""How a visit is said at the desk: its state, its marks, its phases."""

from datetime import datetime, timedelta

from bookings.desk import DeskVisit
from bookings.enums import Door, State
from bookings.models import Appointment
from clinic.models import Clinic

LATE = timedelta(minutes=5)
CHIPS = {
    State.HELD: ("review", "wait"),
    State.PROVISIONAL: ("review", "wait"),
    State.BOOKED: ("quiet", ""),
    State.CONFIRMED: ("clear", "check"),
    State.ARRIVED: ("clear", "check"),
    State.INSERTING: ("now", "hand"),
    State.RESTING: ("rest", "rest"),
    State.REMOVING: ("now", "hand"),
    State.COMPLETED: ("quiet", "check"),
    State.DNA: ("caution", "away"),
    State.CANCELLED: ("quiet", "cross"),
}
MARKS = {
    "alert": ("alert", "Safety alert"),
    "code": ("ticket", "Code missing"),
    "new": ("new", "New patient"),
    "overbook": ("stack", "Overbooked on purpose"),
    "review": ("review", "Review due"),
    "late": ("clock", "Arrived late"),
    "draft": ("pen", "Note in draft"),
    "signed": ("lock", "Note signed"),
    "online": ("globe", "Booked online"),
    "reminded": ("bell", "Reminder sent"),
}
NEVER_HIDDEN = "alert", "code"


def held_words(appointment: Appointment) -> str:
    """For whom a time is kept that is nobody's yet."""
    return "Kept for the waitlist" if appointment.door == Door.WAITLIST else "Being booked online"


def state_word(visit: DeskVisit) -> str:
    """Where a visit stands, in a word or three."""
    appointment = visit.appointment
    if visit.away:
        return "Needs new time"
    if appointment.state in State.in_treatment() and not appointment.rest:
        return "In treatment"
    return appointment.get_state_display()


def chip_of(visit: DeskVisit) -> tuple[str, str, str]:
    """The state as a chip: tier, word, mark."""
    tier, mark = ("block", "alert") if visit.away else CHIPS[State(visit.appointment.state)]
    return tier, state_word(visit), mark


def marks_of(visit: DeskVisit) -> list[str]:
    """The marks of a visit, most important first."""
    appointment = visit.appointment
    record = getattr(appointment.session, "record", None) if appointment.session_id else None
    holds = {
        "alert": visit.is_flagged,
        "code": visit.lacks_code,
        "new": is_first(appointment) and not appointment.is_known,
        "overbook": bool(appointment.overbook_reason),
        "review": bool(appointment.session_id) and appointment.session.review and appointment.state not in (State.COMPLETED, State.DNA),
        "late": appointment.state == State.ARRIVED and appointment.state_since > appointment.start + LATE,
        "draft": bool(record) and not record.is_signed,
        "signed": bool(record) and record.is_signed,
        "online": appointment.door == Door.ONLINE,
        "reminded": visit.is_reminded,
    }
    return [mark for mark, is_there in holds.items() if is_there]


def is_first(appointment: Appointment) -> bool:
    """Whether this is the first visit for a problem, before anything was prescribed."""
    return bool(appointment.session_id) and appointment.session.number == 1 and appointment.session.course.prescribed_at is None


def count_words(visit: DeskVisit) -> str:
    """`session 4 of 8`, `first visit`."""
    appointment = visit.appointment
    if not appointment.session_id or is_first(appointment):
        return "first visit"
    return f"session {appointment.session.number} of {max(visit.planned, appointment.session.number)}"


def phases_of(source: object) -> list[tuple[str, int]]:
    """The stretches of a visit or a service, without those that take no time."""
    parts = [("rest", source.prepare), ("hands", source.hands_in), ("rest", source.rest), ("hands", source.hands_out)]
    return [(kind, minutes) for kind, minutes in parts if minutes]


def phase_words(source: object) -> str:
    """`15 hands-on, 25 resting, 5 hands-on`."""
    return ", ".join(f"{minutes} {'hands-on' if kind == 'hands' else 'resting'}" for kind, minutes in phases_of(source))


def clock_of(instant: datetime, clinic: Clinic) -> str:
    return f"{instant.astimezone(clinic.tz):%H:%M}"


def day_of(instant: datetime, clinic: Clinic) -> str:
    """`Fri 20 Nov 2026`."""
    local = instant.astimezone(clinic.tz)
    return f"{local:%a} {local.day} {local:%b %Y}"


def when_of(instant: datetime, clinic: Clinic) -> str:
    """`Fri 20 Nov 2026, 09:10`."""
    return f"{day_of(instant, clinic)}, {clock_of(instant, clinic)}"


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
