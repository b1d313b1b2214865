"""What practitioners fill in."""

from collections.abc import Mapping

from django import forms

from patients.enums import Decision
from patients.reviewing import Ruling
from treatments.catalogue import catalogue
from treatments.enums import Chronicity, Grade, Severity, Side, Sought
from treatments.models import Acupoint, Condition, Service, SessionRecord, Technique
from treatments.outcomes import PAIN
from treatments.point_names import find_points
from treatments.readiness import Needle
from treatments.services.records import KEPT, Draft, Window
from web.forms import HouseForm

POSITIONS = [
    ("", "Choose"),
    ("prone", "Face down"),
    ("supine", "On the back"),
    ("left_side", "On the left side"),
    ("right_side", "On the right side"),
    ("seated", "Seated"),
]
RESPONSES = [("", "–"), ("yes", "yes"), ("felt", "felt"), ("partly", "partly"), ("twitch", "twitch"), ("none", "none")]
GRADES = "adverse_grades"
OUT_OF_TEN = [(str(number), str(number)) for number in range(11)]
SCORES = {
    "psfs": "Activities (mean)",
    "nrs_stiffness": "Stiffness",
    "nrs_sleep": "Sleep",
    "nrs_stress": "Stress",
    "nrs_wellbeing": "Well-being",
}


def out_of_ten(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=OUT_OF_TEN, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect)


def short_number(label: str, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=most, required=False, widget=forms.TextInput({"inputmode": "numeric", "class": "n"})
    )


def score_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label} today",
        min_value=0,
        max_value=10,
        decimal_places=1,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal", "class": "n"}),
    )


