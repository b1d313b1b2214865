"""Data files read strictly: whatever is wrong is named with its file, its line and its field."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.decoder import JSONArray, JSONObject
from json.scanner import py_make_scanner
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")


class CatalogueError(ValueError):
    """A data file says something it may not say."""

    def __init__(self, file: Path, line: int, field: str, why: str) -> None:
        super().__init__(f"{file.name}, line {line}, {field}: {why}")
        self.file, self.line, self.field, self.why = file, line, field, why


class _Lines(json.JSONDecoder):
    """A slow decoder that remembers on which line each object begins; used only to name the place of a mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_object, self.parse_array = self._object, self._array
        self.scan_once = py_make_scanner(self)

    def _object(self, at: tuple[str, int], *rest: Any) -> tuple[dict, int]:
        found, end = JSONObject(at, *rest)
        return {"": at[0].count("\n", 0, at[1]) + 1, **found}, end

    def _array(self, at: tuple[str, int], *rest: Any) -> tuple[list, int]:
        return JSONArray(at, *rest)


@dataclass(frozen=True)
class Record:
    """One object of a JSON file, and the way to it from the top."""

    file: Path
    values: Mapping[str, Any]
    path: tuple[str | int, ...] = ()

    @property
    def line(self) -> int:
        place = _Lines().decode(self.file.read_text(encoding="utf-8"))
        for step in self.path:
            place = place[step]
        return place[""]

    def wrong(self, field: str, why: str) -> CatalogueError:
        return CatalogueError(self.file, self.line, field, why)

    def text(self, field: str, *, blank: bool = False) -> str:
        value = self._value(field, "" if blank else None)
        if not isinstance(value, str):
            raise self.wrong(field, f"needs words, not {value!r}")
        if not value.strip() and not blank:
            raise self.wrong(field, "is empty")
        return value.strip()

    def whole(self, field: str, low: int = 0, high: int = 10_000) -> int:
        value = self._value(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(field, f"needs a whole number, not {value!r}")
        if not low <= value <= high:
            raise self.wrong(field, f"{value} is not between {low} and {high}")
        return value

    def whole_or_none(self, field: str, low: int = 0, high: int = 10_000) -> int | None:
        return None if self.values.get(field) is None else self.whole(field, low, high)

    def yes(self, field: str, *, otherwise: bool | None = None) -> bool:
        value = self._value(field, otherwise)
        if not isinstance(value, bool):
            raise self.wrong(field, f"needs true or false, not {value!r}")
        return value

    def words(self, field: str, *, missing: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._value(field, missing)
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word.strip() for word in value):
            raise self.wrong(field, f"needs a list of words, not {value!r}")
        if len(set(value)) < len(value):
            raise self.wrong(field, "names something twice")
        return tuple(value)

    def numbers(self, field: str) -> tuple[int, ...]:
        value = self._value(field)
        if not isinstance(value, list) or not all(type(number) is int for number in value):
            raise self.wrong(field, f"needs a list of whole numbers, not {value!r}")
        return tuple(value)

    def one_of(self, field: str, choices: tuple[str, ...]) -> str:
        value = self.text(field)
        if value not in choices:
            raise self.wrong(field, f"{value!r} is none of {', '.join(choices)}")
        return value

    def mapping(self, field: str) -> dict[str, str]:
        value = self._value(field)
        if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
            raise self.wrong(field, f"needs names with words, not {value!r}")
        return dict(value)

    def part(self, field: str) -> Self:
        value = self._value(field)
        if not isinstance(value, dict):
            raise self.wrong(field, f"needs named values, not {value!r}")
        return type(self)(self.file, value, (*self.path, field))

    def parts(self, field: str) -> Iterator[Self]:
        value = self._value(field)
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self.wrong(field, f"needs a list of records, not {value!r}")
        for at, part in enumerate(value):
            yield type(self)(self.file, part, (*self.path, field, at))

    def _value(self, field: str, missing: Any = None) -> Any:
        value = self.values.get(field, missing)
        if value is None:
            raise self.wrong(field, "is missing")
        return value


@dataclass(frozen=True)
class Row(Record):
    """One line of a CSV file: every cell is text, lists are parted by semicolons, yes is `yes`."""

    @property
    def line(self) -> int:
        return int(self.path[0])

    def whole(self, field: str, low: int = 0, high: int = 10_000) -> int:
        cell = self.text(field)
        if not cell.isdecimal():
            raise self.wrong(field, f"needs a whole number, not {cell!r}")
        if not low <= int(cell) <= high:
            raise self.wrong(field, f"{cell} is not between {low} and {high}")
        return int(cell)

    def yes(self, field: str, *, otherwise: bool | None = None) -> bool:
        return self.one_of(field, ("yes", "no")) == "yes"

    def words(self, field: str, *, missing: tuple[str, ...] | None = None) -> tuple[str, ...]:
        words = tuple(word.strip() for word in self.text(field, blank=True).split(";") if word.strip())
        if len(set(words)) < len(words):
            raise self.wrong(field, "names something twice")
        return words


def read_json(file: Path) -> Record:
    """The whole of a JSON file as one record."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as mistake:
        raise CatalogueError(file, mistake.lineno, "the file", mistake.msg) from None
    except (OSError, UnicodeDecodeError) as mistake:
        raise CatalogueError(file, 1, "the file", f"can't be read ({mistake.__class__.__name__})") from None
    if not isinstance(values, dict):
        raise CatalogueError(file, 1, "the file", "needs named values")
    return Record(file, values)


def read_csv(file: Path) -> Iterator[Row]:
    """Every line of a CSV file, with its line number."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as mistake:
        raise CatalogueError(file, 1, "the file", f"can't be read ({mistake.__class__.__name__})") from None
    lines = csv.DictReader(text.splitlines(), strict=True)
    try:
        for values in lines:
            if None in values or None in values.values():
                raise CatalogueError(file, lines.line_num, "the line", f"needs {len(lines.fieldnames or ())} cells")
            yield Row(file, values, (lines.line_num,))
    except csv.Error as mistake:
        raise CatalogueError(file, lines.reader.line_num, "the line", str(mistake)) from None


def index(entries: Iterator[tuple[Record, str, T]], field: str = "id") -> dict[str, T]:
    """The entries by name, in the order of the file; a name used twice is refused."""
    found: dict[str, T] = {}
    for record, name, entry in entries:
        if name in found:
            raise record.wrong(field, f"{name} is there twice")
        found[name] = entry
    return found
