"""What the outbox says about its rows: when, why, and what can be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Appointment
from clinic.models import User
from messaging.enums import State
from messaging.models import Message
from patients.models import Patient

LOOKS = {
    State.DUE: ("info", "Due", "clock"),
    State.SENDING: ("info", "Sending", "mail"),
    State.SENT: ("clear", "Sent", "check"),
    State.FAILED: ("emergency", "Failed", "cross"),
    State.UNKNOWN: ("review", "Not known", "question"),
    State.WITHDRAWN: ("quiet", "Withdrawn", "cross"),
}
WORDS = {"now": "Send now", "again": "Send again", "told": "I told them"}
DEEDS = {
    State.DUE: ("now",),
    State.SENT: ("again",),
    State.FAILED: ("told", "again"),
    State.UNKNOWN: ("told", "again"),
}


@dataclass(frozen=True)
class Line:
    """One message with what its row says."""

    message: Message
    name: str
    visit_at: datetime | None
    now: datetime

    @property
    def state(self) -> State:
        return State(self.message.state)

    @property
    def look(self) -> tuple[str, str, str]:
        """Colour, word and mark; a failure without an address has its own."""
        return ("block", "No address", "never") if self.has_no_address else LOOKS[self.state]

    @property
    def has_no_address(self) -> bool:
        return self.state == State.FAILED and not self.message.attempts

    @property
    def css(self) -> str:
        return "is-cancelled" if self.state == State.WITHDRAWN else f"is-{self.state}"

    @property
    def at(self) -> datetime:
        return self.message.sent_at or self.message.due_at

    @property
    def why(self) -> str:
        """Why it went, or didn't."""
        if self.state == State.SENDING:
            return "Being handed over"
        if self.state == State.SENT and not self.message.reason:
            return "Sent again by hand" if self.message.again else "Went when it was due"
        if self.state != State.DUE or self.message.attempts:
            return self.message.reason
        return "Waits for its time" if self.message.due_at > self.now else "Goes with the next look"

    @property
    def deeds(self) -> list[tuple[str, str]]:
        """What can be done now: the word in the address, and the button's."""
        if self.state == State.DUE and self.message.due_at <= self.now:
            return []
        wanted = DEEDS.get(self.state, ())
        return [(deed, WORDS[deed]) for deed in wanted if deed != "told" or not self.message.settled_at]


def lines(messages: Iterable[Message], *, user: User, now: datetime) -> list[Line]:
    """The rows, with the visit that each is about and the patient's full name, in two more queries."""
    messages = list(messages)
    starts = _starts(user, {message.visit or message.about for message in messages})
    known = Patient.objects.visible_to(user).in_bulk([message.recipient for message in messages], field_name="key")
    return [_line(message, known.get(message.recipient), starts, now) for message in messages]


def _line(message: Message, patient: Patient | None, starts: Mapping[str, datetime], now: datetime) -> Line:
    return Line(message, patient.name if patient else message.name, starts.get(message.visit or message.about), now)


def _starts(user: User, keys: set[str]) -> Mapping[str, datetime]:
    rows = Appointment.objects.visible_to(user).keyed(keys).values_list("key", "during")
    return {key: during.lower for key, during in rows}
