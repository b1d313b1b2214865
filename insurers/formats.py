"""What a number given by a patient looks like to its insurer."""

import re
from dataclasses import dataclass
from enum import StrEnum

from insurers.directory import Directory, NumberFormat, directory

LONGEST = 40
PLAIN_LABELS = {"policy": "policy or membership number", "member": "membership number", "authorisation": "authorisation code"}
SPACES = re.compile(r"\s+")
DASHES = re.compile(r"[\u2010-\u2015]")
ALLOWED = re.compile(r"[A-Z0-9/.\-]+")


class Fit(StrEnum):
    """How sure we are about a number: only `impossible` may be refused."""

    FITS = "fits"
    UNKNOWN = "unknown"  # no format is known for this insurer
    DOUBTFUL = "doubtful"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Check:
    """A number as it will be kept, and what to say about it."""

    number: str
    fit: Fit
    words: str = ""

    @property
    def usable(self) -> bool:
        return self.fit is not Fit.IMPOSSIBLE


def check_number(insurer: str, kind: str, typed: str, *, book: Directory | None = None) -> Check:
    """A `policy`, `member` or `authorisation` number of an insurer; a doubt is said in words and never refuses."""
    book = book or directory()
    number = tidy(typed)
    if problem := _impossible(number):
        return Check(number, Fit.IMPOSSIBLE, problem)
    mine = _format_of(insurer, kind, book)
    if mine and mine.fits(number):
        return Check(number, Fit.FITS)
    if mine and (words := mine.mistaken(number)):
        return Check(number, Fit.DOUBTFUL, words)
    other = _looks_like(number, insurer, kind, book)
    if mine or (other and kind == "policy"):
        return Check(number, Fit.DOUBTFUL, " ".join(part for part in (other, _expected(mine)) if part))
    return Check(number, Fit.DOUBTFUL, other) if other else Check(number, Fit.UNKNOWN)


def tidy(typed: str) -> str:
    """Capitals, without spaces; the dashes of word processors become hyphens."""
    return DASHES.sub("-", SPACES.sub("", typed)).upper()


def help_words(insurer: str, kind: str, *, book: Directory | None = None) -> str:
    """What to write beside the field: the insurer's own word for the number, and an example."""
    mine = _format_of(insurer, kind, book or directory())
    return f"The {mine.label}, like {' or '.join(mine.examples)}" if mine else ""


def label(insurer: str, kind: str, *, book: Directory | None = None) -> str:
    """What the insurer calls this number."""
    mine = _format_of(insurer, kind, book or directory())
    return mine.label if mine else PLAIN_LABELS[kind]


def _impossible(number: str) -> str:
    if not number:
        return "Please type the number."
    if len(number) > LONGEST:
        return f"A number has at most {LONGEST} characters; please check what was typed."
    if not ALLOWED.fullmatch(number) or not any(sign.isdigit() for sign in number):
        return "A number has letters, digits, slashes and hyphens, and at least one digit; please check what was typed."
    return ""


def _format_of(insurer: str, kind: str, book: Directory) -> NumberFormat | None:
    return next((found for found in book.formats if found.kind == kind and insurer in found.insurers), None)


def _looks_like(number: str, insurer: str, kind: str, book: Directory) -> str:
    """Whose number it looks like, where that is another insurer's or another kind."""
    for found in book.formats:
        same = insurer in found.insurers
        if found.fits(number) and not (same and found.kind == kind):
            whose = "" if same else f" of {book.insurers[found.insurers[0]].current_name}"
            return f"This looks like {_a(found.label)}{whose}."
    return ""


def _expected(mine: NumberFormat | None) -> str:
    return f"We expected {_a(mine.label)} like {' or '.join(mine.examples)}; please check the card or letter." if mine else ""


def _a(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
