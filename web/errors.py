"""What a visitor reads when something can't be done: a sentence, and what to do next."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

WORDS = {
    400: ("We couldn’t read that", "Go back, and try once more."),
    403: ("This page has been open for too long", "Go back, load the page again and repeat the last step. Nothing was changed."),
    404: (
        "We can’t find that page",
        "The address may be mistyped, or the page may belong to somebody else. Nothing is wrong with your visit.",
    ),
    405: ("That can’t be done here", "Go back, and use the buttons on the page."),
    429: ("Please wait a moment", "There were very many requests from your connection. Wait a few minutes, then try again, or ring us."),
    500: ("Something went wrong on our side", "Nothing was half-saved. Please try again in a few minutes, or ring us."),
    503: ("We’re back in a moment", "The diary can’t be reached just now. Nothing was lost. Please try again in a minute, or ring us."),
}

AWAY = (OperationalError, InterfaceError)


class TooOften(Exception):
    """Somebody knocks faster than a person would."""


def page(request: HttpRequest, status: int) -> HttpResponse:
    """Return the page for one HTTP status, in the clinic's words."""
    title, words = WORDS[status]
    return render(request, "error.html", {"title": title, "words": words, "status": status}, status=status)


def bare_page(status: int) -> HttpResponse:
    """Return the same page without asking the database for anything: for when it is away."""
    title, words = WORDS[status]
    response = HttpResponse(render_to_string("error.html", {"title": title, "words": words, "status": status}), status=status)
    if status == 503:
        response["Retry-After"] = "30"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return bare_page(400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404)


def denied(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    return page(request, 403)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer where nothing else could; a database that went away before the view was reached is said as such."""
    return bare_page(503 if isinstance(sys.exception(), AWAY) else 500)
