"""XML read safely and piece by piece: one question in memory at a time. Pure.

Expat does the reading. What a question file has no use for is refused: entities that the file
defines itself (billion laughs, files of this machine), nesting deeper than any question,
texts longer than any question. No external file is ever opened. Names lose their prefix, the
`qti-` of QTI 3, their dashes and their case, so that one reader serves several versions.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from html.entities import html5
from typing import BinaryIO
from xml.parsers import expat

from assessments.formats.items import LONGEST, Refused

CHUNK = 64 * 1024
DEEPEST = 120  # elements of one question, one in the other
DEEPEST_FILE = 5_000
MOST_NODES = 20_000  # of one question


@dataclass(slots=True)
class Node:
    """An element: attributes by short name, and its texts and elements in their order."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["Node | str"] = field(default_factory=list)
    path: tuple["Node", ...] = ()  # what it stands in, outermost first; only for records
    fault: Refused | None = None  # why this record cannot be taken

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def elements(self, *tags: str) -> list["Node"]:
        """The elements directly inside, all or those of these names."""
        inner = [child for child in self.children if isinstance(child, Node)]
        return [child for child in inner if child.tag in tags] if tags else inner

    def first(self, *path: str) -> "Node | None":
        """The first element at the end of a path of names."""
        node: Node | None = self
        for tag in path:
            node = next(iter(node.elements(tag)), None) if node else None
        return node

    def text(self) -> str:
        """All text inside, in its order."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def text_at(self, *path: str) -> str:
        node = self.first(*path)
        return node.text().strip() if node else ""

    def all(self, *tags: str) -> Iterator["Node"]:
        """Every element at any depth, all or those of these names, in the document's order."""
        for child in self.elements():
            if not tags or child.tag in tags:
                yield child
            yield from child.all(*tags)


def short(name: str) -> str:
    return name.rpartition(":")[2].removeprefix("qti-").replace("-", "").lower()


class _Builder:
    """Expat's events -> finished records, each an element whose name is `wanted`."""

    def __init__(self, wanted: Collection[str], begin: Callable[[Node], None] | None):
        self.wanted, self.begin = wanted, begin
        self.finished: list[Node] = []
        self.stack: list[Node] = []
        self.record: Node | None = None
        self.inside = 0  # how many of the stack belong to the record
        self.nodes = self.letters = 0
        self.above = 0  # lines before the first sign
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self.parser.SkippedEntityHandler = self._skipped

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.stack) >= DEEPEST_FILE:
            raise Refused("TOO_DEEP", "The file nests deeper than any question.")
        node = Node(short(name), {short(k): v for k, v in attributes.items()}, self.line())
        if self.record is not None:
            self._grow(node)
        elif node.tag in self.wanted:
            self.record, self.inside = node, 0
            self.nodes = self.letters = 0
            node.path = tuple(self.stack)
        elif self.begin:
            self.begin(node)
        self.stack.append(node)
        self.inside += 1

    def _grow(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._fault("TOO_LONG", f"A question has at most {MOST_NODES:,} elements.")
        elif self.inside >= DEEPEST:
            self._fault("TOO_DEEP", f"The question nests deeper than {DEEPEST} elements.")
        else:
            self.stack[-1].children.append(node)

    def _fault(self, code: str, message: str) -> None:
        if self.record is not None and self.record.fault is None:
            self.record.fault = Refused(code, message)

    def _end(self, _name: str) -> None:
        node = self.stack.pop()
        self.inside -= 1
        if node is self.record:
            self.finished.append(node)
            self.record = None

    def _text(self, text: str) -> None:
        if self.record is None or self.record.fault:
            return
        node = self.stack[-1]
        if node.tag == "file":  # pictures in base64: only that there is one matters
            return
        self.letters += len(text)
        if self.letters > LONGEST:
            self._fault("TOO_LONG", f"A question has at most {LONGEST:,} letters.")
        else:
            node.children.append(text)

    def _entity(self, name: str, *_rest: object) -> None:
        raise Refused("ENTITY", f"The file defines an entity ({name[:30]}); nothing of it is read.")

    def _skipped(self, name: str, parameter: bool) -> None:
        """An entity that an external document type would define: HTML's are known anyway."""
        if not parameter:
            self._text(html5.get(f"{name};", f"&{name};"))

    def line(self) -> int:
        return self.parser.CurrentLineNumber + self.above


def records(
    file: BinaryIO, *wanted: str, begin: Callable[[Node], None] | None = None
) -> Iterator[Node]:
    """Each outermost element of a wanted name, as soon as it is complete.

    `begin` hears of every other element as it opens. `Refused` with its line where the file
    is no XML or is hostile; what stood before that was already given.
    """
    builder = _Builder(wanted, begin)
    head = file.read(CHUNK).removeprefix(b"\xef\xbb\xbf")
    chunk = head.lstrip()  # many files begin with a blank line, which XML does not allow
    builder.above = head[: len(head) - len(chunk)].count(b"\n")
    if not chunk:
        raise Refused("EMPTY", "The file is empty.", 1)
    while True:
        try:
            builder.parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            yield from _drain(builder)
            line = error.lineno + builder.above
            raise Refused("NOT_XML", f"The file is no well-formed XML: {error}.", line) from None
        except Refused as refusal:
            yield from _drain(builder)
            line = builder.line()
            raise Refused(refusal.code, refusal.message, line) from None
        except (LookupError, ValueError):
            raise Refused("ENCODING", "The file states an encoding nobody knows.", 1) from None
        yield from _drain(builder)
        if not chunk:
            return
        chunk = file.read(CHUNK)


def _drain(builder: _Builder) -> Iterator[Node]:
    yield from builder.finished
    builder.finished.clear()
