"""What a visit's cover asks of its booking: a clinic may book nothing that its insurer has not approved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from bookings.clashes import SlotTaken
from bookings.models import Appointment
from insurers import services as insurers
from insurers.enums import Missed
from insurers.house import rules_for
from insurers.models import Cover
from insurers.services.covers import BY_RULE
from treatments.models import Course, Session


class NotCovered(SlotTaken):
    """By the clinic's rule the visit is not booked, because no approval covers it; `days` are the ones."""

    def __init__(self, refused: insurers.NotCovered):
        super().__init__(str(refused))
        self.days = refused.days


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except insurers.NotCovered as refused:
        raise NotCovered(refused) from refused


def reserve_cover(*, session: Session, on: date, key: str) -> Cover:
    """As the insurers' service does; `NotCovered` is a `SlotTaken`, so that every door that books answers it."""
    with _in_our_words():
        return insurers.reserve_cover(session=session, on=on, key=key)


def reserve_covers(*, course: Course, visits: Mapping[str, tuple[Session, date]]) -> list[Cover]:
    with _in_our_words():
        return insurers.reserve_covers(course=course, visits=visits)


def move_cover(*, key: str, on: date) -> Cover:
    with _in_our_words():
        return insurers.move_cover(key=key, on=on)


def settle_late_cancel(appointment: Appointment, *, waived: str = "") -> None:
    """Do what the clinic's rule says of a visit that its patient cancelled too late; `waived` is a reason to let them off."""
    follows = Missed(rules_for(appointment.clinic_id).late_cancel)
    insurers.miss_cover(key=appointment.key, follows=Missed.WAIVE if waived else follows, because=waived or BY_RULE)


def settle_dna(appointment: Appointment, *, waived: str = "") -> None:
    """The same for a visit to which nobody came."""
    follows = Missed(rules_for(appointment.clinic_id).dna)
    insurers.miss_cover(key=appointment.key, follows=Missed.WAIVE if waived else follows, because=waived or BY_RULE)


def code_due(appointment: Appointment) -> datetime:
    """By when the insurer's code for a provisional visit has to be here."""
    return appointment.start - timedelta(hours=rules_for(appointment.clinic_id).code_hours)
