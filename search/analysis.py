"""One analysis for every engine. Pure.

A word is the longest run of letters, marks and digits, in lower case with the accents of Latin
letters folded. The marks of other scripts stay: in Dzongkha and Nepali they carry the vowel. In
Dzongkha the tsheg and the shad are punctuation, so the rule yields syllables. Engines stem what
they get (Porter).
"""

import re
import unicodedata
from functools import lru_cache

_TIBETAN = ("\u0f00", "\u0fff")
_LATIN = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
_LONE_ACCENTS = range(0x300, 0x370)
_WITH_MARKS = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
MAX_WORD = 64  # letters; longer runs are no words that anybody types


@lru_cache(maxsize=1)
def _word_pattern() -> re.Pattern[str]:
    """Letters and digits, and the marks and private letters that `re` does not count as such."""
    marks = (
        chr(code)
        for block in _WITH_MARKS
        for code in block
        if unicodedata.category(chr(code)) in ("Mn", "Mc", "Co")
    )
    return re.compile(rf"(?:[^\W_]|[{''.join(marks)}])+")


def is_tibetan(word: str) -> bool:
    return any(_TIBETAN[0] <= letter <= _TIBETAN[1] for letter in word)


@lru_cache(maxsize=1)
def accents() -> dict[int, str]:
    """Latin letter with accents -> its letter; an accent that stands for itself -> nothing."""
    letters = {code: unicodedata.normalize("NFD", chr(code))[0] for code in _LATIN}
    return {code: letter for code, letter in letters.items() if letter.isascii()} | dict.fromkeys(
        _LONE_ACCENTS, ""
    )


def fold(word: str) -> str:
    """Lower case, accents off Latin letters."""
    if word.isascii():
        return word.lower()
    # Letter by letter: at the end of a word Python would make another sigma of a capital one.
    return "".join(map(str.lower, word)).translate(accents())


def words(text: str) -> list[str]:
    """The words of `text` in their order."""
    normal = unicodedata.normalize("NFC", text.replace("\x00", " "))
    return [folded for run in _word_pattern().findall(normal) if (folded := fold(run)[:MAX_WORD])]
