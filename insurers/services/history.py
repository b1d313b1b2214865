"""Writing a change so that what stood before is kept beside it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models

from clinic.models import User
from insurers.models import Change


def change(row: models.Model, values: Mapping[str, object], *, by: User | None, now: datetime) -> list[str]:
    """Set these fields of a row and note each that differs, with what it was; return their names. Needs a transaction."""
    before = {name: _written(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    changed = [name for name in values if _written(row, name) != before[name]]
    if not changed:
        return []
    row.save(update_fields=changed)
    about = {row._meta.model_name: row}
    notes = [Change(field=name, before=before[name], after=_written(row, name), by=by, at=now, **about) for name in changed]
    Change.objects.bulk_create(notes)
    return changed


def _written(row: models.Model, name: str) -> str:
    """A value as the history keeps it: plain text, empty where there is none."""
    value = getattr(row, name)
    return "" if value is None else str(value)
