"""The ways out of the building. Each either hands a letter over, or says how that failed."""

from typing import Self

from messaging.channels.mail import MailLine
from messaging.channels.sms import send_text
from messaging.channels.trouble import Away, NotSent, Permanent, Temporary, Unclear
from messaging.enums import Channel
from messaging.render import Letter

__all__ = ["Away", "Line", "NotSent", "Permanent", "Temporary", "Unclear", "send"]


class Line:
    """The ways out, held open while several letters go. Never hold it inside a transaction: it waits for strangers."""

    def __init__(self) -> None:
        self.mail = MailLine()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.mail.close()

    def send(self, letter: Letter, *, channel: Channel) -> None:
        """Hand one letter over, or raise `NotSent`."""
        if channel == Channel.SMS:
            send_text(letter)
        else:
            self.mail.send(letter)


def send(letter: Letter, *, channel: Channel) -> None:
    """Hand over a single letter, or raise `NotSent`."""
    with Line() as line:
        line.send(letter, channel=channel)
