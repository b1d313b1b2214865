"""The marked texts and their translations: `python -m clinic.translations` gathers, keeps what is translated, and compiles.

It needs Python alone: marked texts are found by Django's own reading of templates and by Babel, which also writes the files.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
LANGUAGES = ("ja",)
PACKAGES = ("clinic", "messaging", "patients", "treatments", "insurers", "bookings", "web")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
WITHIN = re.compile(r"%\(\w+\)s|\{\w+\}|%%|</?[a-z]+[^>]*>")
CHURN = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To):.*\n', re.MULTILINE
)
NO_HOUR = datetime(2000, 1, 1, tzinfo=UTC)
HEAD = "# What patients read, translated. Gathered and compiled by `python -m clinic.translations`."


def marked(root: Path = ROOT) -> Catalog:
    """Every text that is marked for translation, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for file in sorted([*root.glob("templates/**/*.html"), *root.glob("templates/**/*.txt"), *_sources(root)]):
        for text, context in _texts(file):
            found.add(text, locations=[(str(file.relative_to(root)), None)], context=context)
    return found


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        yield from (file for file in (root / package).rglob("*.py") if "migrations" not in file.parts)


def _texts(file: Path) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        source = "\n".join(line.lstrip() for line in templatize(source).splitlines())
    for _, name, texts, _ in extract_python(io.BytesIO(source.encode()), list(KEYWORDS), [], {"encoding": "utf-8"}):
        said = [text for text in (texts if isinstance(texts, tuple) else (texts,)) if text]
        if said:
            yield _one(name.removesuffix("_lazy"), said)


def _one(name: str, said: list[str]) -> tuple[str | tuple[str, str], str | None]:
    if name == "pgettext":
        return said[1], said[0]
    return ((said[0], said[1]) if name == "ngettext" else said[0]), None


def translated(language: str, root: Path = ROOT) -> Catalog:
    """What stands in the file of a language."""
    file = _file(language, root)
    if not file.exists():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as lines:
        return read_po(lines, locale=language, charset="utf-8")


def _file(language: str, root: Path) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def wrong(message: Message) -> str:
    """Say what is wrong with a translation, or nothing: it is missing, guessed, or loses one of its parts."""
    english = message.id if isinstance(message.id, tuple) else (message.id,)
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(said) or message.fuzzy:
        return "is not translated"
    if parts(english[0]) != parts(english[-1]):
        return "names the number in one form only, and other languages have one form"
    if any(parts(text) != parts(english[-1]) for text in said):
        return f"has other parts: {' '.join(parts(english[-1]))}"
    return ""


def parts(text: str) -> list[str]:
    """What a translation has to keep: words filled in, and marks of html."""
    return sorted(WITHIN.findall(text))


def written(catalog: Catalog) -> str:
    """The catalogue as the file holds it: in the order of the templates, without dates that change at every run."""
    lines = io.BytesIO()
    catalog.header_comment, catalog.fuzzy, catalog.project, catalog.version = HEAD, False, "Meridian", ""
    write_po(lines, catalog, width=140, ignore_obsolete=True, include_lineno=False)
    return CHURN.sub("", lines.getvalue().decode())


def compiled(catalog: Catalog) -> bytes:
    """The same, as Django reads it: equal for equal texts, so without the hour."""
    catalog.creation_date = catalog.revision_date = NO_HOUR
    made = io.BytesIO()
    write_mo(made, catalog)
    return made.getvalue()


def gather(language: str, root: Path = ROOT) -> list[str]:
    """Bring the files of a language up to date; return what is still to be translated or put right."""
    catalog = translated(language, root)
    catalog.update(marked(root), no_fuzzy_matching=True)
    file = _file(language, root)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written(catalog), encoding="utf-8")
    catalog = translated(language, root)
    file.with_suffix(".mo").write_bytes(compiled(catalog))
    return [f"{message.id!r} {trouble}" for message in catalog if message.id and (trouble := wrong(message))]


def main() -> int:
    found = [f"{language}: {line}" for language in LANGUAGES for line in gather(language)]
    sys.stdout.write("\n".join(found or ["Every marked text is translated."]) + "\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
