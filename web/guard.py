"""The first lock on every door: who may come in at all. Which rows they see there, `visible_to` says."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

from clinic.access import PERMISSIONS, may
from clinic.enums import LinkPurpose
from clinic.throttle import too_often
from web.errors import TooOften

View = Callable[..., HttpResponse]


def allow(permission: str) -> Callable[[View], View]:
    """Let in whoever holds `permission`; anybody else who is signed in finds nothing here."""
    if permission not in PERMISSIONS:
        raise KeyError(f"{permission} stands in no table: add it to clinic/access.py")

    def lock(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not may(request.user, permission):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.guard = permission
        return guarded

    return lock


def public(view: View) -> View:
    """Let everybody in: the view shows nothing about anybody."""
    view = login_not_required(view)
    view.guard = "public"
    return view


def by_link(purpose: LinkPurpose) -> Callable[[View], View]:
    """Let in who followed a private link for `purpose`; the view gets what it is about as its second argument."""

    def lock(view: View) -> View:
        @login_not_required
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            about = request.session.get(link_slot(purpose))
            if not about:
                raise Http404
            return view(request, about, *args, **kwargs)

        guarded.guard = f"link:{purpose}"
        return guarded

    return lock


def link_slot(purpose: LinkPurpose) -> str:
    """Where the session keeps what a followed link was about."""
    return f"link:{purpose}"


def limit(what: str, *, times: int, every: timedelta) -> Callable[[View], View]:
    """Turn away an address that calls this view more often than `times` in `every`: 429, and no queue at the door."""

    def lock(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if too_often(what, caller(request), limit=times, every=every, now=request.now):
                raise TooOften
            return view(request, *args, **kwargs)

        return guarded

    return lock


def caller(request: HttpRequest) -> str:
    """The network address a request comes from: the one our own proxy saw, never one that the caller claims."""
    return request.META.get("REMOTE_ADDR", "")
