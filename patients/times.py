"""When something was, as people say it: `two years ago`, `as a child`, `since Monday`, in days before today."""

import re
from datetime import date

from patients.wording import PAST

NUMBERS = dict(zip("a an one two three four five six seven eight nine ten eleven twelve".split(), (1, 1, *range(1, 13)), strict=True))
NUMBERS |= {"couple": 2, "few": 3, "several": 4, "many": 10, "twenty": 20, "thirty": 30, "last": 1, "half": 1}
UNITS = {
    "age": 730,
    "day": 1,
    "night": 1,
    "week": 7,
    "fortnight": 14,
    "month": 30,
    "year": 365,
    "yr": 365,
    "decade": 3650,
    "hour": 0,
    "minute": 0,
    "wk": 7,
    "mth": 30,
}
AGO = frozenset("ago back earlier before previously".split())
LONG_AGO = 3650
SEASONS = frozenset("spring summer autumn winter christmas easter".split())
WEEK = frozenset("monday tuesday wednesday thursday friday saturday sunday weekend".split())
JUST = PAST | frozenset("had came got given".split())
SOON = {"yesterday": 1, "today": 0, "tonight": 0, "recently": 7}
YOUNG = (("as", "a", "child"), ("as", "a", "kid"), ("as", "a", "baby"), ("as", "a", "teenager"), ("as", "a", "boy"), ("as", "a", "girl"))
YOUNG += (
    ("when", "i", "was"),
    ("in", "my", "teens"),
    ("in", "my", "twenties"),
    ("in", "childhood"),
    ("at", "school"),
    ("long", "time", "ago"),
)
YOUNG += (("until", "i", "was"), ("till", "i", "was"), ("in", "my", "thirties"), ("in", "the", "past"), ("long", "ago"))
MONTHS = {
    name[:3]: number
    for number, name in enumerate("january february march april may june july august september october november december".split(), 1)
}
MONTH_AFTER = frozenset("in until till last since early late mid".split())
MONTH = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(\.|[a-z]{0,6})$")


def days_ago(texts: list[str], places: range, today: date) -> int | None:
    """How many days ago the words of these places speak of, if they say so; of several times the most recent."""
    found = (_days_at(texts, place, places, today) for place in places)
    return min((days for days in found if days is not None), default=None)


def _days_at(texts: list[str], place: int, places: range, today: date) -> int | None:
    word = texts[place]
    if word in SOON or word.removesuffix("s") in WEEK:
        return SOON.get(word, 6)
    if word == "just" and place + 1 < len(texts) and texts[place + 1] in JUST:
        return 3
    if any(tuple(texts[place : place + len(phrase)]) == phrase for phrase in YOUNG):
        return LONG_AGO
    if word in ("this", "last") and place + 1 < places.stop:
        return _this_or_last(word, texts[place + 1])
    if word in AGO and place > places.start:
        return _counted(texts, place - 1, places)
    return _year(texts, place, today)


def _this_or_last(word: str, unit: str) -> int | None:
    if unit in ("morning", "afternoon", "evening", "night") or word == "this":
        return 1 if unit in ("morning", "afternoon", "evening", "night", "week") else None
    return 150 if unit in SEASONS else UNITS.get(unit)


def _counted(texts: list[str], place: int, places: range) -> int | None:
    """`two years` before `ago`; `years ago` alone is long ago."""
    unit = texts[place].removesuffix("s")
    if unit not in UNITS:
        return None
    for before in range(place - 1, max(places.start, place - 4) - 1, -1):
        number = texts[before]
        if number.isdecimal() and len(number) < 4:
            return int(number) * UNITS[unit]
        if number in NUMBERS:
            return NUMBERS[number] * UNITS[unit]
    return 5 * UNITS[unit]


def _year(texts: list[str], place: int, today: date) -> int | None:
    word = texts[place]
    if len(word) == 4 and word.isdecimal() and 1920 <= int(word) <= today.year:
        return max(0, (today.year - int(word)) * 365 - 180)
    if MONTH.match(word) and place and texts[place - 1] in MONTH_AFTER:
        return _since_month(MONTHS[word[:3]], today)
    return None


def _since_month(month: int, today: date) -> int:
    """Days since the last such month ended, or since its first half while it lasts."""
    year = today.year if month <= today.month else today.year - 1
    return max(1, (today - date(year, month, 28)).days)
