"""A whole course: dates proposed beside the first visit that is held, to be kept or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.services.course_online import Sketch, choose_dates, choose_first_only, estimate, lasted, later_of, tell_problem
from bookings.services.courses import CourseClash, Line, Wishes
from bookings.services.filling import Progress
from bookings.slots import Slot
from clinic.enums import Weekday
from clinic.models import Clinic
from treatments.enums import Chronicity
from treatments.plan_words import AGAINST
from web.forms import ChoiceButtons, HouseForm, TickButtons
from web.patient.doors import go_on, limit_posts, sent, step
from web.patient.frame import show
from web.patient.offering import time_of
from web.patient.starting import price
from web.templatetags.house import clinic_short

MOST_WEEKS = 40
WEEK = 7
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
LASTED = {
    Chronicity.ACUTE: "Less than 6 weeks",
    Chronicity.SUBACUTE: "6 weeks to 3 months",
    Chronicity.CHRONIC: "More than 3 months",
}
RHYTHM = {
    "twice weekly": "twice a week",
    "weekly until improvement": "once a week until it improves",
    "fortnightly taper": "every other week",
    "monthly maintenance": "once a month",
}
PARTS = {
    "": ("Any time of day", None, None),
    "morning": ("Mornings, before 12:00", None, "11:45"),
    "afternoon": ("Afternoons, from 12:00", "12:00", None),
    "evening": ("From 16:00", "16:00", None),
}

CLINIC_ONLY = {AGAINST["packing"]}
PLAINLY = (
    ("Session ", "Visit "),
    ("session ", "visit "),
    ("the practitioner of the first visit", "the practitioner you see first"),
    ("the one of the first visit", "the one you see first"),
    ("asked for", "you asked for"),
    ("needling visits", "visits with needles"),
)


class ProblemForm(HouseForm):
    """How bad it is, and for how long, where that is not known."""

    pain = forms.TypedChoiceField(
        label="How bad has it been in the last week, on average?",
        help_text="0 is no pain, 10 the worst you can think of.",
        choices=[(str(number), str(number)) for number in range(11)],
        coerce=int,
        widget=ChoiceButtons(columns="row"),
        error_messages={"required": "Choose a number from 0 to 10", "invalid_choice": "Choose a number from 0 to 10"},
    )
    lasted = forms.ChoiceField(
        label="How long have you had it this time?",
        choices=list(LASTED.items()),
        widget=ChoiceButtons(),
        error_messages={"required": "Choose how long you have had it", "invalid_choice": "Choose one of the answers shown"},
    )

    def __init__(self, *args, asks_lasted: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks_lasted:
            del self.fields["lasted"]


class SuitsForm(HouseForm):
    """On which days and at what time somebody can come, and when they are away."""

    days = forms.MultipleChoiceField(
        label="Days that suit you",
        help_text="Tick none if any day would do.",
        choices=Weekday.choices,
        required=False,
        widget=TickButtons(columns=2),
    )
    part = forms.ChoiceField(label="Time of day", choices=[(key, words) for key, (words, *_) in PARTS.items()], required=False)
    away_from = forms.DateField(label="Away from", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    away_to = forms.DateField(label="Away until", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, object]:
        given = super().clean()
        first, last = given.get("away_from"), given.get("away_to")
        if first and last and first > last:
            self.add_error("away_to", "Choose the same day as “Away from”, or a later one")
        return given

    @property
    def wishes(self) -> Wishes:
        """What was asked for; nothing of it where it can't be read."""
        if not self.is_bound or not self.is_valid():
            return Wishes()
        given = self.cleaned_data
        _, earliest, latest = PARTS[given["part"]]
        first, last = given["away_from"] or given["away_to"], given["away_to"] or given["away_from"]
        return Wishes(
            weekdays=frozenset(map(int, given["days"])),
            earliest=forms.TimeField().clean(earliest) if earliest else None,
            latest=forms.TimeField().clean(latest) if latest else None,
            away=((first, last),) if first else (),
        )


