"""Two people change one text at once: a three-way merge that loses no word. Pure.

What only one of them changed is taken. Where both changed the same lines, their words are merged;
where that cannot be told apart, both versions stay, one after the other, and are named. A word is
gone only when somebody who saw it took it out, and nobody changed what stood around it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from people.letters import one_newline

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_STEPS = 1_000_000  # comparing costs up to the product of the two lengths


class Conflict(NamedTuple):
    """The same lines in two versions; both stand in the text, `theirs` first."""

    before: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class Merged:
    text: str
    conflicts: list[Conflict]


class Hunk(NamedTuple):
    """A stretch that stayed in both versions, or that one or both changed."""

    base: list[str]
    theirs: list[str]
    mine: list[str]


def merge(base: str, theirs: str, mine: str) -> Merged:
    """`mine`, written from `base`, brought into `theirs`, which was saved meanwhile."""
    pieces, conflicts = [], []
    lines = [_lines(text) for text in (base, theirs, mine)]
    for hunk in hunks(*lines):
        decided = _decided(hunk)
        if decided is None and hunk.base:
            decided = _by_word(hunk)
        if decided is not None:
            pieces.append(decided)
            continue
        both = ["".join(hunk.theirs), "".join(hunk.mine)]
        if hunk.base:
            conflicts.append(Conflict("".join(hunk.base), *both))
        pieces += both
    return Merged(plain("".join(pieces)), conflicts)


def still_open(conflicts: Sequence[Conflict], text: str) -> list[Conflict]:
    """Those of which both versions still stand in the text."""
    return [each for each in conflicts if each.theirs in text and each.mine in text]


def hunks(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[Hunk]:
    """The three texts cut where all of them agree: together the hunks are each text, in order."""
    at = (0, 0, 0)
    for stays in [*_agreed(base, theirs, mine), (len(base), len(theirs), len(mine), 0)]:
        changed = Hunk(base[at[0] : stays[0]], theirs[at[1] : stays[1]], mine[at[2] : stays[2]])
        if any(changed):
            yield changed
        same = base[stays[0] : stays[0] + stays[3]]
        if same:
            yield Hunk(same, same, same)
        at = (stays[0] + stays[3], stays[1] + stays[3], stays[2] + stays[3])


def _agreed(base, theirs, mine) -> Iterator[tuple[int, int, int, int]]:
    """Stretches that stayed in both: where they begin in each text, and their length."""
    first, second = _blocks(base, theirs), _blocks(base, mine)
    here = there = 0
    while here < len(first) and there < len(second):
        one, other = first[here], second[there]
        start = max(one.a, other.a)
        end = min(one.a + one.size, other.a + other.size)
        if start < end:
            yield start, one.b + start - one.a, other.b + start - other.a, end - start
        if one.a + one.size < other.a + other.size:
            here += 1
        else:
            there += 1


def _blocks(before: list[str], after: list[str]):
    if len(before) * len(after) > MOST_STEPS:
        return _edges(before, after)
    return SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()


class _Block(NamedTuple):
    a: int
    b: int
    size: int


def _edges(before: list[str], after: list[str]) -> list[_Block]:
    """For texts too long to compare: what is the same at the beginning and at the end."""
    most = min(len(before), len(after))
    head = next((n for n in range(most) if before[n] != after[n]), most)
    tail = next((n for n in range(most - head) if before[-1 - n] != after[-1 - n]), most - head)
    return [
        _Block(0, 0, head),
        _Block(len(before) - tail, len(after) - tail, tail),
    ]


def _decided(hunk: Hunk) -> str | None:
    """What the hunk becomes where at most one of the two changed it, or both did the same."""
    if hunk.theirs == hunk.base or hunk.theirs == hunk.mine:
        return "".join(hunk.mine)
    return "".join(hunk.theirs) if hunk.mine == hunk.base else None


def _by_word(hunk: Hunk) -> str | None:
    """The changed lines merged word by word; None where both changed the same words."""
    words = [_WORDS.findall("".join(lines)) for lines in hunk]
    decided = [_decided(each) for each in hunks(*words)]
    return None if None in decided else "".join(each for each in decided if each)


def _lines(text: str) -> list[str]:
    """Lines with their ends; the last has one too, so that lines can follow it."""
    return [f"{line}\n" for line in plain(text).split("\n")] if plain(text) else []


def plain(text: str) -> str:
    """A text as it is kept: one kind of line end, none at its end."""
    return one_newline(text).rstrip("\n")
