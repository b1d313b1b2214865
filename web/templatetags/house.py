"""The words and marks that templates need: icons, chips, money, clock times, geometry to scale."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

from web import forms

register = template.Library()

TIER_ICONS = {
    "emergency": "alert",
    "block": "never",
    "review": "eye",
    "caution": "info",
    "clear": "check",
    "info": "info",
    "now": "hand",
    "rest": "rest",
    "brand": "dot",
    "quiet": "",
}
SIGNS = {"GBP": "£", "JPY": "¥", "EUR": "€", "USD": "$"}
WITHOUT_PENCE = {"JPY"}


@register.simple_tag
def icon(name: str) -> str:
    """One symbol of the sprite, silent to screen readers: a word always stands beside it."""
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>', static("img/sprite.svg"), name)


@register.simple_tag
def error_lines(form=None, errors: list | None = None) -> list[tuple[str, str]]:
    """What an error summary lists: the lines given, or those of the form."""
    return errors or (forms.error_lines(form) if form and form.is_bound else [])


@register.inclusion_tag("components/_chip.html")
def chip(tier: str, word: str, mark: str | None = None) -> dict:
    """A status chip: `{% chip "clear" "Arrived" %}`; the mark follows from the tier unless it is named."""
    return {"tier": tier, "word": word, "mark": TIER_ICONS.get(tier, "dot") if mark is None else mark}


@register.simple_tag
def tier_icon(tier: str) -> str:
    """The mark that goes with a tier."""
    return icon(TIER_ICONS.get(tier) or "dot")


@register.filter
def money(amount: Decimal | int | None, currency: str = "GBP") -> str:
    """An amount as people write it: £68, £68.50, ¥9,000."""
    if amount is None or amount == "":
        return ""
    sign = SIGNS.get(currency, f"{currency} ")
    amount = Decimal(amount)
    if currency in WITHOUT_PENCE or amount == amount.to_integral_value():
        return f"{sign}{amount:,.0f}"
    return f"{sign}{amount:,.2f}"


def at_clinic(instant: datetime, clinic) -> datetime:
    """The instant on the clinic's own clock; without a clinic, as it comes."""
    if clinic is None or not hasattr(clinic, "tz"):
        return instant
    zone = clinic.tz if not isinstance(clinic.tz, str) else ZoneInfo(clinic.tz)
    return instant.astimezone(zone)


@register.filter
def clinic_time(instant: datetime, clinic=None) -> str:
    """The hour on the clinic's clock: 09:10."""
    return f"{at_clinic(instant, clinic):%H:%M}" if instant else ""


@register.filter
def clinic_date(instant: datetime | date, clinic=None) -> str:
    """The day on the clinic's calendar: Fri 20 Nov 2026."""
    day = at_clinic(instant, clinic) if isinstance(instant, datetime) else instant
    return f"{day:%a} {day.day} {day:%b %Y}" if day else ""


@register.filter
def clinic_day(instant: datetime | date, clinic=None) -> str:
    """The day in full: Friday 20 November 2026."""
    day = at_clinic(instant, clinic) if isinstance(instant, datetime) else instant
    return f"{day:%A} {day.day} {day:%B %Y}" if day else ""


@register.filter
def clinic_datetime(instant: datetime, clinic=None) -> str:
    """Day and hour: Fri 20 Nov 2026, 09:10."""
    return f"{clinic_date(instant, clinic)}, {clinic_time(instant, clinic)}" if instant else ""


@register.filter
def clinic_short(instant: datetime | date, clinic=None) -> str:
    """The day without its year, for where space is short: Fri 20 Nov."""
    return clinic_date(instant, clinic)[:-5]


@register.simple_tag
def date_tile(instant: datetime, clinic=None) -> dict[str, str]:
    """Weekday, day and month apart, for the tile of a visit."""
    return dict(zip(("weekday", "day", "month"), clinic_short(instant, clinic).split(), strict=True))


@register.filter
def zone_name(clinic) -> str:
    """The clinic's zone as its people say it: London time."""
    city = str(getattr(clinic, "zone", "") or "").rpartition("/")[2].replace("_", " ")
    return f"{city} time" if city else ""


@register.filter
def short_place(place: str) -> str:
    """The nearest name of a place: Bloomsbury, of "Bloomsbury, London"."""
    return str(place).partition(",")[0]


@register.filter
def tel(number: str) -> str:
    """A phone number as a link needs it: digits, and the plus in front when there is one."""
    digits = "".join(letter for letter in str(number) if letter.isdigit())
    return f"+{digits}" if str(number).strip().startswith("+") else digits


@register.filter
def initials(name: str) -> str:
    """First and last letter-heads of a name: Rhea Mehta gives RM."""
    parts = [part for part in str(name).replace(".", " ").split() if part[0].isalpha()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


@register.filter
def way_back(message) -> str:
    """The address that takes back what a message tells of; empty where there is none."""
    tag, _, address = (message.extra_tags or "").partition(":")
    return address if tag == "undo" else ""
