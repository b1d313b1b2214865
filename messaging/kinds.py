"""What can be told: whoever posts a kind of message registers it here, in `AppConfig.ready()`."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from clinic.models import Clinic
from messaging import samples
from messaging.enums import Channel, Group


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: str | bytes
    mime: str


LoadAll = Callable[[Iterable[str]], Mapping[str, object]]


def _nothing(about: str, now: datetime) -> list[Attachment]:
    return []


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of message: what staff call it, its templates' folder in `templates/emails/`, and how to find out what to say.

    `still_true(about, now)` answers "" while the message should go, or in words why not. `context(about, now)` loads what its
    templates show; it may mint links, and must take no locks. It goes by the first of `channels` that the person wants and has,
    and until `useful_for` after it is due unless `post` is told otherwise: nothing stale goes after an outage or a restored
    backup. Its `group` is what people choose ways for, or stop; nobody can stop a `safety` message. One that `may_wait` leaves the
    clinic's quiet hours alone. `load_all(abouts)` reads what the contexts of many messages need in one go:
    a context takes its part by `loaded`. `sample(clinic, now)` gives a context for somebody invented, for previews and tests.
    `still_true` is asked alone, right before each sending, and must read afresh.
    """

    name: str
    words: str
    still_true: Callable[[str, datetime], str]
    context: Callable[[str, datetime], dict[str, object]]
    attachments: Callable[[str, datetime], list[Attachment]] = _nothing
    load_all: LoadAll | None = None
    sample: Callable[[Clinic, datetime], dict[str, object]] = samples.words
    template: str = ""
    channels: tuple[Channel, ...] = (Channel.MAIL,)
    useful_for: timedelta = timedelta(days=3)
    safety: bool = False
    group: str = ""
    may_wait: bool = False

    @property
    def may_be_stopped(self) -> bool:
        return bool(self.group) and Group(self.group).may_be_stopped and not self.safety

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


Shelf = Mapping[LoadAll, Mapping[str, object]]
_SHELF: ContextVar[Shelf] = ContextVar("shelf", default=MappingProxyType({}))


def loaded(load_all: LoadAll, about: str) -> object | None:
    """Return what a context needs: from what was read for all messages that are being written together, else read for this one."""
    together = _SHELF.get().get(load_all)
    return (load_all([about]) if together is None or about not in together else together).get(about)


def read_together(messages: Iterable[tuple[str, str]]) -> Shelf:
    """Read what these (kind, about) need, one reading for all messages of one sort."""
    abouts: dict[LoadAll, set[str]] = {}
    for name, about in messages:
        if name in KINDS and (load_all := KINDS[name].load_all):
            abouts.setdefault(load_all, set()).add(about)
    return {load_all: load_all(wanted) for load_all, wanted in abouts.items() if len(wanted) > 1}


@contextmanager
def with_shelf(things: Shelf) -> Iterator[None]:
    """Let `loaded` find these things meanwhile."""
    token = _SHELF.set(things)
    try:
        yield
    finally:
        _SHELF.reset(token)
