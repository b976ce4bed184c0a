"""Our own files of every construct of each format's public specification, against golden JSON.

A folder is zipped before it is read (packages, workbooks). The golden documents were reviewed
by hand against the specifications: they say what a file means, not what the readers did.
"""

import io
import json
import zipfile
from pathlib import Path

import pytest

from assessments.formats import Item, read
from assessments.formats.report import taken

ROOT = Path(__file__).parent / "corpus"
FILES = sorted(
    path
    for folder in ROOT.iterdir()
    for path in folder.iterdir()
    if not path.name.endswith(".golden.json")
)


def zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                package.writestr(str(path.relative_to(folder)), path.read_bytes())
    return buffer.getvalue()


def golden_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.golden.json")


def document(path: Path) -> dict:
    """What the command says of a file, and beside it what its JSON leaves out."""
    content = zipped(path) if path.is_dir() else path.read_bytes()
    rows = list(read(io.BytesIO(content), name=path.name))
    items = [row for row in rows if isinstance(row, Item)]
    return {
        "taken": [
            taken(item)
            | {"category": item.category, "tags": list(item.tags), "content": item.content}
            for item in items
        ],
        "refused": [row.__dict__ for row in rows if not isinstance(row, Item)],
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_says_what_its_golden_document_says(path):
    assert document(path) == json.loads(golden_of(path).read_text("utf-8"))


def test_the_corpus_is_large_enough_and_each_file_has_its_golden_document():
    assert len(FILES) >= 120
    assert {golden_of(path) for path in FILES} == set(ROOT.glob("*/*.golden.json"))
