"""How health questions stand on a page: one topic a page, and how typed medicines were read."""

from collections.abc import Iterable, Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from patients.confirming import NO, UNSURE, YES, Typed, Understood, Unknown
from patients.questionnaire import AnswersRefused, clean_answers
from patients.rulebook import rulebook
from patients.ruleset import NONE, Page, Question
from web.forms import BirthDateField, ChoiceButtons, HouseForm, TickButtons

CHANGED = "We have changed our questions since you opened this page. Please look at it again: what you typed is still here."
WORDS_LIMIT = 120


class SafetyForm(HouseForm):
    """One page of questions as the rules give it; the rules also say what counts as an answer."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, page: Page, today: date, initial: Mapping[str, object] | None = None, **kwargs):
        super().__init__(*args, initial={"version": rulebook().version, **(initial or {})}, **kwargs)
        self.page, self.today, self.given = page, today, {}
        for question in page.questions:
            self.fields[question.id] = field = field_for(question)
            if hasattr(field, "today"):
                field.today = today

    def clean(self) -> dict[str, object]:
        """Let the rules read the page; answers to other questions, or to another version of these, are refused in words."""
        cleaned = super().clean()
        values = {question.id: cleaned[question.id] for question in self.page.questions if cleaned.get(question.id) not in (None, "", [])}
        unknown = {name: "" for name in self.data if name not in self._known_names()}
        if cleaned.get("version", "") not in ("", rulebook().version):
            self.data = self.data.copy()
            self.data["version"] = rulebook().version
            self.add_error(None, ValidationError(CHANGED))
        try:
            self.given = clean_answers(self.page, values | unknown, today=self.today)
        except AnswersRefused as refused:
            self._take(refused.errors)
        return cleaned

    def _take(self, errors: dict[str, str]) -> None:
        for name, words in errors.items():
            if name not in self.fields:
                self.add_error(None, ValidationError(words))
            elif name not in self.errors:
                self.add_error(name, ValidationError(words))

    def _known_names(self) -> set[str]:
        names = {"csrfmiddlewaretoken"}
        for name, field in self.fields.items():
            parts = getattr(field.widget, "widgets_names", [""])
            names |= {f"{name}{part}" for part in parts}
        return names


def field_for(question: Question) -> forms.Field:
    """A question as a field; which answers are required, and in which words, stays with the rules."""
    says = {"label": question.legend, "help_text": question.hint, "required": False}
    match question.kind:
        case "date":
            return BirthDateField(**says)
        case "text":
            text = forms.Textarea({"rows": 3, "autocomplete": "off", "maxlength": question.limit})
            return forms.CharField(**says, widget=text, strip=True)
        case "one":
            return forms.ChoiceField(**says, choices=choices_of(question), widget=ChoiceButtons(more=more_of(question)))
    return forms.MultipleChoiceField(**says, choices=choices_of(question), widget=TickButtons(more=more_of(question), none=NONE))


def choices_of(question: Question) -> list[tuple[str, str]]:
    return [(option.value, option.words) for option in question.options]


def more_of(question: Question) -> dict[str, str]:
    return {option.value: option.hint for option in question.options if option.hint}


def stored(answers: Mapping[str, object], page: Page) -> dict[str, object]:
    """What was answered on this page before."""
    known = {}
    for question in page.questions:
        value = answers.get(question.id)
        if question.kind == "text" and isinstance(value, list):
            value = ", ".join(value)
        known[question.id] = date.fromisoformat(value) if value and question.kind == "date" else value
    return known


class MedicinesForm(HouseForm):
    """What the patient says to how each typed medicine was read."""

    def __init__(self, *args, typed: Typed, **kwargs):
        super().__init__(*args, **kwargs)
        self.typed = typed
        for each in typed.read:
            self.fields[each.id] = answer_field(each)
            self.fields[words_of(each)] = words_field("What is it? Write it as it stands on the packet", each.words)
        for each in typed.unknown:
            self.fields[words_of(each)] = words_field(f"“{each.typed}”: another name for it, if you know one", each.words)

    @property
    def asked(self) -> Iterable[tuple[Understood, BoundField]]:
        """Each medicine with its choices; the box for other words shows under “No”."""
        for each in self.typed.read:
            field = self[each.id]
            field.reveals = [(NO, [self[words_of(each)]])]
            yield each, field

    @property
    def unknown(self) -> Iterable[BoundField]:
        """A box for each word that no list knows."""
        return [self[words_of(each)] for each in self.typed.unknown]

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        for each in self.typed.read:
            if cleaned.get(each.id) == NO and not cleaned.get(words_of(each)) and words_of(each) not in self.errors:
                self.add_error(words_of(each), ValidationError("Write what you meant, or choose “I’m not sure”"))
        return cleaned

    @property
    def said(self) -> list[dict[str, str]]:
        """The patient's word on each, as it is kept."""
        words = {each.id: self.cleaned_data[words_of(each)] for each in (*self.typed.read, *self.typed.unknown)}
        answers = {each.id: self.cleaned_data[each.id] for each in self.typed.read}
        read = [each.kept(answers[each.id], words[each.id] if answers[each.id] == NO else "") for each in self.typed.read]
        return read + [each.kept(words[each.id]) for each in self.typed.unknown]


def words_of(each: Understood | Unknown) -> str:
    return f"{each.id}_words"


def words_field(label: str, known: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=WORDS_LIMIT,
        initial=known,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


def answer_field(each: Understood) -> forms.ChoiceField:
    """Yes, no or not sure; every one has to be answered."""
    return forms.ChoiceField(
        label=f"You typed “{each.passage}”. We read: {each.read_as}. Is that right?",
        choices=[(YES, "Yes"), (NO, "No, it’s something else"), (UNSURE, "I’m not sure")],
        initial=each.answer,
        widget=ChoiceButtons(),
        error_messages={"required": f"Say whether we read “{each.typed}” right"},
    )