class KeepForm(HouseForm):
    """The time chosen for each visit after the first."""

    def __init__(self, *args, numbers: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        for number in numbers:
            self.fields[f"date-{number}"] = forms.CharField(max_length=60, required=False)

    @property
    def values(self) -> dict[int, str]:
        given = self.cleaned_data if self.is_valid() else {}
        return {int(name.removeprefix("date-")): value for name, value in given.items() if value}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One visit after the first, in the list."""

    line: Line
    trouble: str

    @property
    def number(self) -> int:
        return self.line.session.number

    @property
    def slot(self) -> Slot | None:
        return self.line.slot

    @property
    def is_clash(self) -> bool:
        return bool(self.trouble)

    @property
    def state(self) -> str:
        if self.is_clash:
            return "clash"
        return "provisional" if self.slot else "planned"

    @property
    def field(self) -> str:
        return f"date-{self.number}"

    @property
    def others(self) -> list[dict[str, object]]:
        """The time it has, and what else would do while the other dates stay, each with what it would cost."""
        own = [self.slot] if self.slot and not self.is_clash else []
        chosen = own[0].value if own else (self.line.alternatives[0].value if self.line.alternatives else "")
        taken = self.slot.value if self.slot else ""
        others = [slot for slot in self.line.alternatives if slot.value != taken]
        return [time_of(slot, chosen) | {"more": plainly(self.line.change(slot)) or "As proposed."} for slot in [*own, *others]]

    @property
    def why(self) -> str:
        """Why this date, for somebody who doesn't run the diary."""
        return " ".join(plainly(words) for words in self.line.reasons if words not in CLINIC_ONLY)


def plainly(words: str) -> str:
    """A reason of the planner in the words of whoever comes."""
    for said, plain in PLAINLY:
        words = words.replace(said, plain)
    return words


@dataclass(frozen=True, kw_only=True)
class Page:
    """The proposal as the page shows it."""

    sketch: Sketch
    lines: tuple[Line, ...]
    troubles: Mapping[int, str]
    clinic: Clinic

    @cached_property
    def rows(self) -> list[Row]:
        return [Row(line=line, trouble=self._trouble(line)) for line in self.lines]

    def _trouble(self, line: Line) -> str:
        return self.troubles.get(line.session.number, line.trouble if line.slot else "")

    @property
    def phases(self) -> list[dict[str, object]]:
        """The list in the parts of the rhythm, each with its words."""
        label = {
            number: RHYTHM.get(phase.label, phase.label)
            for phase in self.sketch.proposal.phases
            for number in range(phase.first, phase.last + 1)
        }
        parts = []
        for words, group in groupby(self.rows, key=lambda row: label[row.number]):
            rows = list(group)
            first, last = rows[0].number, rows[-1].number
            span = f"visit {first}" if first == last else f"visits {first} to {last}"
            parts.append({"words": f"{words.capitalize()}, {span}", "ident": f"phase-{first}", "rows": rows, "start": first})
        return parts

    @property
    def clashes(self) -> list[Row]:
        return [row for row in self.rows if row.is_clash]

    @property
    def dated(self) -> int:
        """How many visits have a date, the first among them."""
        return 1 + sum(row.slot is not None for row in self.rows)

    @property
    def undated(self) -> int:
        return sum(row.slot is None for row in self.rows)

    @property
    def count_words(self) -> str:
        return in_words(self.sketch.proposal.sessions)

    @property
    def dated_words(self) -> str:
        return in_words(self.dated)

    @property
    def rhythm(self) -> str:
        """`once a week until it improves, then every other week`."""
        return ", then ".join(dict.fromkeys(RHYTHM.get(phase.label, phase.label) for phase in self.sketch.proposal.phases))

    @property
    def price(self) -> str:
        return price(self.sketch.service, self.clinic)

    @property
    def review(self) -> int:
        """The visit at which it is decided whether to go on."""
        return self.sketch.proposal.reviews[0]

    @cached_property
    def stops(self) -> list[dict[str, object]]:
        """The visits as points on a line of weeks."""
        first = self.sketch.first
        stops = [self._stop(1, first.local_date, 1, "booked", "First visit", review=False)]
        for row in self.rows:
            if row.slot:
                week = min(max(stops[-1]["week"] + 1, 1 + (row.slot.local_date - first.local_date).days // WEEK), MOST_WEEKS)
                word = "Not free" if row.is_clash else "Provisional"
                stops.append(self._stop(row.number, row.slot.local_date, week, row.state, word, review=row.line.session.review))
        return stops

    def _stop(self, number: int, day: date, week: int, state: str, word: str, *, review: bool) -> dict[str, object]:
        return {"week": week, "number": number, "state": state, "day": clinic_short(day)[4:], "word": word, "review": review}


def in_words(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


@limit_posts("course-online", times=120, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
@step("payer")
def course(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Propose a whole course beside the held visit; which of it is kept, the visitor says."""
    booking = progress.booking
    if request.POST.get("only"):
        choose_first_only(booking=booking)
        return go_on(request, progress)
    proposal = estimate(booking, progress.intake)
    if proposal is None or "pain" in request.POST or (request.GET.get("ask") and request.method != "POST"):
        return ask(request, progress)
    suits = SuitsForm(request.GET or None)
    sketch = Sketch(booking, proposal, request.now, suits.wishes)
    if request.method != "POST":
        return propose(request, progress, sketch, suits, {} if suits.is_bound else later_of(booking))
    values = KeepForm(request.POST, numbers=[session.number for session in sketch.sessions]).values
    if request.POST.get("show") or not values:
        return propose(request, progress, sketch, suits, values)
    return keep(request, progress, sketch, suits, values)


def ask(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Ask the two things that the table of courses needs, as far as they are not known."""
    booking = progress.booking
    known = lasted(booking, progress.intake) is not None and not booking.lasted
    initial = {"pain": booking.pain, "lasted": booking.lasted}
    form = ProblemForm(sent(request), asks_lasted=not known, initial=initial)
    if form.is_valid():
        tell_problem(booking=booking, pain=form.cleaned_data["pain"], lasted=form.cleaned_data.get("lasted", ""))
        return redirect("book:course", booking.clinic.slug)
    back = reverse("book:times", args=[booking.clinic.slug])
    return show(request, progress, "course_ask", form=form, back=back, status=422 if form.errors else 200)


def keep(request: HttpRequest, progress: Progress, sketch: Sketch, suits: SuitsForm, values: Mapping[int, str]) -> HttpResponse:
    """Note the dates, to be kept when the first visit is booked."""
    try:
        choose_dates(booking=progress.booking, proposal=sketch.proposal, values=values, now=request.now)
    except CourseClash as clash:
        kept = {number: value for number, value in values.items() if number not in clash.words}
        return propose(request, progress, sketch, suits, kept, clash.words, status=409)
    messages.success(
        request, f"We keep {len(values)} later {'date' if len(values) == 1 else 'dates'} for you when you book your first visit."
    )
    return go_on(request, progress)


def propose(
    request: HttpRequest,
    progress: Progress,
    sketch: Sketch,
    suits: SuitsForm,
    chosen: Mapping[int, str],
    troubles: Mapping[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the proposal."""
    clinic = progress.booking.clinic
    context = {
        "page": Page(sketch=sketch, lines=sketch.lines(chosen), troubles=troubles or {}, clinic=clinic),
        "suits": suits,
        "query": request.GET.urlencode(),
        "back": reverse("book:times", args=[clinic.slug]),
    }
    return show(request, progress, "course", status=status, **context)


def show_clash(request: HttpRequest, progress: Progress, clash: CourseClash) -> HttpResponse:
    """Say which kept dates went while the visitor was typing, and offer others; the first visit is still held."""
    proposal = estimate(progress.booking, progress.intake)
    sketch = Sketch(progress.booking, proposal, request.now)
    kept = {number: value for number, value in later_of(progress.booking).items() if number not in clash.words}
    return propose(request, progress, sketch, SuitsForm(None), kept, clash.words, status=409)
