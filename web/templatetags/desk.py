"""What the desk's templates need besides the house's tags."""

from datetime import datetime

from django import template

from clinic.models import Clinic
from web.templatetags.house import at_clinic

register = template.Library()


@register.filter
def clinic_iso(instant: datetime, clinic: Clinic) -> str:
    """The day on the clinic's calendar as an address names it: 2026-11-20."""
    return at_clinic(instant, clinic).date().isoformat()
