"""Packages: Common Cartridge 1.0 to 1.3 and zipped QTI. Pure.

The manifest says what each file is. Assessments and question banks are read; everything else
is named with what it is, so that nobody wonders where it went.
"""

from collections.abc import Iterator
from typing import BinaryIO

from assessments.formats import qti1, qti2
from assessments.formats.archive import Archive
from assessments.formats.items import Read, Refusal, Refused
from assessments.formats.xml import Node, records

MANIFEST = "imsmanifest.xml"
_KINDS = [  # beginnings of resource types, and what to call them
    ("webcontent", "WEB_CONTENT", "a page or file of the course"),
    ("imswl", "WEB_LINK", "a link"),
    ("imsdt", "DISCUSSION", "a discussion topic"),
    ("imsbasiclti", "LTI", "a tool of another system"),
    ("imslti", "LTI", "a tool of another system"),
    ("assignment", "ASSIGNMENT", "an assignment"),
    ("imsapip", "ACCESSIBILITY", "a record of the accessibility extension"),
    ("imsiwb", "WHITEBOARD", "a file for a whiteboard"),
    ("associatedcontent", "ASSOCIATED", "a file that belongs to another one"),
    ("css", "WEB_CONTENT", "a style sheet"),
]


def read(file: BinaryIO, *, need_manifest: bool = True) -> Iterator[Read]:
    """The questions of a package; every other resource is refused by its name."""
    archive = Archive(file)
    manifest = archive.find(MANIFEST)
    if manifest is None:
        if need_manifest:
            raise Refused("MANIFEST", f"The package has no {MANIFEST}.", 1)
        yield from _without_manifest(archive)
        return
    done: set[str] = set()
    for node in records(archive.open(manifest), "resource"):
        yield from _resource(archive, node, done)
    for name in archive.names():
        if name.lower().endswith((".zip", ".imscc", ".qti.zip")) and name not in done:
            yield Refusal(0, 1, "NESTED", f"{name[:80]} is a package inside the package.")


def _resource(archive: Archive, node: Node, done: set[str]) -> Iterator[Read]:
    kind = node.get("type").strip().lower()
    href = node.get("href") or next((f.get("href") for f in node.elements("file")), "")
    base = "".join(part.get("base") for part in (*node.path, node))
    label = base + href or node.get("identifier") or "a resource"
    if node.fault:
        yield Refusal(0, node.line, node.fault.code, f"{label[:80]}: {node.fault.message}")
        return
    if not _may_hold_questions(kind, href):
        code, words = next(
            ((code, words) for start, code, words in _KINDS if kind.startswith(start)),
            ("RESOURCE", f"of a type that holds no questions ({kind[:60] or 'none'})"),
        )
        yield Refusal(0, node.line, code, f"{label[:80]} is {words}, no question.")
        return
    name = archive.find(base + href) or archive.find(href)
    if name is None:
        yield Refusal(0, node.line, "FILE_MISSING", f"{label[:80]} is not in the package.")
        return
    if name not in done:
        done.add(name)
        yield from _entry(archive, name, kind)


def _may_hold_questions(kind: str, href: str) -> bool:
    # Canvas keeps its banks as "associated content" with the ending .xml.qti.
    return kind.startswith("imsqti") or "qti" in kind or href.lower().endswith(".xml.qti")


def _without_manifest(archive: Archive) -> Iterator[Read]:
    for name in sorted(archive.names()):
        if name.lower().endswith((".xml", ".qti", ".dat")):
            yield from _entry(archive, name, "")
        else:
            yield Refusal(0, 1, "RESOURCE", f"{name[:80]} is no file of questions.")


def _entry(archive: Archive, name: str, kind: str) -> Iterator[Read]:
    """What one file of the package holds; its troubles stay its own."""
    try:
        root = _root(archive.open(name))
        if root == "questestinterop":
            yield from qti1.read(archive.open(name))
        elif root == "assessmentitem":
            yield from qti2.read(archive.open(name))
        elif root in ("assessmenttest", "assessmentsection", "assessmentstimulus"):
            yield Refusal(0, 1, "TEST", f"{name[:80]} orders questions that stand elsewhere.")
        else:
            yield Refusal(0, 1, "RESOURCE", f"{name[:80]} is no QTI file (<{root[:30]}>).")
    except Refused as refusal:
        yield Refusal(0, refusal.line or 1, refusal.code, f"{name[:80]}: {refusal.message}")


class _RootSeenError(Exception):
    """Stops the reading at the first element."""


def _root(file: BinaryIO) -> str:
    found: list[str] = []

    def begin(node: Node) -> None:
        found.append(node.tag)
        raise _RootSeenError

    try:
        for _record in records(file, begin=begin):
            pass
    except _RootSeenError:
        pass
    return found[0] if found else ""


root_of = _root
