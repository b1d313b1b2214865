"""What patients read of the catalogue in Japanese: complete, beside the English it was made from, and nothing lost."""

import json
import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from patients.rulebook import rulebook
from treatments.aftercare import choose, judge, questions
from treatments.catalogue import HERE, catalogue, catalogue_in, words_in
from treatments.catalogue.translated import read_words
from treatments.words import places, pressing, spoken

PLACES = re.compile(r"\{\w+\}")
LATIN = re.compile(r"[A-Za-z]{2,}")
KEPT = ("NHS", "GP", "A&E")


def english() -> Iterator[tuple[str, str]]:
    """Every text of the catalogue that a patient may read, by its id."""
    care = catalogue().aftercare
    for item in care.items.values():
        yield from ((f"item.{item.id}.text", item.text), (f"item.{item.id}.again", item.again))
    for message in care.messages.values():
        yield f"message.{message.id}.title", message.title
    for question in care.questions.values():
        yield f"question.{question.id}.text", question.text
        for answer in question.answers.values():
            own = f"question.{question.id}.{answer.id}"
            yield from ((f"{own}.text", answer.text), (f"{own}.message", answer.message))
    for point in catalogue().points.values():
        if point.how_to_find:
            yield from ((f"point.{point.code}.english", point.english), (f"point.{point.code}.how_to_find", point.how_to_find))
    for country, values in rulebook().countries.items():
        yield from ((f"place.{country}.{name}", values[name]) for name in ("advice_line", "emergency_department", "family_doctor"))


def test_every_text_for_patients_has_its_japanese_beside_the_same_english():
    wanted = {id: text for id, text in english() if text}
    there = {word.id: word.english for word in words_in("ja").words.values()}
    assert there == wanted


def test_no_place_that_is_filled_in_is_lost():
    wrong = [word.id for word in words_in("ja").words.values() if set(PLACES.findall(word.text)) != set(PLACES.findall(word.english))]
    assert wrong == []


def test_no_english_is_left():
    texts = {word.id: PLACES.sub("", word.text) for word in words_in("ja").words.values()}
    for name in KEPT:
        texts = {id: text.replace(name, "") for id, text in texts.items()}
    assert [id for id, text in texts.items() if LATIN.search(text)] == []


def test_safety_advice_says_something_else_the_second_time():
    safety = [item for item in catalogue_in("ja").aftercare.items.values() if item.is_safety]
    assert [item.id for item in safety if item.text == item.again] == []


def test_it_says_that_nobody_has_signed_it_off():
    assert words_in("ja").signed_off.startswith("not yet")


def test_advice_and_check_back_are_spoken_in_the_readers_language():
    with translation.override("ja"):
        advice = choose("right_after", techniques=["traditional_acupuncture"], book=spoken())
        asked = questions(book=spoken())
        said = judge({"soreness": "strong"}, book=spoken()).messages
    assert all(
        re.search(r"[ぁ-ん]", text) for text in [advice.title, *(line.text for line in advice.lines), *(one.text for one in asked), *said]
    )
    assert spoken().aftercare == catalogue().aftercare


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en-gb",
            "Bend Middle (BL40): in the middle of the crease behind the knee. "
            "Press firmly but gently for 1 to 2 minutes, and ease off if it hurts.",
        ),
        ("ja", "委中（BL40）：ひざの裏のしわの真ん中。痛くない程度にしっかりと、1〜2分押してください。痛むときは力をゆるめてください。"),
    ],
)
def test_a_patient_reads_where_and_how_to_press(language, words):
    with translation.override(language):
        assert pressing(spoken().points["BL40"]) == words


@pytest.mark.parametrize(("language", "department"), [("en-gb", "A&E"), ("ja", "救急外来（A&E）")])
def test_places_to_turn_to_are_named_in_the_readers_language(language, department):
    with translation.override(language):
        assert (places("GB")["emergency_department"], places("GB")["emergency_number"]) == (department, "999")


def test_japanese_of_an_older_english_is_not_used(tmp_path):
    book = json.loads((HERE / "words.ja.json").read_text())
    [old] = [word for word in book["words"] if word["id"] == "item.hydrate.text"]
    old["en"] = "Drink beer."
    (tmp_path / "words.ja.json").write_text(json.dumps(book))
    words = read_words(tmp_path / "words.ja.json")
    now = catalogue().aftercare.items["hydrate"].text
    assert (words.of("item.hydrate.text", now), words.of("item.hydrate.text", "Drink beer.")) == (now, old["ja"])


def test_a_language_without_words_stays_english():
    assert catalogue_in("fr").aftercare == catalogue().aftercare
