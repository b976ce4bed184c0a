"""What two texts about the same thing share: words and neighbours, each worth more the rarer. Pure.

A question asked in other words shares few of them with the one that was answered. Each clue
counts once for a document: the logarithm of how many documents there are for each that has it,
times the clue's factor. That chooses CANDIDATES; among them a document that keeps saying a word
is about it, and one that says it once may only mention it. How long a text is says nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.planner import STOP_WORDS, Term

MOST_WORDS = 24  # the rarest of a long text
IN_TITLE = 0.3  # what a word is worth on top where the title has it
CANDIDATES = 150  # documents among which it counts how often they say a word
REPEATED = 1.5  # what each doubling of a word is worth, beside saying it at all: ln of how often
SHARED = 4  # one word in so many is shared by what is similar, and at least one


@dataclass(frozen=True)
class Clue:
    """A word, or two in a row; in the whole text, or in the title alone."""

    term: Term
    factor: float = 1.0
    in_title: bool = False

    @property
    def is_word(self) -> bool:
        return len(self.term.words) == 1 and not self.in_title


def clues(typed: Sequence[str], documents: Mapping[str, int]) -> list[Clue]:
    """The clues of a text; `documents` says how many have a word, and chooses of a long text.

    A word that it does not know stands in one document or in none.
    """
    told = list(dict.fromkeys(word for word in typed if word not in STOP_WORDS))
    chosen = sorted(told, key=lambda word: (documents.get(word, 1), word))[:MOST_WORDS]
    known = set(chosen)
    pairs = dict.fromkeys(
        pair
        for pair in zip(typed, typed[1:], strict=False)
        if known.issuperset(pair) and pair[0] != pair[1]
    )
    return [
        *[Clue(Term((word,))) for word in chosen],
        *[Clue(Term((word,)), IN_TITLE, in_title=True) for word in chosen],
        *[Clue(Term(pair)) for pair in pairs],
    ]


def worth_of_repeats(every: int, documents: int, times: int) -> float:
    """What saying a word `times` times adds to saying it once; `documents` of `every` have it."""
    return math.log(1 + every / documents) * REPEATED * math.log(times)


def least_shared(found: Sequence[Clue]) -> int:
    """How many of the words a similar document has at least."""
    return max(1, sum(clue.is_word for clue in found) // SHARED)
