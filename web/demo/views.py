"""Pages of the demonstration only: what was "sent", and who may sign in."""

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from web.demo.people import sign_ins
from web.demo.sent import all_sent, find
from web.guard import public


@public
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Show every mail and text, newest first."""
    return render(request, "demo/sent.html", {"letters": all_sent(), "sign_ins": sign_ins()})


@csp_replace({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "script-src": None})
@public
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail as a mail program would: its styles are its own."""
    mail = find(name)
    if mail is None or not mail.html:
        raise Http404
    return HttpResponse(mail.html)


@public
@require_safe
def attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Hand over a file that went with a mail."""
    mail = find(name)
    if mail is None or number >= len(mail.files):
        raise Http404
    file = mail.files[number]
    content = file.get_payload(decode=True)
    headers = {"Content-Disposition": f'attachment; filename="{file.get_filename()}"'}
    return HttpResponse(content, content_type=file.get_content_type(), headers=headers)
