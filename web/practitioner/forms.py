"""What practitioners fill in."""

from collections.abc import Mapping

from django import forms

from patients.enums import Decision
from treatments.catalogue import catalogue
from treatments.enums import Chronicity, Severity, Side
from treatments.models import Acupoint, Condition, Service, SessionRecord, Technique
from treatments.outcomes import PAIN
from treatments.readiness import Needle
from treatments.services.records import KEPT, Draft
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
        self.fields["adverse_events"].choices = [(event.id, event.label) for event in catalogue().adverse_events.values()]

    @property
    def has_scores(self) -> bool:
        """Whether any score beside pain was given."""
        return any(self[name].value() not in (None, "") for name in SCORES)

    @staticmethod
    def values_of(record: SessionRecord, scores: Mapping[str, object]) -> dict[str, object]:
        """What a draft holds, as the form shows it."""
        kept = {name: getattr(record, name) for name in KEPT}
        return {**kept, "techniques": [technique.slug for technique in record.techniques.all()], **scores}

    def draft(self, needles: list[Needle]) -> Draft:
        """What was filled in, with these needles."""
        kept = {name: self.cleaned_data[name] for name in KEPT}
        scores = {name: self.cleaned_data[name] for name in SCORES}
        kept["adverse_asked"] = kept["adverse_asked"] or bool(kept["adverse_events"])
        return Draft(**kept, techniques=list(self.cleaned_data["techniques"]), scores=scores, needles=needles)


class NeedleForm(HouseForm):
    """One row of the needles' table."""

    point = forms.CharField(widget=forms.HiddenInput, max_length=12)
    side = forms.ChoiceField(choices=Side, widget=forms.HiddenInput)
    needles = forms.IntegerField(label="Needles", min_value=1, max_value=20, widget=forms.TextInput({"inputmode": "numeric", "class": "n"}))
    depth_mm = forms.IntegerField(
        label="Depth in mm", min_value=1, max_value=150, widget=forms.TextInput({"inputmode": "numeric", "class": "n"})
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


class ReviewForm(HouseForm):
    """A clinician's decision about answers."""

    decision = forms.ChoiceField(
        label="Decision", choices=Decision, widget=forms.RadioSelect, error_messages={"required": "Choose a decision"}
    )
    words = forms.CharField(
        label="Why",
        max_length=400,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Say why: it is kept with the record"},
    )


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
    goal = forms.CharField(label="Aim, in the patient’s words", max_length=200, required=False)


def scores_of_session(outcomes) -> dict[str, object]:
    """The scores of one session by measure, pain apart."""
    return {outcome.measure: outcome.value for outcome in outcomes if outcome.measure != PAIN}
