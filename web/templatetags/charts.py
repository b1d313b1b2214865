"""Pictures to scale without a style attribute: numbers become SVG attributes, colours come from classes."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from django import template
from django.utils.text import slugify

register = template.Library()

PIXELS_A_MINUTE = 3
PHASE_WORDS = {"hands": "hands-on", "rest": "rest"}
UNIT_WORDS = {"used": "used", "kept": "kept for a booked visit", "left": "left", "beyond": "not covered yet"}
SVG = "{http://www.w3.org/2000/svg}"
DRAWINGS = Path(__file__).resolve().parents[2] / "static" / "img"
MARKS = {"in": "#pt-in", "care": "#pt-care", "never": "#pt-never"}
LABEL_AWAY = 13
NEAR_SPINE, CLEAR_OF_SPINE = 45, 62  # units of the drawing


@register.inclusion_tag("components/_phases.html")
def phase_bar(phases: list[tuple[str, int]], now_at: int | None = None, look: str = "") -> dict:
    """A visit's stretches drawn to scale: phases are ("hands" or "rest", minutes)."""
    rects, total = [], 0
    for kind, minutes in phases:
        rects.append({"kind": kind, "x": total, "minutes": minutes})
        total += minutes
    words = ", ".join(f"{minutes} min {PHASE_WORDS[kind]}" for kind, minutes in phases)
    now_at = None if now_at == "" else now_at  # a visit without one
    if now_at is not None:
        now_at = min(max(now_at, 0), total)
        words = f"{words}; now at minute {now_at}"
    return {"rects": rects, "total": total, "width": total * PIXELS_A_MINUTE, "words": words, "now_at": now_at, "look": look}


@register.inclusion_tag("components/_units.html")
def units_meter(used: int = 0, kept: int = 0, left: int = 0, beyond: int = 0, small: bool = False) -> dict:
    """One cell for each approved visit, and one for each booked beyond them."""
    counts = {"used": used, "kept": kept, "left": left, "beyond": beyond}
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    cells = [(kind, f"Visit {number}, {UNIT_WORDS[kind]}") for number, kind in enumerate(kinds, 1)]
    words = ", ".join(f"{count} {UNIT_WORDS[kind]}" for kind, count in counts.items() if count)
    return {"cells": cells, "words": words or "No visits approved", "small": small}


class Dot(NamedTuple):
    """One score on the plot, in percent of its width and height."""

    x: float
    y: float
    value: float
    last: bool

    @property
    def low(self) -> bool:
        """Whether the figure belongs above the dot, because below it would leave the plot or meet the line."""
        return self.y > 85 or self.y <= 30


def dots_of(points: list[tuple[str, float | None]], top: float) -> list[Dot]:
    """The scores that were given, each in the middle of its visit's column."""
    given = [(place, value) for place, (_, value) in enumerate(points) if value is not None]
    return [
        Dot(round((place + 0.5) / len(points) * 100, 1), round((top - value) / top * 100, 1), value, nth == len(given))
        for nth, (place, value) in enumerate(given, 1)
    ]


def band_of(start: float, change: float, top: float) -> dict[str, float]:
    """The stretch around the first score in which a change is too small to matter."""
    upper, lower = min(start + change, top), max(start - change, 0)
    percent = 100 / top
    return {
        "y": round((top - upper) * percent, 1),
        "height": round((upper - lower) * percent, 1),
        "start": round((top - start) * percent, 1),
    }


def signed(number: float) -> str:
    """A difference as people write it: −3, 0, +2."""
    return f"{number:+g}".replace("-", "−") if number else "0"


@register.inclusion_tag("components/_scoreline.html")
def score_line(
    points, title: str, change: float = 2, top: float = 10, small: bool = False, with_table: bool = True, ident: str = ""
) -> dict:
    """Scores by visit as a line over the band of "no real change", and the same figures as a table."""
    points = list(points)
    dots = dots_of(points, top)
    said = ", ".join(f"{value:g} on {day}" for day, value in points if value is not None)
    return {
        "title": title,
        "caption": f"{title}: {said or 'no scores yet'}.",
        "ident": ident or f"score-{slugify(title)}",
        "top": f"{top:g}",
        "middle": f"{top / 2:g}",
        "dots": dots,
        "lines": [{"x1": a.x, "y1": a.y, "x2": b.x, "y2": b.y} for a, b in pairwise(dots)],
        "band": band_of(dots[0].value, change, top) if dots else None,
        "days": [day for day, _ in points],
        "rows": score_rows(points),
        "small": small,
        "with_table": with_table,
    }


def score_rows(points: list[tuple[str, float | None]]) -> list[tuple[str, str, str]]:
    """The figures as a table: visit, score, difference from the first score."""
    start, rows = None, []
    for day, value in points:
        if value is None:
            rows.append((day, "not asked", ""))
        elif start is None:
            start = value
            rows.append((day, f"{value:g}", "start"))
        else:
            rows.append((day, f"{value:g}", signed(value - start)))
    return rows


class BodyMark(NamedTuple):
    """Where a point is on the drawing of one view."""

    ident: str
    code: str
    side: str
    region: str
    title: str
    x: float
    y: float


@cache
def body_marks(view: str) -> tuple[BodyMark, ...]:
    """Every point of a view, read once from its drawing."""
    marks = []
    for group in ElementTree.parse(DRAWINGS / f"body-{view}.svg").iter(f"{SVG}g"):  # noqa: S314  our own drawing
        if group.get("class") == "pt":
            use, said = group.find(f"{SVG}use"), group.find(f"{SVG}title")
            place = float(use.get("x")), float(use.get("y"))
            marks.append(
                BodyMark(group.get("id"), group.get("data-code"), group.get("data-side"), group.get("data-region"), said.text, *place)
            )
    return tuple(marks)


@register.inclusion_tag("components/_body.html")
def body_chart(view: str, states: dict | None = None, address: str = "", asked: str = "") -> dict:
    """The body with its points: states maps (code, side) or code to in, care or never; a mark leads to `address` with its point."""
    states = states or {}
    marks = []
    for mark in body_marks(view):
        state = states.get((mark.code, mark.side)) or states.get(mark.code) or "free"
        named = state == "in" or mark.code == asked
        marks.append(
            {
                **mark._asdict(),
                "state": state,
                "use": MARKS.get(state, "#pt-free"),
                "asked": mark.code == asked,
                "named": named,
                **label_place(mark),
            }
        )
    return {"view": view, "outline": f"components/_body_{view}.html", "marks": marks, "address": address}


def label_place(mark: BodyMark) -> dict:
    """Where a point's name stands: outwards from the middle, clear of its neighbours, with a leader where that is far."""
    outwards = -1 if mark.x < 0 else 1
    away = max(abs(mark.x) + LABEL_AWAY, CLEAR_OF_SPINE if abs(mark.x) < NEAR_SPINE else 0)
    leader = f"M{mark.x + outwards * 6:g} {mark.y:g}H{outwards * (away - 3):g}" if away > abs(mark.x) + LABEL_AWAY else ""
    return {"label_x": outwards * away, "label_y": mark.y + 5, "anchor": "end" if outwards < 0 else "start", "leader": leader}
