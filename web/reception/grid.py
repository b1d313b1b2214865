"""The diary as a grid: columns of tiles, with the stretches in which nobody works."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bookings.desk import Days, DeskVisit, stay_of, working_hours
from bookings.diary import Place, Sheet, bands, lanes, rows_of
from bookings.enums import State
from clinic.models import Practitioner, Room
from intervals import Interval
from web.reception.look import Look
from web.reception.words import MARKS, NEVER_HIDDEN, clock_of, count_words, held_words, is_first, marks_of, phases_of, state_word

KINDS = {
    State.HELD: "wait",
    State.PROVISIONAL: "wait",
    State.BOOKED: "sure",
    State.CONFIRMED: "sure",
    State.ARRIVED: "here",
    State.COMPLETED: "done",
    State.DNA: "gone",
}
BRIEF, TIGHT, LONG = 15, 25, 30  # minutes of the first phase, of the rest, of the first phase
SHORT = 40  # minutes of the whole: less leaves no room for three lines
NAME_ROWS = 3


@dataclass(frozen=True, kw_only=True)
class Column:
    """One practitioner or one room on one day."""

    ident: str
    name: str
    more: str
    lanes: int
    tiles: list[dict[str, object]]
    rails: list[str]
    bands: list[dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A whole day, drawn."""

    sheet: Sheet
    columns: list[Column]
    hours: list[tuple[str, str]]
    now: dict[str, str] | None

    @property
    def rows_class(self) -> str:
        return f"hours-{-(-self.sheet.rows // 12)}"


def grid_of(days: Days, look: Look, timelines: Sequence[Practitioner | Room], *, now: datetime) -> Grid:
    """The day of `look`, a column for each of these people or rooms."""
    day, clinic = look.day, days.clinic
    visits = days.on(day)
    hours = working_hours(clinic, [each.timeline_id for each in timelines], day)
    shown = [stretch for each in hours.values() for stretch in each] + [stay_of(visit.appointment) for visit in visits]
    sheet = Sheet.around(shown, day=day, zone=clinic.tz)
    columns = [_column(each, _visits_in(visits, each), hours[each.timeline_id], sheet, days, look) for each in timelines]
    return Grid(sheet=sheet, columns=columns, hours=[(css(place), label) for place, label in sheet.hours()], now=_now(sheet, now, days))


def columns_for(days: Days, look: Look, known: Iterable[Practitioner | Room]) -> list[Practitioner | Room]:
    """Who or what works there, and whoever left but still has a visit on that day."""
    known = list(known)
    used = {getattr(visit.appointment, look.columns) for visit in days.on(look.day)}
    return known + sorted(used - set(known), key=lambda each: each.name)


def _visits_in(visits: Iterable[DeskVisit], column: Practitioner | Room) -> list[DeskVisit]:
    field = "room" if isinstance(column, Room) else "practitioner"
    return [visit for visit in visits if getattr(visit.appointment, f"{field}_id") == column.pk]


def _column(column: Practitioner | Room, visits: list[DeskVisit], hours: list[Interval], sheet: Sheet, days: Days, look: Look) -> Column:
    places = [sheet.place(stay_of(visit.appointment)) for visit in visits]
    found, count = lanes(places)
    is_room = isinstance(column, Room)
    closed = bands(sheet, hours, days.away(column.timeline_id, look.day), never="Closed today" if is_room else "Not in today")
    return Column(
        ident=f"col-{column.key}",
        name=column.name if is_room else column.short_name,
        more=", ".join(column.features) if is_room else rooms_words(visits),
        lanes=count,
        tiles=[tile_of(visit, place, lane, look) for visit, place, lane in zip(visits, places, found, strict=True)],
        rails=[] if is_room else [css(place) for visit in visits for place in hands_of(visit, sheet)],
        bands=[{"at": css(band.place), "words": band.words, "is_leave": band.is_leave} for band in closed],
    )


