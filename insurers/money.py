"""Money in whole smallest units, pence or yen, and who pays which part of a fee."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

MINOR_DIGITS = {"GBP": 2, "EUR": 2, "USD": 2, "JPY": 0}
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}


@dataclass(frozen=True)
class Terms:
    """What a policy leaves to the patient, and what it has left to give; None means no limit.

    `excess_left` and `limit_left` are what remains until `renews_on`, when `yearly_excess` and `yearly_limit` begin anew.
    """

    excess_left: int = 0
    visit_excess: int = 0
    patient_percent: int = 0
    limit_left: int | None = None
    yearly_excess: int = 0
    yearly_limit: int | None = None
    renews_on: date | None = None

    def __post_init__(self) -> None:
        amounts = (self.excess_left, self.visit_excess, self.yearly_excess, self.limit_left or 0, self.yearly_limit or 0)
        if min(amounts) < 0:
            raise ValueError("an excess or limit can't be below zero")
        if not 0 <= self.patient_percent <= 100:
            raise ValueError(f"a share is between 0 and 100 percent, not {self.patient_percent}")


@dataclass(frozen=True)
class Split:
    """One fee in its parts: what the insurer pays, and why the patient pays the rest; `own` is what no insurer was asked for."""

    insurer: int
    excess: int = 0
    share: int = 0
    beyond_limit: int = 0
    own: int = 0

    @property
    def patient(self) -> int:
        return self.excess + self.share + self.beyond_limit + self.own

    @property
    def fee(self) -> int:
        return self.insurer + self.patient


def split(fee: int, terms: Terms) -> Split:
    """A fee between insurer and patient: the excess first, then the patient's percentage, then what is beyond the limit."""
    if fee < 0:
        raise ValueError(f"a fee can't be below zero: {fee}")
    excess = min(fee, terms.excess_left + terms.visit_excess)
    share = _percent(fee - excess, terms.patient_percent)
    owed = fee - excess - share
    paid = owed if terms.limit_left is None else min(owed, terms.limit_left)
    return Split(insurer=paid, excess=excess, share=share, beyond_limit=owed - paid)


def spent(terms: Terms, part: Split) -> Terms:
    """The terms after a fee was split by them."""
    yearly = min(part.excess, terms.excess_left)
    left = None if terms.limit_left is None else max(0, terms.limit_left - part.insurer)
    return replace(terms, excess_left=terms.excess_left - yearly, limit_left=left)


def terms_left(terms: Terms, on: date, taken: Iterable[tuple[date, Split]]) -> Terms:
    """What a policy has left on a day, after the splits of its other visits in the same policy year, in whatever order they were made."""
    left = renewed(terms, on)
    for day, part in taken:
        if renewed(terms, day).renews_on == left.renews_on:
            left = spent(left, part)
    return left


def renewed(terms: Terms, on: date) -> Terms:
    """The terms as they are on a day: from each renewal on, a full excess and a full limit."""
    if terms.renews_on is None or on < terms.renews_on:
        return terms
    following = terms.renews_on
    while following <= on:
        following = _next_year(following)
    return replace(terms, excess_left=terms.yearly_excess, limit_left=terms.yearly_limit, renews_on=following)


def _next_year(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


def _percent(amount: int, percent: int) -> int:
    """Rounded half up to a whole unit, so that the parts still add up."""
    return (amount * percent + 50) // 100


def unpaid(amounts: Iterable[int], paid: int) -> list[int]:
    """What each of several amounts still lacks when `paid` is counted against them in order."""
    lacking = []
    for amount in amounts:
        used = min(amount, paid)
        paid -= used
        lacking.append(amount - used)
    return lacking


def written(amount: int, currency: str) -> str:
    """As people read it: £45.00, ¥7,000, -£3.50."""
    digits = MINOR_DIGITS[currency]
    whole, rest = divmod(abs(amount), 10**digits)
    text = f"{SIGNS[currency]}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    return f"-{text}" if amount < 0 else text


def plain(amount: int, currency: str) -> str:
    """As other programs read it: 45.00, 7000, -3.50."""
    digits = MINOR_DIGITS[currency]
    whole, rest = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}" + (f".{rest:0{digits}d}" if digits else "")


def read(text: str, currency: str) -> int:
    """An amount as people type it, in smallest units; ValueError when it has more places than the currency."""
    digits = MINOR_DIGITS[currency]
    whole, point, rest = text.strip().removeprefix(SIGNS[currency]).strip().replace(",", "").partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (rest.isascii() and rest.isdigit())) or len(rest) > digits:
        raise ValueError(f"{text!r} is no amount in {currency}")
    return int(whole) * 10**digits + int(rest.ljust(digits, "0") or 0)
