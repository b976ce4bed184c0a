"""Bytes of a table -> header and records. Pure. CSV in the usual encodings, and XLSX."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

LARGEST = 50 * 1024 * 1024  # bytes
DELIMITERS = ",;\t"
# What openpyxl raises for files that are damaged, locked or made by hand.
NOT_A_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, ParseError, LookupError, ValueError,
    TypeError, AttributeError, OSError, EOFError, RuntimeError,
)  # fmt: skip


class UnreadableError(Exception):
    """The file is no table that can be imported; str() is the sentence for the person."""


@dataclass(frozen=True)
class Record:
    number: int  # the header is not counted
    line: int  # on which it begins, the first line of the file being 1
    cells: list[str]


@dataclass(frozen=True)
class Table:
    columns: list[str]
    records: list[Record]


def column_name(text: str) -> str:
    """A header as it is compared: without case, spaces and underscores."""
    return re.sub(r"[\s_]+", "", text.strip().strip("\ufeff").casefold())


def read_table(data: bytes, *, wanted: tuple[str, ...], required: tuple[str, ...]) -> Table:
    """The table in `data`, its columns named as in `wanted`.

    UnreadableError names row and column: too large, empty, no text, no table, a column that
    is missing, doubled or unknown.
    """
    if len(data) > LARGEST:
        raise UnreadableError("The file is larger than 50 MB. Split it into several.")
    if not data.strip(b"\x00\r\n\t ,;\xef\xbb\xbf\xff\xfe"):
        raise UnreadableError("The file is empty: row 1 should name the columns.")
    rows = _xlsx(data) if data[:4] == b"PK\x03\x04" else list(_csv(_decode(data)))
    if not rows:
        raise UnreadableError("The file is empty: row 1 should name the columns.")
    header = rows[0][1]
    columns = _columns(header, wanted, required)
    records = [
        Record(number, line, cells) for number, (line, cells) in enumerate(rows[1:], start=1)
    ]
    return Table(columns, records)


def _columns(header: list[str], wanted: tuple[str, ...], required: tuple[str, ...]) -> list[str]:
    known = {column_name(name): name for name in wanted}
    found = [known.get(column_name(cell), "") for cell in header]
    missing = [name for name in required if name not in found]
    if len(missing) == len(required):
        raise UnreadableError(
            f"Row 1 is no header of this kind of table. It should name {', '.join(wanted)}."
        )
    if missing:
        raise UnreadableError(f"Row 1 has no column {', '.join(missing)}.")
    for place, (name, cell) in enumerate(zip(found, header, strict=True), start=1):
        if not name:
            raise UnreadableError(f"Row 1, column {place}: “{cell[:40]}” is no known column.")
        if found.index(name) != place - 1:
            raise UnreadableError(f"Row 1, column {place}: {name} stands there a second time.")
    return found


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _text(data, "utf-16")
    if data[:3] == b"\xef\xbb\xbf":
        return _text(data, "utf-8-sig")
    if data[1:20:2].count(0) > 5:
        return _text(data, "utf-16-le")
    if data[0:20:2].count(0) > 5:
        return _text(data, "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _text(data, "cp1252")


def _text(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"Row {line} holds bytes that are no text in {encoding}.") from error
    return text


def _csv(text: str) -> Iterator[tuple[int, list[str]]]:
    if "\x00" in text:  # PostgreSQL takes none, and no table has any
        raise UnreadableError("The file is no text table. Save it as CSV or XLSX.")
    first = text.lstrip("\ufeff").splitlines()[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(f"Row {line} cannot be read as a table row: {error}.") from error


def _xlsx(data: bytes) -> list[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 (a third of a second, for a rare file)
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True)
        return [(line, [_cell(value) for value in row]) for line, row in enumerate(rows, start=1)]
    except (InvalidFileException, *NOT_A_WORKBOOK) as error:
        raise UnreadableError("The file looks like XLSX but cannot be opened.") from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
