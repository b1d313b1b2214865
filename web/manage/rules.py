"""The house rules for booking, as a form and in words."""

from django import forms
from django.forms.boundfield import BoundField

from clinic.models import Clinic
from clinic.services import BookingRules
from web.forms import HouseForm

STEPS = [(minutes, f"Every {minutes} minutes" if minutes < 60 else "Every full hour") for minutes in (5, 10, 15, 20, 30, 60)]
PARTS = (
    ("When visits can be booked", ("step_minutes", "min_notice_minutes", "horizon_days")),
    ("Holding and cancelling", ("hold_minutes", "cancel_notice_hours", "release_days")),
    ("The practitioner’s day", ("max_resting", "packs_days", "least_useful_minutes")),
)


def number(label: str, more: str, *, least: int, most: int) -> forms.IntegerField:
    """A whole number within what a clinic can mean."""
    box = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, help_text=more, min_value=least, max_value=most, widget=box)


class RulesForm(HouseForm):
    """When visits can be booked, how long times are kept, and how a day is filled."""

    step_minutes = forms.TypedChoiceField(label="Visits begin", choices=STEPS, coerce=int)
    min_notice_minutes = number(
        "Notice for booking online",
        "Minutes from booking to the visit; 120 are two hours. The desk may book at once.",
        least=0,
        most=14 * 24 * 60,
    )
    horizon_days = number("How far ahead visits can be booked", "Days from today.", least=7, most=365)
    hold_minutes = number("A chosen time is held for", "Minutes. Whoever books can ask for more.", least=5, most=60)
    cancel_notice_hours = number("Cancelling is free until", "Hours before the visit.", least=0, most=14 * 24)
    release_days = number(
        "Dates kept for a course are let go after",
        "Days after the first visit, if no course is prescribed by then.",
        least=1,
        most=60,
    )
    max_resting = number(
        "Patients at rest at once", "How many of one practitioner’s patients may lie with needles in at the same time.", least=1, most=10
    )
    packs_days = forms.BooleanField(
        label="Suggest the times that pack a day well",
        help_text="Times that touch another visit, or begin or end the day, stand first. Every free time can still be chosen.",
        required=False,
    )
    least_useful_minutes = number(
        "A gap is lost when it is shorter than",
        "Minutes, usually those of your shortest visit. A time that leaves such a gap is not suggested.",
        least=5,
        most=240,
    )

    def __init__(self, *args, clinic: Clinic, **kwargs):
        known = vars(BookingRules.of(clinic))
        super().__init__(*args, initial=known, **kwargs)
        if known["step_minutes"] not in dict(STEPS):
            self.fields["step_minutes"].choices = [*STEPS, (known["step_minutes"], f"Every {known['step_minutes']} minutes")]

    @property
    def parts(self) -> list[tuple[str, list[BoundField]]]:
        """The questions under their headings."""
        return [(heading, [self[name] for name in names]) for heading, names in PARTS]

    @property
    def rules(self) -> BookingRules:
        return BookingRules(**self.cleaned_data)
