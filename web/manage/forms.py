"""What the office looks for and changes."""

from django import forms
from django.core.exceptions import ValidationError

from clinic.services import MessageRules
from insurers.money import read, written
from messaging.enums import Channel, State
from messaging.kinds import KINDS
from treatments.models import Service
from web.forms import HouseForm

TODAY = ""
CLOCK = forms.TimeInput(format="%H:%M", attrs={"inputmode": "numeric", "maxlength": 5})
STATES = [(TODAY, "Today"), *((state.value, state.label) for state in State if state is not State.SENDING)]


class MessagesForm(forms.Form):
    """What somebody looks for in the outbox; what can't be understood is not looked for."""

    q = forms.CharField(label="Patient", required=False, max_length=60)
    state = forms.ChoiceField(choices=STATES, required=False)
    kind = forms.CharField(required=False, max_length=60)
    by = forms.ChoiceField(choices=[("", "E-mail or SMS"), *Channel.choices], required=False)

    @property
    def wanted(self) -> dict[str, str]:
        said = self.cleaned_data if self.is_valid() else {}
        return {name: said.get(name, "") for name in self.fields}


def kind_choices() -> list[tuple[str, str]]:
    """Every kind of message, by what staff call it."""
    return sorted(((kind.name, kind.words) for kind in KINDS.values()), key=lambda choice: choice[1])


class ServiceForm(HouseForm):
    """A service's name and price, and whether visitors can book it."""

    name = forms.CharField(label="Name", max_length=80)
    price = forms.CharField(label="Price", max_length=12, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    online = forms.BooleanField(label="Can be booked on the public page", required=False)

    def __init__(self, *args, service: Service, **kwargs):
        self.currency = service.clinic.currency
        known = {"name": service.name, "price": written(service.price, self.currency), "online": service.online}
        super().__init__(*args, initial=known, **kwargs)
        self.fields["price"].help_text = f"Like {written(6800 if self.currency == 'GBP' else 9000, self.currency)}"

    def clean_price(self) -> int:
        try:
            price = read(self.cleaned_data["price"], self.currency)
        except ValueError:
            raise ValidationError(f"Enter an amount, {self.fields['price'].help_text.lower()}") from None
        if price > 100_000_000:
            raise ValidationError("That is more than a visit can cost. Check the amount")
        return price


class AnswersForm(HouseForm):
    """How long health answers stand."""

    days = forms.IntegerField(
        label="Ask patients about their health again after",
        help_text="Days. They see their last answers, and say what has changed. The short questions on the day of a visit come besides.",
        min_value=7,
        max_value=730,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class MessageRulesForm(HouseForm):
    """When we write: hours before a visit, quiet hours, how long a worrying answer may wait, the staff's summary."""

    remind_mail_hours = forms.IntegerField(
        label="Remind by mail so many hours before", help_text="48 is the same time two days before.", min_value=1, max_value=336
    )
    remind_sms_hours = forms.IntegerField(
        label="Remind by text message so many hours before", help_text="24 is the same time the day before.", min_value=1, max_value=336
    )
    quiet_from = forms.TimeField(label="Quiet from", help_text="Patients hear nothing at night that can wait.", widget=CLOCK)
    quiet_until = forms.TimeField(label="Quiet until", help_text="The same time as above: no quiet hours.", widget=CLOCK)
    escalate_minutes = forms.IntegerField(
        label="Tell others after so many minutes when nobody takes a worrying answer",
        help_text="They count from the time by which its practitioner should have looked.",
        min_value=5,
        max_value=1440,
    )
    summary_at = forms.TimeField(
        label="Send the staff the summary of their day at", help_text="Leave it empty to send none.", required=False, widget=CLOCK
    )

    @property
    def rules(self) -> MessageRules:
        return MessageRules(**self.cleaned_data)
