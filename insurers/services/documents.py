"""What insurers send on paper, taken in: looked at for what it is, not for what it is called."""

import re
import unicodedata
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from clinic import audit
from clinic.models import User
from insurers.enums import DocumentKind
from insurers.models import Authorisation, Document

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = {"JPEG": DocumentKind.JPEG, "PNG": DocumentKind.PNG}
ENDINGS = {DocumentKind.PDF: ".pdf", DocumentKind.JPEG: ".jpg", DocumentKind.PNG: ".png"}
ALIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|OpenAction|AA|XFA)\b")


class NotKept(ValueError):
    """Why a file is not taken; `str()` says it to whoever sent it."""


@transaction.atomic
def add_document(*, authorisation: Authorisation, name: str, content: bytes, by: User, now: datetime) -> Document:
    """Keep a letter or card with an approval, or `NotKept`; pictures are drawn anew, so that nothing hidden comes along."""
    kind, content = read_document(content)
    document = Document(authorisation=authorisation, name=plain_name(name, kind), kind=kind, size=len(content), added_at=now, added_by=by)
    document.file.save(document.key, ContentFile(content), save=False)
    document.save()
    audit.record(by, "document.add", document, authorisation=authorisation.key)
    return document


def read_document(content: bytes) -> tuple[DocumentKind, bytes]:
    """What a file is by its content, and what of it is kept; `NotKept` says why not."""
    if not content:
        raise NotKept("The file is empty.")
    if len(content) > LARGEST:
        raise NotKept("The file is larger than 10 MB. Scan it again with fewer dots, or send a photo.")
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise NotKept("The PDF ends too early. Save it again and send that.")
        if ALIVE.search(content):
            raise NotKept("The PDF can do more than be read. Print it to a new PDF and send that.")
        return DocumentKind.PDF, content
    return _picture(content)


def _picture(content: bytes) -> tuple[DocumentKind, bytes]:
    try:
        with Image.open(BytesIO(content), formats=list(FORMATS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotKept("The picture is too large. Send a smaller photo.")
            kind = FORMATS[picture.format]
            drawn = BytesIO()
            picture.convert("RGB").save(drawn, format=picture.format, quality=90)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as problem:
        if isinstance(problem, NotKept):
            raise
        raise NotKept("Only PDF, JPEG and PNG files can be kept.") from None
    return kind, drawn.getvalue()


def plain_name(name: str, kind: DocumentKind) -> str:
    """The file's own name without folders, hidden signs or a false ending."""
    readable = "".join(sign for sign in unicodedata.normalize("NFC", name) if sign.isprintable())
    stem = PurePosixPath(readable.replace("\\", "/")).stem
    stem = re.sub(r'[<>:"|?*;=+@]', " ", stem).strip(" .-")
    return f"{' '.join(stem.split())[:80] or 'document'}{ENDINGS[kind]}"
