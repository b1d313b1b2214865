"""Who pays: the patient, an insurer that is billed, or the patient who claims it back."""

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from bookings.models import Booking
from bookings.services.covering import code_due
from bookings.services.filling import Progress, choose_payer
from bookings.services.online import HoldGone, held_by
from insurers.enums import Payer
from insurers.formats import check_number, help_words, tidy
from insurers.inforce import directory_in_force, directory_of
from insurers.models import Insurer
from web.forms import ChoiceButtons, HouseForm
from web.patient.doors import go_on, sent, step
from web.patient.frame import show
from web.patient.starting import price

NOW, LATER = "now", "later"
CHOOSE = [("", "Choose your insurer")]


class PayerForm(HouseForm):
    """Who pays, and what an insurer asks for; a number that looks odd is remarked on and never refused."""

    payer = forms.ChoiceField(
        label="Who pays?",
        help_text="Nothing to pay now. You can change this until your visit.",
        error_messages={"required": "Choose who pays", "invalid_choice": "Choose one of the answers shown"},
    )
    insurer = forms.ChoiceField(label="Insurer", required=False)
    number = forms.CharField(
        label="Policy or membership number",
        required=False,
        max_length=40,
        widget=forms.TextInput({"class": "input--code", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    code_when = forms.ChoiceField(label="Authorisation code", required=False)
    code = forms.CharField(
        label="Your code",
        required=False,
        max_length=40,
        widget=forms.TextInput({"class": "input--code", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    plan = forms.ChoiceField(
        label="Your health cash plan or insurer",
        required=False,
        help_text="So that the receipt shows the right details. You can leave it empty.",
    )

    def __init__(self, *args, asks: dict[str, str], insurers: list[Insurer], deadline: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.insurers = {insurer.slug: insurer for insurer in insurers}
        self.book = directory_of(insurers)
        more = {
            Payer.SELF: "By card or cash at the visit",
            Payer.INSURER: "We send them the bill. They give you a code first",
            Payer.RECLAIM: "We give you a receipt with all your plan asks for",
        }
        self.fields["payer"].widget = ChoiceButtons(more=more, asides=asks)
        self.fields["payer"].choices = [
            (Payer.SELF, "I pay"),
            (Payer.INSURER, "My insurer pays"),
            (Payer.RECLAIM, "I pay and claim it back"),
        ]
        self.fields["code_when"].widget = ChoiceButtons(more={LATER: f"We need it by {deadline}"} if deadline else {})
        self.fields["code_when"].choices = [(NOW, "I have it"), (LATER, "I’ll send the code later")]
        listed = [(insurer.slug, insurer.name) for insurer in insurers]
        self._offer("insurer", listed)
        self._offer("plan", listed)
        self._help()

    def _offer(self, name: str, listed: list[tuple[str, str]]) -> None:
        self.fields[name].widget = forms.Select({"autocomplete": "off"})
        self.fields[name].choices = CHOOSE + listed

    def _help(self) -> None:
        """Name the insurer's own numbers, once it is known which insurer it is."""
        chosen = self.data.get("insurer") if self.is_bound else self.initial.get("insurer")
        self.fields["number"].help_text = (chosen and help_words(chosen, "policy", book=self.book)) or "On your card, letter or app."
        asked = chosen and help_words(chosen, "authorisation", book=self.book)
        self.fields["code_when"].help_text = asked or "Your insurer gives you one when you tell them about your visits."

    def clean(self) -> dict[str, object]:
        """Ask only for what the chosen way of paying needs."""
        cleaned = super().clean()
        if cleaned.get("payer") == Payer.INSURER:
            self._need_insurer(cleaned)
        return cleaned

    def _need_insurer(self, cleaned: dict[str, object]) -> None:
        slug = cleaned.get("insurer")
        if not slug:
            self.add_error("insurer", "Choose your insurer")
        elif self.insurers[slug].claim_model == "reclaim":
            self.add_error("insurer", f"{self.insurers[slug].name} pays you back. Choose “I pay and claim it back”")
        self._need_number("number", "policy", "Type your policy or membership number")
        if not cleaned.get("code_when"):
            self.add_error("code_when", "Say whether you have the code, or send it later")
        elif cleaned["code_when"] == NOW:
            self._need_number("code", "authorisation", "Type your code, or choose “I’ll send the code later”")

    def _need_number(self, name: str, kind: str, empty: str) -> None:
        typed = self.cleaned_data.get(name, "").strip()
        checked = check_number(self.cleaned_data.get("insurer") or "", kind, typed, book=self.book)
        if not typed:
            self.add_error(name, empty)
        elif not checked.usable:
            self.add_error(name, checked.words)

    @property
    def answer(self) -> dict[str, object]:
        """What is kept, as the service takes it."""
        data = self.cleaned_data
        payer = Payer(data["payer"])
        if payer == Payer.RECLAIM:
            return {"payer": payer, "insurer": self.insurers.get(data["plan"])}
        later = data["code_when"] == LATER
        return {
            "payer": payer,
            "insurer": self.insurers.get(data["insurer"]),
            "policy_number": tidy(data["number"]),
            "code": "" if later else tidy(data["code"]),
            "code_follows": later,
        }


@step("payer", late=True)
def payer(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Ask who pays; nothing is paid here."""
    booking = progress.booking
    ours = price(booking.service, booking.clinic)
    form = PayerForm(
        sent(request),
        asks={Payer.SELF: ours, Payer.RECLAIM: ours},
        insurers=listed_insurers(),
        deadline=code_needed_by(booking, now=request.now),
        initial=known(booking),
    )
    if form.is_valid():
        choose_payer(booking=booking, **form.answer)
        return go_on(request, progress)
    form["code_when"].reveals = [(NOW, [form["code"]])]
    reveals = [
        (Payer.INSURER, [form["insurer"], form["number"], form["code_when"]]),
        (Payer.RECLAIM, [form["plan"]]),
    ]
    context = {"form": form, "reveals": reveals, "remarks": remarks(booking), "back": reverse("book:times", args=[booking.clinic.slug])}
    return show(request, progress, "payer", **context)


def listed_insurers() -> list[Insurer]:
    """Those that pay, or pay back; a provider of care that is on the list pays nobody."""
    return [each for each in Insurer.objects.listed() if each.is_insurer]


def known(booking: Booking) -> dict[str, object]:
    """What was said before."""
    slug = booking.insurer.slug if booking.insurer else ""
    reclaims = booking.payer == Payer.RECLAIM
    return {
        "payer": booking.payer,
        "insurer": "" if reclaims else slug,
        "plan": slug if reclaims else "",
        "number": booking.policy_number,
        "code": booking.authorisation_code,
        "code_when": LATER if booking.code_follows else NOW if booking.authorisation_code else "",
    }


def remarks(booking: Booking) -> list[str]:
    """What is odd about the numbers, for who looks again; it never stops anyone."""
    if booking.payer != Payer.INSURER or booking.insurer is None:
        return []
    given = (("policy", booking.policy_number), ("authorisation", booking.authorisation_code))
    book = directory_in_force()
    return [words for kind, number in given if number and (words := check_number(booking.insurer.slug, kind, number, book=book).words)]


def code_needed_by(booking: Booking, *, now: datetime) -> str:
    """By when the insurer's code has to be here: the clinic's notice before the visit."""
    try:
        held = held_by(booking, now=now)
    except HoldGone:
        return ""
    due = code_due(held)
    local = due.astimezone(booking.clinic.tz)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}" if due > now else ""
