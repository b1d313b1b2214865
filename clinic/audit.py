"""The trail of deeds: who did what to which thing."""

from collections.abc import Iterable

from django.db import models

from clinic import clock
from clinic.models import AuditEntry, User

HOLDER_OF_A_LINK = "Holder of the link"
VISITOR = "Visitor"
THE_HOUSE = "Meridian"


def record(by: User | str, verb: str, about: models.Model, **detail: object) -> AuditEntry:
    """Write down one deed in the same transaction: `by` is a user, or words for one not signed in; `detail` holds keys only."""
    [entry] = record_all(by, verb, [about], **detail)
    return entry


def record_all(by: User | str, verb: str, abouts: Iterable[models.Model], **detail: object) -> list[AuditEntry]:
    """Write down that the same was done to each of several things."""
    return AuditEntry.objects.bulk_create(_entry(by, verb, about, detail) for about in abouts)


def _entry(by: User | str, verb: str, about: models.Model, detail: dict[str, object]) -> AuditEntry:
    user = by if isinstance(by, User) else None
    return AuditEntry(
        at=clock.now(),
        by=user,
        by_words=str(by)[:120],
        verb=verb,
        kind=about._meta.model_name,
        about=str(getattr(about, "key", about.pk)),
        detail=detail,
    )
