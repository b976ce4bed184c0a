"""One analysis for every engine. Pure.

A word is the longest run of letters, marks and digits, in lower case with accents folded
(Tibetan marks kept: they carry the vowel). In Dzongkha the tsheg and the shad are
punctuation, so the rule yields syllables. Engines stem what they get (Porter).
"""

import re
import unicodedata
from functools import lru_cache

_TIBETAN = ("\u0f00", "\u0fff")
MAX_WORD = 64  # letters; longer runs are no words that anybody types


@lru_cache(maxsize=1)
def _marks() -> str:
    """Every combining mark, for a character class: `re` does not count marks as words."""
    ranges = (
        (0x0300, 0x036F), (0x0900, 0x0903), (0x093A, 0x094F), (0x0F18, 0x0F19), (0x0F35, 0x0F39),
        (0x0F3E, 0x0F3F), (0x0F71, 0x0F84), (0x0F86, 0x0FBC), (0x0FC6, 0x0FC6), (0x1AB0, 0x1AFF),
        (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
    )  # fmt: skip
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in ranges)


@lru_cache(maxsize=1)
def _word_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?:[^\W_]|[{_marks()}])+", re.UNICODE)


def is_tibetan(word: str) -> bool:
    return any(_TIBETAN[0] <= letter <= _TIBETAN[1] for letter in word)


def fold(word: str) -> str:
    """Lower case, Latin accents off, Tibetan untouched."""
    word = word.lower()
    if word.isascii() or is_tibetan(word):
        return word
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of `text` in their order."""
    normal = unicodedata.normalize("NFC", text.replace("\x00", " "))
    return [folded for run in _word_pattern().findall(normal) if (folded := fold(run)[:MAX_WORD])]
