"""Every way the outbox is narrowed."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from clinic.enums import Role
from clinic.querysets import reaches
from messaging.enums import State

if TYPE_CHECKING:
    from clinic.models import Clinic, User

READERS = Role.RECEPTIONIST, Role.ADMIN


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        if reaches(user, *READERS):
            return self.filter(clinic__staff=user)
        return self.none()

    def at(self, clinic: "Clinic") -> Self:
        return self.filter(clinic=clinic)

    def about(self, key: str) -> Self:
        return self.filter(about=key)

    def of_recipient(self, key: str) -> Self:
        return self.filter(recipient=key)

    def of_visit(self, key: str) -> Self:
        """All that was promised about one visit, whatever each message itself is about."""
        return self.filter(Q(visit=key) | Q(about=key))

    def of_visits(self, keys: Iterable[str]) -> Self:
        """All that was promised about several visits."""
        keys = list(keys)
        return self.filter(Q(visit__in=keys) | Q(about__in=keys))

    def of_kinds(self, kinds: Iterable[str]) -> Self:
        return self.filter(kind__in=kinds)

    def to_any(self, recipients: Iterable[str]) -> Self:
        return self.filter(recipient__in=recipients)

    def by_channel(self, channel: str) -> Self:
        return self.filter(channel=channel)

    def first_ones(self) -> Self:
        """Without what was sent again by hand."""
        return self.filter(again=0)

    def in_state(self, *states: State) -> Self:
        return self.filter(state__in=states)

    def between(self, start: datetime, end: datetime) -> Self:
        """Those due in the half-open stretch."""
        return self.filter(due_at__gte=start, due_at__lt=end)

    def sent(self) -> Self:
        return self.filter(state=State.SENT)

    def failed(self) -> Self:
        return self.filter(state=State.FAILED)

    def needing_a_look(self) -> Self:
        """Those that did not arrive, or may not have, and that nobody has dealt with."""
        return self.filter(state__in=(State.FAILED, State.UNKNOWN), settled_at=None)

    def open(self) -> Self:
        """Those that are promised and not done: also the ones that had no address to go to."""
        return self.filter(Q(state__in=(State.DUE, State.SENDING)) | Q(state=State.FAILED, attempts=0))

    def newer_than(self, version: int) -> Self:
        return self.filter(version__gt=version)

    def overdue(self, now: datetime) -> Self:
        """Those that somebody should have picked up by now."""
        return self.filter(state__in=(State.DUE, State.SENDING), next_try_at__lte=now)

    def held_up(self) -> Self:
        """Those that a provider did not take when they were due, and that are tried again."""
        return self.filter(state=State.DUE).exclude(reason="").exclude(reason__startswith="Waits until")  # those keep quiet hours

    def newest_first(self) -> Self:
        return self.order_by(F("due_at").desc(), "-pk")

    def soonest_first(self) -> Self:
        return self.order_by("due_at", "pk")


class EmailCodeQuerySet(models.QuerySet):
    def usable(self, now: datetime, *, most_tries: int) -> Self:
        return self.filter(used_at=None, expires_at__gt=now, tries__lt=most_tries)
