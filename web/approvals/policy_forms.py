"""What the office writes down of a policy, of a request for more sessions, and of a clinic's rules."""

from django import forms

from insurers.directory import Directory
from insurers.enums import Beyond, CodeLate, Excess, Missed
from insurers.formats import check_number, help_words, label
from insurers.inforce import directory_in_force
from insurers.models import CoverRules, Policy
from web.approvals.forms import PLAIN, MoneyField, day_field
from web.forms import ChoiceButtons, HouseForm

FIELDS = (
    *("number", "member_number", "holder", "scheme", "renews_on", "excess_kind", "excess", "excess_left"),
    *("patient_percent", "yearly_limit", "limit_left"),
)


class PolicyForm(HouseForm):
    """A policy as its card and letter say it. What is odd about a number is said once; who ticks “keep” keeps it."""

    number = forms.CharField(max_length=40, widget=forms.TextInput(PLAIN))
    member_number = forms.CharField(max_length=40, required=False, widget=forms.TextInput(PLAIN))
    keep = forms.BooleanField(label="Keep the numbers as they are", required=False)
    holder = forms.CharField(label="Policy holder", max_length=120, required=False, help_text="Empty: the patient.")
    scheme = forms.CharField(label="Scheme or employer", max_length=120, required=False)
    renews_on = day_field("Next renewal", "A new policy year, and a new yearly excess, begins on this day.")
    excess_kind = forms.ChoiceField(label="Excess", choices=Excess.choices, required=False)
    excess = MoneyField(label="How much", required=False)
    excess_left = MoneyField(label="Left of it now", required=False, help_text="Of a yearly excess, as the insurer says it today.")
    patient_percent = forms.IntegerField(
        label="Patient’s share, in percent", min_value=0, max_value=100, required=False, widget=forms.TextInput({"inputmode": "numeric"})
    )
    yearly_limit = MoneyField(label="Yearly limit for treatment", required=False)
    limit_left = MoneyField(label="Left of the limit now", required=False)

    def __init__(self, *args, policy: Policy, **kwargs):
        known = {name: getattr(policy, name) for name in FIELDS}
        if policy.excess_kind in (Excess.UNKNOWN, Excess.NONE):
            known["excess"] = None
        super().__init__(*args, initial=known, **kwargs)
        self.policy, self.doubted, self.book = policy, False, directory_in_force()
        slug = policy.insurer.slug
        for name, kind in (("number", "policy"), ("member_number", "member")):
            self.fields[name].label = label(slug, kind, book=self.book).capitalize()
            self.fields[name].help_text = help_words(slug, kind, book=self.book)
        if self.fields["member_number"].label == self.fields["number"].label or not self.fields["member_number"].help_text:
            self.fields["member_number"].label = "Second number, where the card has one"
        for name in ("excess", "excess_left", "yearly_limit", "limit_left"):
            self.fields[name].currency = policy.patient.clinic.currency

    def clean(self) -> dict:
        said = super().clean()
        self._check_numbers(said)
        if said.get("excess_kind") in (Excess.YEARLY, Excess.VISIT) and said.get("excess") is None and "excess" not in self.errors:
            self.add_error("excess", "Say how much the excess is")
        if (said.get("excess_left") or 0) > (said.get("excess") or 0):
            self.add_error("excess_left", "There can’t be more left than the whole excess")
        if said.get("limit_left") is not None and said["limit_left"] > (said.get("yearly_limit") or 0):
            self.add_error("limit_left", "There can’t be more left than the whole limit")
        return said

    def _check_numbers(self, said: dict) -> None:
        for name, kind in (("number", "policy"), ("member_number", "member")):
            if not said.get(name):
                continue
            checked = check_number(self.policy.insurer.slug, kind, said[name], book=self.book)
            said[name] = checked.number
            if not checked.usable:
                self.add_error(name, checked.words)
            elif checked.words and not said.get("keep"):
                self.doubted = True
                self.add_error(name, f"{checked.words} If it is right all the same, tick “Keep the numbers as they are”.")

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """All but the tick, which appears when there is a doubt."""
        return [field for field in self if field.name != "keep" or self.doubted]

    def answer(self, today) -> dict[str, object]:
        """What is kept, as the service takes it."""
        said = {name: self.cleaned_data[name] for name in FIELDS}
        kind = said["excess_kind"]
        said["excess"] = said["excess"] or 0 if kind in (Excess.YEARLY, Excess.VISIT) else 0
        said["excess_left"] = said["excess_left"] if kind == Excess.YEARLY else None
        said["patient_percent"] = said["patient_percent"] or 0
        if said["excess_left"] is not None and said["excess_left"] != self.policy.excess_left:
            said["excess_left_on"] = today
        return said


class NumberForm(forms.Form):
    """One number that is being typed, to say what it looks like."""

    insurer = forms.CharField(max_length=60)
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in ("policy", "member", "authorisation")])
    number = forms.CharField(max_length=60, required=False, strip=True)

    def words(self, book: Directory) -> tuple[str, str]:
        """How sure we are, and what to say; nothing while nothing is typed."""
        said = self.cleaned_data
        if not said["number"]:
            return "", help_words(said["insurer"], said["kind"], book=book)
        checked = check_number(said["insurer"], said["kind"], said["number"], book=book)
        fits = f"That looks like a {label(said['insurer'], said['kind'], book=book)}."
        return checked.fit.value, checked.words or (fits if checked.fit == "fits" else "")


class ExtensionForm(HouseForm):
    """A request for more sessions of a course."""

    units = forms.IntegerField(label="Sessions asked for", min_value=1, max_value=60, widget=forms.TextInput({"inputmode": "numeric"}))
    rationale = forms.CharField(
        label="Why more are needed",
        max_length=2000,
        widget=forms.Textarea({"rows": 6}),
        help_text="What has changed so far, what is still missing, and what you expect of the next sessions.",
    )


class RefusalForm(HouseForm):
    """What an insurer said when it said no."""

    because = forms.CharField(label="What it said", required=False, max_length=300, widget=forms.TextInput({"autocomplete": "off"}))


class DocumentForm(HouseForm):
    """A letter or card from the insurer."""

    file = forms.FileField(
        label="Letter or card",
        help_text="PDF, JPEG or PNG, up to 10 MB.",
        error_messages={"required": "Choose a file", "empty": "The file is empty. Choose another", "missing": "Choose a file"},
    )


class RulesForm(HouseForm):
    """How a clinic deals with what insurers leave open."""

    beyond = forms.ChoiceField(
        label="When a visit lies beyond the approved sessions, or after their last day", choices=Beyond.choices, widget=ChoiceButtons
    )
    late_cancel = forms.ChoiceField(label="When a patient cancels too late", choices=Missed.choices, widget=ChoiceButtons)
    dna = forms.ChoiceField(label="When nobody comes", choices=Missed.choices, widget=ChoiceButtons)
    code_late = forms.ChoiceField(label="When a code has not come by its time", choices=CodeLate.choices, widget=ChoiceButtons)
    code_hours = forms.IntegerField(label="A code has to be here so many hours before the visit", min_value=1, max_value=168)
    remind_hours = forms.IntegerField(label="The patient is reminded so many hours before that", min_value=1, max_value=168)

    def __init__(self, *args, rules: CoverRules, **kwargs):
        super().__init__(*args, initial={name: getattr(rules, name) for name in self.base_fields}, **kwargs)
