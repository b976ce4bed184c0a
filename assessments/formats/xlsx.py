"""The first sheet of an .xlsx workbook, as rows of text. Pure.

A workbook is a zip file of XML: it is read with the same care as any other, one row at a time.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from assessments.formats import sheet
from assessments.formats.archive import Archive
from assessments.formats.items import Read, Refused
from assessments.formats.xml import Node, records

MOST_TEXTS = 500_000  # shared texts of one workbook
MOST_LETTERS = 100_000_000
MOST_COLUMNS = 2_000
_COLUMN = re.compile(r"\A([A-Z]{1,3})")


def read(file: BinaryIO) -> Iterator[Read]:
    """The questions of a workbook's first sheet."""
    archive = Archive(file)
    name = _first_sheet(archive)
    texts = _shared_texts(archive)
    yield from sheet.from_rows(_rows(archive, name, texts))


def _first_sheet(archive: Archive) -> str:
    workbook = archive.find("xl/workbook.xml")
    if workbook is None:
        raise Refused("NOT_XLSX", "The file is no workbook.", 1)
    first = next(iter(records(archive.open(workbook), "sheet")), None)
    links = archive.find("xl/_rels/workbook.xml.rels")
    if first is None or links is None:
        raise Refused("NOT_XLSX", "The workbook has no sheet.", 1)
    for link in records(archive.open(links), "relationship"):
        if link.get("id") == first.get("id"):
            target = link.get("target").removeprefix("/")
            name = archive.find(target) or archive.find(f"xl/{target}")
            if name:
                return name
    raise Refused("NOT_XLSX", "The workbook has no sheet.", 1)


def _shared_texts(archive: Archive) -> list[str]:
    name = archive.find("xl/sharedStrings.xml")
    texts: list[str] = []
    letters = 0
    for node in records(archive.open(name), "si") if name else ():
        text = _text(node)
        letters += len(text)
        if len(texts) >= MOST_TEXTS or letters > MOST_LETTERS:
            raise Refused("TOO_LONG", "The workbook holds more text than any bank of questions.")
        texts.append(text)
    return texts


def _text(node: Node) -> str:
    """The runs of a rich text, without the readings in small print."""
    runs = [part for run in node.elements("r") for part in run.elements("t")]
    return "".join(part.text() for part in [*node.elements("t"), *runs])


def _rows(archive: Archive, name: str, texts: list[str]) -> Iterator[tuple[int, list[str]]]:
    for line, node in enumerate(records(archive.open(name), "row"), start=1):
        if node.fault:
            raise Refused(node.fault.code, node.fault.message, line)
        stated = node.get("r")
        cells: list[str] = []
        for cell in node.elements("c"):
            column = _column(cell.get("r"), len(cells))
            cells += [""] * (column - len(cells))
            cells.append(_value(cell, texts))
        while cells and not cells[-1]:
            cells.pop()
        yield (
            (int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 9 else line),
            cells,
        )


def _column(reference: str, following: int) -> int:
    match = _COLUMN.match(reference)
    if not match:
        return following
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    if number > MOST_COLUMNS:
        raise Refused("COLUMNS", f"The sheet has more than {MOST_COLUMNS:,} columns.")
    return max(number - 1, following)


def _value(cell: Node, texts: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inside = cell.first("is")
        return _text(inside) if inside else ""
    value = cell.text_at("v")
    if kind == "s":
        place = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else -1
        return texts[place] if 0 <= place < len(texts) else ""
    if kind == "b":
        return "true" if value == "1" else "false"
    return value
