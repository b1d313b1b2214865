"""What a patient reads of the catalogue, in the language that is spoken now: for messages, and for pages behind their links."""

from collections.abc import Mapping

from django.utils.translation import get_language, gettext

from patients.rulebook import rulebook
from treatments.catalogue import Catalogue, catalogue_in, words_in
from treatments.catalogue.entries import Point


def spoken() -> Catalogue:
    """The catalogue in the reader's language; hand it as `book` to whatever chooses advice or asks questions."""
    return catalogue_in(get_language() or "en")


def places(country: str) -> Mapping[str, str]:
    """The numbers and places to turn to in a country, as `fill` wants them, in the reader's language."""
    words = words_in(get_language() or "en")
    return {name: words.of(f"place.{country}.{name}", value) for name, value in rulebook().countries[country].items()}


def pressing(point: Point) -> str:
    """How to press a point of `spoken()` at home."""
    told = {"name": point.english, "code": point.code, "where": point.how_to_find}
    return gettext("%(name)s (%(code)s): %(where)s. Press firmly but gently for 1 to 2 minutes, and ease off if it hurts.") % told
