"""A message as it is read: subject, text and html, or a short text, in the reader's language and the clinic's time."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from css_inline import CSSInliner
from django.conf import settings
from django.template import Context
from django.template.backends.django import DjangoTemplates, Template
from django.utils import timezone, translation

from clinic.models import Clinic
from clinic.zones import zone_words
from messaging import kinds, segments
from messaging.enums import Channel
from messaging.kinds import Attachment, Unwritable
from messaging.models import Message
from messaging.sheet import plain
from messaging.stopping import stop_url

MISSING = "\ue000%s\ue001"  # what a template shows for a word it was not given: private signs that nobody types


class MissingWord(Unwritable):
    """A template shows something that its kind did not load."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message, ready to hand to a provider."""

    to: str
    name: str
    text: str
    subject: str = ""
    html: str = ""
    clinic: Clinic
    id: str
    stop_url: str = ""
    attachments: list[Attachment] = field(default_factory=list)


def render(*, message: Message, now: datetime) -> Letter:
    """Write one message of the outbox; its kind loads what it says."""
    kind = kinds.kind(message.kind)
    with reading(language=message.language, clinic=message.clinic):
        stop = stop_url(message)
        says = kind.context(message.about, now) | house(clinic=message.clinic, name=message.name) | {"stop_url": stop}
        if message.channel == Channel.SMS:
            return Letter(to=message.address, name=message.name, text=text(kind.folder, says), clinic=message.clinic, id=message.key)
        return mail(
            kind.folder,
            says,
            to=message.address,
            name=message.name,
            clinic=message.clinic,
            id=message.message_id,
            stop_url=stop,
            attachments=kind.attachments(message.about, now),
        )


def mail(folder: str, says: dict[str, object], **envelope: object) -> Letter:
    """Write the three parts of one mail; call it inside `reading`."""
    return Letter(
        subject=" ".join(written(f"{folder}/subject.txt", says).split()),
        text=written(f"{folder}/body.txt", says),
        html=styled(f"{folder}/body.html", says),
        **envelope,
    )


def text(folder: str, says: dict[str, object]) -> str:
    """Write one SMS, in a phone's small alphabet where the words allow it; call it inside `reading`."""
    return segments.plain(written(f"{folder}/sms.txt", says))


class reading:
    """While inside, texts are in this language and times are the clinic's."""

    def __init__(self, *, language: str, clinic: Clinic):
        self.ways = translation.override(language or clinic.language), timezone.override(clinic.tz)

    def __enter__(self) -> None:
        for way in self.ways:
            way.__enter__()

    def __exit__(self, *error: object) -> None:
        for way in reversed(self.ways):
            way.__exit__(*error)


def house(*, clinic: Clinic, name: str) -> dict[str, object]:
    """What every template may show; what the clinic wrote about itself only to who reads its language."""
    language = translation.get_language()
    same = language.partition("-")[0] == clinic.language.partition("-")[0]
    return {
        "clinic": clinic,
        "name": name,
        "site": settings.SITE_URL,
        "language": language,
        "zone": zone_words(clinic.zone, language),
        "opening": clinic.opening if same else "",
        "directions": clinic.directions if same else "",
    }


def written(template: str, says: dict[str, object]) -> str:
    """Return plain text: nothing escaped, no blank lines left by tags."""
    text = _template(template).template.render(Context(says, autoescape=False))
    return _tidy(_complete(text, template))


def styled(template: str, says: dict[str, object]) -> str:
    """Return html with its styles on the elements."""
    return _inliner().inline(_complete(_template(template).render(says), template))


def _complete(text: str, template: str) -> str:
    _, missing, rest = text.partition(MISSING[0])
    if missing:
        raise MissingWord(f"{template} was not given “{rest.partition(MISSING[-1])[0]}”.")
    return text


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for before, line in zip(["x", *lines], lines, strict=False) if line or before) + "\n"


def _template(name: str) -> Template:
    return _templates().get_template(name)


@cache
def _templates() -> DjangoTemplates:
    """The texts of messages: unlike a page, none may go out with a hole in it."""
    where = {"NAME": "messages", "DIRS": [settings.BASE_DIR / "templates"], "APP_DIRS": False}
    return DjangoTemplates(where | {"OPTIONS": {"string_if_invalid": MISSING}})


@cache
def _inliner() -> CSSInliner:
    """Mail programs want styles on each element; what depends on the screen stays in the head."""
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    sheet = plain(_template("emails/mail.css").render(), tokens)
    return CSSInliner(extra_css=sheet, keep_at_rules=True, load_remote_stylesheets=False)
