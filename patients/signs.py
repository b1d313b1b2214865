"""Warning signs in free words: a small lexicon, used to raise and never to clear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import chain, pairwise

from rapidfuzz.distance import OSA

from patients.enums import Action
from patients.ruleset import Rulebook, Sign
from patients.times import days_ago
from patients.wording import FAMILY, NEGATING, REACH, Standing, sentence, standings, words_of

WINDOW = 14
GOING_ON = frozenset("since started still again now".split())
UNABLE = frozenset("can't cant cannot couldn't couldnt won't wont nobody nothing avoid avoiding".split())
LIGHT = frozenset(
    "have had has having get got getting gets feel feeling felt suffer suffered suffering from experience experienced experiencing "
    "notice noticed noticing any a an the new some such of in my real really been problem problems with trouble issue issues sign signs "
    "symptom symptoms electric bad severe sudden sharp more ever yet currently particular obvious other being been to be is are was "
    "were am it there".split()
)
LONG_WORD = 8
YEARS = 2 * 365  # what counts for years is not over because it is past
RULED_OUT = frozenset({("ruled", "out"), ("been", "excluded"), ("was", "excluded")})
IN_FAMILY = (["the", "family"], ["my", "family"], ["our", "family"])
BLOOD = frozenset(
    "mum mom mother dad father brother sister son daughter nan gran grandmother grandfather grandad uncle aunt family".split()
)
SMALL = frozenset("the a an my our some really so very quite all".split())
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
    treated_by: str = ""

    @property
    def counts(self) -> bool:
        return self.sense == Sense.PLAIN

    @property
    def unclear(self) -> bool:
        return self.sense == Sense.UNCLEAR


@dataclass(frozen=True)
class Phrase:
    """A choice of words that stand in a row, belonging to one group of one sign; `numb*` stands for every word that starts so."""

    group: tuple[int, int]
    stems: tuple[str, ...]

    def at(self, texts: list[str], place: int) -> int:
        """How many words it takes up here, small words between its own ones among them; 0 where it doesn't stand."""
        end = place
        for stem in self.stems:
            while end > place and end < len(texts) and texts[end] in SMALL and not _is(stem, texts[end]):
                end += 1
            if end == len(texts) or not _is(stem, texts[end]):
                return 0
            end += 1
        return end - place


def _is(stem: str, text: str) -> bool:
    return text.startswith(stem[:-1]) if stem[-1] == "*" else text == stem


class Lexicon:
    """The signs of a rule set, filed by the first word of each choice."""

    def __init__(self, signs: tuple[Sign, ...], everyday: frozenset[str] = frozenset(), harmless: Iterable[str] = ()) -> None:
        self.everyday = everyday
        self.harmless = [Phrase((0, 0), tuple(words.split())) for words in harmless]
        self.whole: dict[str, list[Phrase]] = {}
        self.starts: dict[str, list[Phrase]] = {}
        for number, sign in enumerate(signs):
            for group, choices in enumerate(sign.groups):
                for choice in choices:
                    self._file(Phrase((number, group), tuple(choice.split())))
        self.lengths = sorted({len(start) for start in self.starts})
        stems = {stem for sign in signs for group in sign.groups for choice in group for stem in choice.split()}
        self.long = sorted(stem for stem in stems if len(stem) >= LONG_WORD and stem[-1] != "*")
        self.long_starts = sorted(stem[:-1] for stem in stems if len(stem) > LONG_WORD and stem[-1] == "*")
        self._spelt = lru_cache(maxsize=4096)(self._nearest)

    def _file(self, phrase: Phrase) -> None:
        first = phrase.stems[0]
        shelf = self.starts if first[-1] == "*" else self.whole
        shelf.setdefault(first.removesuffix("*"), []).append(phrase)

    def spelt(self, texts: list[str]) -> list[str]:
        """The words as the lexicon spells them: a slip of the pen in a long word is forgiven, `hay fever` is no fever."""
        spelt = [self._spelt(text) if len(text) >= LONG_WORD or text.endswith("'s") else text for text in texts]
        for place in range(len(spelt)):
            for phrase in self.harmless:
                length = phrase.at(spelt, place)
                spelt[place : place + length] = [OWN] * length
        return spelt

    def _nearest(self, text: str) -> str:
        if text.removesuffix("'s") in self.whole:
            return text.removesuffix("'s")
        if len(text) < LONG_WORD or text in self.everyday or any(text.startswith(stem) for stem in self.long_starts) or text in self.long:
            return text
        near = (word for word in self.long if text[0] == word[0] and OSA.distance(text, word, score_cutoff=1) == 1)
        cut = (stem for stem in self.long_starts if text[0] == stem[0] and OSA.distance(text[: len(stem)], stem, score_cutoff=1) == 1)
        return next(chain(near, cut, [text]))

    def hits(self, texts: list[str]) -> dict[tuple[int, int], dict[int, int]]:
        """For each group of each sign, where one of its choices stands, and how many words long."""
        found: dict[tuple[int, int], dict[int, int]] = {}
        for place, text in enumerate(texts):
            for phrase in self._filed(text):
                length = phrase.at(texts, place)
                if length:
                    lengths = found.setdefault(phrase.group, {})
                    lengths[place] = max(lengths.get(place, 0), length)
        return found

    def _filed(self, text: str) -> Iterator[Phrase]:
        yield from self.whole.get(text, ())
        for length in self.lengths:
            yield from self.starts.get(text[:length], ())


@lru_cache(maxsize=4)
def lexicon(book: Rulebook) -> Lexicon:
    """The lexicon of a rule set, made once."""
    return Lexicon(book.signs, book.everyday, book.harmless)


