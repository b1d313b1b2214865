"""What a patient wants to hear from us, by which way and in which language."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from clinic import audit
from clinic.models import User
from messaging.enums import Group, Way
from messaging.services.rerouting import reroute
from patients.addresses import address_of
from patients.models import Patient


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """A way for each group of messages, the language, and whether a reminder may say what a visit is for."""

    ways: Mapping[str, str]
    language: str
    shows_what: bool


@transaction.atomic
def keep_wishes(*, patient: Patient, wishes: Wishes, by: User | str) -> Patient:
    """Keep what a patient wants; it holds for what is promised already, too."""
    patient = Patient.objects.select_for_update(no_key=True, of=["self"]).select_related("clinic").get(pk=patient.pk)
    patient.ways = {Group(group).value: Way(way).value for group, way in wishes.ways.items()}
    patient.language, patient.shows_what = wishes.language, wishes.shows_what
    patient.save(update_fields=["ways", "language", "shows_what"])
    reroute(to=address_of(patient))
    audit.record(by, "patient.wishes", patient, ways=patient.ways, language=patient.language)
    return patient


@transaction.atomic
def stop(*, patient: Patient, group: Group, by: User | str) -> Patient:
    """Send no more of one group; what safety asks for goes on. Whatever waits asks again before it goes."""
    patient = Patient.objects.select_for_update(no_key=True, of=["self"]).select_related("clinic").get(pk=patient.pk)
    if patient.ways.get(group) != Way.NONE:
        patient.ways = patient.ways | {group.value: Way.NONE.value}
        patient.save(update_fields=["ways"])
        audit.record(by, "patient.stop_messages", patient, group=group)
    return patient
