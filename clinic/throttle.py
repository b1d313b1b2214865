"""How often a door may be knocked at: counted in PostgreSQL, so that it holds for every process and without Redis."""

from datetime import datetime, timedelta

from django.db import connection

from clinic.keys import digest
from clinic.models import Throttle

COUNT = """
INSERT INTO clinic_throttle (name, "window", count) VALUES (%s, %s, 1)
ON CONFLICT (name, "window") DO UPDATE SET count = clinic_throttle.count + 1 RETURNING count
"""


def too_often(what: str, who: str, *, limit: int, every: timedelta, now: datetime) -> bool:
    """Count one more `what` by `who` in the present window and say whether that is above `limit`; who is kept as a digest only."""
    seconds = int(every.total_seconds())
    window = datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [f"{what}:{digest(who)[:32]}", window])
        return cursor.fetchone()[0] > limit


def forget_old(*, now: datetime) -> None:
    """Drop windows that can't matter any more."""
    Throttle.objects.filter(window__lt=now - timedelta(days=2)).delete()
