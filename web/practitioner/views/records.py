"""The record of a session: begun, written, signed, amended."""

from contextlib import suppress
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookings.models import Appointment
from bookings.services.states import StateChanged
from bookings.services.visits import CannotTreat, finish_visit
from clinic.keys import new_key
from clinic.models import Practitioner
from treatments.catalogue import catalogue
from treatments.enums import Grade
from treatments.models import Acupoint, Outcome, Session, SessionRecord, Technique
from treatments.outcomes import PAIN
from treatments.readiness import Needle, as_needle
from treatments.safety import Suggestion
from treatments.selectors import own_and_before, standing_of
from treatments.services.records import (
    AlreadySigned,
    NotReady,
    SavedElsewhere,
    Unsafe,
    amend_record,
    draft_of,
    save_draft,
    sign_record,
    start_record,
    still_missing,
)
from web.guard import allow
from web.practitioner.banner import banner_of
from web.practitioner.forms import POSITIONS, AmendForm, NeedleFormSet, QuickForm, RecordForm, WindowForm, scores_of_session
from web.practitioner.quick import Typed, read_needle, with_needle
from web.practitioner.record_page import (
    Difference,
    Table,
    alternatives,
    chart_states,
    differences,
    protocol_of,
    reasons_of,
    technique_choices,
    todos_of,
    which,
    why_points,
)
from web.practitioner.spark import NAMES, short
from web.practitioner.told import told_after
from web.practitioner.views.day import day_address
from web.practitioner.words import count_words, state_words

AT_THE_NEEDLES = ("add", "use", "remove", "again")


@allow("record.write")
def write_record(request: HttpRequest, key: str) -> HttpResponse:
    """One screen for the whole record: kept with each press of a button, read-only once signed."""
    session = get_object_or_404(Session.objects.visible_to(request.user).with_course(), key=key)
    request.clinic = session.course.clinic
    record, before = own_and_before(session)
    if record is None:
        return begin(request, session)
    if record.is_signed:
        return show_signed(request, record)
    desk = Desk(request, session, record, before)
    return desk.answer() if request.method == "POST" else desk.show()


def show_signed(request: HttpRequest, record: SessionRecord) -> HttpResponse:
    """What was signed; where a draft comes too late, with its note ready to be added."""
    if request.method != "POST":
        return render(request, "practitioner/record_signed.html", signed_page(request, record))
    if request.htmx:
        return render(request, "practitioner/_saved.html", {"signed": True})
    note = RecordForm(request.POST)["note"].value() or ""
    messages.warning(request, str(AlreadySigned()))
    late = AmendForm(initial={"words": note if note.strip() != record.note.strip() else ""})
    return render(request, "practitioner/record_signed.html", signed_page(request, record, late), status=409)


def begin(request: HttpRequest, session: Session) -> HttpResponse:
    """Ask before beginning; on a press of the button, begin."""
    if request.method == "POST":
        practitioner = get_object_or_404(Practitioner.objects.visible_to(request.user), user=request.user)
        start_record(session=session, practitioner=practitioner, now=request.now)
        return redirect("practitioner:record", session.key)
    banner = banner_of(standing_of(session.course.patient))
    return render(request, "practitioner/record_begin.html", {"session": session, "banner": banner, **about(request, session)})


@require_POST
@allow("record.sign")
def amend(request: HttpRequest, key: str) -> HttpResponse:
    """Add words to a signed record."""
    session = get_object_or_404(Session.objects.visible_to(request.user).with_course(), key=key)
    request.clinic = session.course.clinic
    record = get_object_or_404(SessionRecord.objects.visible_to(request.user).of_session(session).signed().with_what_was_done())
    form = AmendForm(request.POST)
    if not form.is_valid():
        return render(request, "practitioner/record_signed.html", signed_page(request, record, form))
    amend_record(record=record, words=form.cleaned_data["words"], by=request.user, now=request.now)
    messages.success(request, "Added to the record.")
    return redirect("practitioner:record", session.key)


def signed_page(request: HttpRequest, record: SessionRecord, form: AmendForm | None = None) -> dict[str, object]:
    return {
        "record": record,
        "needles_in": sum(needling.needles for needling in record.needlings.all()),
        "amendments": record.amendments.select_related("by"),
        "scores": other_scores(record),
        "banner": banner_of(standing_of(record.session.course.patient)),
        "told": told_after(request.user, record),
        "events": [event_words(event, record.adverse_grades.get(event, "")) for event in record.adverse_events],
        "position": dict(POSITIONS).get(record.position, record.position),
        "form": form or AmendForm(),
        **about(request, record.session),
    }


def other_scores(record: SessionRecord) -> list[tuple[str, str]]:
    outcomes = [outcome for outcome in record.session.outcomes.all() if outcome.measure != PAIN]
    return [(NAMES.get(outcome.measure, outcome.measure), short(outcome.value)) for outcome in outcomes]


