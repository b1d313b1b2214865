"""What would make an insurer send an invoice back, said before it is sent."""

import calendar
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from insurers.directory import Directory
from insurers.formats import check_number, label


@dataclass(frozen=True, kw_only=True)
class Asks:
    """What one insurer asks of an invoice; None and False where nothing is known."""

    slug: str
    approval: bool = False
    within_months: int | None = None
    number_length: int | None = None
    one_a_day: bool = False
    chase_after_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class BilledVisit:
    """One visit as the invoice tells it."""

    on: date
    patient: str
    policy_number: str
    code: str
    practitioner: str
    registration: str


@dataclass(frozen=True)
class Problem:
    """One sentence about what is wrong; `stops` says that the invoice can't go out with it."""

    words: str
    stops: bool = True


def invoice_problems(
    asks: Asks,
    *,
    number: str,
    visits: Sequence[BilledVisit],
    today: date,
    used_numbers: frozenset[str] = frozenset(),
    book: Directory | None = None,
) -> list[Problem]:
    """Everything that is missing or looks wrong, each said once, in the order in which one would mend it."""
    several = len({visit.patient for visit in visits}) > 1
    found = [] if visits else [Problem("The invoice has no visit.")]
    for visit in visits:
        whose = f"{visit.patient}: " if several else ""
        found += [Problem(whose + problem.words, problem.stops) for problem in _of_visit(asks, visit, today, book)]
    found += _of_days(asks, visits)
    return list(dict.fromkeys([*found, *_of_number(asks, number, used_numbers)]))


def deadline(asks: Asks, visit_on: date) -> date | None:
    """The last day on which an invoice for a visit may be sent; None where no rule is known."""
    return _months_later(visit_on, asks.within_months) if asks.within_months else None


def chase_from(asks: Asks, sent_on: date) -> date:
    """The first day on which the insurer may be asked where the money is."""
    return sent_on + timedelta(days=asks.chase_after_days or 0)


def _of_visit(asks: Asks, visit: BilledVisit, today: date, book: Directory | None) -> Iterator[Problem]:
    yield from _of_numbers(asks, visit, book)
    if not visit.registration.strip():
        yield Problem(f"The registration number of {visit.practitioner} is missing.")
    last = deadline(asks, visit.on)
    if visit.on > today:
        yield Problem(f"The visit on {_written(visit.on)} is in the future.")
    elif last and today > last:
        yield Problem(f"The visit on {_written(visit.on)} had to be invoiced by {_written(last)}.", stops=False)


def _of_numbers(asks: Asks, visit: BilledVisit, book: Directory | None) -> Iterator[Problem]:
    """What is missing, or has a shape that the insurer doesn't use; a shape alone never stops an invoice."""
    for kind, given, needed in (("policy", visit.policy_number, True), ("authorisation", visit.code, asks.approval)):
        checked = check_number(asks.slug, kind, given, book=book) if given.strip() else None
        if checked is None and needed:
            yield Problem(f"The {label(asks.slug, kind, book=book)} is missing.")
        elif checked and checked.words:
            yield Problem(checked.words, stops=not checked.usable)


def _of_days(asks: Asks, visits: Sequence[BilledVisit]) -> Iterator[Problem]:
    if not asks.one_a_day:
        return
    for (patient, day), many in Counter((visit.patient, visit.on) for visit in visits).items():
        if many > 1:
            yield Problem(f"This insurer pays one session a day for each patient; {patient} has {many} on {_written(day)}.", stops=False)


def _of_number(asks: Asks, number: str, used: frozenset[str]) -> Iterator[Problem]:
    if number in used:
        yield Problem(f"Invoice number {number} has been used before.")
    if asks.number_length and len(number) > asks.number_length:
        longest = asks.number_length
        yield Problem(f"This insurer takes invoice numbers of at most {longest} characters; {number} has {len(number)}.")


def _written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _months_later(day: date, months: int) -> date:
    """The same day so many months on, or the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
