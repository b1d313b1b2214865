"""How a clinic's numbers look."""

from clinic.models import Clinic
from insurers.enums import Series
from insurers.models import NumberSeries

FIGURES = 5


def coming_number(clinic: Clinic) -> str:
    """The number that the next invoice would get, as it looks now."""
    series = NumberSeries.objects.filter(clinic=clinic, kind=Series.INVOICE).first() or NumberSeries(
        prefix=prefixes(clinic, Series.INVOICE)[0]
    )
    series.last += 1
    return written_number(series)


def prefixes(clinic: Clinic, kind: Series) -> list[str]:
    """How a clinic's numbers may begin, the plainest first: three letters of its name, or two with its own number."""
    letters = "".join(letter for letter in clinic.slug.upper() if letter.isalnum())
    own = [letters[:3], letters[:2] + str(clinic.pk % 10), letters[:1] + str(clinic.pk % 100), str(clinic.pk % 1000)]
    return [f"R{start}" if kind == Series.RECEIPT else start for start in own]


def written_number(series: NumberSeries) -> str:
    """As it stands on paper: BLO-00012, nine characters until the hundred thousandth."""
    return f"{series.prefix}-{series.last:0{FIGURES}d}"
