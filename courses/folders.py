"""A folder, a zip or uploaded files, laid out as one folder whose documents become units."""

import lzma
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from courses.cartridges import MANIFEST, Cartridge, read_cartridge

KINDS = frozenset({".docx", ".htm", ".html", ".md", ".pdf"})
BESIDE = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".css", ".js"})
CARTRIDGES = (".zip", ".imscc")  # a course of another system is a zip of another ending
HIDDEN = re.compile(r"(^|/)(\.(?!\.)|__MACOSX/|Thumbs\.db$|~\$)")
MOST_FILES = 2_000
LARGEST_FILE = 50 << 20  # bytes, unpacked
LARGEST_FOLDER = 300 << 20
LONGEST_NAME = 200
# What zipfile raises for an entry, by its method of compression.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError,
    OSError, ValueError,
)  # fmt: skip
Refusals = dict[str, str]  # name of a file -> code


class FolderError(Exception):
    """Nothing of it can be read; str() is the code."""


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts "2-b" before "10-a", folder by folder."""
    parts = re.findall(r"\d+|\D+", name.casefold().replace("/", "\x01"))
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def unpack(archive: Path, into: Path) -> Refusals:
    """Lay the files of a zip out below `into`; those that are not taken, by name.

    FolderError where it is no zip, or all of it is more than a folder may hold. The sizes that
    the zip states bound what is read of it.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            rows = [row for row in opened.infolist() if not row.is_dir()]
            if len(rows) > MOST_FILES or sum(row.file_size for row in rows) > LARGEST_FOLDER:
                raise FolderError("TOO_LARGE")
            refused: Refusals = {}
            for row in rows:
                if HIDDEN.search(row.filename):
                    continue
                code = _refusal(row) or _extract(opened, row, into)
                if code:
                    refused[row.filename] = code
            return refused
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise FolderError("BROKEN") from error


def _refusal(row: zipfile.ZipInfo) -> str:
    path = PurePosixPath(row.filename)
    outside = path.is_absolute() or ".." in path.parts or re.search(r"[\\:\x00-\x1f]", row.filename)
    if len(row.filename.encode()) > LONGEST_NAME:
        return "NAME_LONG"
    if outside or stat.S_ISLNK(row.external_attr >> 16):
        return "PATH"
    if row.flag_bits & 1:
        return "LOCKED"
    if path.suffix.lower() in CARTRIDGES:
        return "ZIP_IN_ZIP"
    if path.suffix.lower() not in KINDS | BESIDE | {".xml"}:
        return "KIND"
    return "TOO_LARGE" if row.file_size > LARGEST_FILE else ""


def _extract(archive: zipfile.ZipFile, row: zipfile.ZipInfo, into: Path) -> str:
    target = into / row.filename
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as copy, archive.open(row) as source:
            shutil.copyfileobj(source, copy)
    except (FileExistsError, NotADirectoryError):  # also a file where a folder is wanted
        return "NAME_TWICE"
    except UNREADABLE:
        target.unlink()
        return "BROKEN"
    return ""


def documents(folder: Path) -> tuple[list[str], Refusals, Cartridge]:
    """The documents below `folder`, what is there but is not taken, and the cartridge that it is.

    They stand in their natural order, or as the manifest of a cartridge orders them.
    """
    found, refused = [], {}
    cartridge = read_cartridge(folder)
    if cartridge.broken:
        refused[MANIFEST] = "MANIFEST"
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or HIDDEN.search(name):
            continue
        suffix = path.suffix.lower()
        if path.is_symlink():
            refused[name] = "PATH"
        elif suffix in CARTRIDGES:
            refused[name] = "ZIP_IN_ZIP"
        elif name == MANIFEST:
            continue
        elif suffix == ".xml" and (code := cartridge.refusal(name)):
            refused[name] = code
        elif suffix in KINDS or suffix == ".xml":
            found.append(name)
        elif suffix not in BESIDE:
            refused[name] = "KIND"
    if len(found) > MOST_FILES:
        raise FolderError("TOO_LARGE")
    order = sorted(found, key=lambda name: (cartridge.place(name), natural(name)))
    return order, refused, cartridge


def packed(files: Iterable, archive: Path) -> None:
    """Uploaded files as one zip; a zip that came alone is kept as it is."""
    rows = list(files)
    if len(rows) == 1 and rows[0].name.lower().endswith(CARTRIDGES):
        with archive.open("wb") as copy:
            shutil.copyfileobj(rows[0], copy)
        return
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for row in rows:
            opened.writestr(Path(row.name).name, row.read())
