"""Lists as CSV: what a spreadsheet program opens, with nothing in it that it would run."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # spreadsheet programs take it as the sign of UTF-8


def cell(value: object) -> str:
    """One cell: as it is, or behind an apostrophe where a program would take it for a formula."""
    text = str("" if value is None else value).replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(RISKY) else text


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A file to keep: a row of headings, then the rows."""
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})
    response.write(BYTE_ORDER_MARK)
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return response
