"""The rest of a course planned again: what stays, what moves and why, and one button."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.enums import Because
from bookings.services.courses import GONE, CourseClash
from bookings.services.kept import is_asked_for
from bookings.services.replanning import Changes, Fate, PlanChanged, ReasonMissing, apply_changes, propose_changes
from bookings.services.replans import why_again
from clinic.access import may
from treatments.enums import CourseState
from treatments.models import Course
from treatments.outcomes import Step
from treatments.selectors import Due, review_due
from treatments.services.courses import CourseOver
from web.forms import HouseForm
from web.guard import allow

SUGGESTED = {Step.WIDEN: Because.IMPROVED, Step.CHANGE_PLAN: Because.STOPPED}
CHANGED = (Fate.NEW, Fate.MOVES, Fate.GOES, Fate.WAITS)


class ReplanForm(HouseForm):
    """A proposal as it was looked at: what it was made from, the time of each session, and for a clinical decision the reason."""

    because = forms.ChoiceField(choices=Because.choices, widget=forms.HiddenInput)
    stamp = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why?",
        help_text="In a few words. It stays with the course.",
        max_length=300,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args, changes: Changes, **kwargs):
        super().__init__(*args, **kwargs)
        for number, value in changes.values.items():
            self.fields[f"date-{number}"] = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput, initial=value)
        self.initial |= {"because": changes.because, "stamp": changes.stamp}
        self.marks = [self["because"], self["stamp"]]
        if not changes.because.is_clinical:
            del self.fields["reason"]

    def clean(self) -> dict[str, object]:
        given = super().clean()
        if "reason" in self.fields and not self.errors and not given.get("reason", "").strip():
            self.add_error("reason", "Say why, in a few words")
        return given

    @property
    def values(self) -> dict[int, str]:
        """The times that were looked at, by session number; a session the form did not name is left as it is."""
        named = {name: value for name, value in self.cleaned_data.items() if name.startswith("date-") and name in self.data}
        return {int(name.removeprefix("date-")): value for name, value in named.items()}


@allow("course.replan")
@require_http_methods(["GET", "HEAD", "POST"])
def replan(request: HttpRequest, key: str) -> HttpResponse:
    """Look at what would change, and do it as a whole."""
    course = get_object_or_404(Course.objects.bookable_by(request.user).with_people(), key=key)
    request.clinic = course.clinic
    if course.state not in CourseState.open():
        messages.warning(request, str(CourseOver()))
        return redirect(back_of(request, course))
    because = because_of(request, course)
    if request.method == "POST":
        return replan_posted(request, course, because)
    return show(request, course, propose_changes(course=course, because=because, now=request.now))


def because_of(request: HttpRequest, course: Course) -> Because:
    """Why it is planned again: as the page says, else as the diary tells; what is clinical is the practitioner's alone."""
    asked = (request.POST if request.method == "POST" else request.GET).get("because", "")
    because = Because(asked) if asked in Because.values else why_again(course, now=request.now)
    if because.is_clinical and not may(request.user, "course.prescribe"):
        raise Http404
    if because == Because.IMPROVED and course.state != CourseState.ACTIVE:
        raise Http404
    return because


def replan_posted(request: HttpRequest, course: Course, because: Because) -> HttpResponse:
    """Do what was looked at; where it can't be done any more, show how it would be now."""
    now_is = propose_changes(course=course, because=because, now=request.now)
    form = ReplanForm(request.POST, changes=now_is)
    is_valid = form.is_valid()
    swapped = propose_changes(course=course, because=because, now=request.now, chosen=form.values)
    if request.POST.get("show"):
        return show(request, course, swapped, form=ReplanForm(changes=swapped, initial={"reason": request.POST.get("reason", "")}))
    if not is_valid:
        return show(request, course, swapped, form=form, status=422)
    if broken := broken_rules(swapped, form):
        return show(request, course, swapped, form=form, trouble=broken, status=409)
    given = {"values": form.values, "stamp": form.cleaned_data["stamp"], "reason": form.cleaned_data.get("reason", "")}
    try:
        apply_changes(course=course, because=because, by=request.user, now=request.now, **given)
    except ReasonMissing as missing:
        form.add_error("reason", str(missing))
        return show(request, course, now_is, form=form, status=422)
    except (CourseClash, PlanChanged, CourseOver) as problem:
        return refused(request, course, because, str(problem))
    messages.success(request, done_words(course, because, cancelled=len(now_is.let_go)))
    return redirect(back_of(request, course))


