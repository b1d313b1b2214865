"""Pages of the house that say the same to everybody."""

import json
import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from clinic.models import Clinic
from web.guard import limit, public

log = logging.getLogger("web.csp")
ROBOTS = "User-agent: *\nDisallow: /account/\nDisallow: /book/\nDisallow: /visit/\n"
LONGEST_REPORT = 10_000


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how far everybody can use this site, and what to do where they can't."""
    return _page(request, "accessibility")


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept about a patient, why, and what they can ask for."""
    return _page(request, "privacy")


@public
@require_safe
def complaints(request: HttpRequest) -> HttpResponse:
    """Say whom to tell when something went wrong."""
    return _page(request, "complaints")


def _page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"pages/{name}.html", {"clinics": Clinic.objects.open_to_public()})


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines out of what belongs to one person."""
    return HttpResponse(ROBOTS, content_type="text/plain")


@csrf_exempt  # browsers send reports by themselves; nothing is changed by one
@public
@require_POST
@limit("csp-report", times=30, every=timedelta(minutes=1))
def csp_report(request: HttpRequest) -> HttpResponse:
    """Note which rule of the security policy a page broke: the rule and the other host, never an address of ours or who saw it."""
    rule, host = _broken_rule(request)
    log.warning("content security policy: %s wanted %s", rule, host)
    return HttpResponse(status=204)


def _broken_rule(request: HttpRequest) -> tuple[str, str]:
    try:
        report = json.loads(request.body[:LONGEST_REPORT])["csp-report"]
        rule, blocked = str(report.get("violated-directive", "")), str(report.get("blocked-uri", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "unreadable", "unreadable"
    return _plain(rule.split(" ")[0]), _plain(_host(blocked))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address.split(":")[0]
    except ValueError:
        return "unreadable"


def _plain(word: str) -> str:
    """Only what a rule or a host can be made of, so that nobody writes into the log."""
    return "".join(sign for sign in word if sign.isalnum() or sign in ".-")[:60]