def rooms_words(visits: Iterable[DeskVisit]) -> str:
    """`rooms 1, 2`, where somebody treats today."""
    names = list(dict.fromkeys(visit.appointment.room.name for visit in sorted(visits, key=lambda visit: visit.appointment.room.position)))
    return ", ".join(name.lower() for name in names)


def hands_of(visit: DeskVisit, sheet: Sheet) -> list[Place]:
    """The stretches in which a visit takes the practitioner's hands."""
    appointment = visit.appointment
    if appointment.state == State.DNA:
        return []
    back = appointment.end - timedelta(minutes=appointment.hands_out)
    stretches = [Interval.lasting(appointment.start + timedelta(minutes=appointment.prepare), appointment.hands_in)]
    stretches += [Interval(back, appointment.end)] if appointment.hands_out else []
    return [place for stretch in stretches if (place := sheet.place(stretch))]


def css(place: Place) -> str:
    """The classes that put something in its rows."""
    return f"r-{place.row:03d} h-{place.rows}"


def tile_of(visit: DeskVisit, place: Place, lane: int, look: Look) -> dict[str, object]:
    """A visit as the tile's template takes it."""
    appointment, clinic = visit.appointment, visit.appointment.clinic
    marks = marks_of(visit)
    phases = phases_of(appointment)
    rows = rows_of(minutes for _, minutes in phases)
    number = appointment.session.number if appointment.session_id and not is_first(appointment) else 0
    return {
        "key": appointment.key,
        "href": look.address(visit=appointment.key),
        "kind": kind_of(visit),
        "lane": lane,
        "row": f"r-{place.row:03d}",
        "span": f"h-{place.rows}",
        "phases": [(kind, span) for (kind, _), span in zip(phases, rows, strict=True) if span],
        **name_of(visit),
        "starts": clock_of(appointment.start, clinic),
        "ends": clock_of(appointment.end, clinic),
        "who": appointment.practitioner.short_name,
        "room": appointment.room.name,
        "what": appointment.service.short_name,
        "count": count_words(visit),
        "when": f"h-{rows[0] - NAME_ROWS}" if "is-long" in shape_of(visit) else "",
        "fraction": f"{number}/{max(visit.planned, number)}" if number else "",
        "word": state_word(visit),
        "marks": [MARKS[mark] for mark in marks],
        "classes": " ".join([*shape_of(visit), *_must(marks), *(["is-selected"] if look.visit == appointment.key else [])]),
        "selected": look.visit == appointment.key,
    }


def name_of(visit: DeskVisit) -> dict[str, str]:
    patient = visit.appointment.patient
    if patient is None:
        return {"given": "", "family": held_words(visit.appointment)}
    return {"given": patient.first_name, "family": patient.last_name}


def kind_of(visit: DeskVisit) -> str:
    return "hit" if visit.away else KINDS.get(State(visit.appointment.state), "now")


def shape_of(visit: DeskVisit) -> list[str]:
    """How a tile must arrange its words: a short visit, one stretch only, a brief first one, little rest, a long first one."""
    appointment = visit.appointment
    rests = appointment.rest > 0
    holds = {
        "is-short": appointment.minutes < SHORT,
        "is-solid": not rests,
        "is-brief": rests and appointment.hands_in < BRIEF,
        "is-tight": rests and appointment.rest < TIGHT,
        "is-long": rests and appointment.hands_in >= LONG,
    }
    return [name for name, is_so in holds.items() if is_so]


def _must(marks: Iterable[str]) -> list[str]:
    count = sum(mark in NEVER_HIDDEN for mark in marks)
    return [f"must-{count}"] if count else []


def _now(sheet: Sheet, now: datetime, days: Days) -> dict[str, str] | None:
    at = sheet.now(now)
    if at is None:
        return None
    row, minute = at
    return {"line": f"r-{row:03d} m-{minute}", "label": f"r-{row:03d} h-2 m-{minute}", "words": clock_of(now, days.clinic)}


def neighbour(day: date, today: date) -> str:
    """How a day beside the shown one is called on its button: `Wed`, or `Wed 25` further off."""
    return f"{day:%a}" if abs((day - today).days) < 7 else f"{day:%a} {day.day}"
