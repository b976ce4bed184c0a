"""Reads documents that become units, confined: `python -m courses.reading ROOT OUT FILE…`.

Says for each file, in one line (people/confined.py): {"file", "title", "summary", "minutes",
"pieces": [[kind, value]], "warnings": [code]}, or {"file", "refused": code}. `pieces` are those
of courses/markdown.py; the `src` of a picture is a file below OUT that was found to be one.
No file outside of ROOT is opened, and nothing is fetched.
"""

import sys
from dataclasses import asdict
from pathlib import Path

from courses.reading.documents import READERS
from courses.reading.html import settle_headings
from courses.reading.pictures import Pictures
from courses.reading.units import RefusedError, Unit
from people.confined import confine, say


def read(path: Path, pictures: Pictures) -> dict:
    """What `path` becomes, or the code of why it does not."""
    unit = Unit()
    try:
        if not path.stat().st_size:
            raise RefusedError("EMPTY")
        READERS[path.suffix.lower()](path, unit, pictures)
        settle_headings(unit)
        if not unit.pieces:
            raise RefusedError("EMPTY")
    except RefusedError as refusal:
        return {"refused": str(refusal)}
    except RecursionError:
        return {"refused": "NESTED"}
    except MemoryError:
        return {"refused": "TOO_LARGE"}
    unit.title = unit.title[:255]
    return asdict(unit)


def main(arguments: list[str]) -> None:
    confine()
    root, out, *files = arguments
    pictures = Pictures(Path(root).resolve(), Path(out))
    for file in files:
        say({"file": file, **read(pictures.root / file, pictures)})


if __name__ == "__main__":
    main(sys.argv[1:])
