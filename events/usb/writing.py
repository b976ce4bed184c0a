"""Writes a USB edition: as a ZIP, or what changed of it into the folder of a stick."""

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from events.bundles import FIRST_DAY, SUMS
from events.usb.contents import Piece

BLOCK = 2**20


@dataclass
class Written:
    """What was done with the files of a stick."""

    files: int = 0
    written: int = 0
    removed: int = 0


def _blocks(piece: Piece) -> Iterator[bytes]:
    if isinstance(piece.content, bytes):
        yield piece.content
        return
    with piece.content.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def write_zip(target: IO[bytes], pieces: Iterable[Piece]) -> None:
    """All of it and the checksums; the same content is the same ZIP, to the byte."""
    sums = []
    with zipfile.ZipFile(target, "w") as archive:
        for piece in pieces:
            digest = hashlib.sha256()
            info = zipfile.ZipInfo(piece.path, FIRST_DAY)
            if piece.path.endswith((".html", ".js", ".css", ".vtt")):
                info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as entry:
                for block in _blocks(piece):
                    digest.update(block)
                    entry.write(block)
            sums.append(f"{digest.hexdigest()}  {piece.path}\n")
        archive.writestr(zipfile.ZipInfo(SUMS, FIRST_DAY), "".join(sums))


def write_folder(folder: Path, pieces: Iterable[Piece]) -> Written:
    """Bring the folder to this content. Files that no edition wrote there stay.

    A stick that is pulled out has whole files only, and the next run writes what is missing:
    the checksums are written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before, now, done = _read(folder / SUMS), {}, Written()
    for piece in pieces:
        digest = hashlib.sha256()
        for block in _blocks(piece):
            digest.update(block)
        now[piece.path] = digest.hexdigest()
        done.files += 1
        path = folder / piece.path
        if before.get(piece.path) != now[piece.path] or not path.exists():
            _write(path, piece)
            done.written += 1
    for name in before.keys() - now.keys():
        path = folder / name
        if path.resolve().is_relative_to(folder.resolve()) and path.is_file():
            path.unlink()
            done.removed += 1
    lines = "".join(f"{digest}  {name}\n" for name, digest in now.items())
    _write(folder / SUMS, Piece(SUMS, lines.encode()))
    return done


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.split("  ", 1) for line in path.read_text("utf-8").splitlines() if "  " in line)
    return {name: digest for digest, name in pairs}


def _write(path: Path, piece: Piece) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f"{path.name}.part")
    with making.open("wb") as file:
        for block in _blocks(piece):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
