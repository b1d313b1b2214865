"""What we send: stopped by the link of a mail with one press, or chosen on a page, by that link or from the plan."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from clinic import audit
from clinic.enums import LinkPurpose
from messaging.enums import Group, Way
from messaging.stopping import Stop, stop_of
from patients.models import Patient
from patients.wishes import Wishes, keep_wishes, stop
from web.forms import ChoiceButtons, HouseForm
from web.guard import allow, by_link, limit, link_slot, public
from web.patient.doors import limit_posts, sent
from web.patient.visit import actor

USUAL = {Group.REMINDERS: Way.BOTH}  # what happens without a word from the patient; else by mail
LANGUAGES = [("en-gb", "English"), ("ja", "日本語 (Japanese)")]
NEEDS_MOBILE = "We have no mobile number for text messages. Ring us to add one, or choose e-mail"


class WishesForm(HouseForm):
    """A way for each group, the language, and whether reminders say what a visit is for."""

    language = forms.ChoiceField(label="In which language do we write to you?", choices=LANGUAGES, widget=ChoiceButtons(columns="row"))
    shows_what = forms.BooleanField(
        label="Say in reminders what the visit is for",
        help_text="We leave it out unless you ask for it: others may see your screen.",
        required=False,
    )

    def __init__(self, *args, patient: Patient, **kwargs):
        known = {"language": patient.language, "shows_what": patient.shows_what}
        super().__init__(*args, initial=known | {group.value: way_of(patient, group) for group in Group}, **kwargs)
        self.has_mobile = bool(patient.mobile)
        self.fields = {group.value: way_field(group) for group in Group} | self.fields

    def clean(self) -> dict[str, object]:
        for group in Group:
            if not self.has_mobile and self.cleaned_data.get(group) in (Way.SMS, Way.BOTH) and group.value in self.changed_data:
                self.add_error(group.value, ValidationError(NEEDS_MOBILE))
        return self.cleaned_data

    @property
    def wishes(self) -> Wishes:
        given = self.cleaned_data
        ways = {group.value: given[group.value] for group in Group}
        return Wishes(ways=ways, language=given["language"], shows_what=given["shows_what"])


def way_field(group: Group) -> forms.ChoiceField:
    ways = [way for way in Way if way != Way.NONE or group.may_be_stopped]
    return forms.ChoiceField(label=group.label, choices=[(way.value, way.label) for way in ways], widget=ChoiceButtons(columns="row"))


def way_of(patient: Patient, group: Group) -> str:
    usual = USUAL.get(group, Way.MAIL) if patient.email or not patient.mobile else Way.SMS
    return patient.ways.get(group, usual)


@csrf_exempt  # mail programs press the button for people (RFC 8058): the address is signed by us, and stops one sort of message
@public
@limit("stop-link", times=60, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link stops; stop it on a press, ours or the mail program's."""
    asked, patient = stop_or_404(request, token)
    if request.method == "POST":
        patient = stop(patient=patient, group=asked.group, by=audit.HOLDER_OF_A_LINK)
    stopped = patient.ways.get(asked.group) == Way.NONE
    return render(request, "patient/stop.html", {"group": asked.group, "stopped": stopped, "token": token})


@public
@limit("stop-link", times=60, every=timedelta(minutes=10))
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """From the link of a mail to the page of choices, at an address without the secret."""
    _, patient = stop_or_404(request, token)
    request.session[link_slot(LinkPurpose.WISHES)] = patient.key
    response = redirect("patient:wishes")
    response["Referrer-Policy"] = "no-referrer"
    return response


def stop_or_404(request: HttpRequest, token: str) -> tuple[Stop, Patient]:
    """What a link stops, and for whom; the page speaks for their clinic."""
    asked = stop_of(token)
    if asked is None:
        raise Http404
    patient = get_object_or_404(Patient.objects.select_related("clinic"), key=asked.message.recipient)
    request.clinic = patient.clinic
    return asked, patient


@allow("plan.see")
@require_safe
def from_plan(request: HttpRequest, key: str) -> HttpResponse:
    """From the plan to the page of choices."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), key=key)
    request.session[link_slot(LinkPurpose.WISHES)] = patient.key
    return redirect("patient:wishes")


@by_link(LinkPurpose.WISHES)
@limit_posts("wishes", times=30, every=timedelta(minutes=10))
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest, about: str) -> HttpResponse:
    """Show what is sent and how; keep what is chosen."""
    patient = get_object_or_404(Patient.objects.select_related("clinic"), key=about)
    request.clinic = patient.clinic
    form = WishesForm(sent(request), patient=patient)
    if form.is_valid():
        keep_wishes(patient=patient, wishes=form.wishes, by=actor(request))
        messages.success(request, "Kept. It holds from the next message on.")
        return redirect("patient:wishes")
    return render(request, "patient/wishes.html", {"patient": patient, "form": form, "groups": [form[group.value] for group in Group]})
