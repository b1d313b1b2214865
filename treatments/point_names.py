"""Points by whatever people write: WHO codes, old numbers, pinyin and English names."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from treatments.catalogue import Catalogue, catalogue

OLD_BLADDER = re.compile(r"^[bv](\d{2})$")
OLD_NUMBERS = range(36, 55)
PARTS = re.compile(r"[,;/+&\n\t]|\band\b|\bthen\b", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """What was written and the points it may mean; more than one asks for a choice."""

    typed: str
    codes: tuple[str, ...]
    note: str = ""

    @property
    def sure(self) -> bool:
        return len(self.codes) == 1 and not self.note


@dataclass(frozen=True)
class Found:
    """Everything recognised in a text, and what was not."""

    matches: tuple[Match, ...]
    unknown: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every point that may be meant, each once: safety is asked about all of them."""
        return tuple(dict.fromkeys(code for match in self.matches for code in match.codes))


def find_points(text: str, *, book: Catalogue | None = None) -> Found:
    """The points named in a text; a bare B-number from 36 to 54 shows the old and the WHO point."""
    book = book or catalogue()
    matches: list[Match] = []
    unknown: list[str] = []
    for part in PARTS.split(text):
        for match in _in_part(part.strip(), book):
            if match.codes:
                matches.append(match)
            elif _plain(match.typed):
                unknown.append(match.typed)
    return Found(tuple(dict.fromkeys(matches)), tuple(dict.fromkeys(unknown)))


def find_point(text: str, *, book: Catalogue | None = None) -> Match:
    """One name, code or old number; without codes when nothing is called so."""
    typed = text.strip()
    name = _plain(typed)
    book = book or catalogue()
    if old := OLD_BLADDER.match(name):
        if int(old[1]) in OLD_NUMBERS:
            return _old_bladder(typed, int(old[1]), book)
        name = f"bl{int(old[1])}"
    codes = _names(book).get(name, ())
    return Match(typed, codes, "This name is used for more than one point: which is meant?" if len(codes) > 1 else "")


def _old_bladder(typed: str, number: int, book: Catalogue) -> Match:
    now = next((code for code, point in book.points.items() if f"B-{number}" in point.aliases), None)
    who = f"BL{number}" if f"BL{number}" in book.points else None
    codes = tuple(code for code in (now, who) if code)
    was = f"in old books {now}" if now else "in old books a point that is not in our list"
    return Match(typed, codes, f"{typed} is {was}, by WHO numbers BL{number}: which is meant?")


def _in_part(part: str, book: Catalogue) -> Iterator[Match]:
    """The longest names first: `Leg Three Miles Hegu` is two points, `BL 23` one."""
    words = part.split()
    while words:
        for length in range(min(5, len(words)), 0, -1):
            match = find_point(" ".join(words[:length]), book=book)
            if match.codes or length == 1:
                yield match
                words = words[length:]
                break


@lru_cache(maxsize=4)
def _names(book: Catalogue) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for code, name in _written(book):
        known = names.get(_plain(name), ())
        names[_plain(name)] = known if code in known else (*known, code)
    return names


def _written(book: Catalogue) -> Iterator[tuple[str, str]]:
    for code, point in book.points.items():
        for name in (code, point.pinyin, point.english, *_firm(point.aliases)):
            yield code, name
    for name, codes in book.safety.shared_names.items():
        for code in codes:
            yield code, name


def _firm(aliases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(alias for alias in aliases if not OLD_BLADDER.match(_plain(alias)))


def _plain(name: str) -> str:
    """Compared without case, spaces, hyphens, accents and apostrophes."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in bare if letter.isalnum())
