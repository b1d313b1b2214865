from collections.abc import Iterable, Mapping
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction

from treatments.catalogue import HERE, Catalogue, CatalogueError, catalogue
from treatments.models import Acupoint, Condition, Technique


class Command(BaseCommand):
    help = "Bring points, techniques and conditions in line with the catalogue's files; a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=HERE, help="where the files are")

    def handle(self, *args, folder: Path, **options) -> None:
        try:
            book = catalogue(folder)
        except CatalogueError as mistake:
            raise CommandError(f"Nothing was changed. {mistake}") from None
        with transaction.atomic():
            for name, count in load(book).items():
                self.stdout.write(f"{name}: {count}")


def load(book: Catalogue) -> dict[str, str]:
    """Write the catalogue into its tables; say per table what changed."""
    return {
        "Points": bring_in_line(Acupoint, "code", points(book)),
        "Techniques": bring_in_line(Technique, "slug", techniques(book)),
        "Conditions": bring_in_line(Condition, "slug", conditions(book)),
    }


def points(book: Catalogue) -> dict[str, dict[str, object]]:
    return {
        point.code: {
            "name": point.pinyin,
            "english": point.english,
            "meridian": point.meridian,
            "region": point.region,
            "location": point.location,
            "laterality": point.laterality,
            "depth_min_mm": point.depth_min_mm,
            "depth_max_mm": point.depth_max_mm,
        }
        for point in book.points.values()
    }


def techniques(book: Catalogue) -> dict[str, dict[str, object]]:
    return {
        entry.id: {"name": entry.name, "family": entry.family, "needles": entry.needles, "words": entry.description, "position": position}
        for position, entry in enumerate(book.techniques.values())
    }


def conditions(book: Catalogue) -> dict[str, dict[str, object]]:
    return {entry.id: {"name": entry.name, "position": position} for position, entry in enumerate(book.conditions.values())}


def bring_in_line(model: type[models.Model], name: str, wanted: Mapping[str, dict[str, object]]) -> str:
    """Add what is new and rewrite what differs; rows the files no longer name stay, because records point at them."""
    known = {getattr(row, name): row for row in model.objects.all()}
    new = [model(**{name: key}, **values) for key, values in wanted.items() if key not in known]
    changed = [row for key, row in known.items() if key in wanted and differs(row, wanted[key])]
    model.objects.bulk_create(new)
    if changed:
        model.objects.bulk_update(changed, next(iter(wanted.values())))
    return in_words(len(new), len(changed), len(wanted) - len(new) - len(changed), known.keys() - wanted.keys())


def differs(row: models.Model, values: Mapping[str, object]) -> bool:
    """Give the row these values; say whether any was another before."""
    old = {field: getattr(row, field) for field in values}
    for field, value in values.items():
        setattr(row, field, value)
    return old != dict(values)


def in_words(new: int, changed: int, same: int, gone: Iterable[str]) -> str:
    words = f"{new} new, {changed} changed, {same} as before"
    return f"{words}; kept though no longer named: {', '.join(sorted(gone))}" if gone else words
