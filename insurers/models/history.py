"""What was written before: earlier values of what insurers ask for, of policies and of approvals."""

from django.db import models
from django.db.models import Q

from clinic.models import User
from insurers.models.cover import Authorisation
from insurers.models.payers import Insurer, Policy
from insurers.querysets import ChangeQuerySet


class Change(models.Model):
    """One field of one row that somebody changed; `by` is empty where a new edition of the directory did."""

    insurer = models.ForeignKey(Insurer, models.CASCADE, null=True, blank=True, related_name="changes")
    policy = models.ForeignKey(Policy, models.CASCADE, null=True, blank=True, related_name="changes")
    authorisation = models.ForeignKey(Authorisation, models.CASCADE, null=True, blank=True, related_name="changes")
    field = models.CharField(max_length=40)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(insurer__isnull=False, policy=None, authorisation=None)
                | Q(policy__isnull=False, insurer=None, authorisation=None)
                | Q(authorisation__isnull=False, insurer=None, policy=None),
                name="a_change_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.field
