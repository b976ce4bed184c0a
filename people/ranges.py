"""Parts of a file, as a browser asks for them: RFC 9110, section 14. One range at a time."""

import re
from collections.abc import Iterator

from django.core.files.base import File

PIECE = 64 * 1024
_ONE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


class UnsatisfiableError(Exception):
    """The file has no such part."""


def asked(header: str, size: int) -> range | None:
    """The bytes that `header` asks for; None where the whole file is the right answer.

    UnsatisfiableError where they begin behind the end.
    """
    found = _ONE.match(header.replace(" ", ""))
    if not found or found.groups() == ("", ""):
        return None  # another unit, several parts, or nothing that can be meant
    first, last = found.groups()
    if not first:  # the last so many bytes
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < begin:
            return None
    if begin >= size or begin == end:
        raise UnsatisfiableError
    return range(begin, end)


def read(file: File, part: range) -> Iterator[bytes]:
    """The bytes of `part`; the file is closed when the reader has had enough."""
    with file:
        file.seek(part.start)
        left = len(part)
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
