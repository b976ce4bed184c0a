"""What changed between two texts, word by word: pure, and bounded in time."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

_PARTS = re.compile(r"\s+|\w+|[^\w\s]")
# Comparing costs up to the product of the two lengths; beyond this a changed part is shown whole.
MOST_STEPS = 1_000_000


class Piece(NamedTuple):
    kind: str  # "same", "del" or "ins"
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """`old` and `new` as one text: the pieces but "ins" are `old`, those but "del" are `new`."""
    return list(_joined(_by_line(old, new)))


def _by_line(old: str, new: str) -> Iterator[Piece]:
    """Lines that stayed are found first, so that only changed ones are compared by words."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(before) * len(after) > MOST_STEPS:
        yield from (Piece("del", old), Piece("ins", new))
        return
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[a:b]))
        else:
            yield from _by_word("".join(before[a:b]), "".join(after[c:d]))


def _by_word(old: str, new: str) -> Iterator[Piece]:
    before, after = _PARTS.findall(old), _PARTS.findall(new)
    if len(before) * len(after) > MOST_STEPS:
        yield from (Piece("del", old), Piece("ins", new))
        return
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[a:b]))
        else:
            yield Piece("del", "".join(before[a:b]))
            yield Piece("ins", "".join(after[c:d]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Without empty pieces, neighbours of one kind in one."""
    held: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if held and held.kind == piece.kind:
            held = Piece(held.kind, held.text + piece.text)
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held
