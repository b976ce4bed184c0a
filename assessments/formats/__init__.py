"""Files of questions: one reader for each format, one neutral `Item` from all of them.

`read` takes any file and raises nothing: what cannot be taken comes back as a `Refusal`.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import BinaryIO

from assessments.formats import gift, moodle, package, qti1, qti2, sheet, xlsx
from assessments.formats.archive import Archive
from assessments.formats.items import LONGEST, Item, Read, Refusal, Refused

__all__ = ["FORMATS", "Item", "Read", "Refusal", "Refused", "read"]

FORMATS = ("gift", "moodle-xml", "qti", "common-cartridge", "csv")
HEAD = 4096
CUT = 4 * LONGEST  # bytes of a line
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
         (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


def read(file: BinaryIO, *, name: str = "", form: str = "auto") -> Iterator[Read]:
    """The questions of `file`, one at a time, numbered from 1, each taken or refused.

    `form` is one of FORMATS or "auto", which looks at the content and then at the name. A file
    that cannot be read further ends with a refusal that says so.
    """
    numbers = count(1)
    last = 0
    try:
        for row in _reader(file, name, form):
            last = next(numbers)
            yield replace(row, n=last)
    except Refused as refusal:
        last = next(numbers)
        yield Refusal(last, refusal.line or 1, refusal.code, refusal.message)
    if not last:
        yield Refusal(1, 1, "EMPTY", "There is no question in the file.")


def _reader(file: BinaryIO, name: str, form: str) -> Iterator[Read]:
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if form == "auto":
        form = _detect(file, head, name)
    zipped = head.startswith(b"PK")
    if form == "gift":
        return gift.read(_lines(file, head))
    if form == "csv":
        return xlsx.read(file) if zipped else sheet.read(_lines(file, head))
    if form == "moodle-xml":
        return moodle.read(file)
    if form == "common-cartridge":
        return package.read(file)
    if zipped:
        return package.read(file, need_manifest=False)
    return _qti(file)


def _qti(file: BinaryIO) -> Iterator[Read]:
    root = package.root_of(file)
    file.seek(0)
    if root == "questestinterop":
        return qti1.read(file)
    if root == "assessmentitem":
        return qti2.read(file)
    if root in ("assessmenttest", "manifest"):
        raise Refused("TEST", "The file orders questions that stand elsewhere. Give the package.")
    raise Refused("NOT_QTI", f"The file is no QTI: its first element is <{root[:30]}>.", 1)


def _detect(file: BinaryIO, head: bytes, name: str) -> str:
    if head.startswith(b"PK"):
        archive = Archive(file)
        file.seek(0)
        if archive.find("xl/workbook.xml"):
            return "csv"
        return "common-cartridge" if archive.find(package.MANIFEST) else "qti"
    start = _text_of(head).lstrip("\ufeff \t\r\n")
    if start.startswith(("<?xml", "<!DOCTYPE")) or _xml_root(start):
        root = package.root_of(file)
        file.seek(0)
        return "moodle-xml" if root in ("quiz", "question") else "qti"
    if name.lower().endswith((".csv", ".tsv")) or sheet.is_header(start.splitlines()[:1]):
        return "csv"
    return "gift"


def _xml_root(start: str) -> bool:
    return start.startswith(("<quiz", "<questestinterop", "<assessmentItem", "<qti-", "<!--"))


def _encoding(head: bytes) -> str:
    return next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")


def _text_of(head: bytes) -> str:
    return head.decode(_encoding(head), "replace")


def _lines(file: BinaryIO, head: bytes) -> Iterator[str]:
    """The lines of a text file, however they end; one longer than any question is cut."""
    encoding = _encoding(head)
    rows: Iterator[str | bytes] = iter(lambda: file.readline(CUT), b"")
    if encoding == "utf-16":
        rows = _utf16_lines(file)
    for number, row in enumerate(rows, start=1):
        try:
            line = row if isinstance(row, str) else _decoded(row)
        except UnicodeDecodeError:
            message = "The file is not UTF-8 text. Save it as UTF-8 and choose it again."
            raise Refused("NOT_UTF8", message, number) from None
        if "\0" in line:
            raise Refused("NOT_TEXT", "The file is no text.", number)
        if "\r" in line:  # also the line ends of old Macintoshes
            yield from re.split(r"(?<=\n)", line.replace("\r\n", "\n").replace("\r", "\n"))
        else:
            yield line


def _decoded(row: bytes) -> str:
    cut = len(row) == CUT and not row.endswith(b"\n")  # perhaps in the middle of a letter
    return row.decode("utf-8", "ignore" if cut else "strict")


def _utf16_lines(file: BinaryIO) -> Iterator[str | bytes]:
    reader = io.TextIOWrapper(file, encoding="utf-16", newline="")
    try:
        yield from iter(lambda: reader.readline(CUT), "")
    except UnicodeError:
        raise Refused("NOT_UTF8", "The file is neither UTF-8 nor UTF-16 text.") from None
    finally:
        reader.detach()
