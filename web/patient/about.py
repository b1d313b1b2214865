"""About you: name, how to reach you, what you agree to, and the code that proves the address."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookings.models import Booking
from bookings.services.filling import Progress, prove_address, tell_details
from messaging.codes import CodeNotSent, send_code
from web.forms import HouseForm, PhoneField
from web.patient.doors import go_on, limit_posts, sent, step
from web.patient.frame import show

WRONG_CODE = "That code doesn’t fit. Use the newest mail from us, or ask for another code"
CONSENTS = {
    "keep": ("records", "You may keep my answers and records for my care"),
    "true": ("answers", "My answers are right as far as I know, and I’ll tell you if something changes"),
}


class NameField(forms.CharField):
    """A name as people write it, on one line."""

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class AboutForm(HouseForm):
    """Who comes, and what they agree to; both boxes start empty."""

    first_name = NameField(
        label="First name",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "given-name", "spellcheck": "false"}),
        error_messages={"required": "Type your first name"},
    )
    last_name = NameField(
        label="Last name",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "family-name", "spellcheck": "false"}),
        error_messages={"required": "Type your last name"},
    )
    mobile = PhoneField(label="Mobile number", help_text="For a reminder, and if something changes on the day.")
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="We mail you a six-figure code to check the address. No password, no account.",
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": "Type your e-mail address, like name@example.org"},
    )
    keep = forms.BooleanField(
        label=CONSENTS["keep"][1],
        help_text="Your practitioner sees them; the front desk sees only that there is something to know",
        error_messages={"required": "Tick that we may keep your answers. We can’t treat you safely without them"},
    )
    true = forms.BooleanField(
        label=CONSENTS["true"][1],
        error_messages={"required": "Tick that your answers are right as far as you know"},
    )

    @property
    def consents(self) -> list[list[str]]:
        """What was ticked, in the words that were shown."""
        return [list(words) for name, words in CONSENTS.items() if self.cleaned_data[name]]


class CodeForm(HouseForm):
    """Six figures from the mail."""

    code = forms.CharField(
        label="Code from the mail",
        max_length=20,
        widget=forms.TextInput({"class": "input--code", "inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "Type the six figures from our mail"},
    )


@limit_posts("booking-about", times=40, every=timedelta(minutes=10))
@step("about", late=True)
def about(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Ask who comes; an address that isn't proved yet gets its code at once."""
    booking = progress.booking
    form = AboutForm(sent(request), initial=known(booking))
    if form.is_valid():
        data = form.cleaned_data
        proved = booking.address_is_proved and booking.email == data["email"]
        names = ("first_name", "last_name", "email", "mobile")
        tell_details(booking=booking, consents=form.consents, **{name: data[name] for name in names})
        if not proved:
            mail_code(request, booking)
        return go_on(request, progress)
    return show(request, progress, "about", form=form, back=reverse("book:payer", args=[booking.clinic.slug]))


def known(booking: Booking) -> dict[str, object]:
    """What was typed before; what was agreed to stays ticked only where it was."""
    agreed = {kind for kind, _ in booking.consents}
    ticks = {name: kind in agreed for name, (kind, _) in CONSENTS.items()}
    names = {name: getattr(booking, name) for name in ("first_name", "last_name", "email", "mobile")}
    return names | ticks


def mail_code(request: HttpRequest, booking: Booking) -> bool:
    """Send the code, the same way for everyone; where that fails, say why."""
    try:
        send_code(address=booking.email, about=booking.key, clinic=booking.clinic, now=request.now)
    except CodeNotSent as why:
        messages.warning(request, str(why))
        return False
    return True


@limit_posts("booking-code", times=40, every=timedelta(minutes=10))
@step("code", late=True)
def code(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Ask for the code from the mail."""
    booking = progress.booking
    if booking.address_is_proved:
        return go_on(request, progress)
    form = CodeForm(sent(request))
    if form.is_valid():
        if prove_address(booking=booking, code=form.cleaned_data["code"], now=request.now):
            return go_on(request, progress)
        form.add_error("code", WRONG_CODE)
    return show(request, progress, "code", form=form, back=reverse("book:about", args=[booking.clinic.slug]))


@require_POST
@limit_posts("booking-code-again", times=12, every=timedelta(minutes=10))
@step("code", late=True)
def code_again(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Send a fresh code; the one before stops working."""
    booking = progress.booking
    if booking.email and not booking.address_is_proved and mail_code(request, booking):
        messages.info(request, f"We have sent a new code to {booking.email}.")
    return redirect("book:code", booking.clinic.slug)
