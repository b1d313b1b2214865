"""Taking turns: the one way in which rows are locked before something is put into them."""

from collections.abc import Iterable

from django.db import connection

from clinic.models import Timeline

LONGEST_WAIT = "3s"


def lock(timelines: Iterable[int]) -> list[int]:
    """Lock these timelines until the transaction ends, lowest id first, waiting at most three seconds in all.

    Call it once per transaction with every timeline that the deed touches: two calls can wait on each other for ever.
    """
    wanted = sorted(set(timelines))
    limit_waiting()
    return list(Timeline.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def limit_waiting() -> None:
    """Let no statement of this transaction wait longer than three seconds for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
