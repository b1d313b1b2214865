"""The only reader of the clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


def now() -> datetime:
    """Return the present instant in UTC, shifted by the seconds kept in the file `TEST_CLOCK` names, if any."""
    return datetime.now(UTC) + _shift()


def _shift() -> timedelta:
    if not settings.TEST_CLOCK:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(settings.TEST_CLOCK).read_text() or 0))
    except FileNotFoundError:
        return timedelta()
