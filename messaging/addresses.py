"""Whom a message goes to, and by which ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic.models import Clinic
from messaging.enums import Channel, Way
from messaging.kinds import Kind
from messaging.numbers import trouble


@dataclass(frozen=True, kw_only=True)
class Address:
    """One person as the outbox knows them: an opaque key, a name to greet, and where and how they want to hear."""

    recipient: str
    clinic: Clinic
    name: str
    mail: str = ""
    mobile: str = ""
    language: str = ""
    channels: tuple[Channel, ...] = (Channel.MAIL,)
    ways: Mapping[str, str] = field(default_factory=dict)  # what was chosen for a group of kinds

    def at(self, channel: Channel) -> str:
        return self.mail if channel == Channel.MAIL else self.mobile


@dataclass(frozen=True, kw_only=True)
class Route:
    """One way to one person: the address, or in words why there is none."""

    channel: Channel
    address: str
    trouble: str = ""


def route(*, to: Address, kind: Kind) -> Route:
    """Return how this kind goes to `to`: its first way that is wanted and works, else one that works, else what is missing."""
    ways = sorted(kind.channels, key=lambda channel: channel not in to.channels)
    found = [_route(channel, to) for channel in ways]
    return next((way for way in found if not way.trouble), found[0])


def routes(*, to: Address, kind: Kind) -> list[Route]:
    """Return every way this kind goes to `to`: those chosen for its group that work; where none does, or none was chosen, one."""
    chosen = to.ways.get(kind.group, "")
    wanted = [_route(channel, to) for channel in kind.channels if chosen and Way(chosen).takes(channel)]
    return [way for way in wanted if not way.trouble] or [route(to=to, kind=kind)]


def _route(channel: Channel, to: Address) -> Route:
    address = to.at(channel).strip()
    wrong = _mail_trouble(address) if channel == Channel.MAIL else _mobile_trouble(address, to.clinic.country)
    return Route(channel=channel, address=address, trouble=wrong)


def _mail_trouble(address: str) -> str:
    if not address:
        return "No e-mail address"
    try:
        validate_email(address)
    except ValidationError:
        return "The e-mail address can’t be right: please check it"
    return ""


def _mobile_trouble(number: str, country: str) -> str:
    return trouble(number, country) if number else "No mobile number"
