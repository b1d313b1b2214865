"""What an admin types about approvals, and what one looks for among them."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from clinic.models import Clinic
from insurers.board import Board, Need, Wanted
from insurers.fitting import area_words, misfits, need_of
from insurers.formats import help_words, label
from insurers.inforce import directory_in_force, directory_of
from insurers.models import Authorisation, Policy
from insurers.money import read, written
from insurers.selectors import code_doubts, course_of
from patients.rulebook import rulebook
from treatments.models import Technique
from web.forms import HouseForm

DAY = ["%d %b %Y", "%d %B %Y", "%d/%m/%Y", "%Y-%m-%d", "%a %d %b %Y"]
NEEDS = [("", "All"), *((need.slug, need.words) for need in Need if need is not Need.FINE)]
PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def day_field(name: str, hint: str = "") -> forms.DateField:
    box = forms.DateInput(attrs={"autocomplete": "off"}, format=DAY[0])
    words = {"invalid": "Enter a date, like 31 Jan 2027"}
    return forms.DateField(label=name, required=False, widget=box, input_formats=DAY, help_text=hint, error_messages=words)


def area_choices() -> list[tuple[str, str]]:
    """The parts of the body, as an approval names them."""
    return [("", "Any"), *((region, area_words(region).capitalize()) for region in rulebook().regions)]


class MoneyField(forms.CharField):
    """An amount as people type it, in smallest units; the form says which currency."""

    def __init__(self, **kwargs):
        super().__init__(max_length=12, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}), **kwargs)
        self.currency = "GBP"

    def prepare_value(self, value):
        return written(value, self.currency) if isinstance(value, int) else value

    def clean(self, value) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return read(typed, self.currency)
        except ValueError:
            raise ValidationError(f"Enter an amount, like {written(6800 if self.currency != 'JPY' else 9000, self.currency)}") from None


class CodeForm(HouseForm):
    """An insurer's answer. What speaks against the code is said once; who ticks “keep” keeps it."""

    code = forms.CharField(max_length=60, widget=forms.TextInput(attrs=PLAIN))
    keep = forms.BooleanField(label="Keep this code as it is", required=False)
    units = forms.IntegerField(label="Sessions", min_value=1, max_value=99, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    body_area = forms.ChoiceField(label="Body area", required=False)
    first_day = day_field("First day")
    last_day = day_field("Last day, included")
    clinic = forms.ModelChoiceField(queryset=None, label="Made out to", required=False, empty_label="Any clinic", to_field_name="slug")
    professions = forms.CharField(label="Who may treat", max_length=200, required=False, help_text="Like Physiotherapist. Empty: anybody.")
    techniques = forms.ModelMultipleChoiceField(
        queryset=None, label="Techniques it covers", required=False, widget=forms.CheckboxSelectMultiple, to_field_name="slug"
    )
    fee = MoneyField(label="Fee for each session", required=False)
    contact = forms.CharField(label="Whom we spoke to", max_length=200, required=False, widget=forms.TextInput(attrs=PLAIN))

    BRIEF = ("code", "keep", "units", "body_area", "first_day", "last_day")
    MORE = ("clinic", "professions", "techniques", "fee", "contact")

    def __init__(self, *args, policy: Policy, asked: Authorisation | None = None, first_day: date | None = None, brief=False, **kwargs):
        known = {name: getattr(asked, name) for name in ("code", "units", "body_area", "professions", "fee", "contact")} if asked else {}
        if asked and asked.pk and asked.units:
            known |= {"first_day": asked.first_day, "last_day": asked.last_day, "techniques": list(asked.techniques.all())}
            known |= {"clinic": asked.clinic}
        super().__init__(*args, initial={"first_day": first_day} | known, **kwargs)
        self.policy, self.doubted = policy, False
        mine = directory_of([policy.insurer])
        self.fields["code"].label = label(policy.insurer.slug, "authorisation", book=mine).capitalize()
        self.fields["code"].help_text = help_words(policy.insurer.slug, "authorisation", book=mine)
        self.fields["body_area"].choices = area_choices()
        if brief:
            for name in self.MORE:
                del self.fields[name]
            return
        self.fields["clinic"].queryset = Clinic.objects.open_to_public()
        self.fields["techniques"].queryset = Technique.objects.order_by("position")
        self.fields["fee"].currency = policy.patient.clinic.currency

    def clean(self) -> dict:
        said = super().clean()
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day can’t come before the first")
        doubts = code_doubts(self.policy, said["code"], book=directory_in_force()) if said.get("code") else []
        doubts += self._misfits(said) if not self.errors else []
        self.doubted = bool(doubts)
        if doubts and not said.get("keep"):
            self.add_error("code", " ".join([*doubts, "If it is right all the same, tick “Keep this code as it is”."]))
        return said

    def _misfits(self, said: dict) -> list[str]:
        """What the approval is for, where the course is something else."""
        course = course_of(self.policy)
        if course is None:
            return []
        approval = Authorisation(clinic=said["clinic"], body_area=said["body_area"], professions=said["professions"])
        return [f"Look again: {words}." for words in misfits(approval, need_of(course), techniques=said["techniques"])]

    @property
    def answer(self) -> dict[str, object]:
        """What is kept, as the service takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "keep"}

    @property
    def brief(self) -> list[forms.BoundField]:
        """What one card asks; the tick appears when there is a doubt."""
        return [self[name] for name in self.BRIEF if name != "keep" or self.doubted]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE if name in self.fields]

    @property
    def opens(self) -> bool:
        """Whether the rest of the form has something in it to be seen at once."""
        return any(field.errors or field.value() for field in self.more)


def code_form(request: HttpRequest, policy: Policy, *, brief: bool = False) -> CodeForm:
    """The form for a policy's next answer, filled with what was asked; a brief one asks for no more than the code and its sessions."""
    today = request.now.astimezone(policy.patient.clinic.tz).date()
    asked = Authorisation.objects.visible_to(request.user).of_policy(policy).asked().oldest_first().first()
    return CodeForm(request.POST or None, policy=policy, asked=asked, first_day=today, brief=brief)


class FilterForm(forms.Form):
    """What somebody looks for on the board; what can't be understood is not looked for."""

    q = forms.CharField(label="Patient or code", required=False, max_length=60)
    insurer = forms.CharField(required=False, max_length=60)
    need = forms.ChoiceField(choices=NEEDS, required=False)
    clinic = forms.IntegerField(required=False)

    def __init__(self, data: QueryDict):
        super().__init__(data)
        self.fields["with"] = forms.CharField(required=False, max_length=40)  # no name for an attribute
        self.is_valid()

    @property
    def wanted(self) -> Wanted:
        said = self.cleaned_data
        return Wanted(
            insurer=said.get("insurer", ""),
            need=said.get("need", ""),
            words=said.get("q", ""),
            clinic=said.get("clinic") or 0,
            practitioner=said.get("with", ""),
        )

    @property
    def page(self) -> int:
        typed = self.data.get("page", "")
        return int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 6 and int(typed) else 1


class ManyForm(forms.Form):
    """What is noted about every ticked policy."""

    deed = forms.ChoiceField(choices=[(name, name) for name in ("asked", "chased", "refused")])
    because = forms.CharField(required=False, max_length=300)
    policy = forms.Field()

    def clean_policy(self) -> list[str]:
        return self.data.getlist("policy")


def tabs(found: Board) -> list[tuple[str, str, int]]:
    """The board's tabs: address word, words, how many."""
    return [("", "All", found.every), *((slug, words, found.counts[slug]) for slug, words in NEEDS[1:])]
