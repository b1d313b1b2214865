"""Checks that what one file names exists in the others."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from treatments.catalogue.clinical import REGIONS
from treatments.catalogue.reading import Record, Row, read_csv, read_json

if TYPE_CHECKING:
    from treatments.catalogue import Catalogue


def check(book: "Catalogue", folder: Path) -> None:
    """CatalogueError for the first entry that names another which does not exist."""
    _points(book, folder)
    _conditions(book, folder)
    _aftercare(book, folder)
    _safety(book, folder)


def _known(record: Record, field: str, named: Iterable[str], known: Iterable[str]) -> None:
    if missing := sorted(set(named) - set(known)):
        raise record.wrong(field, f"{missing[0]} is not known")


def _points(book: "Catalogue", folder: Path) -> None:
    if all(set(point.cautions) <= set(book.safety.cautions) for point in book.points.values()):
        return
    for row in read_csv(folder / "points.csv"):
        _known(row, "cautions", row.words("cautions"), book.safety.cautions)


def _conditions(book: "Catalogue", folder: Path) -> None:
    areas = {*REGIONS, *book.safety.areas, "reported_area"}
    for record in read_json(folder / "conditions.json").parts("conditions"):
        for kind in ("local", "distal"):
            _known(record.part("points"), kind, record.part("points").words(kind), book.points)
        _known(record, "techniques", record.words("techniques"), book.techniques)
        _known(record, "red_flags", record.words("red_flags"), book.safety.flags)
        _known(record, "regions", record.words("regions"), areas)


def _aftercare(book: "Catalogue", folder: Path) -> None:
    raw = read_json(folder / "aftercare.json")
    flags = {*book.safety.flags, *book.safety.cautions, "insured"}
    for record in raw.parts("items"):
        _known(record, "unless_flags", record.words("unless_flags", missing=()), flags)
    for record in raw.parts("messages"):
        message = book.aftercare.messages[record.text("id")]
        _known(record, "items", message.items, book.aftercare.items)
        _known(record, "techniques", message.techniques, book.techniques)
        _known(record, "conditions", message.conditions, book.conditions)
        _known(record, "regions", message.regions, REGIONS)
        _known(record, "flags", message.flags, flags)
    for record in raw.part("symptom_check").parts("questions"):
        _known(record, "only_with_flags", record.words("only_with_flags"), flags)
        for answer in record.parts("answers"):
            named = answer.values.get("adverse_event")
            _known(answer, "adverse_event", [named] if named else [], book.adverse_events)


def _safety(book: "Catalogue", folder: Path) -> None:
    raw = read_json(folder / "safety.json")
    for record in (*raw.parts("flags"), *raw.parts("cautions")):
        _known(record, "techniques", record.mapping("techniques"), book.techniques)
    for record in raw.parts("flags"):
        flag = book.safety.flags[record.text("id")]
        _known(record, "points", (*flag.excluded, *flag.warned), (*book.points, *book.safety.cautions))
    for name, regions in book.safety.areas.items():
        _known(raw.part("areas"), name, regions, REGIONS)
    for name, codes in book.safety.shared_names.items():
        _known(raw.part("shared_names"), name, codes, book.points)
    _aliases(book, folder)


def _aliases(book: "Catalogue", folder: Path) -> None:
    owners: dict[str, str] = {}
    doubles = {alias for point in book.points.values() for alias in point.aliases if owners.setdefault(alias, point.code) != point.code}
    for row in read_csv(folder / "points.csv") if doubles else ():
        _unshared(row, doubles)


def _unshared(row: Row, doubles: set[str]) -> None:
    if shared := doubles & set(row.words("aliases")):
        raise row.wrong("aliases", f"{min(shared)} names another point as well")
