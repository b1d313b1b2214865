"""Whether everything runs: a word for machines, a page for people."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from messaging.models import Message
from messaging.selectors import counts, health
from web.guard import allow, public


@public
@require_safe
def machine(request: HttpRequest) -> HttpResponse:
    """Say `ok`, or `degraded` when messages don't go out; with 503 when the database is away. Never why."""
    try:
        good = all(check.good for check in health(request.now).values())
    except DatabaseError:
        return JsonResponse({"status": "degraded"}, status=503)
    return JsonResponse({"status": "ok" if good else "degraded"})


@public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether this process can answer visitors: it can when the database does."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "degraded"}, status=503)
    return JsonResponse({"status": "ok"})


@allow("house.manage")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what the word for machines is made of."""
    mine = Message.objects.visible_to(request.user)
    shown = {"checks": health(request.now).values(), "counts": [(state.label, many) for state, many in counts(mine).items()]}
    return render(request, "manage/health.html", shown)