def event_words(event: str, grade: str) -> str:
    known = catalogue().adverse_events
    label = known[event].label if event in known else event
    return f"{label} ({Grade(grade).label.lower()})" if grade else label


def about(request: HttpRequest, session: Session) -> dict[str, object]:
    """What stands on top of every page about a session."""
    course = session.course
    appointment = Appointment.objects.visible_to(request.user).of_session(session).with_people().first()
    return {
        "session": session,
        "course": course,
        "patient": course.patient,
        "count": count_words(session, course.proposal.get("planned", 1)),
        "appointment": appointment,
        "state": state_words(appointment, request.now) if appointment else None,
    }


@dataclass
class Desk:
    """One look at an unsigned record, or one press of a button on it."""

    request: HttpRequest
    session: Session
    record: SessionRecord
    before: SessionRecord | None
    refusals: list = field(default_factory=list)
    typed: Typed = field(default_factory=Typed)
    todos: list = field(default_factory=list)
    elsewhere: list[Difference] | None = None

    def __post_init__(self) -> None:
        self.standing = standing_of(self.session.course.patient)
        self.points = Acupoint.objects.in_bulk(field_name="code") if self.request.method == "POST" else {}

    # Showing

    def show(self, form: RecordForm | None = None, needles: list[Needle] | None = None, quick: QuickForm | None = None, status: int = 200):
        """The page as it stands: from the draft, or from what was just typed."""
        if needles is None:
            needles = [as_needle(needling) for needling in self.record.needlings.all()]
        missing = self.todos or self.now_missing()
        rows, usual_points, meant = self.formset(needles), self.protocol(needles), which(self.typed.choices, self.standing.limits)
        choices = technique_choices(Technique.objects.all(), self.standing.limits, self.usual())
        page = {
            "form": form or self.fresh_form(),
            "quick": quick or QuickForm(initial={"quick": self.asked_for()}),
            "rows": rows,
            "table": Table(list(rows), needles, self.before, self.standing.limits),
            "banner": banner_of(self.standing),
            "record": self.record,
            "before": self.before,
            "todos": missing,
            "missing": bool(self.todos),
            "refusals": self.refusals,
            "may_overrule": any(refusal.may_overrule for refusal in self.refusals),
            "alternatives": self.alternatives(needles),
            "typed": self.typed,
            "chart": chart_states(needles, self.standing.limits),
            "view": "front" if self.request.GET.get("view") == "front" else "back",
            "window": WindowForm(initial={"window": new_key(), "saves": self.record.saves}),
            "elsewhere": self.elsewhere,
            "which": meant,
            "which_reasons": why_points(meant),
            "protocol": usual_points,
            "protocol_reasons": why_points(usual_points),
            "asks_override": bool(self.standing.limits.blocked or self.standing.limits.review),
            "choices": choices,
            "choice_reasons": reasons_of(choices),
            **about(self.request, self.session),
        }
        return render(self.request, "practitioner/record.html", page, status=status)

    def fresh_form(self) -> RecordForm:
        scores = scores_of_session(Outcome.objects.of_session(self.session))
        return RecordForm(initial=RecordForm.values_of(self.record, scores))

    def formset(self, needles: list[Needle]):
        """The rows as forms, numbered anew."""
        initial = [
            {
                "point": needle.point.code,
                "side": needle.side.value,
                "needles": needle.needles,
                "depth_mm": needle.depth_mm,
                "angle_degrees": needle.angle_degrees,
                "response": needle.response,
                "reason": needle.reason,
            }
            for needle in needles
        ]
        return NeedleFormSet(initial=initial, prefix="needles", form_kwargs={"points": self.points})

    def usual(self) -> set[str]:
        """The techniques of the plan, of last time and of today."""
        chosen = {technique.slug for technique in self.record.techniques.all()}
        return chosen | {technique.slug for technique in self.session.course.techniques.all()}

    def asked_for(self) -> str:
        """A point that was pressed on the chart, ready to be added."""
        code, side = self.request.GET.get("point", "")[:12], self.request.GET.get("side", "")[:10]
        return f"{code} {side}".strip() if code in catalogue().points else ""

    def protocol(self, needles: list[Needle]) -> list[Suggestion]:
        """The usual points for the course's condition that are not in yet."""
        condition = self.session.course.condition
        taken = [needle.point.code for needle in needles]
        return protocol_of(condition.slug, self.standing.limits, self.standing.regions, taken) if condition else []

    def alternatives(self, needles: list[Needle]) -> list[str]:
        closed = next((refusal.needle for refusal in self.refusals if refusal.needle), None)
        return alternatives(closed.point, self.standing.limits, needles) if closed else []

    # Answering

    def answer(self) -> HttpResponse:
        """Keep what was typed, then do what the button says."""
        form = RecordForm(self.request.POST)
        rows = NeedleFormSet(self.request.POST, prefix="needles", form_kwargs={"points": self.points})
        quick = QuickForm(self.request.POST)
        if not (form.is_valid() and rows.is_valid() and quick.is_valid()):
            return self.refuse(form, rows)
        needles = self.changed([row.needle() for row in rows], quick)
        if self.typed.problem:
            with suppress(AlreadySigned):
                self.keep(form, [row.needle() for row in rows])
            return self.show(form, needles, quick, status=422)
        try:
            kept = self.keep(form, needles)
        except AlreadySigned:
            return show_signed(self.request, own_and_before(self.session)[0])
        if self.elsewhere is not None:
            return self.overtaken(form, needles, quick)
        if not kept:
            if used := self.request.POST.get("use"):
                quick = QuickForm(initial={"quick": used})
            return self.show(form, [row.needle() for row in rows], quick, status=422)
        return self.after(form, needles)

    def overtaken(self, form: RecordForm, needles: list[Needle], quick: QuickForm) -> HttpResponse:
        """Show what another window saved beside what is typed here; saving once more keeps this."""
        if self.request.htmx:
            return render(self.request, "practitioner/_saved.html", {"record": self.record, "elsewhere": True})
        return self.show(form, needles, quick, status=409)

    def after(self, form: RecordForm, needles: list[Needle]) -> HttpResponse:
        """Sign, say that it is kept, or go on."""
        if self.request.htmx:
            return render(self.request, "practitioner/_saved.html", {"record": self.record, "todos": self.now_missing()})
        if "sign" in self.request.POST:
            return self.sign(form, needles)
        at = "?at=needles#quick-title" if any(name in self.request.POST for name in AT_THE_NEEDLES) else ""
        return redirect(reverse("practitioner:record", args=[self.session.key]) + at)

    def now_missing(self) -> list:
        return todos_of(still_missing(self.record, now=self.request.now, standing=self.standing))

    def changed(self, needles: list[Needle], quick: QuickForm) -> list[Needle]:
        """The needles after one was added, left out, or taken over from last time."""
        post = self.request.POST
        if (place := post.get("remove", "")).isdecimal() and int(place) < len(needles):
            return needles[: int(place)] + needles[int(place) + 1 :]
        if again := post.get("again"):
            return needles + [needle for needle in self.last_needles() if f"{needle.point.code} {needle.side.value}" == again]
        if self.request.htmx or not (text := post.get("use") or quick.cleaned_data["quick"]):
            return needles
        self.typed = read_needle(text, self.points, reason=quick.cleaned_data["quick_reason"])
        return with_needle(needles, self.typed.needle) if self.typed.needle else needles

    def last_needles(self) -> list[Needle]:
        return [as_needle(needling) for needling in self.before.needlings.all()] if self.before else []

    def keep(self, form: RecordForm, needles: list[Needle]) -> bool:
        """Save the draft; False, with the refusals or what stands elsewhere, when it wasn't kept."""
        draft, window = form.draft(needles), WindowForm(self.request.POST).read
        try:
            self.record = save_draft(record=self.record, draft=draft, by=self.request.user, now=self.request.now, window=window)
        except Unsafe as unsafe:
            self.refusals = unsafe.refusals
            return False
        except SavedElsewhere as elsewhere:
            self.record = elsewhere.record
            labels = {name: str(bound.label) for name, bound in form.fields.items()}
            self.elsewhere = differences(draft_of(self.record), draft, labels)
            return False
        return True

    def refuse(self, form: RecordForm, rows) -> HttpResponse:
        """Show what can't be read, with everything that was typed."""
        if self.request.htmx:
            return render(self.request, "practitioner/_saved.html", {"record": self.record, "problem": True})
        if rows.non_form_errors():
            form.add_error(None, "The table of needles can’t be read. Load the page again.")
        for row in rows.forms:
            for errors in row.errors.values():
                form.add_error(None, f"Needles: {errors[0]}")
        needles = [row.needle() for row in rows.forms if row.is_valid()]
        return self.show(form, needles, status=422)

    def sign(self, form: RecordForm, needles: list[Needle]) -> HttpResponse:
        appointment = Appointment.objects.visible_to(self.request.user).of_session(self.session).with_people().first()
        try:
            if appointment:
                finish_visit(appointment=appointment, by=self.request.user, now=self.request.now)
            else:
                sign_record(record=self.record, by=self.request.user, now=self.request.now)
        except NotReady as lacks:
            self.todos = todos_of(lacks.missing)
            return self.show(form, needles, status=422)
        except (StateChanged, CannotTreat, AlreadySigned) as problem:
            messages.warning(self.request, str(problem))
            return redirect("practitioner:record", self.session.key)
        messages.success(self.request, f"Signed. {self.session.course.patient.first_name}’s aftercare is on its way.")
        return redirect(day_address(appointment)) if appointment else redirect("practitioner:record", self.session.key)
