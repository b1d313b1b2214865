"""Files that are kept, not shown: nothing in them is run, and their names tell nobody's."""

from django.http import HttpResponse


def pdf_response(name: str, content: bytes) -> HttpResponse:
    """A paper to keep or print."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"', "X-Content-Type-Options": "nosniff"},
    )
