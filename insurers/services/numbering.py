"""Numbers without gaps: taken under a lock, in the transaction that uses them."""

from clinic.models import Clinic
from insurers.enums import Series
from insurers.models import NumberSeries
from insurers.numbers import prefixes, written_number


def next_number(clinic: Clinic, kind: Series) -> str:
    """The next number of a clinic; whoever asks at the same time waits, and a transaction that fails gives its number back."""
    _open_series(clinic, kind)
    series = NumberSeries.objects.select_for_update(no_key=True).get(clinic=clinic, kind=kind)
    series.last += 1
    series.save(update_fields=["last"])
    return written_number(series)


def _open_series(clinic: Clinic, kind: Series) -> None:
    """Begin a clinic's series where there is none; the first prefix that no other clinic has is its own for good."""
    for prefix in prefixes(clinic, kind):
        if NumberSeries.objects.filter(clinic=clinic, kind=kind).exists():
            return
        NumberSeries.objects.bulk_create([NumberSeries(clinic=clinic, kind=kind, prefix=prefix)], ignore_conflicts=True)
