"""A clinic's own rules for insured visits."""

from collections.abc import Mapping

from django.db import transaction

from clinic import audit
from clinic.models import Clinic, User
from insurers.models import CoverRules


@transaction.atomic
def set_cover_rules(*, clinic: Clinic, values: Mapping[str, object], by: User) -> CoverRules:
    """Say how a clinic deals with visits beyond cover, late codes, late cancellations and visits that nobody came to."""
    rules, _ = CoverRules.objects.update_or_create(clinic=clinic, defaults=dict(values))
    audit.record(by, "cover.rules", rules, clinic=clinic.slug, **{name: str(value) for name, value in values.items()})
    return rules
