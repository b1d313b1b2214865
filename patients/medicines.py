"""Medicines in free text: which name was meant, and whether the person takes it now.

Exact names first, then listed misspellings, then the closest of all names, those without a flag among them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter

from rapidfuzz import process
from rapidfuzz.distance import OSA

from patients.enums import Taken
from patients.ruleset import Medicine, Rulebook
from patients.times import days_ago
from patients.wording import (
    ENDS,
    FAMILY,
    LINE,
    NOT_THE_MEDICINE,
    PAST,
    SHORT_STOP,
    Standing,
    Word,
    fold,
    sentence,
    squash,
    standings,
    words_of,
)

LONGEST_NAME = 4
SHORTEST = 5
ALONE = (["nothing"], ["only"], ["just"], ["no"], ["none"], ["not"], [":"], ["neither"])
LONG_NAME = 10
START = attrgetter("start")
JOINTS = frozenset("-.'")
BREAKS = frozenset(", ; . \n ! ? & + / • | and plus with also ( )".split(" "))
PARTS = BREAKS | {"but"}
DOSE = frozenset(
    "mg mcg g gram grams ug microgram micrograms milligram milligrams ml iu units unit x puff puffs drop drops patch patches spray sprays "
    "tablet tablets tabs tab capsule capsules caps pill pills injection injections dose doses sachet sachets".split()
)
NO_WORDS = frozenset("no none never nope negative nil not".split())
CHANGED = frozenset("changed switched swapped replaced moved transferred changing switching swapping".split())
INTO = frozenset("to for with by onto".split())
EXCEPT = frozenset("unless except".split())
TELLS_WHOSE = frozenset("- – — ( : = for is not".split())
ALLERGY = frozenset("allergy allergic intolerance intolerant reaction".split())
DID = frozenset("took had used tried needed given did".split())
POINTING = frozenset("not me mine my is it's its for the".split())
LAST = frozenset("month year spring summer autumn winter christmas easter".split())
SOME = frozenset("a an some the bit of course courses short long low high dose doses daily my regular lots occasional".split())
ENDED = (PAST - {"once", "ex"}) | {"anymore"}
NOT_STARTED = frozenset("take took taken start started use used begun".split())
MEDICINE_ENDING = re.compile(
    r"(pril|sartan|statin|azole|olol|dipine|mycin|cillin|oxacin|cycline|zepam|zolam|mab|nib|vir|gliptin|gliflozin|glutide|parin|xaban|gatran|"
    r"grel|triptan|setron|prazole|tidine|profen|coxib|oxetine|pramine|triptyline|barbital|caine|sone|solone|onide|asone|terol|tropium|lukast|"
    r"thiazide|semide|actone|formin|glitazone|dronate|dronic|mide|zine|pine|done|peridol|statine|xetine|faxine|azepine|bactam|floxacin)$"
)


@dataclass(frozen=True)
class Mention:
    """One medicine in a text: as typed, read as, and whose it is and when."""

    typed: str
    name: str
    generic: str
    drug_class: str
    flag: str
    taken: Taken
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What was read in one text: the medicines, and words that look like medicines but are in no list."""

    mentions: tuple[Mention, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """A name found at some words of a text."""

    medicine: Medicine
    start: int
    end: int
    rivals: tuple[str, ...] = ()


def recognise(text: str, medicines: Iterable[Medicine], *, today: date) -> tuple[Mention, ...]:
    """The medicines a text speaks of."""
    return Recogniser(medicines).read(text, today=today).mentions


@lru_cache(maxsize=4)
def recogniser(book: Rulebook) -> "Recogniser":
    """The reader for the medicines of a rule set, built once."""
    return Recogniser(book.medicines, book.everyday)


class Recogniser:
    """Reads texts for the names it was given."""

    def __init__(self, medicines: Iterable[Medicine], everyday: frozenset[str] = frozenset()) -> None:
        self.everyday = everyday
        self.exact: dict[str, Medicine] = {}
        listed = tuple(medicines)
        for medicine in listed:
            self.exact.setdefault(squash(medicine.name), medicine)
        self.right = frozenset(self.exact)
        for medicine in listed:
            for variant in medicine.misspellings:
                self.exact.setdefault(squash(variant), medicine)
        self.six = [medicine for medicine in listed if len(squash(medicine.name)) == 6]
        self.parts: dict[tuple[int, int, str], list[tuple[list[str], Medicine]]] = {}
        for medicine in listed:
            for name in map(str.split, _names_of_words(medicine)):
                for place, part in enumerate(name):
                    self.parts.setdefault((len(name), place, part), []).append((name, medicine))
        self.names = [name for name in self.exact if len(name) >= 6]
        self._close = lru_cache(maxsize=4096)(self._closest)

    def read(self, text: str, *, today: date, of_child: bool = False, strict: bool = False) -> Reading:
        """Every medicine of a text. `strict` is for texts about something else: names must be all but exact."""
        words = words_of(text)
        matches = self._matches(words, strict)
        stands = standings([word.text for word in words])
        mentions = [self._mention(match, matches, words, stands, text, today, of_child) for match in matches]
        return Reading(tuple(mentions), self._unknown(words, matches, stands, text))

    def _matches(self, words: list[Word], strict: bool) -> list[Match]:
        found, place = [], 0
        while place < len(words):
            match = self._match_at(words, place, strict)
            if match:
                found.append(match)
            place = match.end if match else place + 1
        return found

    def _match_at(self, words: list[Word], place: int, strict: bool) -> Match | None:
        """The longest exact name starting here, or the closest name to this word or to it and the next."""
        if not words[place].text[0].isalpha():
            return None
        ends = _ends(words, place)
        for end in reversed(ends):
            medicine = self._named(words[place:end])
            if medicine:
                return Match(medicine, place, end)
        for end in ends[:1] if strict else reversed(ends[:3]):
            if any(self._named(words[later:end]) for later in range(place + 1, end)):
                continue
            slip = None if strict else self._with_one_slip(words[place:end])
            close = (slip, 0, ()) if slip else self._near(words[place:end], strict)
            if close:
                return Match(close[0], place, end, close[-1])
        return None

    def _named(self, words: list[Word]) -> Medicine | None:
        """The medicine written exactly so, or so with an -s."""
        if len(words) == 1 and self._is_everyday(words[0].text):
            return None
        letters = squash("".join(word.text for word in words))
        return self.exact.get(letters) or self.exact.get(letters.removesuffix("s"))

    def _near(self, words: list[Word], strict: bool) -> tuple[Medicine, tuple[str, ...]] | None:
        letters = squash("".join(word.text for word in words))
        if len(letters) < SHORTEST or letters.isdecimal() or all(len(word.text) < 4 or self._is_everyday(word.text) for word in words):
            return None
        if len(words) > 1 and (len(letters) < 9 or any(len(word.text) > 2 and word.text in DOSE for word in words)):
            return None
        close = self._close(letters)
        if close is None or (strict and (close[1] > 1 or len(letters) < 7)):
            return None
        return close[0], close[2]

    def _is_everyday(self, word: str) -> bool:
        return word in self.everyday or word.removesuffix("s") in self.everyday

    def _closest(self, letters: str) -> tuple[Medicine, int, tuple[str, ...]] | None:
        """The medicine whose name is closest, how far it is, and rivals as close with another flag."""
        if len(letters) == SHORTEST:
            return self._with_a_letter_lost(letters)
        allowed = _allowed(letters)
        near = process.extract(letters, self.names, scorer=OSA.distance, score_cutoff=allowed, limit=8)
        near = [(self.exact[name], int(distance)) for name, distance, _ in near if self._plausible(letters, name, int(distance))]
        if not near:
            return None
        least = min(distance for _, distance in near)
        best = [medicine for medicine, distance in near if distance == least]
        chosen = next((medicine for medicine in best if medicine.flag), best[0])
        rivals = {medicine.name for medicine in best if medicine.flag != chosen.flag}
        return chosen, least, tuple(sorted(rivals))

    def _plausible(self, letters: str, name: str, distance: int) -> bool:
        """Most people get the first letter right, and a short name that is listed with a slip has hardly two more."""
        if letters[0] != name[0] or (name not in self.right and len(name) < LONG_NAME):
            return distance <= 1
        return distance <= _allowed(name)

    def _with_a_letter_lost(self, letters: str) -> tuple[Medicine, int, tuple[str, ...]] | None:
        """So short a word is a name only if one name of six letters lost one on the way."""
        lost = [medicine for medicine in self.six if _slip(letters, squash(medicine.name))]
        return (lost[0], 1, ()) if len(lost) == 1 else None

    def _with_one_slip(self, words: list[Word]) -> Medicine | None:
        """The name of several words of which one has a slip: `galic capsules`."""
        texts = [word.text for word in words]
        for place, text in enumerate(texts if len(texts) > 1 else ()):
            for name, medicine in self.parts.get((len(texts), place, text), ()):
                wrong = [(typed, part) for typed, part in zip(texts, name, strict=True) if typed != part]
                if len(wrong) == 1 and _slip(*wrong[0]) and not self._is_everyday(wrong[0][0]):
                    return medicine
        return None

    def _mention(
        self, match: Match, matches: list[Match], words: list[Word], stands: list[Standing], text: str, today: date, of_child: bool
    ) -> Mention:
        medicine = match.medicine
        taken = _taken(match, matches, [word.text for word in words], stands[match.start], today)
        if match.rivals and taken == Taken.NOW:
            taken = Taken.UNSURE
        if taken == Taken.OTHER and of_child:
            taken = Taken.UNSURE
        typed = text[words[match.start].start : words[match.end - 1].end]
        return Mention(typed, medicine.name, medicine.generic, medicine.drug_class, medicine.flag, taken, match.rivals)

    def _unknown(self, words: list[Word], matches: list[Match], stands: list[Standing], text: str) -> tuple[str, ...]:
        """Words of a list of medicines that no list knows."""
        known = {place for match in matches for place in range(match.start, match.end)}
        found = []
        for item in _items(words):
            rest = [place for place in item if place not in known and self._may_be_a_name(words[place], text)]
            plain = [place for place in item if words[place].text[0].isalpha() and words[place].text not in DOSE]
            named = rest if len(rest) == len(plain) <= 3 else [place for place in rest if _looks_like_a_name(words, place, item, text)]
            if named and not stands[named[0]].negated and not stands[named[0]].other:
                found.append(text[words[named[0]].start : words[named[-1]].end])
        return tuple(dict.fromkeys(found))

    def _may_be_a_name(self, word: Word, text: str) -> bool:
        letters = text[word.start : word.end]
        long_enough = len(letters) >= 4 or (len(letters) == 3 and letters.isupper() and not text.isupper())
        return long_enough and letters[0].isalpha() and word.text not in DOSE and not self._is_everyday(word.text)


def _looks_like_a_name(words: list[Word], place: int, item: list[int], text: str) -> bool:
    """Whether a word among others looks like a medicine: by a dose behind it, by its ending, or by a capital inside a sentence."""
    capital = text[words[place].start].isupper() and place != item[0] and not text.isupper()
    return capital or _has_dose(words, place) or bool(MEDICINE_ENDING.search(words[place].text))


def _names_of_words(medicine: Medicine) -> list[str]:
    """The names of it that are several plain words."""
    names = (fold(name) for name in (medicine.name, *medicine.misspellings))
    return [name for name in names if " " in name and name.replace(" ", "").isalpha()]


def _slip(letters: str, name: str) -> bool:
    """Whether it is the name but for one slip of the pen, after a right first letter."""
    return len(name) >= 4 and letters[0] == name[0] and OSA.distance(letters, name) == 1


def _ends(words: list[Word], place: int) -> list[int]:
    """Where a name starting here may end: up to four words, with hyphens and dots between them."""
    ends, count = [], 0
    for index in range(place, len(words)):
        if words[index].text in JOINTS:
            continue
        if not words[index].text[0].isalnum():
            break
        count += 1
        ends.append(index + 1)
        if count == LONGEST_NAME:
            break
    return ends


def _allowed(letters: str) -> int:
    """How many slips of the pen still make the same word."""
    if len(letters) < 8:
        return 1
    return 2 if len(letters) < 14 else 3


def _items(words: list[Word]) -> list[list[int]]:
    """A text as the items of a list."""
    items: list[list[int]] = [[]]
    for place, word in enumerate(words):
        if word.text in BREAKS:
            items.append([])
        else:
            items[-1].append(place)
    return [item for item in items if item]


def _has_dose(words: list[Word], place: int) -> bool:
    following = [word.text for word in words[place + 1 : place + 3]]
    return len(following) == 2 and following[0][0].isdecimal() and following[1] in DOSE


def _taken(match: Match, matches: list[Match], texts: list[str], before: Standing, today: date) -> Taken:
    """Whose the medicine is, and when."""
    after = _tail(match, matches, texts)
    said = [text for text in after if text[0].isalpha()]
    if said[:1] and ((said[0] in NO_WORDS and len(said) == 1) or said[0] in ALLERGY):
        return Taken.NOT
    if said[:1] == ["yes"] and not before.other:
        return Taken.NOW
    if (before.other and not _back_to_me(after)) or _told_to_be_of_another(after):
        return Taken.OTHER
    days = _days(match, matches, texts, after, today)
    whole = sentence(texts, match.start)
    if match.start and texts[match.start - 1] in INTO and CHANGED & set(texts[whole.start : match.start]):
        return Taken.NOW
    if _given_up_for_another(texts, match, after):
        return _after_stopping(match.medicine, days, said)
    if before.past or _ended(said) or _all_ended(texts, match.end, whole.stop) or (before.negated and "more" in said[:3]):
        return _after_stopping(match.medicine, days, said)
    if before.negated:
        return Taken.UNSURE if texts[match.start - 1] == "my" or EXCEPT & set(said) else _denied(days, match.medicine)
    if days is not None and days > 30 and not before.ongoing and (_did_take(texts, match.start) or _only_ago(said)):
        return Taken.PAST
    if _never_started(said):
        return Taken.NOT
    return Taken.UNSURE if before.unsure else Taken.NOW


def _given_up_for_another(texts: list[str], match: Match, after: list[str]) -> bool:
    """`swapped warfarin for` something, or `warfarin →` something."""
    place = match.start - 1
    while place > 0 and texts[place] in SOME:
        place -= 1
    return (place >= 0 and texts[place] in CHANGED and bool(INTO & set(after[:4]))) or bool({"→", ">"} & set(after[:2]))


def _days(match: Match, matches: list[Match], texts: list[str], after: list[str], today: date) -> int | None:
    """How long ago, by the words after a name, or else by those before it that are not about another name."""
    days = days_ago(texts, range(match.end, match.end + len(after)), today)
    if days is not None:
        return days
    start = sentence(texts, match.start).start
    if bisect_left(matches, start, key=START) < bisect_left(matches, match.start, key=START):
        start = max((place + 1 for place in range(start, match.start) if texts[place] in BREAKS), default=match.start)
    return days_ago(texts, range(start, match.start), today)


def _did_take(texts: list[str], place: int) -> bool:
    """`I had a course of` before a name."""
    while place and texts[place - 1] in SOME:
        place -= 1
    return bool(place) and texts[place - 1] in DID


def _only_ago(said: list[str]) -> bool:
    """`two years ago` straight after a name, or `last winter` a little later."""
    if {"since", "started", "start", "still", "after"} & set(said):
        return False
    plain = [word for word in said if word not in ("but", "that", "it", "was")]
    return "ago" in plain[:3] or any(word == "last" and following in LAST for word, following in pairwise(said[:7]))


def _tail(match: Match, matches: list[Match], texts: list[str]) -> list[str]:
    """The words after a name that can still be about it: to the end of the sentence, or to the words that lead to the next name."""
    following = next((other.start for other in matches[bisect_left(matches, match.end, key=START) :][:1]), len(texts))
    stop = next((place for place in range(match.end, following) if texts[place] in ENDS or texts[place] == LINE), following)
    if stop == following < len(texts) and texts[stop - 1] not in PARTS:
        stop = max((place for place in range(match.end, stop) if texts[place] in PARTS or texts[place] in NO_WORDS), default=stop)
    return texts[match.end : stop]


def _back_to_me(after: list[str]) -> bool:
    """`my wife takes it, me too` or `and so do I`, but not `me nothing`."""
    if any(pair in (("do", "i"), ("am", "i"), ("i", "do"), ("i", "am")) for pair in pairwise(after[:5])):
        return True
    place = next((place for place, text in enumerate(after[:4]) if text in ("me", "myself")), None)
    return place is not None and after[place + 1 : place + 2] not in ALONE


def _told_to_be_of_another(after: list[str]) -> bool:
    """`warfarin (my husband)`, `warfarin: not me, my wife`."""
    if not after or after[0] not in TELLS_WHOSE:
        return False
    place = next((place for place, text in enumerate(after) if text[0].isalpha() and text not in POINTING), None)
    bare = after[place].removesuffix("'s") if place is not None else ""
    return bare in FAMILY and not {"me", "i"} & set(after[place + 1 : place + 5])


def _ended(said: list[str]) -> bool:
    """Whether the words after a name say that it is over."""
    for place, word in enumerate(said):
        following = said[place + 1] if place + 1 < len(said) else ""
        before = said[place - 1] if place else ""
        if word in ("now", "currently", "still") and before not in ("not",):
            return False
        if word in ENDED and before not in ("not", "never", "haven't", "havent", "to", "should") and following not in NOT_THE_MEDICINE:
            return True
        if (word, following) in (("until", "now"), ("no", "longer"), ("used", "to"), ("came", "off"), ("any", "more"), ("the", "past")):
            return word != "until"
        if word in ("until", "till") or (word in CHANGED and following in ("to", "by", "with", "for")):
            return True
    return False


def _all_ended(texts: list[str], start: int, stop: int) -> bool:
    """`both stopped`, `all finished` after a list."""
    places = (place for place in range(start, stop) if texts[place] in ("both", "all"))
    return any(ENDED & set(texts[place + 1 : min(stop, place + 5)]) for place in places)


def _after_stopping(medicine: Medicine, days: int | None, said: list[str]) -> Taken:
    if days is not None:
        return Taken.NOW if days <= medicine.days else Taken.PAST
    return Taken.UNSURE if SHORT_STOP & set(said) else Taken.PAST


def _denied(days: int | None, medicine: Medicine) -> Taken:
    """`I haven't taken aspirin since yesterday` is not a no."""
    return Taken.NOW if days is not None and 0 < days <= medicine.days else Taken.NOT


def _never_started(said: list[str]) -> bool:
    """`but never took it`."""
    for place, word in enumerate(said):
        if word in ("never", "didn't", "didnt", "not", "haven't", "havent") and NOT_STARTED & set(said[place + 1 : place + 3]):
            return True
    return False
