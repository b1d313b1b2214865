"""What insurers send on paper: letters and cards, kept outside of what the web serves as it lies."""

from django.core.files.storage import storages
from django.db import models

from clinic.models import KeyField, User
from insurers.enums import DocumentKind
from insurers.models.cover import Authorisation
from insurers.querysets import DocumentQuerySet


def private_storage():
    return storages["private"]


def anywhere(document: "Document", filename: str) -> str:
    """A name on disk that says nothing, whatever the file was called."""
    return f"authorisations/{document.key}"


class Document(models.Model):
    """One file that belongs to an approval; `name` is what people call it, never where it lies."""

    key = KeyField()
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="documents")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=DocumentKind)
    size = models.PositiveIntegerField()
    file = models.FileField(storage=private_storage, upload_to=anywhere, max_length=120)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = DocumentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
