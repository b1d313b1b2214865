"""Everything that is marked has its Japanese, complete with its parts, and the files are as the tool writes them."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from clinic.translations import LANGUAGES, ROOT, compiled, gather, marked, translated, written, wrong
from clinic.zones import zone_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_text_is_translated_with_all_its_parts(language):
    there = {message.id: message for message in translated(language) if message.id}
    told = {message.id: wrong(there.get(message.id, message)) for message in marked() if message.id}
    assert {text: trouble for text, trouble in told.items() if trouble} == {}, "python -m clinic.translations, then translate"
    assert sorted(map(str, set(there) - set(told))) == [], "no longer marked: python -m clinic.translations drops them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_what_was_translated(language):
    folder = ROOT / "locale" / language / "LC_MESSAGES"
    assert (folder / "django.mo").read_bytes() == compiled(translated(language)), "python -m clinic.translations compiles it"


@pytest.mark.parametrize(
    ("english", "said", "trouble"),
    [
        ("Hello %(name)s,", "%(name)s 様", ""),
        ("Hello %(name)s,", "", "is not translated"),
        ("Hello %(name)s,", "様", "has other parts: %(name)s"),
        ("See <b class='keep'>%(day)s</b>", "<b>%(day)s</b>", "has other parts: %(day)s </b> <b class='keep'>"),
        (("%(n)s day", "%(n)s days"), ("%(n)s日",), ""),
        (("%(n)s day", "%(n)s days"), ("日",), "has other parts: %(n)s"),
        (("a day", "%(n)s days"), ("%(n)s日",), "names the number in one form only, and other languages have one form"),
    ],
)
def test_a_translation_that_loses_something_is_found(english, said, trouble):
    assert wrong(Message(english, said)) == trouble


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "templates/emails/hello").mkdir(parents=True)
    (tmp_path / "bookings").mkdir()
    many = "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    body = '{% load i18n %}<p class="x">it’s {{ a }} (\n  {% translate "Good day" %}</p>\n' + many
    (tmp_path / "templates/emails/hello/body.html").write_text(body)
    (tmp_path / "bookings/words.py").write_text('WORDS = gettext_lazy("Soon")\nMAY = pgettext("month", "May")\n')
    return tmp_path


def test_marked_texts_are_found_in_templates_and_in_code(house):
    found = {(message.id, message.context) for message in marked(house) if message.id}
    assert found == {("Good day", None), (("%(n)s day", "%(n)s days"), None), ("Soon", None), ("May", "month")}


def test_gathering_again_keeps_what_is_translated_and_drops_what_is_gone(house):
    assert len(gather("ja", house)) == 4
    file = house / "locale/ja/LC_MESSAGES/django.po"
    file.write_text(file.read_text().replace('msgid "Soon"\nmsgstr ""', 'msgid "Soon"\nmsgstr "まもなく"'))
    (house / "templates/emails/hello/body.html").write_text("nothing marked")
    assert gather("ja", house) == ["'May' is not translated"]
    before = file.read_text()
    assert gather("ja", house) == ["'May' is not translated"]
    assert file.read_text() == before
    with file.open("rb") as lines:
        kept = read_po(lines)
    assert {message.id: message.string for message in kept if message.id} == {"Soon": "まもなく", "May": ""}


def test_a_guess_is_not_a_translation():
    catalog = Catalog(locale="ja")
    catalog.add("Soon", "まもなく", flags=["fuzzy"])
    assert wrong(catalog["Soon"]) == "is not translated"
    assert "fuzzy" in written(catalog)


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [
        ("Europe/London", "en-gb", "London time"),
        ("America/New_York", "en-gb", "New York time"),
        ("Asia/Tokyo", "ja", "日本時間"),
        ("Europe/London", "ja", "イギリス時間"),
    ],
)
def test_a_zone_is_named_in_the_readers_language(zone, language, words):
    assert zone_words(zone, language) == words
