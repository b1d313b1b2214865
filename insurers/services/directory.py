"""The directory of insurers: brought into the table, and kept by the people who use it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from clinic import audit
from clinic.models import User
from insurers.directory import Directory, Entry
from insurers.models import Change, Insurer
from insurers.services.history import change


class ChangedMeanwhile(Exception):
    """Somebody else has changed the same thing since it was read."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this while you were writing. Look at it as it stands now, and change it again.")


@transaction.atomic
def load_directory(*, book: Directory, now: datetime) -> int:
    """Bring every insurer of the directory into the table, by its slug. What people changed stays; one that left is no longer offered."""
    known = {row.slug: row for row in Insurer.objects.select_for_update(of=("self",))}
    kept = _kept_by_people()
    wanted = rows_of(book)
    Insurer.objects.bulk_create(Insurer(slug=slug, **values) for slug, values in wanted.items() if slug not in known)
    for slug, values in wanted.items():
        if slug in known:
            change(known[slug], {name: value for name, value in values.items() if name not in kept[known[slug].pk]}, by=None, now=now)
    Insurer.objects.filter(added_by=None).exclude(slug__in=book.insurers).update(active=False)
    return len(book.insurers)


@transaction.atomic
def edit_insurer(*, insurer: Insurer, values: Mapping[str, object], seen: int, by: User, now: datetime) -> list[str]:
    """Change what is written of an insurer and keep what stood before; `ChangedMeanwhile` when others did after `seen` changes."""
    row = Insurer.objects.select_for_update(of=("self",)).get(pk=insurer.pk)
    if row.changes.count() != seen:
        raise ChangedMeanwhile
    changed = change(row, values, by=by, now=now)
    if changed:
        audit.record(by, "insurer.edit", row, fields=changed)
    return changed


@transaction.atomic
def add_insurer(*, values: Mapping[str, object], by: User) -> Insurer:
    """Add an insurer that the directory does not know; a new edition of the directory leaves it alone."""
    row = Insurer.objects.create(slug=_free_slug(str(values["name"])), added_by=by, **values)
    audit.record(by, "insurer.add", row)
    return row


def rows_of(book: Directory) -> dict[str, dict[str, object]]:
    """What the table holds of each insurer in the directory, by its slug."""
    shared = Counter(entry.current_name for entry in book.insurers.values())
    return {
        slug: _of_entry(entry, shared[entry.current_name] > 1) | _numbers(slug, book) | _rules(slug, book)
        for slug, entry in book.insurers.items()
    }


AS_WRITTEN = (
    *("group", "kind", "claim_model", "pre_authorisation", "referral", "acupuncture", "limits", "excess", "excess_collector"),
    *("invoices", "requirements", "source", "verified"),
)
NUMBERS = {"policy": "policy", "member": "member", "authorisation": "code"}


def _of_entry(entry: Entry, is_shared: bool) -> dict[str, object]:
    """Today's name (with its own beside it where several share one), every other name it goes by, and what was found out."""
    name = entry.current_name or entry.name
    former = set(entry.former_names)
    others = ", ".join(other for other in entry.names if other and other != name and other not in former)
    shown = f"{name} ({entry.name})" if is_shared and entry.name != name else name
    names = {"name": shown, "other_names": others[:300], "former_names": ", ".join(entry.former_names)}
    return {field: getattr(entry, field) for field in AS_WRITTEN} | names | {"checked_on": entry.checked or None, "active": True}


def _numbers(slug: str, book: Directory) -> dict[str, object]:
    values = {}
    for kind, prefix in NUMBERS.items():
        found = next((each for each in book.formats if each.kind == kind and slug in each.insurers), None)
        values |= {f"{prefix}_label": found.label if found else "", f"{prefix}_shapes": ", ".join(found.shapes) if found else ""}
    return values


def _rules(slug: str, book: Directory) -> dict[str, object]:
    rule = book.invoices.get(slug)
    if rule is None:
        return {}
    return {
        "invoice_months": rule.within_months,
        "invoice_number_length": rule.number_length,
        "invoice_number_unique": rule.number_unique,
        "invoice_by": rule.sent_by,
        "chase_after_days": rule.chase_after_days,
        "one_a_day": rule.one_a_day,
        "approval_first": rule.approval_first,
        "rules_source": rule.source,
        "rules_verified": rule.verified,
    }


def _kept_by_people() -> defaultdict[int, set[str]]:
    """The fields of each insurer that somebody here has written."""
    kept: defaultdict[int, set[str]] = defaultdict(set)
    for insurer, field in Change.objects.by_people().filter(insurer__isnull=False).values_list("insurer", "field"):
        kept[insurer].add(field)
    return kept


def _free_slug(name: str) -> str:
    """A name for addresses that nobody has."""
    wanted = slugify(name).replace("-", "_")[:50] or "insurer"
    taken = set(Insurer.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for number in range(1, len(taken) + 2) if (slug := wanted if number == 1 else f"{wanted}_{number}") not in taken)
