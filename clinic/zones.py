"""A time zone as people say it, in their language."""

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_location


def city_of(zone: str) -> str:
    """The place a zone is named after: `London`."""
    return zone.rpartition("/")[2].replace("_", " ")


def zone_words(zone: str, language: str) -> str:
    """Say whose time it is: `London time`, イギリス時間."""
    if language.startswith("en"):
        return f"{city_of(zone)} time"
    return get_timezone_location(zone, locale=_locale(language))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
