"""Reads what a practitioner types about one needle: `bl23 both 20`, `si3 r 12`, `Zusanli 25`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from treatments.enums import Side
from treatments.models import Acupoint
from treatments.point_names import find_point
from treatments.readiness import Needle

SIDES = {
    **dict.fromkeys(("l", "left"), Side.LEFT),
    **dict.fromkeys(("r", "right"), Side.RIGHT),
    **dict.fromkeys(("b", "both", "bilateral"), Side.BOTH),
    **dict.fromkeys(("m", "mid", "midline"), Side.MIDLINE),
}
DEPTH = re.compile(r"^(\d{1,3})(mm)?$")
COUNT = re.compile(r"^[x×](\d{1,2})$")
OLD_CODE_ALONE = re.compile(r"^[A-Za-z]{1,3}$")


@dataclass(frozen=True)
class Typed:
    """What was understood: a needle; or words about what wasn't, with points to choose from."""

    needle: Needle | None = None
    problem: str = ""
    choices: tuple[str, ...] = ()


def read_needle(text: str, points: Mapping[str, Acupoint], *, reason: str = "") -> Typed:
    """Understand one line; what isn't said is what is usual at that point."""
    name, side, depth, count = parts_of(text)
    if not name:
        return Typed(problem="Type a point, like BL23 both 20.")
    match = find_point(name)
    if not match.codes:
        return Typed(problem=f"No point is called “{name}”. Try its code, like BL23, or its name.")
    if not match.sure:
        return Typed(problem=match.note or f"“{name}” may mean more than one point: which?", choices=match.codes)
    point = points[match.codes[0]]
    return Typed(needle=needle_of(point, side, depth, count, reason))


def needle_of(point: Acupoint, side: Side | None, depth: int | None, count: int | None, reason: str = "") -> Needle:
    """A needle with what was said, and what is usual for the rest."""
    side = side or (Side.MIDLINE if point.laterality == "midline" else Side.BOTH)
    usual = (point.depth_min_mm + point.depth_max_mm) // 2
    return Needle(point=point, side=side, needles=count or (2 if side == Side.BOTH else 1), depth_mm=depth or max(usual, 1), reason=reason)


def parts_of(text: str) -> tuple[str, Side | None, int | None, int | None]:
    """Name, side, depth and count; the name is whatever the other words leave."""
    name, side, depth, count = [], None, None, None
    for word in text.replace(",", " ").split():
        found_depth, found_count = DEPTH.match(word.lower()), COUNT.match(word.lower())
        if name and word.lower() in SIDES and side is None:
            side = SIDES[word.lower()]
        elif found_count:
            count = int(found_count[1])
        elif found_depth and depth is None and name and not (len(name) == 1 and OLD_CODE_ALONE.match(name[0])):
            depth = int(found_depth[1])
        else:
            name.append(word)
    return " ".join(name), side, depth, count


def with_needle(needles: list[Needle], new: Needle) -> list[Needle]:
    """The list with this needle added, or in the place of the same point on the same side."""
    same = [number for number, needle in enumerate(needles) if (needle.point.code, needle.side) == (new.point.code, new.side)]
    if not same:
        return [*needles, new]
    return [new if number == same[0] else needle for number, needle in enumerate(needles)]
