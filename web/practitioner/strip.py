"""The strip over the day: each room a line, hands-on solid, resting light, drawn to scale in minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bookings.enums import State
from web.practitioner.day import Day, Visit

SHORTEST = 8 * 60
MARGIN = 40
LINE = 16


@dataclass(frozen=True)
class Bar:
    """One stretch of one visit."""

    kind: str
    look: str
    x: int
    y: int
    width: int


@dataclass(frozen=True)
class Strip:
    """Everything the drawing needs, as numbers."""

    rooms: list[tuple[str, int]]
    bars: list[Bar]
    hours: list[tuple[str, int]]
    now: tuple[str, int] | None
    width: int
    words: str

    @property
    def height(self) -> int:
        return len(self.rooms) * LINE + 2

    @property
    def below(self) -> int:
        return self.height + 10

    @property
    def view(self) -> str:
        return f"{-MARGIN - 8} -1 {self.width + MARGIN + 16} {self.height + 15}"


def strip_of(day: Day, zone: ZoneInfo) -> Strip | None:
    """The strip of a day, or None when nobody comes."""
    shown = [visit for visit in day.visits if visit.appointment.state != State.DNA]
    if not shown:
        return None
    first, width = window(shown, zone)
    rooms = sorted({visit.room for visit in shown})
    lines = {room: number * LINE + 2 for number, room in enumerate(rooms)}
    now_x = minutes(day.now - first)
    return Strip(
        rooms=[(room, lines[room] + 9) for room in rooms],
        bars=[bar for visit in shown for bar in bars_of(visit, first, lines[visit.room])],
        hours=[(f"{first.astimezone(zone) + timedelta(minutes=x):%H}", x) for x in range(0, width + 1, 60)],
        now=(f"{day.now.astimezone(zone):%H:%M}", now_x) if day.is_today and 0 <= now_x <= width else None,
        width=width,
        words=f"The day by room, from {shown[0].starts.astimezone(zone):%H:%M} to {last_end(shown).astimezone(zone):%H:%M}. "
        "Hands-on stretches are solid, resting stretches light. The list below has the same visits.",
    )


def window(visits: list[Visit], zone: ZoneInfo) -> tuple[datetime, int]:
    """The full hour before the first visit, and how many minutes are drawn."""
    starts = min(visit.starts for visit in visits).astimezone(zone)
    first = starts.replace(minute=0, second=0, microsecond=0)
    needed = minutes(last_end(visits) - first)
    return first, max(SHORTEST, -(-needed // 60) * 60)


def bars_of(visit: Visit, first: datetime, y: int) -> list[Bar]:
    x, bars = minutes(visit.starts - first), []
    for kind, width in visit.phases:
        bars.append(Bar(kind, visit.look, x, y, width))
        x += width
    return bars


def last_end(visits: list[Visit]) -> datetime:
    return max(visit.ends for visit in visits)


def minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
