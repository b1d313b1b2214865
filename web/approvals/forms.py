"""What an admin types about approvals, and what one looks for among them."""

from datetime import date

from django import forms

from insurers.board import Board, Need, Wanted
from insurers.formats import help_words, label
from insurers.models import Authorisation, Policy
from insurers.selectors import code_doubts
from web.forms import HouseForm

DAY = ["%d %b %Y", "%d %B %Y", "%d/%m/%Y", "%Y-%m-%d", "%a %d %b %Y"]
NEEDS = [("", "All"), *((need.slug, need.words) for need in Need if need is not Need.FINE)]


def day_field(name: str, hint: str = "") -> forms.DateField:
    box = forms.DateInput(attrs={"autocomplete": "off"}, format=DAY[0])
    words = {"invalid": "Enter a date, like 31 Jan 2027"}
    return forms.DateField(label=name, required=False, widget=box, input_formats=DAY, help_text=hint, error_messages=words)


class CodeForm(HouseForm):
    """An insurer's answer. What speaks against the code is said once; who ticks “keep” keeps it."""

    code = forms.CharField(max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
    keep = forms.BooleanField(label="Keep this code as it is", required=False)
    units = forms.IntegerField(label="Sessions", min_value=1, max_value=99, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    body_area = forms.CharField(label="Body area", max_length=60, required=False)
    first_day = day_field("First day")
    last_day = day_field("Last day, included")

    def __init__(self, *args, policy: Policy, asked: Authorisation | None = None, first_day: date | None = None, **kwargs):
        super().__init__(*args, initial={"code": asked.code if asked else "", "first_day": first_day}, **kwargs)
        self.policy = policy
        self.doubted = False
        self.fields["code"].label = label(policy.insurer.slug, "authorisation").capitalize()
        self.fields["code"].help_text = help_words(policy.insurer.slug, "authorisation")

    def clean(self) -> dict:
        said = super().clean()
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day can’t come before the first")
        doubts = code_doubts(self.policy, said["code"]) if said.get("code") else []
        self.doubted = bool(doubts)
        if doubts and not said.get("keep"):
            self.add_error("code", " ".join([*doubts, "If it is right all the same, tick “Keep this code as it is”."]))
        return said

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """All but the tick, which appears when there is a doubt."""
        return [field for field in self if field.name != "keep" or self.doubted]


class FilterForm(forms.Form):
    """What somebody looks for on the board; what can't be understood is not looked for."""

    q = forms.CharField(label="Patient or code", required=False, max_length=60)
    insurer = forms.CharField(required=False, max_length=60)
    need = forms.ChoiceField(choices=NEEDS, required=False)

    @property
    def wanted(self) -> Wanted:
        said = self.cleaned_data if self.is_valid() else {}
        return Wanted(insurer=said.get("insurer", ""), need=said.get("need", ""), words=said.get("q", ""))


def tabs(found: Board) -> list[tuple[str, str, int]]:
    """The board's tabs: address word, words, how many."""
    return [("", "All", found.found), *((slug, words, found.counts[slug]) for slug, words in NEEDS[1:])]
