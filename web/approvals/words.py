"""What the board says about its rows: days, hours, and what is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Appointment
from clinic.models import User
from insurers.board import Row
from insurers.models import Cover
from insurers.selectors import Beyond, Left

MOST_DATES = 6


def starts_of(user: User, keys: Iterable[str]) -> dict[str, datetime]:
    """When the visits of these keys begin, as far as the user may know."""
    rows = Appointment.objects.visible_to(user).keyed(keys).values_list("key", "during")
    return {key: during.lower for key, during in rows}


@dataclass(frozen=True)
class Uncovered:
    """A visit beyond cover: its day, and its beginning where the diary knows it."""

    visit: Beyond
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """One row of the board with what its template says."""

    row: Row
    uncovered: list[Uncovered]

    @property
    def shown(self) -> list[Uncovered]:
        return self.uncovered[:MOST_DATES]

    @property
    def hidden(self) -> int:
        return len(self.uncovered) - len(self.shown)

    @property
    def first_at(self) -> datetime | None:
        return self.uncovered[0].at

    @property
    def due_words(self) -> str:
        """Why this is due: treated already, today, or tomorrow."""
        days = (self.row.first_beyond - self.row.today).days
        hour = f" at {self.first_at.astimezone(self.row.clinic.tz):%H:%M}" if self.first_at else ""
        lacks = "has no code" if not self.row.left.units else "has a visit that no code covers"
        if days < 0:
            return f"{self.row.patient} came {-days} {'day' if days == -1 else 'days'} ago, and no code covers it"
        return f"{self.row.patient} {lacks}, and comes {'today' if days == 0 else 'tomorrow'}{hour}"


def lines(rows: Iterable[Row], starts: Mapping[str, datetime]) -> list[Line]:
    return [Line(row, [Uncovered(visit, starts.get(visit.key)) for visit in row.left.beyond]) for row in rows]


def keys_of(*groups: Iterable[Row]) -> set[str]:
    return {visit.key for rows in groups for row in rows for visit in row.left.beyond}


@dataclass(frozen=True)
class Visit:
    """One visit of a policy: when, which session, and what pays for it."""

    cover: Cover
    at: datetime | None
    left: Left

    @property
    def words(self) -> str:
        """The code that covers it, or why none does."""
        if self.cover.authorisation:
            return f"code {self.cover.authorisation.code}"
        if not self.left.units:
            return "waits for a code"
        is_late = self.left.last_day is not None and self.cover.on > self.left.last_day
        return "after the last day" if is_late else "no session left"


def accepted_words(units: int, booked: int, beyond: int) -> str:
    """What recording a code has brought about."""
    said = [f"{units} {'session' if units == 1 else 'sessions'} recorded."]
    if booked:
        said.append(f"{booked} {'visit is' if booked == 1 else 'visits are'} booked now.")
    if beyond:
        said.append(f"{beyond} booked {'visit is' if beyond == 1 else 'visits are'} still beyond it.")
    return " ".join(said)
