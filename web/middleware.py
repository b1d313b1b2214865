"""What happens around every request."""

import logging
from collections.abc import Callable

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_cache_control

from clinic import clock
from web import errors

Next = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("web")


class Now:
    """Read the clock once: `request.now` is the present instant for the whole request."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()
        return self.get_response(request)


class FriendlyErrors:
    """Turn what goes wrong into a page in the clinic's words: too many requests, or a database that is away."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        except (OperationalError, InterfaceError):
            log.exception("database away")
            return errors.bare_page(503)
        return errors.bare_page(405) if response.status_code == 405 and not response.content else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, errors.TooOften):
            return errors.bare_page(429)
        if isinstance(exception, OperationalError | InterfaceError):
            log.exception("database away")
            return errors.bare_page(503)
        if isinstance(exception, DataError):  # an address or a question with signs that no column can hold
            log.exception("unreadable")
            return errors.bare_page(400)
        return None


class NoStore:
    """Keep pages about people out of every cache: all that is not a public page read by somebody signed out."""

    def __init__(self, get_response: Next):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True, private=True)
        return response
