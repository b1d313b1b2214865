"""Weekly hours in as few words as they need."""

from itertools import groupby

from clinic.models import Timeline

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def hours_of(timeline: Timeline) -> list[tuple[str, str]]:
    """Days and hours: `("Mon to Fri", "08:00 to 19:00")`; days without hours are left out."""
    by_day: dict[int, list[str]] = {}
    for row in sorted(timeline.hours.all(), key=lambda row: (row.weekday, row.starts)):
        by_day.setdefault(int(row.weekday), []).append(f"{row.starts:%H:%M} to {row.ends:%H:%M}")
    runs = groupby(sorted(by_day), key=lambda day: (", ".join(by_day[day]), day - sorted(by_day).index(day)))
    return [(_days(list(days)), hours) for (hours, _), days in runs]


def _days(days: list[int]) -> str:
    if len(days) == 1:
        return DAYS[days[0]]
    return f"{DAYS[days[0]]} {'and' if len(days) == 2 else 'to'} {DAYS[days[-1]]}"
