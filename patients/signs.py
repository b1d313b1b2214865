"""Warning signs in free words: a small lexicon, used to raise and never to clear."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from patients.ruleset import Rulebook, Sign
from patients.wording import Standing, days_ago, sentence, standings, words_of

WINDOW = 14
OWN = "~"  # stands for a word of the sign itself: the “can’t” of “can’t feel” denies nothing


class Sense(StrEnum):
    """How a sign stands in its sentence."""

    PLAIN = "now"
    UNCLEAR = "unclear"
    DENIED = "denied"
    OVER = "over"
    OTHER = "other_person"


@dataclass(frozen=True)
class Heard:
    """A sign in somebody's own words."""

    rule: str
    words: str
    sense: Sense

    @property
    def counts(self) -> bool:
        return self.sense == Sense.PLAIN

    @property
    def unclear(self) -> bool:
        return self.sense == Sense.UNCLEAR


@dataclass(frozen=True)
class Phrase:
    """A few stems in a row; one ending in `*` stands for every word that starts so."""

    stems: tuple[str, ...]

    def at(self, texts: list[str], place: int) -> bool:
        return all(place + step < len(texts) and _is(stem, texts[place + step]) for step, stem in enumerate(self.stems))


def _is(stem: str, text: str) -> bool:
    return text.startswith(stem[:-1]) if stem.endswith("*") else text == stem


@dataclass(frozen=True)
class Pattern:
    """A sign made ready to look for."""

    sign: Sign
    groups: tuple[tuple[Phrase, ...], ...]


@lru_cache(maxsize=4)
def patterns(book: Rulebook) -> tuple[Pattern, ...]:
    """The signs of a rule set, split into words once."""
    return tuple(
        Pattern(sign, tuple(tuple(Phrase(tuple(choice.split())) for choice in group) for group in sign.groups)) for sign in book.signs
    )


def listen(text: str, book: Rulebook, *, today: date) -> list[Heard]:
    """Every sign of the lexicon in a text, with how it stands there; the strongest sense of each rule."""
    words = words_of(text)
    texts = [word.text for word in words]
    heard: dict[str, Heard] = {}
    order = list(Sense)
    for pattern in patterns(book):
        for places in _places(pattern, texts):
            whole = sentence(texts, min(places))
            sense = _sense(pattern.sign, places, texts, today)
            quote = text[words[whole.start].start : words[whole.stop - 1].end]
            before = heard.get(pattern.sign.rule)
            if before is None or order.index(sense) < order.index(before.sense):
                heard[pattern.sign.rule] = Heard(pattern.sign.rule, quote[:200], sense)
    return list(heard.values())


def _places(pattern: Pattern, texts: list[str]) -> Iterator[dict[int, int]]:
    """Where a sign stands: for each first group, the nearest of the others in the same sentence, as start and length."""
    for place in range(len(texts)):
        length = _length(pattern.groups[0], texts, place)
        if length:
            found = _others(pattern, texts, place, length)
            if found:
                yield found


def _length(group: tuple[Phrase, ...], texts: list[str], place: int) -> int:
    return max((len(phrase.stems) for phrase in group if phrase.at(texts, place)), default=0)


def _others(pattern: Pattern, texts: list[str], place: int, length: int) -> dict[int, int] | None:
    found = {place: length}
    whole = sentence(texts, place)
    near = sorted(range(max(whole.start, place - WINDOW), min(whole.stop, place + WINDOW)), key=lambda index: abs(index - place))
    for group in pattern.groups[1:]:
        other = next(((index, size) for index in near if (size := _length(group, texts, index))), None)
        if other is None:
            return None
        found[other[0]] = other[1]
    return found


def _sense(sign: Sign, places: dict[int, int], texts: list[str], today: date) -> Sense:
    """How the words around a sign stand to it. Whatever is not plain is unclear, unless it is plainly not so."""
    inside = {place + step for place, length in places.items() for step in range(length)}
    stands = standings([OWN if place in inside else text for place, text in enumerate(texts)])
    standing = [stands[place] for place in places]
    whole = sentence(texts, min(places))
    end = max(inside) + 1
    answered = [text for text in texts[end : whole.stop] if text[0].isalpha()][:1]
    if any(each.negated for each in standing) or answered in (["no"], ["never"], ["none"]):
        return Sense.DENIED
    if any(each.other for each in standing):
        return Sense.OTHER
    if sign.days and _over(sign, standing, texts, whole, today):
        return Sense.OVER
    return Sense.UNCLEAR if any(each.unsure for each in standing) else Sense.PLAIN


def _over(sign: Sign, standing: list[Standing], texts: list[str], whole: range, today: date) -> bool:
    if any(each.ongoing for each in standing) or {"since", "started", "still", "again", "now"} & set(texts[whole.start : whole.stop]):
        return False
    days = days_ago(texts, whole, today)
    return days > sign.days if days is not None else any(each.past for each in standing)
