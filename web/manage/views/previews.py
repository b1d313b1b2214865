"""Every message as its reader will see it, with invented words, before anybody gets one."""

from dataclasses import dataclass
from itertools import groupby

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from clinic.models import Clinic
from messaging.enums import Channel
from messaging.previews import Preview, languages, preview, previews
from messaging.render import Letter
from messaging.segments import Length, length
from web.context import staff_clinic
from web.guard import allow


@dataclass(frozen=True)
class Shown:
    """One message in one language."""

    code: str
    language: str
    mail: Letter | None
    text: Letter | None

    @property
    def length(self) -> Length | None:
        return length(self.text.text.strip()) if self.text else None


@allow("house.manage")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """All kinds by group, each with the ways it goes and what its text costs."""
    clinic = _clinic(request)
    groups = [(group, [_row(each, clinic, request) for each in found]) for group, found in groupby(previews(), lambda each: each.group)]
    return render(request, "manage/previews.html", {"groups": groups, "languages": languages()})


def _row(one: Preview, clinic: Clinic, request: HttpRequest) -> tuple[Preview, list[Length | None]]:
    return one, [_shown(one, clinic, request, code, name, mail=False).length for code, name in languages()]


@allow("house.manage")
@require_safe
def look(request: HttpRequest, name: str) -> HttpResponse:
    """One kind, in every language, as mail and as text."""
    one, clinic = _found(name), _clinic(request)
    request.clinic = clinic
    names = [each.name for each in previews()]
    at = names.index(one.name)
    shown = {
        "one": one,
        "shown": [_shown(one, clinic, request, code, words) for code, words in languages()],
        "before": preview(names[at - 1]) if at else None,
        "after": preview(names[at + 1]) if at + 1 < len(names) else None,
    }
    return render(request, "manage/preview.html", shown)


@xframe_options_sameorigin
@csp_replace({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "script-src": None, "frame-ancestors": [SELF], "sandbox": True})
@allow("house.manage")
@require_safe
def letter(request: HttpRequest, name: str, language: str) -> HttpResponse:
    """The mail as a mail program would show it: its styles are its own, and nothing else is let in, nor when it is opened by itself."""
    one = _found(name)
    if not one.by_mail or language not in dict(languages()):
        raise Http404
    return HttpResponse(one.letter(clinic=_clinic(request), language=language, now=request.now).html)


def _shown(one: Preview, clinic: Clinic, request: HttpRequest, code: str, words: str, *, mail: bool = True) -> Shown:
    def written(channel: Channel) -> Letter:
        return one.letter(clinic=clinic, language=code, now=request.now, channel=channel)

    return Shown(code, words, written(Channel.MAIL) if mail and one.by_mail else None, written(Channel.SMS) if one.by_sms else None)


def _found(name: str) -> Preview:
    one = preview(name)
    if one is None:
        raise Http404
    return one


def _clinic(request: HttpRequest) -> Clinic:
    clinic = staff_clinic(request.user)
    if clinic is None:
        raise Http404  # somebody of no clinic writes to nobody
    return clinic
