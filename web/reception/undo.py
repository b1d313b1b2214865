"""The way back that is offered with what was just done: a signed address, good for whoever did it and for a few minutes."""

from datetime import datetime

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.undoing import Before
from bookings.slots import Parts, Slot
from clinic.models import Equipment, Practitioner, Room, User

SALT = "undo"
TAG = "undo:"  # marks the message that carries the address
FLAGS = "overbook_reason", "waits_for_review", "waits_for_code", "waits_for_prescription", "was_asked", "version"


def say_done(request: HttpRequest, words: str, appointment: Appointment, before: Before | None) -> None:
    """Say what was done, with a way back where there is one."""
    way = f"{TAG}{way_back(appointment, before, request.user)}" if before else ""
    messages.success(request, words, extra_tags=way)


def way_back(appointment: Appointment, before: Before, user: User) -> str:
    """The address that takes the press."""
    slot = before.slot
    token = {
        "by": user.pk,
        "visit": appointment.key,
        "at": before.at.isoformat(),
        "start": slot.start.isoformat(),
        "who": slot.practitioner.key,
        "room": slot.room.key,
        "machine": slot.equipment.key if slot.equipment else "",
        "state": before.state.value,
        **{name: getattr(before, name) for name in FLAGS},
    }
    return f"{reverse('reception:undo', args=[appointment.key])}?was={signing.dumps(token, salt=SALT, compress=True)}"


def read_back(token: str, appointment: Appointment, user: User) -> Before | None:
    """What an address says; None for one that we did not give this person for this visit."""
    try:
        said = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    if (said["by"], said["visit"]) != (user.pk, appointment.key):
        return None
    slot = Slot(
        service=appointment.service,
        parts=Parts.of(appointment),
        practitioner=Practitioner.objects.select_related("clinic").get(key=said["who"]),
        room=Room.objects.get(key=said["room"]),
        equipment=Equipment.objects.get(key=said["machine"]) if said["machine"] else None,
        start=datetime.fromisoformat(said["start"]),
    )
    flags = {name: said[name] for name in FLAGS}
    return Before(at=datetime.fromisoformat(said["at"]), slot=slot, state=State(said["state"]), **flags)
