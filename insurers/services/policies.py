"""A patient's policy as it is known, with what was known before."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from clinic import audit
from clinic.models import User
from insurers.models import Policy
from insurers.services.history import change
from insurers.services.ledger import take_turn


class PolicyKnown(ValueError):
    """The patient has another policy of this insurer with that number."""

    def __init__(self) -> None:
        super().__init__("This patient has a policy with that number on file already.")


@transaction.atomic
def edit_policy(*, policy: Policy, values: Mapping[str, object], by: User, now: datetime) -> list[str]:
    """Change what is known of a policy, keep what stood before, and name the fields that changed."""
    take_turn(policy)
    row = Policy.objects.get(pk=policy.pk)
    try:
        with transaction.atomic():
            changed = change(row, values, by=by, now=now)
    except IntegrityError as clash:
        raise PolicyKnown from clash
    if changed:
        audit.record(by, "policy.edit", row, fields=changed)
    return changed
