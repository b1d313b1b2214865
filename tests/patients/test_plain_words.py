"""The questions and advice patients read are plain: short sentences, few long words."""

import re
from statistics import mean

import pytest

from patients.rulebook import rulebook

READING_AGE = 11
LONGEST_SENTENCE = 26
VOWELS = re.compile(r"[aeiouy]+")


def syllables(word: str) -> int:
    found = len(VOWELS.findall(word)) - (word.endswith("e") and not word.endswith(("le", "ee")) and len(word) > 3)
    return max(1, found)


def sentences(text: str) -> list[list[str]]:
    parts = re.split(r"[.!?:;]\s|[.!?:;]$", text)
    return [words for part in parts if (words := re.findall(r"[a-z’'-]+", part.lower()))]


def reading_age(texts: list[str]) -> float:
    """The Flesch-Kincaid grade of some texts as one, in years of age."""
    every = [words for text in texts for words in sentences(text)]
    words = [word for sentence in every for word in sentence]
    return 0.39 * len(words) / len(every) + 11.8 * mean(map(syllables, words)) - 15.59 + 5


def texts_of(page) -> list[str]:
    questions = [text for question in page.questions for text in (question.legend, question.hint, question.empty) if text]
    return [*page.why, page.title, *questions, *(option.words for question in page.questions for option in question.options)]


@pytest.mark.parametrize("page", rulebook().pages.values(), ids=lambda page: page.id)
def test_a_page_of_questions_can_be_read_at_eleven_or_twelve(page):
    assert reading_age(texts_of(page)) <= READING_AGE


@pytest.mark.parametrize("page", rulebook().pages.values(), ids=lambda page: page.id)
def test_no_sentence_of_a_page_is_long(page):
    assert [words for text in texts_of(page) for words in sentences(text) if len(words) > LONGEST_SENTENCE] == []


def test_advice_can_be_read_at_eleven_or_twelve():
    """As a whole: single lines name illnesses."""
    book = rulebook()
    assert reading_age([book.fill(rule.advice, "GB") for rule in book.rules.values() if rule.advice]) <= READING_AGE
