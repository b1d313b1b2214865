"""The hours in which patients hear nothing that can wait."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.models import Clinic
from intervals import to_instant

JUST_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True)
class QuietHours:
    """From one wall-clock time to another, most often over midnight, on a clinic's clocks; equal times mean none."""

    starts: time
    ends: time
    zone: ZoneInfo

    def end_of(self, instant: datetime) -> datetime | None:
        """When the quiet hours around this instant end; None outside them."""
        stretch = self._around(instant)
        return stretch[1] if stretch else None

    def around(self, due: datetime, *, useful_until: datetime) -> datetime:
        """When something due then leaves: at the end of the quiet hours, or just before them where that would be too late to help."""
        stretch = self._around(due)
        if stretch is None:
            return due
        begun, over = stretch
        return over if over < useful_until else min(due, begun - JUST_BEFORE)

    def _around(self, instant: datetime) -> tuple[datetime, datetime] | None:
        if self.starts == self.ends:
            return None
        today = instant.astimezone(self.zone).date()
        stretches = (self._from(day) for day in (today - timedelta(days=1), today))
        return next(((begun, over) for begun, over in stretches if begun <= instant < over), None)

    def _from(self, day: date) -> tuple[datetime, datetime]:
        ends_on = day if self.ends > self.starts else day + timedelta(days=1)
        return self._at(day, self.starts), self._at(ends_on, self.ends)

    def _at(self, day: date, wall: time) -> datetime:
        """The first instant at or after that time on the clocks: they may skip it."""
        found = to_instant(day, wall, self.zone) or to_instant(day, (datetime.combine(day, wall) + timedelta(hours=1)).time(), self.zone)
        return found[0]


def quiet_hours(clinic: Clinic) -> QuietHours:
    """The quiet hours of a clinic."""
    return QuietHours(clinic.quiet_from, clinic.quiet_until, clinic.tz)
