"""How long somebody works here: the form, and what it would do in words."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from clinic.models import Practitioner
from web.forms import ChoiceButtons, HouseForm
from web.templatetags.house import clinic_date

STAYS, LEAVES, HAS_LEFT = "stays", "leaves", "has-left"
WORDS = {STAYS: "They stay", LEAVES: "They leave on a day to come", HAS_LEFT: "They have left: stop from now on"}
MORE = {
    STAYS: "Bookable as their hours allow, and they can sign in.",
    LEAVES: "Bookable until then. On that day their sign-in is closed.",
    HAS_LEFT: "Nothing more is booked with them, and their sign-in is closed at once.",
}


class LeavingForm(HouseForm):
    """Whether somebody stays, leaves on a day, or has left."""

    how = forms.ChoiceField(
        label="Do they stay?",
        choices=list(WORDS.items()),
        widget=ChoiceButtons(more=MORE),
        error_messages={"required": "Choose whether they stay"},
    )
    leaves_on = forms.DateField(
        label="First day on which they can’t be booked",
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, practitioner: Practitioner, today: date, **kwargs):
        known = {"how": how_now(practitioner), "leaves_on": practitioner.leaves_on}
        super().__init__(*args, initial=known, **kwargs)
        self.day = today
        self["how"].reveals = [(LEAVES, [self["leaves_on"]])]

    def clean_leaves_on(self) -> date | None:
        asked = self.cleaned_data["leaves_on"]
        if self.cleaned_data.get("how") != LEAVES:
            return None
        if asked is None:
            raise ValidationError("Enter the first day on which they can’t be booked")
        if asked <= self.day:
            raise ValidationError(f"Enter a day after today, {clinic_date(self.day)}, or choose that they have left")
        return asked

    @property
    def leaving_day(self) -> date | None:
        """The day to be noted; None for somebody who stays."""
        return {STAYS: None, HAS_LEFT: self.day}.get(self.cleaned_data["how"], self.cleaned_data["leaves_on"])


def how_now(practitioner: Practitioner) -> str:
    if not practitioner.active:
        return HAS_LEFT
    return LEAVES if practitioner.leaves_on else STAYS


def standing_words(practitioner: Practitioner) -> str:
    """Where somebody stands, or nothing for who simply works here: `leaves on Tue 1 Dec 2026`."""
    if practitioner.active:
        return f"leaves on {clinic_date(practitioner.leaves_on)}" if practitioner.leaves_on else ""
    return f"left on {clinic_date(practitioner.leaves_on)}" if practitioner.leaves_on else "not working"