class RecordForm(HouseForm):
    """All of a session's record but the needles; nothing is required before signing."""

    red_flags_asked = forms.BooleanField(label="Red flags asked, nothing new", required=False)
    consent_confirmed = forms.BooleanField(label="Agrees to today’s treatment", required=False)
    position = forms.ChoiceField(label="Position", choices=POSITIONS, required=False)
    techniques = forms.ModelMultipleChoiceField(
        label="What was done",
        queryset=Technique.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    safety_override = forms.CharField(label="Why, in spite of the answers", max_length=300, required=False)
    pain_before = out_of_ten("Pain before, average of the last 7 days")
    pain_after = out_of_ten("Pain after the session")
    psfs = score_field(SCORES["psfs"])
    nrs_stiffness = score_field(SCORES["nrs_stiffness"])
    nrs_sleep = score_field(SCORES["nrs_sleep"])
    nrs_stress = score_field(SCORES["nrs_stress"])
    nrs_wellbeing = score_field(SCORES["nrs_wellbeing"])
    retention_minutes = short_number("Minutes at rest", 120)
    retention_reason = forms.CharField(label="Why the needles rested so long", max_length=200, required=False)
    response_sought = forms.ChoiceField(label="Response sought", choices=[("", "Choose"), *Sought.choices], required=False)
    electro_hz = forms.CharField(label="Frequency, Hz", max_length=20, required=False)
    electro_strength = forms.CharField(label="Strength of the current", max_length=40, required=False)
    needle_make = forms.CharField(label="Make", max_length=60, required=False)
    needle_lot = forms.CharField(label="Lot", max_length=40, required=False)
    needle_expiry = forms.DateField(label="Expires", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    needles_out = short_number("Needles out", 200)
    mismatch_reason = forms.CharField(label="Why the counts differ", max_length=300, required=False)
    adverse_asked = forms.BooleanField(label="Asked for anything unwanted", required=False)
    adverse_events = forms.MultipleChoiceField(label="What happened", required=False, widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(label="Said, seen and thought", required=False, widget=forms.Textarea({"rows": 5}), max_length=8000)
    next_plan = forms.CharField(label="Plan", required=False, widget=forms.Textarea({"rows": 2}), max_length=300)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        events = catalogue().adverse_events.values()
        self.fields["adverse_events"].choices = [(event.id, event.label) for event in events]
        for event in events:
            self.fields[grade_field(event.id)] = forms.ChoiceField(
                label=f"How severe: {event.label}", choices=[("", "How severe"), *Grade.choices], required=False
            )

    @property
    def events(self) -> list[tuple[object, object]]:
        """Each thing that may have happened: its tick, and how severe it was."""
        return [(tick, self[grade_field(tick.data["value"])]) for tick in self["adverse_events"]]

    @property
    def has_scores(self) -> bool:
        """Whether any score beside pain was given."""
        return any(self[name].value() not in (None, "") for name in SCORES)

    @staticmethod
    def values_of(record: SessionRecord, scores: Mapping[str, object]) -> dict[str, object]:
        """What a draft holds, as the form shows it."""
        kept = {name: getattr(record, name) for name in KEPT}
        kept |= {grade_field(event): grade for event, grade in record.adverse_grades.items()}
        return {**kept, "techniques": [technique.slug for technique in record.techniques.all()], **scores}

    def draft(self, needles: list[Needle]) -> Draft:
        """What was filled in, with these needles."""
        kept = {name: self.cleaned_data[name] for name in KEPT if name != GRADES}
        grades = {event: self.cleaned_data[grade_field(event)] for event in kept["adverse_events"]}
        kept[GRADES] = {event: grade for event, grade in grades.items() if grade}
        scores = {name: self.cleaned_data[name] for name in SCORES}
        kept["adverse_asked"] = kept["adverse_asked"] or bool(kept["adverse_events"])
        return Draft(**kept, techniques=list(self.cleaned_data["techniques"]), scores=scores, needles=needles)


def grade_field(event: str) -> str:
    return f"grade_{event}"


class WindowForm(HouseForm):
    """Which window a draft is typed in, and how many saves it knew of when it opened."""

    window = forms.CharField(widget=forms.HiddenInput, max_length=16)
    saves = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    @property
    def read(self) -> Window | None:
        """The window; None where a form doesn't say."""
        return Window(name=self.cleaned_data["window"], saves=self.cleaned_data["saves"]) if self.is_valid() else None


class NeedleForm(HouseForm):
    """One row of the needles' table."""

    point = forms.CharField(widget=forms.HiddenInput, max_length=12)
    side = forms.ChoiceField(choices=Side, widget=forms.HiddenInput)
    needles = forms.IntegerField(label="Needles", min_value=1, max_value=20, widget=forms.TextInput({"inputmode": "numeric", "class": "n"}))
    depth_mm = forms.IntegerField(
        label="Depth in mm", min_value=1, max_value=150, widget=forms.TextInput({"inputmode": "numeric", "class": "n"})
    )
    angle_degrees = forms.IntegerField(
        label="Angle in degrees",
        min_value=1,
        max_value=90,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "class": "n"}),
    )
    response = forms.ChoiceField(label="Sensation", choices=RESPONSES, required=False)
    reason = forms.CharField(label="Reason", max_length=300, required=False)

    def __init__(self, *args, points: Mapping[str, Acupoint], **kwargs):
        super().__init__(*args, **kwargs)
        self.points = points

    def clean_point(self) -> Acupoint:
        code = self.cleaned_data["point"]
        if code not in self.points:
            raise forms.ValidationError("There is no point of that code")
        return self.points[code]

    def needle(self) -> Needle:
        return Needle(**{**self.cleaned_data, "side": Side(self.cleaned_data["side"])})


NeedleFormSet = forms.formset_factory(NeedleForm, extra=0, max_num=80, absolute_max=80)


class QuickForm(HouseForm):
    """One line about one needle."""

    quick = forms.CharField(label="Add or change a point", max_length=80, required=False)
    quick_reason = forms.CharField(label="Overrule with a reason", max_length=300, required=False)


class AmendForm(HouseForm):
    """Words that are added to a signed record."""

    words = forms.CharField(label="What should be added", widget=forms.Textarea({"rows": 4}), max_length=4000)


ASK = "ask"


class ReviewForm(HouseForm):
    """A clinician's decision about answers, with what it closes; or a question to the patient instead."""

    decision = forms.ChoiceField(
        label="Decision",
        choices=[*Decision.choices, (ASK, "Ask the patient")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a decision"},
    )
    techniques = forms.MultipleChoiceField(label="Techniques to close", required=False, widget=forms.CheckboxSelectMultiple)
    points = forms.CharField(label="Points to close", help_text="By code or name: LI4, SP6, Mingmen", max_length=300, required=False)
    regions = forms.MultipleChoiceField(label="Regions to keep needles out of", required=False, widget=forms.CheckboxSelectMultiple)
    question = forms.CharField(
        label="Your question",
        help_text="The patient reads it as you write it, on a private page.",
        max_length=600,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    words = forms.CharField(label="Why", max_length=400, required=False, widget=forms.Textarea({"rows": 4}))
    as_read = forms.CharField(widget=forms.HiddenInput, max_length=120, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        book = catalogue()
        self.fields["techniques"].choices = [(slug, technique.name) for slug, technique in book.techniques.items()]
        regions = dict.fromkeys(point.region for point in book.points.values())
        self.fields["regions"].choices = [(name, name.replace("_", " ").capitalize()) for name in regions]

    def clean_points(self) -> tuple[str, ...]:
        """The codes that are meant; a name that may mean two points asks which."""
        found = find_points(self.cleaned_data["points"])
        if found.unknown:
            raise forms.ValidationError(f"No point is called “{found.unknown[0]}”. Try its code, like LI4")
        if unsure := next((match for match in found.matches if not match.sure), None):
            raise forms.ValidationError(unsure.note or f"“{unsure.typed}” may mean {' or '.join(unsure.codes)}: which?")
        return found.codes

    def clean(self) -> dict[str, object]:
        given = super().clean()
        decision = given.get("decision")
        if decision == ASK and not given.get("question"):
            self.add_error("question", "Write your question")
        elif decision in Decision.values and not given.get("words"):
            self.add_error("words", "Say why: it is kept with the record")
        if decision == Decision.LIMITED and "points" in given and not any(given.get(name) for name in ("techniques", "points", "regions")):
            self.add_error("techniques", "Choose what is closed: a technique, a point or a region")
        return given

    @property
    def ruling(self) -> Ruling:
        """The decision as it was filled in; limits count only with the decision they belong to."""
        given, decision = self.cleaned_data, Decision(self.cleaned_data["decision"])
        limits = {name: tuple(given[name]) for name in ("techniques", "points", "regions")} if decision == Decision.LIMITED else {}
        return Ruling(decision=decision, words=given["words"], **limits)


class OverruleForm(HouseForm):
    """Why one finding is set aside."""

    because = forms.CharField(label="Why this finding doesn’t count", max_length=400)


class PlanForm(HouseForm):
    """What a course is for and how it is treated: what the table needs to propose."""

    condition = forms.ModelChoiceField(label="Condition", queryset=Condition.objects.all(), to_field_name="slug", empty_label="Choose")
    severity = forms.ChoiceField(label="How strong, on average", choices=Severity, widget=forms.RadioSelect)
    chronicity = forms.ChoiceField(label="For how long", choices=Chronicity, widget=forms.RadioSelect)
    service = forms.ModelChoiceField(label="Kind of visit", queryset=Service.objects.none(), to_field_name="key", empty_label="Choose")

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services


class PrescribeForm(PlanForm):
    """The whole plan."""

    sessions = forms.IntegerField(
        label="Sessions", min_value=1, max_value=24, widget=forms.TextInput({"inputmode": "numeric", "class": "n"})
    )
    reason = forms.CharField(label="Why the plan differs from the table", max_length=300, required=False)
    techniques = forms.ModelMultipleChoiceField(
        label="Techniques",
        queryset=Technique.objects.all(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one technique"},
    )
    safety_override = forms.CharField(
        label="Why, in spite of the answers",
        help_text="Only where something closed is prescribed all the same: who agreed, and to what.",
        max_length=300,
        required=False,
    )
    goal = forms.CharField(label="Aim, in the patient’s words", max_length=200, required=False)


def scores_of_session(outcomes) -> dict[str, object]:
    """The scores of one session by measure, pain apart."""
    return {outcome.measure: outcome.value for outcome in outcomes if outcome.measure != PAIN}
