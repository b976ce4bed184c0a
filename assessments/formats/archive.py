"""Zip files read without trusting them: nothing is unpacked to disk, all reading is bounded."""

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from assessments.formats.items import Refused

MOST_ENTRIES = 50_000
LARGEST_ENTRY = 200 * 1024 * 1024
LARGEST_ALL = 2 * 1024 * 1024 * 1024
STEEPEST = 200  # times smaller than unpacked: text reaches 20, a bomb 1,000
FREE = 1024 * 1024  # bytes that may be as steep as they like
ENCRYPTED = 0x1


class Archive:
    """The entries of a zip file by their path."""

    def __init__(self, file: BinaryIO):
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise Refused("NOT_ZIP", f"The file is no readable zip file: {error}.", 1) from None
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(entries) > MOST_ENTRIES:
            raise Refused("ZIP_BOMB", f"The zip file holds more than {MOST_ENTRIES:,} files.", 1)
        if sum(entry.file_size for entry in entries) > LARGEST_ALL:
            raise Refused("ZIP_BOMB", "The zip file unpacks to more than 2 GB.", 1)
        self._entries = {entry.filename: entry for entry in entries}

    def names(self) -> list[str]:
        return list(self._entries)

    def find(self, name: str) -> str | None:
        """The entry of that path, however its case and slashes are written."""
        wanted = name.replace("\\", "/").removeprefix("./").casefold()
        return next((known for known in self._entries if known.casefold() == wanted), None)

    def open(self, name: str) -> BinaryIO:
        """An entry to read, or `Refused` by its name where it is not safe."""
        entry = self._entries[name]
        if _leaves(name):
            raise Refused("PATH", f"{name[:80]} points outside of the zip file.")
        if entry.flag_bits & ENCRYPTED:
            raise Refused("ENCRYPTED", f"{name[:80]} is protected by a password.")
        steep = entry.file_size > FREE and entry.file_size > STEEPEST * max(1, entry.compress_size)
        if steep or entry.file_size > LARGEST_ENTRY:
            raise Refused("ZIP_BOMB", f"{name[:80]} unpacks to {entry.file_size:,} bytes.")
        try:
            return _Entry(self._zip.open(entry), name)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise Refused("NOT_ZIP", f"{name[:80]} cannot be unpacked: {error}.") from None


def _leaves(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0]


class _Entry:
    """What `read` of a zip entry raises becomes a refusal."""

    def __init__(self, inner, name: str):
        self._inner, self._name = inner, name

    def read(self, size: int = -1) -> bytes:
        try:
            return self._inner.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Refused("NOT_ZIP", f"{self._name[:80]} cannot be unpacked: {error}.") from None
