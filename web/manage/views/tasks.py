"""What somebody at the clinic should do."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clinic.access import may
from clinic.models import Task
from clinic.services import finish_task
from web.guard import allow

PLACES = {
    "code missing": ("approvals:board", "authorisation.record", "See approvals"),
    "review answers": ("practitioner:reviews", "finding.review", "See reviews"),
    "check-back": ("practitioner:check_back", "finding.review", "Read and ring"),
    "plan again": ("practitioner:replan", "course.replan", "Plan the rest again"),
}
DONE_THERE = {"check-back"}  # done by what is written on that page, not by a tick
ABOUT = {"practitioner:replan", "practitioner:check_back"}  # pages about the very thing that the task is about


@dataclass(frozen=True)
class Line:
    """One task with what its row says."""

    task: Task
    now: datetime
    place: tuple[str, str] | None

    @property
    def may_be_ticked(self) -> bool:
        return self.task.kind not in DONE_THERE

    @property
    def look(self) -> tuple[str, str, str]:
        """Colour, word and mark of its due time."""
        zone = self.task.clinic.tz
        if self.task.due < self.now:
            return "emergency", "Overdue", "alert"
        if self.task.due.astimezone(zone).date() == self.now.astimezone(zone).date():
            return "review", "Today", "wait"
        return "info", "Later", "clock"


@allow("task.see")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Open tasks for this person or their role, soonest first."""
    tasks = Task.objects.visible_to(request.user).open().soonest_first().select_related("clinic")
    return render(request, "manage/tasks.html", {"lines": [Line(task, request.now, _place(request, task)) for task in tasks]})


def _place(request: HttpRequest, task: Task) -> tuple[str, str] | None:
    """Where the task is done, for those who may go there."""
    name, permission, words = PLACES.get(task.kind, ("", "", ""))
    return (reverse(name, args=[task.about] if name in ABOUT else []), words) if name and may(request.user, permission) else None


@allow("task.see")
@require_POST
def done(request: HttpRequest, key: str) -> HttpResponse:
    """Tick one off."""
    task = get_object_or_404(Task.objects.visible_to(request.user), key=key)
    finish_task(task=task, by=request.user, now=request.now)
    messages.success(request, f"Done: {task.words}.")
    return redirect("manage:tasks")
