"""What the pages of money say about invoices and bills."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from insurers.charging import Given
from insurers.enums import InvoiceState
from insurers.invoice_checks import deadline
from insurers.invoice_sheets import asks_of, chase_day_of, deadline_of
from insurers.models import Invoice
from insurers.money import written

LOOKS = {
    InvoiceState.DRAFTED: ("quiet", "Draft", "pen"),
    InvoiceState.SENT: ("info", "Sent", "mail"),
    InvoiceState.PART_PAID: ("review", "Part paid", "provisional"),
    InvoiceState.PAID: ("clear", "Paid", "check"),
    InvoiceState.REFUSED: ("block", "Refused", "never"),
    InvoiceState.WRITTEN_OFF: ("quiet", "Written off", "cross"),
}
SOON = 14  # days


def counted(many: int, one: str, more: str = "") -> str:
    return f"{many} {one if many == 1 else more or one + 's'}"


def day_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def first_deadline(visits: Iterable[Given]) -> date | None:
    """The first day by which one of these visits has to be invoiced; None where no insurer among them sets one."""
    found = (deadline(asks_of(given.session.course.funding.policy.insurer), given.on) for given in visits)
    return min((day for day in found if day), default=None)


@dataclass(frozen=True)
class Line:
    """One invoice with what its row says; needs the invoice's people and sums."""

    invoice: Invoice
    now: datetime

    @property
    def name(self) -> str:
        return self.invoice.number or "Draft"

    @property
    def look(self) -> tuple[str, str, str]:
        return LOOKS[InvoiceState(self.invoice.state)]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.invoice.clinic.tz).date()

    @property
    def whose(self) -> str:
        return self.invoice.patient.name if self.invoice.patient else "Several patients"

    @property
    def total(self) -> str:
        return written(self.invoice.total, self.invoice.clinic.currency)

    @property
    def owed(self) -> str:
        return written(max(0, self.invoice.owed), self.invoice.clinic.currency) if self.is_open else ""

    @property
    def is_open(self) -> bool:
        """Whether an insurer still owes something on it, or will when it is sent."""
        return self.invoice.state in (InvoiceState.DRAFTED, *InvoiceState.outstanding()) and self.invoice.owed > 0

    @property
    def deadline(self) -> date | None:
        return deadline_of(self.invoice) if self.invoice.state in (InvoiceState.DRAFTED, InvoiceState.REFUSED) else None

    @property
    def days_left(self) -> int | None:
        return (self.deadline - self.today).days if self.deadline else None

    @property
    def is_pressing(self) -> bool:
        """Whether it must go soon, or should have gone."""
        return self.days_left is not None and self.days_left <= SOON

    @property
    def deadline_words(self) -> str:
        if self.days_left is None:
            return ""
        if self.days_left < 0:
            return f"{counted(-self.days_left, 'day')} too late: by {day_words(self.deadline)}"
        return (
            f"send by {day_words(self.deadline)}, {counted(self.days_left, 'day')} left"
            if self.days_left
            else "send it today, the last day"
        )

    @property
    def sent_words(self) -> str:
        """How long the insurer has had it, and from when it may be asked."""
        if not self.invoice.sent_at:
            return ""
        days = (self.today - self.invoice.sent_at.astimezone(self.invoice.clinic.tz).date()).days
        return "sent today" if not days else f"sent {counted(days, 'day')} ago"

    @property
    def chase_words(self) -> str:
        if self.invoice.state not in InvoiceState.outstanding():
            return ""
        first = chase_day_of(self.invoice)
        if self.invoice.chased_at:
            return f"chased on {day_words(self.invoice.chased_at.astimezone(self.invoice.clinic.tz).date())}"
        return f"not to be chased before {day_words(first)}" if self.today < first else ""

    @property
    def when(self) -> str:
        said = ", ".join(part for part in (self.deadline_words, self.sent_words, self.chase_words) if part)
        return said[:1].upper() + said[1:]

    @property
    def may_chase(self) -> bool:
        return self.invoice.state in InvoiceState.outstanding() and self.today >= chase_day_of(self.invoice)


def lines_of(invoices: Iterable[Invoice], now: datetime) -> list[Line]:
    return [Line(invoice, now) for invoice in invoices]
