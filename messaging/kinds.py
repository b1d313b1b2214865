"""What can be told: whoever posts a kind of message registers it here, in `AppConfig.ready()`."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from messaging.enums import Channel


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: str | bytes
    mime: str


def _nothing(about: str, now: datetime) -> list[Attachment]:
    return []


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of message: what staff call it, its templates' folder in `templates/emails/`, and how to find out what to say.

    `still_true(about, now)` answers "" while the message should go, or in words why not. `context(about, now)` loads what its
    templates show; it may mint links, and must take no locks. It goes by the first of `channels` that the person wants and has,
    and until `useful_for` after it is due unless `post` is told otherwise: nothing stale goes after an outage or a restored
    backup. Nobody can opt out of a `safety` message.
    """

    name: str
    words: str
    still_true: Callable[[str, datetime], str]
    context: Callable[[str, datetime], dict[str, object]]
    attachments: Callable[[str, datetime], list[Attachment]] = _nothing
    template: str = ""
    channels: tuple[Channel, ...] = (Channel.MAIL,)
    useful_for: timedelta = timedelta(days=3)
    safety: bool = False

    @property
    def folder(self) -> str:
        return f"emails/{self.template or self.name}"


KINDS: dict[str, Kind] = {}


class Unwritable(Exception):
    """Why a message can't be written, in words that staff may read."""


class UnknownKind(Unwritable):
    """Nobody registered this kind of message."""


def register(kind: Kind) -> None:
    """Make a kind known; a second, different one of the same name is a mistake in the code."""
    for question in (kind.still_true, kind.context, kind.attachments):
        inspect.signature(question).bind("about", "now")
    if KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"Two kinds of message are called “{kind.name}”.")


def kind(name: str) -> Kind:
    """Return the kind of that name, or raise `UnknownKind`."""
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKind(f"Nobody knows how to write “{name}”.") from None
