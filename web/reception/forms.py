"""What the desk fills in."""

import datetime
from collections.abc import Iterable

from django import forms

from bookings.enums import CancelledBy, State
from bookings.services.courses import Wishes
from bookings.slots import Slot
from clinic.enums import Weekday
from clinic.models import Practitioner
from insurers.enums import Payer
from insurers.formats import check_number
from insurers.inforce import directory_in_force
from insurers.models import Insurer
from patients.rulebook import rulebook
from web.forms import BirthDateField, ChoiceButtons, HouseForm, PhoneField
from web.reception.look import Look
from web.reception.times import Wanted
from web.reception.words import MARKS


class FilterForm(HouseForm):
    """Which visits of the shown days are listed."""

    q = forms.CharField(label="Find in these visits", max_length=80, required=False, widget=forms.TextInput({"type": "search"}))
    p = forms.ChoiceField(label="Practitioner", required=False)
    s = forms.ChoiceField(label="State", required=False)
    m = forms.ChoiceField(label="Mark", required=False)

    def __init__(self, *, look: Look, people: list[Practitioner]):
        super().__init__(initial={"q": look.words, "p": look.person, "s": look.state, "m": look.mark}, auto_id="f-%s")
        states = [state for state in State if state is not State.CANCELLED]
        self.fields["p"].choices = [("", "Everyone"), *((person.key, person.short_name) for person in people)]
        self.fields["s"].choices = [("", "Any state"), *((state.value, state.label) for state in states), ("hit", "Needs new time")]
        self.fields["m"].choices = [("", "Any mark"), *((name, words) for name, (_, words) in MARKS.items())]


class CancelForm(HouseForm):
    """Who cancels a visit, and why."""

    who = forms.ChoiceField(
        label="Who cancels?", choices=CancelledBy.choices, widget=ChoiceButtons, error_messages={"required": "Say who cancels"}
    )
    because = forms.CharField(
        label="Why?",
        help_text="In a few words, without anything clinical: “ill”, “away on business”.",
        max_length=200,
        error_messages={"required": "Say why, in a few words"},
    )


class WaiveForm(HouseForm):
    """Why a patient is let off what follows from not coming."""

    because = forms.CharField(
        label="Why?",
        help_text="In a few words, without anything clinical: “ill”, “train strike”.",
        max_length=200,
        error_messages={"required": "Say why, in a few words"},
    )


class FindForm(HouseForm):
    """Words to find patients by."""

    q = forms.CharField(label="Name, mobile or e-mail", max_length=80, required=False, widget=forms.TextInput({"type": "search"}))

    @property
    def words(self) -> str:
        """What is looked for; nothing where it can't be read."""
        return self.cleaned_data["q"] if self.is_valid() else ""


class RegisterForm(HouseForm):
    """Somebody new, as they say it on the phone or at the desk."""

    first_name = forms.CharField(label="First name", max_length=60, error_messages={"required": "Enter the first name"})
    last_name = forms.CharField(label="Last name", max_length=60, error_messages={"required": "Enter the last name"})
    born = BirthDateField(label="Date of birth", help_text="Like 14 3 1965")
    mobile = PhoneField(label="Mobile", required=False)
    email = forms.EmailField(
        label="E-mail", required=False, help_text="Confirmations and reminders go here; without one, they are told by SMS."
    )
    sure = forms.BooleanField(label="This is somebody else: make a new record", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "mobile", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, object]:
        given = super().clean()
        if not (given.get("mobile") or given.get("email") or self.errors.keys() & {"mobile", "email"}):
            self.add_error("mobile", "Enter a mobile or an e-mail address, so that we can reach them")
        return given

    @property
    def about(self) -> dict[str, object]:
        """What a record is made of."""
        return {name: self.cleaned_data[name] for name in ("first_name", "last_name", "born", "mobile", "email")}

    @property
    def likeness(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in ("email", "born", "last_name")}

    @property
    def is_sure(self) -> bool:
        return self.cleaned_data["sure"]


