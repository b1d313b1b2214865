"""Every message as its reader will see it, for somebody invented: in each language, before anybody gets one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from clinic.models import Clinic
from messaging import kinds, samples
from messaging.enums import Channel, Group
from messaging.render import Letter, house, mail, reading, text

NO_GROUP = "Visits, courses and answers: always sent"
SIGNING_IN = "Codes"
STAFF = "To staff"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One kind of message that can be looked at."""

    name: str
    words: str
    group: str
    folder: str
    channels: tuple[Channel, ...]
    sample: Callable[[Clinic, datetime], dict[str, object]] = samples.words

    @property
    def for_staff(self) -> bool:
        return self.group == STAFF

    @property
    def by_mail(self) -> bool:
        return Channel.MAIL in self.channels

    @property
    def by_sms(self) -> bool:
        return Channel.SMS in self.channels

    def letter(self, *, clinic: Clinic, language: str, now: datetime, channel: Channel = Channel.MAIL) -> Letter:
        """Write it for the invented reader of a language."""
        with reading(language=language, clinic=clinic):
            name = samples.reader()
            says = house(clinic=clinic, name=name) | self.sample(clinic, now)
            envelope = {"to": "sample@patients.example", "name": name, "clinic": clinic, "id": "<sample@meridian>"}
            if channel == Channel.SMS:
                return Letter(text=text(self.folder, says), **envelope)
            return mail(self.folder, says, **envelope)


CODE = Preview(name="code", words="Code that proves an address", group=SIGNING_IN, folder="emails/code", channels=(Channel.MAIL,))


def previews() -> list[Preview]:
    """All that can be sent, the kinds of one group together."""
    found = [_preview(kind) for kind in kinds.KINDS.values()]
    return [CODE, *sorted(found, key=lambda each: (each.for_staff, each.group != NO_GROUP, each.group))]


def preview(name: str) -> Preview | None:
    return next((each for each in previews() if each.name == name), None)


def languages() -> list[tuple[str, str]]:
    """The languages that patients may choose, each named in English for staff."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def _preview(kind: kinds.Kind) -> Preview:
    return Preview(name=kind.name, words=kind.words, group=_group(kind), folder=kind.folder, channels=kind.channels, sample=kind.sample)


def _group(kind: kinds.Kind) -> str:
    if kind.words.startswith(STAFF):
        return STAFF
    return Group(kind.group).label if kind.group else NO_GROUP
