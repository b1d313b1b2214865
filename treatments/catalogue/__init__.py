"""What is known about treating, read from the files in this folder: points, techniques, courses, aftercare, outcomes, safety."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from treatments.catalogue.check import check
from treatments.catalogue.clinical import read_adverse_events, read_measures, read_points, read_techniques
from treatments.catalogue.course_table import read_conditions, read_course_table
from treatments.catalogue.entries import (
    AdverseEvent,
    Aftercare,
    Condition,
    CourseTable,
    Measure,
    Point,
    SafetyBook,
    Technique,
)
from treatments.catalogue.guidance import read_aftercare, read_safety
from treatments.catalogue.reading import CatalogueError
from treatments.catalogue.translated import Words, aftercare_in, points_in, read_words

HERE = Path(__file__).parent

__all__ = ["HERE", "Catalogue", "CatalogueError", "catalogue", "catalogue_in", "words_in"]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Everything the files say, checked against itself; two readings are never the same."""

    points: Mapping[str, Point]
    techniques: Mapping[str, Technique]
    conditions: Mapping[str, Condition]
    courses: CourseTable
    aftercare: Aftercare
    measures: Mapping[str, Measure]
    adverse_events: Mapping[str, AdverseEvent]
    safety: SafetyBook


@lru_cache(maxsize=4)
def catalogue(folder: Path = HERE) -> Catalogue:
    """The catalogue of a folder, read once; CatalogueError names file, line and field of the first mistake."""
    found = Catalogue(
        points=read_points(folder / "points.csv"),
        techniques=read_techniques(folder / "techniques.json"),
        conditions=read_conditions(folder / "conditions.json"),
        courses=read_course_table(folder / "conditions.json"),
        aftercare=read_aftercare(folder / "aftercare.json"),
        measures=read_measures(folder / "outcomes.json"),
        adverse_events=read_adverse_events(folder / "adverse_events.json"),
        safety=read_safety(folder / "safety.json"),
    )
    check(found, folder)
    return found


@lru_cache(maxsize=8)
def words_in(language: str, folder: Path = HERE) -> Words:
    """What patients are shown in this language, read once."""
    return read_words(folder / f"words.{language}.json")


@lru_cache(maxsize=8)
def catalogue_in(language: str, folder: Path = HERE) -> Catalogue:
    """The catalogue as a patient reads it in this language: advice, the check-back and how points are found."""
    found, words = catalogue(folder), words_in(language, folder)
    return replace(found, aftercare=aftercare_in(words, found.aftercare), points=points_in(words, found.points))
