"""Which requests say much the same: pure, over their texts. One session may answer all of them."""

import math
import re
from collections.abc import Mapping

APART = re.compile(r"[\s་།.,;:!?()“”\"'/-]+")
SHORTEST = 4  # letters: shorter words join sentences, not subjects
LEAST_SHARED = 2  # words
LEAST_WORTH = 0.25  # of all that the first text says
MOST = 10


def words_of(text: str) -> set[str]:
    return {word for word in APART.split(text.casefold()) if len(word) >= SHORTEST}


def alike(text: str, others: Mapping[int, str]) -> list[int]:
    """The keys of those of `others` that share the most with `text`, best first, at most ten.

    A word is worth the more, the fewer of the texts have it.
    """
    own = words_of(text)
    said = {key: words_of(other) for key, other in others.items()}
    every = len(said) + 1
    worth = {
        word: math.log(1 + every / (1 + sum(word in words for words in said.values())))
        for word in own
    }
    shared = {
        key: sum(worth[word] for word in own & words)
        for key, words in said.items()
        if len(own & words) >= LEAST_SHARED
    }
    least = LEAST_WORTH * sum(worth.values())
    near = [key for key, value in shared.items() if value >= least]
    return sorted(near, key=lambda key: (-shared[key], key))[:MOST]
