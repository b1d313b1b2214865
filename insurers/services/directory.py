"""The directory of insurers, brought into the table."""

from collections import Counter

from django.db import transaction

from insurers.directory import Directory, Entry
from insurers.models import Insurer


@transaction.atomic
def load_directory(*, book: Directory) -> int:
    """Bring every insurer of the directory into the table, by its slug; one that has left the directory is no longer offered."""
    shared = Counter(entry.current_name for entry in book.insurers.values())
    rows = [Insurer(slug=entry.slug, **_kept(entry, shared[entry.current_name] > 1)) for entry in book.insurers.values()]
    Insurer.objects.bulk_create(rows, update_conflicts=True, unique_fields=["slug"], update_fields=[*KEPT, "name", "other_names", "active"])
    Insurer.objects.exclude(slug__in=book.insurers).update(active=False)
    return len(rows)


KEPT = (
    *("group", "kind", "claim_model", "pre_authorisation", "referral", "limits", "excess"),
    *("invoices", "requirements", "source", "verified"),
)


def _kept(entry: Entry, is_shared: bool) -> dict[str, object]:
    """What the table holds of an entry: today's name (with its own beside it where several share one), and every other name it goes by."""
    name = entry.current_name or entry.name
    others = ", ".join(other for other in entry.names if other and other != name)
    name = f"{name} ({entry.name})" if is_shared and entry.name != name else name
    return {field: getattr(entry, field) for field in KEPT} | {"name": name, "other_names": others[:300], "active": True}
