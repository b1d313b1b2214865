"""What an admin writes down of an insurer."""

from django import forms
from django.core.exceptions import ValidationError

from insurers.directory import APPROVALS, CLAIM_MODELS, KINDS, shape_problem
from insurers.enums import Collector, Grouping
from insurers.models import Insurer
from web.approvals.forms import day_field
from web.forms import HouseForm

KIND_WORDS = {
    "pmi": "Private medical insurance",
    "international_pmi": "International medical insurance",
    "cash_plan": "Health cash plan",
    "healthcare_trust_administrator": "Healthcare trust",
    "claims_administrator": "Handles claims for others",
    "provider_not_insurer": "Provides care, is no insurer",
    "unknown": "Not known",
}
PAYS_WORDS = {
    "direct": "The clinic bills it",
    "reclaim": "The patient pays and claims it back",
    "mixed": "Either, by policy",
    "unknown": "Not known",
    "none": "It pays nobody",
}
CODE_WORDS = {"required": "Needed before the visit", "sometimes": "For some policies", "not_needed": "Not needed", "unknown": "Not known"}
SHAPE_HINT = "# for a digit, @ for a letter, * for either; all else as it is. Several with commas: @@@####, AXACLM######"


PAYING = ("referral", "acupuncture", "limits", "excess", "excess_collector", "requirements")


def words_field(label: str, length: int, hint: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=False, help_text=hint)


def text_field(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))


def figure_field(label: str, most: int) -> forms.IntegerField:
    box = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False, widget=box)


class InsurerForm(HouseForm):
    """Everything the directory holds of an insurer; `seen` tells whether somebody else was faster."""

    name = forms.CharField(label="Name", max_length=120)
    other_names = words_field("Other names", 300, "With commas between.")
    former_names = words_field("Former names", 300)
    group = words_field("Group", 80)
    kind = forms.ChoiceField(label="Kind", choices=[(kind, KIND_WORDS[kind]) for kind in KINDS], initial="unknown")
    claim_model = forms.ChoiceField(label="How it pays", choices=[(each, PAYS_WORDS[each]) for each in CLAIM_MODELS], initial="unknown")
    pre_authorisation = forms.ChoiceField(label="Code", choices=[(each, CODE_WORDS[each]) for each in APPROVALS], initial="unknown")
    referral = words_field("Referral", 200)
    acupuncture = words_field("Acupuncture", 200)
    limits = text_field("Limits")
    excess = text_field("Excess or share")
    excess_collector = forms.ChoiceField(label="Who collects the excess", choices=Collector.choices, initial=Collector.UNKNOWN)
    requirements = text_field("What it asks for")
    policy_label = words_field("What it calls the policy number", 60)
    policy_shapes = words_field("What that looks like", 200, SHAPE_HINT)
    member_label = words_field("What it calls a second number", 60)
    member_shapes = words_field("What that looks like", 200)
    code_label = words_field("What it calls the code", 60)
    code_shapes = words_field("What that looks like", 200)
    invoices = text_field("Invoices, in words")
    invoice_months = figure_field("Months to send an invoice", 36)
    invoice_number_length = figure_field("Longest invoice number", 40)
    invoice_number_unique = forms.BooleanField(label="An invoice number is never used twice", required=False)
    invoice_grouping = forms.ChoiceField(label="What goes on an invoice", choices=Grouping.choices, initial=Grouping.PATIENT)
    invoice_by = words_field("Sent through", 80)
    chase_after_days = figure_field("Days before it is chased", 365)
    one_a_day = forms.BooleanField(label="One session for a patient and day", required=False)
    approval_first = forms.BooleanField(label="Nothing is approved after treatment", required=False)
    rules_source = words_field("Where the invoice rules are from", 200)
    rules_verified = forms.BooleanField(label="The insurer itself says these invoice rules", required=False)
    source = text_field("Where the rest is from")
    verified = forms.BooleanField(label="The insurer itself says the rest", required=False)
    checked_on = day_field("Last checked")
    active = forms.BooleanField(label="Can be chosen", required=False, initial=True)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    PARTS = (
        ("Names", ("name", "other_names", "former_names", "group", "kind", "active")),
        (
            "How it pays",
            ("claim_model", "pre_authorisation", *PAYING),
        ),
        ("Its numbers", ("policy_label", "policy_shapes", "member_label", "member_shapes", "code_label", "code_shapes")),
        (
            "Its invoices",
            (
                *("invoices", "invoice_grouping", "invoice_months", "invoice_number_length", "invoice_number_unique", "invoice_by"),
                *("chase_after_days", "one_a_day", "approval_first", "rules_source", "rules_verified"),
            ),
        ),
        ("How we know", ("source", "verified", "checked_on")),
    )

    def __init__(self, *args, insurer: Insurer | None = None, seen: int = 0, **kwargs):
        known = {name: getattr(insurer, name) for name in self.base_fields if name != "seen"} if insurer else {}
        super().__init__(*args, initial=known | {"seen": seen}, **kwargs)

    def clean(self) -> dict:
        said = super().clean()
        for prefix in ("policy", "member", "code"):
            self._check_shapes(said, prefix)
        if said.get("rules_verified") and not said.get("rules_source"):
            self.add_error("rules_source", "Say where the insurer says so")
        return said

    def _check_shapes(self, said: dict, prefix: str) -> None:
        typed = said.get(f"{prefix}_shapes") or ""
        shapes = [shape for part in typed.split(",") if (shape := "".join(part.split()).upper())]
        if problem := next((problem for shape in shapes if (problem := shape_problem(shape))), ""):
            self.add_error(f"{prefix}_shapes", f"{problem[:1].upper()}{problem[1:]}")
        if shapes and not said.get(f"{prefix}_label"):
            self.add_error(f"{prefix}_label", "Say what the insurer calls this number")
        said[f"{prefix}_shapes"] = ", ".join(shapes)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(sign.isalpha() for sign in name):
            raise ValidationError("Enter the insurer’s name")
        return name

    @property
    def values(self) -> dict[str, object]:
        """What is kept, as the service takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.PARTS]