class TimeForm(HouseForm):
    """When a visit is to be: one of the free times, or any five minutes with somebody; beside another visit only with a reason."""

    time = forms.CharField(max_length=60, required=False)
    clock = forms.TimeField(
        label="Or another time",
        help_text="Any five minutes, like 09:05",
        required=False,
        input_formats=["%H:%M", "%H.%M"],
        widget=forms.TextInput({"inputmode": "numeric", "size": 6, "autocomplete": "off"}),
    )
    person = forms.ChoiceField(label="With", required=False)
    reason = forms.CharField(
        label="Overbook on purpose: why?",
        help_text="Only if it may stand beside another visit. The reason is kept.",
        max_length=200,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args, wanted: Wanted, day: datetime.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.wanted, self.day = wanted, day
        self.fields["person"].choices = [(person.key, person.name) for person in wanted.people]

    def clean_clock(self) -> datetime.time | None:
        clock = self.cleaned_data["clock"]
        if clock and clock.minute % 5:
            raise forms.ValidationError("Choose a time on five minutes, like 09:05")
        return clock

    def clean(self) -> dict[str, object]:
        given = super().clean()
        if not self.errors and self._slot(given) is None:
            self.add_error("clock" if given.get("clock") else None, self._missing(given))
        return given

    def _slot(self, given: dict[str, object]) -> Slot | None:
        if not hasattr(self, "_found"):
            person = self.wanted.person(given.get("person", ""))
            if given.get("clock"):
                self._found = self.wanted.typed(self.day, given["clock"], person) if person else None
            else:
                self._found = self.wanted.named(given.get("time", ""))
        return self._found

    def _missing(self, given: dict[str, object]) -> str:
        if not given.get("clock"):
            return "Choose one of the times, or type another" if not given.get("time") else "That time has just gone. Choose another"
        return "There is no such time on that day" if given.get("person") else "Say with whom"

    @property
    def slot(self) -> Slot:
        """The people, room and time asked for."""
        return self._found

    @property
    def reason_words(self) -> str:
        return self.cleaned_data["reason"].strip()


class FirstVisitForm(HouseForm):
    """What somebody new comes with, and who pays."""

    complaint = forms.ChoiceField(label="What brings them?", error_messages={"required": "Choose what brings them"})
    payer = forms.ChoiceField(label="Who pays?", choices=Payer.choices, initial=Payer.SELF, error_messages={"required": "Say who pays"})
    insurer = forms.ModelChoiceField(label="Insurer", queryset=None, required=False, to_field_name="slug", empty_label="None")
    policy_number = forms.CharField(label="Policy number", max_length=40, required=False)
    code = forms.CharField(label="Authorisation code", max_length=40, required=False, help_text="Leave it empty if it will follow")
    keep = forms.BooleanField(label="Keep the numbers as they are", required=False)
    doubted = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["complaint"].choices = [("", "Choose"), *((each.id, each.words) for each in rulebook().complaints.values())]
        self.fields["insurer"].queryset = Insurer.objects.payers()

    def clean(self) -> dict[str, object]:
        given = super().clean()
        if given.get("payer") in (Payer.INSURER, Payer.RECLAIM):
            if not given.get("insurer"):
                self.add_error("insurer", "Choose the insurer")
            if not given.get("policy_number"):
                self.add_error("policy_number", "Enter the policy number")
            elif given.get("insurer"):
                self._check_numbers(given)
        return given

    def _check_numbers(self, given: dict[str, object]) -> None:
        """What is odd about a number is said once; who ticks “keep” keeps it."""
        book = directory_in_force()
        for name, kind in (("policy_number", "policy"), ("code", "authorisation")):
            if not given.get(name):
                continue
            checked = check_number(given["insurer"].slug, kind, given[name], book=book)
            given[name] = checked.number
            if not checked.usable:
                self.add_error(name, checked.words)
            elif checked.words and not given.get("keep"):
                self.doubted = True
                self.add_error(name, f"{checked.words} If it is right all the same, tick “Keep the numbers as they are”.")

    @property
    def about(self) -> dict[str, object]:
        """What the booking is made with."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "keep"}
        return given if given["payer"] != Payer.SELF else {**given, "insurer": None, "policy_number": "", "code": ""}


class WishesForm(HouseForm):
    """When the patient can come, for a whole course."""

    who = forms.ChoiceField(label="With", required=False)
    days = forms.MultipleChoiceField(label="Days that suit", required=False, choices=Weekday.choices, widget=forms.CheckboxSelectMultiple)
    earliest = forms.TimeField(label="Not before", required=False, widget=forms.TimeInput({"type": "time"}))
    latest = forms.TimeField(label="Not after", required=False, widget=forms.TimeInput({"type": "time"}))
    away_from = forms.DateField(label="Away from", required=False, widget=forms.DateInput({"type": "date"}))
    away_to = forms.DateField(label="Away until", required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args, people: list[Practitioner], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {person.key: person for person in people}
        self.fields["who"].choices = [("", "Whoever suits best"), *((person.key, person.name) for person in people)]

    def clean(self) -> dict[str, object]:
        given = super().clean()
        if given.get("earliest") and given.get("latest") and given["earliest"] > given["latest"]:
            self.add_error("latest", "This must be later than “Not before”")
        first, last = given.get("away_from"), given.get("away_to")
        if first and last and first > last:
            self.add_error("away_to", "This must be the same day as “Away from”, or later")
        return given

    @property
    def wishes(self) -> Wishes:
        """What was asked for; nothing of it where it can't be read."""
        if not self.is_bound or not self.is_valid():
            return Wishes()
        given = self.cleaned_data
        first, last = given["away_from"] or given["away_to"], given["away_to"] or given["away_from"]
        return Wishes(
            practitioner=self.people.get(given["who"]),
            weekdays=frozenset(map(int, given["days"])),
            earliest=given["earliest"],
            latest=given["latest"],
            away=((first, last),) if first else (),
        )


class DatesForm(HouseForm):
    """The date chosen for each session, by its number."""

    def __init__(self, *args, numbers: Iterable[int], **kwargs):
        super().__init__(*args, **kwargs)
        for number in numbers:
            self.fields[f"date-{number}"] = forms.CharField(max_length=60, required=False)

    @property
    def values(self) -> dict[int, str]:
        """The slots named, by session number."""
        given = self.cleaned_data if self.is_valid() else {}
        return {int(name.removeprefix("date-")): value for name, value in given.items() if value}
