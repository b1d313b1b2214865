"""Reads what patients are shown in another language, and puts it in place of the English it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from treatments.catalogue.entries import AdviceItem, AdviceMessage, Aftercare, Answer, Point, Question
from treatments.catalogue.reading import index, read_json


@dataclass(frozen=True)
class Word:
    """One text beside the English it was made from."""

    id: str
    english: str
    text: str


@dataclass(frozen=True)
class Words:
    """All texts of one language; a text whose English has changed since is as good as missing."""

    language: str
    signed_off: str
    words: Mapping[str, Word]

    def of(self, id: str, english: str) -> str:
        word = self.words.get(id)
        return word.text if word and word.english == english else english


def read_words(file: Path) -> Words:
    """The words of one language; without such a file there are none, and everything stays English."""
    language = file.name.split(".")[-2]
    if not file.exists():
        return Words(language, "", {})
    book = read_json(file)
    rows = ((part, part.text("id"), Word(part.text("id"), part.text("en"), part.text(language))) for part in book.parts("words"))
    return Words(book.text("language"), book.text("signed_off"), index(rows))


def aftercare_in(words: Words, book: Aftercare) -> Aftercare:
    """The advice and the check-back in these words."""
    return replace(
        book,
        items={id: _item(words, item) for id, item in book.items.items()},
        messages={id: _message(words, message) for id, message in book.messages.items()},
        questions={id: _question(words, question) for id, question in book.questions.items()},
    )


def _item(words: Words, item: AdviceItem) -> AdviceItem:
    return replace(item, text=words.of(f"item.{item.id}.text", item.text), again=words.of(f"item.{item.id}.again", item.again))


def _message(words: Words, message: AdviceMessage) -> AdviceMessage:
    return replace(message, title=words.of(f"message.{message.id}.title", message.title))


def _question(words: Words, question: Question) -> Question:
    own = f"question.{question.id}"
    answers = {id: _answer(words, f"{own}.{id}", answer) for id, answer in question.answers.items()}
    return replace(question, text=words.of(f"{own}.text", question.text), answers=answers)


def _answer(words: Words, own: str, answer: Answer) -> Answer:
    return replace(answer, text=words.of(f"{own}.text", answer.text), message=words.of(f"{own}.message", answer.message))


def points_in(words: Words, points: Mapping[str, Point]) -> dict[str, Point]:
    """The points with their names, and how a patient finds them."""
    return {code: _point(words, point) for code, point in points.items()}


def _point(words: Words, point: Point) -> Point:
    own = f"point.{point.code}"
    english, where = words.of(f"{own}.english", point.english), words.of(f"{own}.how_to_find", point.how_to_find)
    return replace(point, english=english, how_to_find=where)