def broken_rules(swapped: Changes, form: ReplanForm) -> str:
    """Which of the times that were chosen go against the plan, where nothing else has changed since they were shown."""
    if form.cleaned_data["stamp"] != swapped.stamp:
        return ""
    wrong = [f"Session {line.number}: {line.trouble}" for line in swapped.lines if line.trouble not in ("", GONE)]
    return " ".join(wrong)


def refused(request: HttpRequest, course: Course, because: Because, words: str) -> HttpResponse:
    """Say that nothing was changed and why, and propose anew."""
    fresh = Course.objects.bookable_by(request.user).with_people().get(pk=course.pk)
    if fresh.state not in CourseState.open():
        messages.warning(request, words)
        return redirect(back_of(request, course))
    return show(request, fresh, propose_changes(course=fresh, because=because, now=request.now), trouble=words, status=409)


def done_words(course: Course, because: Because, cancelled: int) -> str:
    if because == Because.STOPPED and cancelled:
        visits = "its visit ahead is" if cancelled == 1 else f"its {cancelled} visits ahead are"
        return f"The course has ended, and {visits} cancelled. One message tells {course.patient.name}."
    if because == Because.STOPPED:
        return "The course has ended. No visit was ahead."
    return f"The rest of the course of {course.patient.name} is planned again. One message tells what has changed."


def show(
    request: HttpRequest, course: Course, changes: Changes, *, form: ReplanForm | None = None, trouble: str = "", status: int = 200
) -> HttpResponse:
    """The page of the proposal."""
    decides = may(request.user, "course.prescribe")
    context = {
        "course": course,
        "patient": course.patient,
        "changes": changes,
        "different": [line for line in changes.lines if line.fate in CHANGED],
        "same": changes.those(Fate.STAYS),
        "form": fresh_form(changes, form),
        "may_swap": any(line.others for line in changes.lines),
        "trouble": trouble,
        "due": review_due(course) if decides else None,
        "others": other_ways(course, changes.because) if decides else [],
        "asked": is_asked_for(course),
        "back": back_of(request, course),
        "button": button_words(changes),
    }
    return render(request, "practitioner/replan.html", context, status=status)


def fresh_form(changes: Changes, form: ReplanForm | None) -> ReplanForm:
    """The form of the proposal that is shown: the times are those of now, a reason that was typed is kept."""
    if form is None:
        return ReplanForm(changes=changes)
    if not form.is_bound:
        return form
    kept = {**form.data.dict(), "stamp": changes.stamp, **{f"date-{number}": value for number, value in changes.values.items()}}
    fresh = ReplanForm(kept, changes=changes)
    fresh.full_clean()
    return fresh


def other_ways(course: Course, because: Because) -> list[tuple[str, str]]:
    """What a practitioner may decide instead."""
    address = reverse("practitioner:replan", args=[course.key])
    if course.state != CourseState.ACTIVE:
        return []
    ways = [("", "Plan the same rhythm again"), (Because.IMPROVED, Because.IMPROVED.label), (Because.STOPPED, Because.STOPPED.label)]
    shown = [(value, words) for value, words in ways if value != because and (value or because.is_clinical)]
    return [(f"{address}?because={value}" if value else address, words) for value, words in shown]


def button_words(changes: Changes) -> str:
    """What the one button does."""
    if changes.because == Because.STOPPED:
        return "End the course"
    if changes.is_nothing:
        return "Leave it as it is"
    count = sum(line.fate in CHANGED for line in changes.lines)
    return f"Make {'this change' if count == 1 else f'these {count} changes'}" if count else "Make these dates sure"


def back_of(request: HttpRequest, course: Course) -> str:
    """Where somebody came from: the practitioner's page of the course, or the desk's."""
    return reverse("practitioner:course" if may(request.user, "course.see") else "reception:book_course", args=[course.key])


def suggested(due: Due | None) -> dict[str, object] | None:
    """What the last review asks for, as a way to plan the rest again."""
    if due is None:
        return None
    because = SUGGESTED.get(due.advice.step)
    return {"due": due, "because": because.value if because else "", "words": because.label if because else ""}
