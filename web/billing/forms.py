"""What is typed about money."""

from collections.abc import Sequence
from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from clinic.keys import new_key
from insurers.enums import InvoiceState, PaidBy, RefusedFor
from insurers.models import Insurer, InvoiceLine
from insurers.money import MINOR_DIGITS, read, unpaid, written
from web.approvals.forms import day_field
from web.forms import ChoiceButtons, HouseForm

STATES = [("", "All"), *InvoiceState.choices]
MOST = 100_000_000


class AmountField(forms.CharField):
    """An amount of one currency, as people type it, in its smallest units."""

    def __init__(self, *, currency: str, at_least: int = 1, **kwargs):
        self.currency, self.at_least = currency, at_least
        box = forms.TextInput(attrs={"inputmode": "decimal" if MINOR_DIGITS[currency] else "numeric", "autocomplete": "off"})
        super().__init__(max_length=14, widget=box, **kwargs)

    def clean(self, value: str) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = read(text, self.currency)
        except ValueError:
            raise ValidationError(
                f"Enter an amount, like {written(6800 if MINOR_DIGITS[self.currency] else 9000, self.currency)}"
            ) from None
        if not self.at_least <= amount <= MOST:
            raise ValidationError(f"Enter an amount from {written(self.at_least, self.currency)} on. Check the figures")
        return amount


def day_of(today: date) -> str:
    return f"{today:%d %b %Y}"


class OnceForm(HouseForm):
    """A form that carries a key of its own: sent twice, it is one deed."""

    once = forms.SlugField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = new_key

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        return self.visible_fields()


class DeskForm(OnceForm):
    """What a patient pays now, and how."""

    way = forms.ChoiceField(label="Paid by", choices=PaidBy.choices, widget=ChoiceButtons(columns=3), initial=PaidBy.CARD)

    def __init__(self, *args, currency: str, owed: int, **kwargs):
        super().__init__(*args, **kwargs)
        hint = "Nothing is charged to a card here: take the money first, then note it."
        self.fields["amount"] = AmountField(label="Amount", currency=currency, initial=written(owed, currency), help_text=hint)
        self.order_fields(["amount", "way", "once"])


class InsurerPaidForm(OnceForm):
    """What an insurer paid, when, and what its notice calls it."""

    paid_on = day_field("Paid on")
    way = forms.ChoiceField(label="By", choices=PaidBy.choices, initial=PaidBy.TRANSFER)
    reference = forms.CharField(label="Its reference", max_length=60, required=False)

    def __init__(self, *args, currency: str, owed: int, today: date, **kwargs):
        super().__init__(*args, today=today, **kwargs)
        self.day = today
        self.fields["amount"] = AmountField(label="Amount", currency=currency, initial=written(owed, currency) if owed > 0 else "")
        self.fields["paid_on"].required = True
        self.fields["paid_on"].initial = today
        self.order_fields(["amount", "paid_on", "way", "reference", "once"])

    def clean_paid_on(self) -> date:
        day = self.cleaned_data["paid_on"]
        if day > self.day:
            raise ValidationError("This day is still to come. Note the payment when it has arrived")
        return day


class SendForm(HouseForm):
    """Sending, with doubts seen where there are any."""

    doubts_seen = forms.BooleanField(label="I have looked at this; send it all the same", required=False)


class RefusedForm(HouseForm):
    refused_for = forms.ChoiceField(label="Why", choices=[("", "Choose a reason"), *RefusedFor.choices])
    because = forms.CharField(label="What the insurer wrote", max_length=300, required=False)


class ReasonForm(HouseForm):
    """A deed that needs a reason."""

    because = forms.CharField(label="Reason", max_length=200)

    def __init__(self, *args, asks: str = "Reason", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["because"].label = asks


class ShortfallForm(HouseForm):
    """How much of each line its patient takes over: what the insurer left, counted from the last line, unless told otherwise."""

    def __init__(self, *args, lines: Sequence[InvoiceLine], paid: int, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        open_parts = unpaid([line.amount - line.shortfall for line in lines], paid)
        for line, left in zip(lines, open_parts, strict=True):
            patient, day = line.charge.patient.name, line.charge.on
            label = f"{patient}, {day:%a} {day.day} {day:%b %Y}"
            self.fields[f"of_{line.key}"] = AmountField(
                label=label, currency=currency, at_least=0, required=False, initial=written(left, currency) if left else ""
            )

    @property
    def shares(self) -> dict[str, int]:
        return {line.key: self.cleaned_data.get(f"of_{line.key}") or 0 for line in self.lines if self.cleaned_data.get(f"of_{line.key}")}


class FeeForm(HouseForm):
    """What an insurer pays for a service."""

    insurer = forms.ModelChoiceField(
        label="Insurer", queryset=Insurer.objects.none(), to_field_name="slug", empty_label="Choose an insurer"
    )
    first_day = day_field("First day")
    last_day = day_field("Last day, included", "Leave it empty while no end is agreed.")

    def __init__(self, *args, currency: str, today: date, **kwargs):
        super().__init__(*args, today=today, **kwargs)
        self.fields["insurer"].queryset = Insurer.objects.payers()
        self.fields["first_day"].required = True
        self.fields["first_day"].initial = today
        self.fields["amount"] = AmountField(label="Fee for one visit", currency=currency)
        self.order_fields(["insurer", "amount", "first_day", "last_day"])

    def clean(self) -> dict:
        said = super().clean()
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day can’t come before the first")
        return said


class LookForm(forms.Form):
    """What somebody looks for among invoices; what can't be understood is not looked for."""

    q = forms.CharField(required=False, max_length=60)
    insurer = forms.SlugField(required=False, max_length=60)
    state = forms.ChoiceField(choices=STATES, required=False)

    @property
    def wanted(self) -> dict[str, str]:
        said = self.cleaned_data if self.is_valid() else {}
        return {name: said.get(name, "") for name in self.fields}
