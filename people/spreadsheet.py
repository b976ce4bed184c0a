"""What goes into a CSV that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

# What a spreadsheet runs as a formula, or takes for its own sign of a text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
UTF8_MARK = b"\xef\xbb\xbf"  # by which spreadsheets know it
Rows = Iterable[Iterable[str]]


def defused(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, as text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def table_file(columns: Iterable[str], rows: Rows) -> bytes:
    """A CSV file of `rows` under the names of its `columns`, in marked UTF-8."""
    out = io.StringIO(newline="")
    _write(out, columns, rows)
    return UTF8_MARK + out.getvalue().encode()


def table_response(name: str, columns: Iterable[str], rows: Rows) -> HttpResponse:
    """The answer of a page that gives `rows` as the file `name`."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    _write(response, columns, rows)
    return response


def _write(out: Any, columns: Iterable[str], rows: Rows) -> None:
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([defused(cell) for cell in row])
