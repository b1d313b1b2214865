"""Amounts of the currency's smallest unit, as people read them."""

from django import template

from insurers.money import written

register = template.Library()


@register.filter
def cash(amount: int | None, currency: str) -> str:
    """£45.00 of 4500 pence, ¥7,000 of 7000 yen; nothing of nothing."""
    return "" if amount is None else written(amount, currency)
