"""What somebody who waits for a time is asked: which days, which hours, with whom, until when."""

from datetime import date, time, timedelta

from django import forms

from bookings.enums import Urgency
from bookings.models import WaitlistEntry
from bookings.services.waitlist import Wishes
from clinic.enums import Weekday
from clinic.models import Practitioner
from web.forms import ChoiceButtons, HouseForm, TickButtons

WEEKS = {"1": "This week", "2": "Two weeks", "4": "Four weeks", "8": "Eight weeks"}
PARTS = {
    "any": ("Any time of day", "", None, None),
    "morning": ("Mornings", "over by 12:30", None, time(12, 30)),
    "afternoon": ("Afternoons", "from 12:00, over by 17:30", time(12), time(17, 30)),
    "evening": ("Late afternoons and evenings", "from 16:00", time(16), None),
}
NOTICES = {"1": "An hour is enough", "3": "Three hours", "24": "A day", "48": "Two days"}


class DaysForm(HouseForm):
    """Days and people: nothing ticked means any."""

    days = forms.MultipleChoiceField(
        label="On which days?",
        help_text="Tick none if any day would do.",
        choices=Weekday.choices,
        required=False,
        widget=TickButtons(columns=2),
    )
    who = forms.MultipleChoiceField(
        label="With whom?", help_text="Tick nobody if anyone would do.", required=False, widget=TickButtons(columns=2)
    )

    def __init__(self, *args, people: list[Practitioner], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {person.key: person for person in people}
        self.fields["who"].choices = [(person.key, person.name) for person in people]
        if len(people) < 2:
            del self.fields["who"]

    @property
    def chosen(self) -> tuple[Practitioner, ...]:
        return tuple(self.people[key] for key in self.cleaned_data.get("who", ()))


class PatientWishesForm(DaysForm):
    """As a patient is asked: parts of the day instead of hours, weeks instead of dates."""

    part = forms.ChoiceField(
        label="At what time of day?",
        choices=[(key, words) for key, (words, *_) in PARTS.items()],
        initial="any",
        widget=ChoiceButtons(columns=2, more={key: more for key, (_, more, *_) in PARTS.items()}),
        error_messages={"required": "Choose a time of day"},
    )
    weeks = forms.ChoiceField(
        label="For how long shall we look?",
        choices=list(WEEKS.items()),
        initial="4",
        widget=ChoiceButtons(columns="row"),
        error_messages={"required": "Choose how long we look"},
    )
    notice = forms.ChoiceField(
        label="How long before must you know?",
        help_text="Times often come free on the day before, or on the day itself.",
        choices=list(NOTICES.items()),
        initial="3",
        widget=ChoiceButtons(columns="row"),
        error_messages={"required": "Choose how long before you must know"},
    )
    field_order = ("days", "part", "who", "weeks", "notice")

    def wishes(self, today: date, *, last: date | None = None) -> Wishes:
        """What was asked for, from today for so many weeks, or until a last day that is known."""
        _, _, earliest, latest = PARTS[self.cleaned_data["part"]]
        return Wishes(
            first_day=today,
            last_day=last or today + timedelta(weeks=int(self.cleaned_data["weeks"])),
            weekdays=tuple(self.cleaned_data["days"]),
            earliest=earliest,
            latest=latest,
            practitioners=self.chosen,
            notice_hours=int(self.cleaned_data["notice"]),
        )


class DeskWishesForm(DaysForm):
    """As the desk notes it down."""

    earliest = forms.TimeField(label="Not before", required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    latest = forms.TimeField(label="Over by", required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    first_day = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last_day = forms.DateField(label="Until", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    notice = forms.IntegerField(label="Must know so many hours before", min_value=0, max_value=336)
    urgency = forms.TypedChoiceField(
        label="How urgent is it?",
        choices=Urgency.choices,
        coerce=int,
        widget=ChoiceButtons(columns="row"),
        error_messages={"required": "Say how urgent it is"},
    )
    note = forms.CharField(label="Note", help_text="Nothing clinical, please.", max_length=200, required=False)
    field_order = ("days", "earliest", "latest", "who", "first_day", "last_day", "notice", "urgency", "note")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"days", "who"} & set(self.fields):
            self.fields[name].widget.columns = "row"

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("first_day") and data.get("last_day") and data["last_day"] < data["first_day"]:
            self.add_error("last_day", "Choose a last day that is not before the first")
        if data.get("earliest") and data.get("latest") and data["latest"] <= data["earliest"]:
            self.add_error("latest", "Choose an hour after “Not before”")
        return data

    @property
    def wishes(self) -> Wishes:
        data = self.cleaned_data
        return Wishes(
            first_day=data["first_day"],
            last_day=data["last_day"],
            weekdays=tuple(data["days"]),
            earliest=data["earliest"],
            latest=data["latest"],
            practitioners=self.chosen,
            notice_hours=data["notice"],
            urgency=Urgency(data["urgency"]),
            note=data["note"],
        )


def known(entry: WaitlistEntry | None, today: date) -> dict[str, object]:
    """What the desk's form starts from."""
    if entry is None:
        return {"first_day": today, "last_day": today + timedelta(weeks=4), "notice": 2, "urgency": Urgency.SOON}
    return {
        "days": entry.weekdays,
        "who": [person.key for person in entry.practitioners.all()],
        "earliest": entry.earliest,
        "latest": entry.latest,
        "first_day": entry.first_day,
        "last_day": entry.last_day,
        "notice": entry.notice_hours,
        "urgency": entry.urgency,
        "note": entry.note,
    }


def wish_words(entry: WaitlistEntry) -> str:
    """What somebody asked for, in a line: `Mon, Thu, 13:00 to 17:30, with R. Mehta`."""
    days = ", ".join(Weekday(day).label[:3] for day in sorted(entry.weekdays)) or "Any day"
    hours = hour_words(entry.earliest, entry.latest)
    people = " or ".join(person.short_name for person in entry.practitioners.all())
    return ", ".join(part for part in (days, hours, f"with {people}" if people else "") if part)


def hour_words(earliest: time | None, latest: time | None) -> str:
    if earliest and latest:
        return f"{earliest:%H:%M} to {latest:%H:%M}"
    if earliest:
        return f"from {earliest:%H:%M}"
    return f"until {latest:%H:%M}" if latest else ""
