"""How the house asks: plain words, large buttons, dates in three boxes, one pattern for what went wrong."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django import forms
from django.core.exceptions import ValidationError
from django.forms import renderers
from django.forms.boundfield import BoundField

from clinic import clock

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
OLDEST, LATEST = 1900, 2200  # years; beyond them calendars end, and so do diaries

PLAIN_WORDS = {
    "required": "Please fill in “{label}”",
    "invalid_choice": "Choose one of the answers shown",
    "max_length": "Use %(limit_value)d characters or fewer; you have %(show_value)d",
    "min_value": "Enter %(limit_value)s or more",
    "max_value": "Enter %(limit_value)s or less",
    "null_characters_not_allowed": "Some characters here can’t be read. Please type it again",
}
PLAIN_KINDS = (
    (forms.EmailField, "Enter an e-mail address, like name@example.org"),
    (forms.DecimalField, "Enter a number, like 12.50"),
    (forms.FloatField, "Enter a number, like 2.5"),
    (forms.IntegerField, "Enter a whole number, like 12"),
    (forms.DateTimeField, "Enter a day and a time, like 2026-11-20 09:10"),
    (forms.DateField, "Enter a date, like 2026-11-20"),
    (forms.TimeField, "Enter a time, like 09:10"),
    (forms.URLField, "Enter a web address, like https://example.org"),
)


class HouseBoundField(BoundField):
    """A bound field that speaks plainly and knows the ids and the shape its template needs."""

    reveals: Sequence[tuple[str, list[BoundField]]] = ()  # what shows under a chosen answer, by its value

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        speak_plainly(field, str(self.label))

    @property
    def hint_id(self) -> str:
        return f"{self.auto_id}_helptext"

    @property
    def error_id(self) -> str:
        return f"{self.auto_id}_error"

    @property
    def first_id(self) -> str:
        """The id of the first control: where a link in the error summary leads."""
        if self.is_choices or isinstance(self.field.widget, forms.MultiWidget):
            return f"{self.auto_id}_0"
        return self.id_for_label or self.auto_id

    @property
    def is_choices(self) -> bool:
        return isinstance(self.field.widget, forms.RadioSelect)  # tick boxes are a kind of it

    @property
    def is_group(self) -> bool:
        return self.use_fieldset

    @property
    def is_tick(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_radios(self) -> bool:
        return isinstance(self.field.widget, forms.RadioSelect) and not isinstance(self.field.widget, forms.CheckboxSelectMultiple)

    def build_widget_attrs(self, attrs, widget=None):
        """As Django's, with the house's class on everything one types into."""
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if not (widget.is_hidden or self.is_choices or self.is_tick):
            named = widget.attrs.get("class", "").split()
            attrs["class"] = " ".join(["input", *(name for name in named if name != "input")])
        return attrs


class HouseRenderer(renderers.DjangoTemplates):
    """Renders every form from templates/components, whichever app the form came from."""

    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"
    bound_field_class = HouseBoundField

    @property
    def _dirs(self) -> list[Path]:
        return [TEMPLATES, Path(forms.__file__).resolve().parent / "templates"]

    @renderers.cached_property
    def engine(self):
        return self.backend({"APP_DIRS": True, "DIRS": self._dirs, "NAME": "house-forms", "OPTIONS": {}})


HOUSE_RENDERER = HouseRenderer()


def error_lines(form: forms.BaseForm) -> list[tuple[str, str]]:
    """What went wrong, in the order of the page: (link to the first control, words); whole-form errors have no link."""
    lines = [("", str(error)) for error in form.non_field_errors()]
    for field in form:
        lines += [(f"#{field.first_id}", str(error)) for error in field.errors]
    return lines


def speak_plainly(field: forms.Field, label: str) -> None:
    """Put the house's words where a field still has Django's own."""
    stock = {}
    for kind in reversed(type(field).__mro__):
        stock |= getattr(kind, "default_error_messages", {}) if kind.__module__.startswith("django.") else {}
    words = {code: text.replace("{label}", label) for code, text in PLAIN_WORDS.items()}
    words |= next(({"invalid": text} for kind, text in PLAIN_KINDS if isinstance(field, kind)), {})
    for code, text in words.items():
        if field.error_messages.get(code, stock.get(code)) == stock.get(code):
            field.error_messages[code] = text


def stands_in_a_diary(day: date) -> None:
    """Refuse a day that no clinic will see."""
    if not OLDEST <= day.year <= LATEST:
        raise ValidationError(f"Check the year: it must lie between {OLDEST} and {LATEST}", code="no_such_year")


class House:
    """What every form of the house does: renders our way, knows today, sums up its errors."""

    default_renderer = HOUSE_RENDERER
    use_required_attribute = False  # the server answers, in our words

    def __init__(self, *args, today: date | None = None, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            if hasattr(field, "today"):
                field.today = today
            if isinstance(field, forms.DateField):
                field.validators.append(stands_in_a_diary)

    @property
    def errors_summary(self) -> list[tuple[str, str]]:
        return error_lines(self)


class HouseForm(House, forms.Form):
    """A form of the house."""


class HouseModelForm(House, forms.ModelForm):
    """A form of the house over a model; its fields are always named one by one."""


# Large buttons


class Buttons:
    """Options that carry a second line, something at the right, and a "None of these" that stands apart."""

    def __init__(self, attrs=None, choices=(), *, more=None, asides=None, columns=1, none=None):
        super().__init__(attrs, choices)
        self.more, self.asides, self.columns, self.none = more or {}, asides or {}, columns, none

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        key = str(value)
        is_none = self.none is not None and key == self.none
        option |= {"more": self.more.get(key, ""), "aside": self.asides.get(key, ""), "is_none": is_none}
        if is_none:
            option["attrs"]["data-none"] = "true"
        return option

    def __deepcopy__(self, memo):
        copy = super().__deepcopy__(memo)
        copy.more, copy.asides = dict(self.more), dict(self.asides)
        return copy


class ChoiceButtons(Buttons, forms.RadioSelect):
    """One of several, each a button the size of a thumb."""


class TickButtons(Buttons, forms.CheckboxSelectMultiple):
    """Any of several; `none` names the value that excludes the others."""


class TicksField(forms.MultipleChoiceField):
    """Any of several, or the one that says "None of these", not both."""

    widget = TickButtons
    default_error_messages = {
        "required": "Choose what applies, or “None of these”",
        "both": "Choose what applies, or “None of these”, not both",
    }

    def __init__(self, *, none: str | None = "none", **kwargs):
        super().__init__(**kwargs)
        self.none = self.widget.none = none

    def validate(self, value):
        super().validate(value)
        if self.none in value and len(value) > 1:
            raise ValidationError(self.error_messages["both"], code="both")


# Dates people know by heart


class DateParts(forms.MultiWidget):
    """Three boxes: day, month (a number or its name), year."""

    template_name = "components/_date_parts.html"
    use_fieldset = True

    def __init__(self, attrs=None, *, birth=True):
        when = ("bday-day", "bday-month", "bday-year") if birth else ("off",) * 3
        day, month, year = ({"autocomplete": hint} for hint in when)
        boxes = {
            "day": forms.TextInput({**day, "inputmode": "numeric", "maxlength": 10}),
            "month": forms.TextInput({**month, "maxlength": 12}),
            "year": forms.TextInput({**year, "inputmode": "numeric", "maxlength": 10}),
        }
        super().__init__(boxes, attrs)

    def decompress(self, value):
        return [value.day, value.month, value.year] if isinstance(value, date) else [None, None, None]


def month_number(word: str) -> int:
    """3, "March", "mar" and "Sept." are all a month; anything else is ValueError."""
    word = word.strip(" .").lower()
    if word.isdecimal():
        return int(word)
    found = [number for number, name in enumerate(MONTHS, 1) if len(word) >= 3 and name.startswith(word[:4]) and word.isalpha()]
    if len(found) != 1:
        raise ValueError(word)
    return found[0]


class BirthDateField(forms.Field):
    """A date of birth from three boxes: real, not in the future, not before 1900."""

    widget = DateParts
    today: date | None = None
    default_error_messages = {
        "required": "Enter your date of birth, like 14 3 1965",
        "unreadable": "Enter your date of birth, like 14 3 1965",
        "impossible": "There is no such day. Check your date of birth",
        "short_year": "Enter the year with four figures, like 1965",
        "future": "Your date of birth must be in the past",
        "too_old": "Check the year: it must be 1900 or later",
    }

    def to_python(self, value):
        parts = [unicodedata.normalize("NFKC", str(part or "")).strip() for part in value or ()]
        if not any(parts):
            return None
        try:
            day, month, year = int(parts[0]), month_number(parts[1]), int(parts[2])
        except (ValueError, IndexError):
            self.refuse("unreadable")
        return self.real_day(day, month, year)

    def real_day(self, day: int, month: int, year: int) -> date:
        """The date of these numbers, or our words for why there is none."""
        if 0 <= year < 100:
            self.refuse("short_year")
        try:
            birth = date(year, month, day)
        except (ValueError, OverflowError):
            self.refuse("impossible")
        if birth.year < OLDEST:
            self.refuse("too_old")
        if birth > (self.today or clock.now().date()):
            self.refuse("future")
        return birth

    def refuse(self, code: str):
        raise ValidationError(self.error_messages[code], code=code)

    def has_changed(self, initial, data):
        return [str(part or "") for part in data or ()] != [str(part or "") for part in self.widget.decompress(initial)]


class PhoneField(forms.CharField):
    """A phone number as people write it, with single spaces between its groups."""

    widget = forms.TextInput
    default_error_messages = {
        "required": "Enter a phone number, like 07700 900461",
        "unreadable": "Enter a phone number, like 07700 900461 or +81 90 1234 5678",
    }

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": 30, **kwargs})
        self.widget.input_type = "tel"
        self.widget.attrs.setdefault("autocomplete", "tel")

    def to_python(self, value):
        number = unicodedata.normalize("NFKC", super().to_python(value))
        return " ".join(re.sub(r"[-‐–()./]", " ", number).split())

    def validate(self, value):
        super().validate(value)
        if value and (not re.fullmatch(r"\+?[0-9 ]+", value) or not 7 <= sum(map(str.isdigit, value)) <= 15):
            raise ValidationError(self.error_messages["unreadable"], code="unreadable")