def listen(text: str, book: Rulebook, *, today: date) -> list[Heard]:
    """Every sign of the lexicon in a text, with how it stands there; the strongest sense of each rule."""
    words = words_of(text)
    texts = [word.text for word in words]
    hits = lexicon(book).hits(lexicon(book).spelt(texts))
    heard: dict[str, Heard] = {}
    for number in sorted({number for number, group in hits if group == 0}):
        sign = book.signs[number]
        for places in _places(hits, number, sign, texts):
            whole = sentence(texts, min(places))
            if set(sign.unless) & set(texts[whole.start : whole.stop]):
                continue
            quote = text[words[whole.start].start : words[whole.stop - 1].end]
            sense = _sense(sign, places, texts, today)
            if book.named(sign.rule).action == Action.EMERGENCY and sense in (Sense.DENIED, Sense.OTHER, Sense.OVER):
                sense = _careful(sense, places, texts, today)
            found = [Heard(sign.rule, quote[:200], sense, sign.treated_by)]
            if sense == Sense.OTHER and sign.family and BLOOD & {text.removesuffix("'s") for text in texts[whole.start : whole.stop]}:
                found.append(Heard(sign.family, quote[:200], Sense.PLAIN))
            for now in found:
                heard[now.rule] = min(heard.get(now.rule, now), now, key=_gravest)
    return list(heard.values())


def _gravest(heard: Heard) -> tuple[int, bool]:
    """The plainest first, and of those one that no medicine explains."""
    return list(Sense).index(heard.sense), bool(heard.treated_by)


def _places(hits: dict[tuple[int, int], dict[int, int]], number: int, sign: Sign, texts: list[str]) -> Iterator[dict[int, int]]:
    """Where a sign stands: each place of its first group, with the nearest of the other groups in the same sentence."""
    groups = [hits.get((number, group)) for group in range(len(sign.groups))]
    if not all(groups):
        return
    for place, length in groups[0].items():
        whole = sentence(texts, place)
        places = {place: length}
        for group in groups[1:]:
            near = [other for other in group if other in whole and abs(other - place) <= WINDOW]
            if not near:
                break
            other = min(near, key=lambda index: abs(index - place))
            places[other] = max(group[other], places.get(other, 0))
        else:
            yield places


def _stands(places: dict[int, int], texts: list[str]) -> list[Standing]:
    """How the words before a sign stand to it, its own words left out."""
    start, inside = sentence(texts, min(places)).start, {place + step for place, length in places.items() for step in range(length)}
    stop = max(inside) + 1
    others = any(text.removesuffix("'s") in FAMILY for text in texts[max(0, start - REACH) : start])
    stands = standings([OWN if place in inside else texts[place] for place in range(start, stop)], met_other=others)
    return [stands[place - start] for place in places]


def _sense(sign: Sign, places: dict[int, int], texts: list[str], today: date) -> Sense:
    """How the words around a sign stand to it. Whatever is not plain is unclear, unless it is plainly not so."""
    stands = _stands(places, texts)
    whole = sentence(texts, min(places))
    end = max(place + length for place, length in places.items())
    answer = [text for text in texts[end : whole.stop] if text[0].isalpha()]
    if any(each.negated for each in stands) or answer in (["no"], ["never"], ["none"]):
        return Sense.DENIED
    if any(each.other for each in stands) or _in_the_family(texts[end : whole.stop]):
        return Sense.OTHER
    if sign.days and _over(sign, stands, texts, whole, today):
        return Sense.OVER
    doubt = sign.weak or any(each.unsure for each in stands) or _ruled_out(places, texts, whole)
    return Sense.UNCLEAR if doubt else Sense.PLAIN


def _ruled_out(places: dict[int, int], texts: list[str], whole: range) -> bool:
    """`DVT ruled out`, `tests for it were negative`: a person asks."""
    near = texts[max(whole.start, min(places) - 5) : min(whole.stop, max(places) + 7)]
    return "negative" in near or any(pair in RULED_OUT for pair in pairwise(near))


def _in_the_family(after: list[str]) -> bool:
    """`… runs in the family`."""
    return any(after[place : place + 1] == ["in"] and after[place + 1 : place + 3] in IN_FAMILY for place in range(min(5, len(after))))


def _over(sign: Sign, stands: list[Standing], texts: list[str], whole: range, today: date) -> bool:
    """Whether it was long ago. A complaint that goes on since then is not over; an event is."""
    days = days_ago(texts, whole, today)
    goes_on = any(each.ongoing for each in stands) or GOING_ON & set(texts[whole.start : whole.stop])
    if goes_on and not (sign.event and days is not None):
        return False
    if days is None and sign.days > YEARS:
        return False
    return days > sign.days if days is not None else any(each.past for each in stands)


def _careful(sense: Sense, places: dict[int, int], texts: list[str], today: date) -> Sense:
    """An emergency is put to a person where the words that speak against it may belong to something else."""
    whole = sentence(texts, min(places))
    if sense == Sense.DENIED:
        settled = _denies(texts, whole, min(places))
    elif sense == Sense.OTHER:
        settled = not any(each.loose for each in _stands(places, texts))
    else:
        settled = days_ago(texts, whole, today) is not None
    return sense if settled else Sense.UNCLEAR


def _denies(texts: list[str], whole: range, place: int) -> bool:
    """Whether a denial is about the sign: nothing but light words between them, or a list with `or`. `Can't sleep for` denies no pain."""
    denial = max((index for index in range(whole.start, place) if texts[index] in NEGATING), default=None)
    if denial is None:
        return True  # “chest pain: no”
    between = texts[denial + 1 : place]
    return texts[denial] not in UNABLE and (set(between) <= LIGHT or bool({"or", "nor"} & set(texts[denial : whole.stop])))
