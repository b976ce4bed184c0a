"""CSV files of our own making: framework, tracks, places. The registry's come from anywhere and
are read by people/registry/reading.py."""

import csv
from pathlib import Path

from people.registry.reading import UnreadableError


def named_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Each row with its line. UnreadableError says what the file is not: text, a table, ours."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{path.name} is not UTF-8 text.") from error
    if "\x00" in text:
        raise UnreadableError(f"{path.name} is no text table.")
    reader = csv.DictReader(text.splitlines(keepends=True), restval="")
    try:
        header = list(reader.fieldnames or [])
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise UnreadableError(f"{path.name}, row {reader.line_num}: {error}.") from error
    missing = [name for name in columns if name not in header]
    if missing:
        raise UnreadableError(f"{path.name}, row 1: no column {', '.join(missing)}.")
    doubled = sorted({name for name in columns if header.count(name) > 1})
    if doubled:
        raise UnreadableError(f"{path.name}, row 1: {', '.join(doubled)} stands there twice.")
    return rows
