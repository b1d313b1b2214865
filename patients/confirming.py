"""How typed medicines were read, and what the patient says to that. A “no” adds what they meant; it takes nothing away."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from patients.enums import Taken
from patients.medicines import Mention, recogniser
from patients.questionnaire import Answers
from patients.ruleset import Rulebook

YES, NO, UNSURE, SEEN = "yes", "no", "unsure", "seen"
PASSAGE = 80
SAYS = {
    Taken.NOW: "{name}",
    Taken.UNSURE: "{name}, and we can’t tell if you take it now",
    Taken.PAST: "{name}, which you took before and have stopped",
    Taken.OTHER: "{name}, which somebody else takes",
    Taken.NOT: "{name}, which you don’t take",
}
Kept = Mapping[str, str]


@dataclass(frozen=True)
class Understood:
    """One medicine as it was typed and as it was read, with what the patient said to that."""

    passage: str
    typed: str
    name: str
    taken: Taken
    generic: str = ""
    answer: str = ""
    words: str = ""

    @property
    def id(self) -> str:
        """What its boxes are called in the page: the same for the same reading of the same word."""
        return _id(self.typed, self.name, self.taken)

    @property
    def read_as(self) -> str:
        """`Plavix (clopidogrel), which you took before and have stopped`."""
        name = self.name[:1].upper() + self.name[1:]
        also = f" ({self.generic})" if self.generic and self.generic.casefold() != self.name.casefold() else ""
        return SAYS[self.taken].format(name=name + also)

    def kept(self, answer: str, words: str = "") -> dict[str, str]:
        """What is written down of the patient's word on it."""
        return {"id": self.id, "typed": self.passage, "name": self.name, "taken": str(self.taken), "answer": answer, "words": words}


@dataclass(frozen=True)
class Unknown:
    """One word that looks like a medicine and is in no list: the practitioner asks about it."""

    typed: str
    answer: str = ""
    words: str = ""

    @property
    def id(self) -> str:
        return _id(self.typed, "", "")

    def kept(self, words: str = "") -> dict[str, str]:
        return {"id": self.id, "typed": self.typed, "name": "", "taken": "", "answer": SEEN, "words": words}


@dataclass(frozen=True)
class Typed:
    """All that was made of typed medicines: those read, and words that no list knows."""

    read: tuple[Understood, ...]
    unknown: tuple[Unknown, ...]

    @property
    def is_open(self) -> bool:
        """Whether the patient has something still to look at."""
        return any(not each.answer for each in (*self.read, *self.unknown))


def _id(*parts: str) -> str:
    return "m" + hashlib.sha256("\0".join(parts).casefold().encode()).hexdigest()[:10]


def typed_medicines(answers: Answers, kept: Iterable[Kept], book: Rulebook, *, today: date) -> Typed:
    """What was made of everything typed where medicines are asked for, with the patient's word on each as it was kept."""
    said = {each["id"]: each for each in kept}
    read: dict[str, Understood] = {}
    unknown: dict[str, Unknown] = {}
    for text in medicine_texts(answers, book):
        reading = recogniser(book).read(text, today=today)
        for mention in reading.mentions:
            found = _understood(mention, text, said)
            read.setdefault(found.id, found)
        for word in reading.unknown:
            found = Unknown(word)
            unknown.setdefault(found.id, Unknown(word, **_word(said.get(found.id))))
    return Typed(tuple(read.values()), tuple(unknown.values()))


def medicine_texts(answers: Answers, book: Rulebook) -> list[str]:
    asked = [question.id for question in book.questions.values() if question.reads == "medicines"]
    return [text for name in asked for text in answers.values(name) if text.strip()]


def _understood(mention: Mention, text: str, said: Mapping[str, Kept]) -> Understood:
    found = Understood(passage_of(mention.typed, text), mention.typed, mention.name, mention.taken, mention.generic)
    return replace(found, **_word(said.get(found.id)))


def _word(kept: Kept | None) -> dict[str, str]:
    """The patient's word on one medicine, where there is one."""
    return {"answer": kept["answer"], "words": kept["words"]} if kept else {}


def passage_of(typed: str, text: str) -> str:
    """The item of a list that a name stands in, at most 80 letters of it."""
    items = [item.strip(" .") for item in re.split(r"[,;\n]+|\.\s|\s(?:and|plus)\s", text)]
    item = next((item for item in items if typed in item), typed)
    return item if len(item) <= PASSAGE else typed


def with_the_patients_word(answers: Answers, kept: Iterable[Kept], book: Rulebook) -> Answers:
    """The answers with what the patient meant added to what they typed, so that a rule may speak because of either.

    A medicine read as stopped, or as somebody else's, counts once the patient doesn't confirm that.
    """
    more = [text for each in kept for text in _added(each)]
    name = next((question.id for question in book.questions.values() if question.reads == "medicines" and question.id in answers.given), "")
    if not more or not name:
        return answers
    return replace(answers, given=dict(answers.given) | {name: [*answers.values(name), *more]})


def _added(kept: Kept) -> list[str]:
    doubted = kept["answer"] in (NO, UNSURE) and not Taken(kept["taken"]).counts
    return [text for text in (kept["words"], kept["name"] if doubted else "") if text]
