"""The outbox: every promised message is a row before anything leaves the building."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic import clock
from clinic.models import Clinic, KeyField
from messaging import kinds
from messaging.enums import Channel, Receipt, State
from messaging.querysets import EmailCodeQuerySet, MessageQuerySet

WORKER = "worker"  # the beat of whatever looks for due messages
BEAT = "beat"  # the beat of the scheduler that pokes it: a timer that looks by itself has none


class Message(models.Model):
    """One promise to tell one person one thing by one channel; it holds keys and an address, never what the message says."""

    key = KeyField()
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=60)
    about = models.CharField(max_length=40)
    visit = models.CharField(max_length=40, blank=True, db_index=True)
    version = models.PositiveIntegerField(default=1)
    again = models.PositiveSmallIntegerField(default=0)  # 0 is the first; a resend counts on

    recipient = models.CharField(max_length=40, db_index=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=10)

    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    reason = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    useful_until = models.DateTimeField()
    next_try_at = models.DateTimeField()  # while sending: the end of the lease, when somebody else may take over
    attempts = models.PositiveSmallIntegerField(default=0)
    handed_at = models.DateTimeField(null=True, blank=True)  # set before the provider is called: from then on it may arrive
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=10, choices=Receipt, blank=True)  # what the provider told since: it only gets surer
    receipt_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # somebody dealt with a failure: sent it again, or told the person
    message_id = models.CharField(max_length=200)
    sent_subject = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about", "kind", "recipient", "channel", "version", "again"], name="each_thing_told_once"),
        ]
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(state__in=(State.DUE, State.SENDING)), name="messages_to_pick_up"),
            models.Index(fields=["clinic", "due_at"], name="messages_of_a_clinic"),
            models.Index(
                fields=["clinic"], condition=Q(state__in=(State.FAILED, State.UNKNOWN), settled_at=None), name="messages_to_look_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} to {self.name}"

    @property
    def words(self) -> str:
        """What staff call this kind of message."""
        known = kinds.KINDS.get(self.kind)
        return known.words if known else self.kind

    @property
    def masked_address(self) -> str:
        """`h...d@mail.example`, `07700 ...318`: enough to recognise it on a screen others can see."""
        name, at, domain = self.address.rpartition("@")
        if at:
            return f"{name[:1]}...{name[-1:]}@{domain}"
        return f"{self.address[:5]}...{self.address[-3:]}" if self.address else ""

    def is_too_late(self, now: datetime) -> bool:
        return self.useful_until <= now


class EmailCode(models.Model):
    """Six figures sent to prove an address: digests only, good for one purpose, one thing, once."""

    purpose = models.CharField(max_length=20)
    about = models.CharField(max_length=80)
    address_digest = models.CharField(max_length=64)
    code_digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = EmailCodeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "about", "address_digest"], name="newest_code_counts")]

    def __str__(self) -> str:
        return f"Code for {self.purpose} {self.about}"


class Beat(models.Model):
    """When something that should run all the time last did."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%d %b %Y %H:%M:%S}"


def new_message_id(key: str) -> str:
    """Return the Message-ID a row keeps for good: a copy sent twice is recognised as one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    return f"<{key}@{domain}>"
