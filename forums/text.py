"""What may stand in a text that people type: pure rules over plain strings."""

import hashlib
import json
import re
from collections.abc import Mapping

LONGEST_POST = 20_000  # letters, as the others
LONGEST_TITLE = 200
LONGEST_TAG = 30
WIDEST_TABLE = 50  # columns
MOST_LINKS = 100
DEEPEST_QUOTE = 20

_SIGN = r"\s*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s))"
_NESTING = re.compile(rf"(?:{_SIGN})+")
_ONE_SIGN = re.compile(_SIGN)


def links_in(text: str) -> int:
    """How many bare addresses `text` has: looking for them takes the square of their number."""
    return text.count("://") + text.lower().count("www.")


def widest_row(text: str) -> int:
    """The most columns that a line of `text` could have as a row of a table."""
    return max((line.count("|") for line in text.split("\n")), default=0)


def deepest_quote(text: str) -> int:
    """How deep quotations and lists of `text` nest at the most, by the signs at a line's start."""
    starts = (_NESTING.match(line) for line in text.split("\n"))
    return max((len(_ONE_SIGN.findall(start[0])) for start in starts if start), default=0)


def fingerprint(content: Mapping[str, object]) -> str:
    """A hash of what a client sent under one cid, to tell a repeat from a reuse."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
