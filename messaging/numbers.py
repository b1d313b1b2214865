"""Mobile numbers as people write them, and as a provider anywhere understands them. Pure."""

import re
from dataclasses import dataclass

WRITTEN = re.compile(r"\+?[0-9(][0-9 ()./-]{5,22}[0-9]")
ANYWHERE = re.compile(r"\+[1-9][0-9]{7,14}")
NOT_A_NUMBER = "The mobile number can’t be right: please check it"


@dataclass(frozen=True)
class Plan:
    """How a country's mobile numbers go on after its code; at home they begin with 0 instead of the code."""

    name: str
    code: str
    mobile: re.Pattern


PLANS = {
    "GB": Plan("the United Kingdom", "44", re.compile(r"7[1-9][0-9]{8}")),
    "JP": Plan("Japan", "81", re.compile(r"[6-9]0[0-9]{8}")),
}


def abroad(number: str, country: str) -> str:
    """Return the number with its country's code, such as +447700900123; one that can't be read stays as it was written."""
    figures = _figures(number)
    plan = PLANS.get(country)
    if plan and figures.startswith("0"):
        return f"+{plan.code}{figures[1:]}"
    return figures or number


def trouble(number: str, country: str) -> str:
    """Say in words why no SMS can go there, or nothing: a number of another country needs its code in front."""
    figures = abroad(number, country)
    plan = PLANS.get(country)
    if not WRITTEN.fullmatch(number.strip()):
        return NOT_A_NUMBER
    if plan is None:
        return ""
    at_home = figures.removeprefix(f"+{plan.code}")
    if at_home != figures:
        return "" if plan.mobile.fullmatch(at_home) else f"Not a mobile number of {plan.name}; one of another country begins with +"
    return "" if ANYWHERE.fullmatch(figures) else NOT_A_NUMBER


def _figures(number: str) -> str:
    """Only its figures, after one + or the 00 that stands for it; the (0) that some write after the code is left out."""
    plain = re.sub(r"(?<=[0-9 ])\(0\)", "", number.strip())
    figures = re.sub(r"[^0-9]", "", plain)
    if plain.startswith("+"):
        return f"+{figures}"
    return f"+{figures[2:]}" if figures.startswith("00") else figures
