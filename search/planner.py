"""What a person typed -> a small tree that each engine only prints. Pure.

Stages, each tried until enough is found: every word exactly; every word with its variants
(synonyms, prefix of the last word, words one typo away); any word. Dzongkha asks for pairs of
syllables first and then for any.
"""

from collections.abc import Callable
from dataclasses import dataclass

from search.analysis import is_tibetan, words

MAX_WORDS = 16
# fmt: off
STOP_WORDS = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "had",
    "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "no", "not",
    "of", "on", "or", "our", "so", "that", "the", "their", "there", "they", "this", "to",
    "was", "we", "what", "when", "where", "which", "who", "why", "will", "with", "you", "your",
})
# fmt: on
# Editable: what people type -> what documents say. Both ways unless it would widen too much.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "wifi": ("wireless", "wlan"),
    "wireless": ("wifi",),
    "password": ("passphrase", "credential"),
    "internet": ("line", "connection"),
    "printer": ("printing",),
    "laptop": ("computer", "pc"),
    "pc": ("computer",),
    "cert": ("certificate",),
    "db": ("database",),
    "os": ("operating",),
    "vm": ("virtual",),
    "gps": ("gnss",),
    "gnss": ("gps",),
    "virus": ("malware",),
    "outage": ("down",),
    "broken": ("fault", "down"),
    "slow": ("latency", "performance"),
    "hacked": ("incident", "compromised"),
}


@dataclass(frozen=True)
class Term:
    """One thing to look for: one word, or several in a row; a prefix matches any ending."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class Clause:
    """Terms of which any will do."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Stage:
    clauses: tuple[Clause, ...]
    every: bool  # all clauses, or any


@dataclass(frozen=True)
class Plan:
    words: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    did_you_mean: str = ""  # offered only where its hits may be seen

    def __bool__(self) -> bool:
        return bool(self.stages)


def no_variants(_word: str) -> list[str]:
    return []


def make_plan(text: str, *, close_words: Callable[[str], list[str]] = no_variants) -> Plan:
    """The plan for `text`.

    `close_words` gives known words one typo away from an unknown word, best first, and nothing
    for a word that is known. At most 16 different words count; the rest is left out.
    """
    typed = words(text)
    wanted = [word for word in typed if word not in STOP_WORDS] or typed
    unique = tuple(dict.fromkeys(wanted))[:MAX_WORDS]
    if not unique:
        return Plan()
    close = {word: close_words(word) for word in unique}
    exact = tuple(Clause((Term((word,)),)) for word in unique)
    variants = tuple(
        _with_variants(word, close[word], last=word == unique[-1] and not text.endswith(" "))
        for word in unique
    )
    return Plan(
        words=unique,
        stages=_stages(unique, exact, variants),
        did_you_mean=_corrected(unique, close),
    )


def _stages(
    unique: tuple[str, ...], exact: tuple[Clause, ...], variants: tuple[Clause, ...]
) -> tuple[Stage, ...]:
    syllables = [word for word in unique if is_tibetan(word)]
    if len(syllables) >= 2:
        pairs = tuple(Clause((Term(pair),)) for pair in zip(syllables, syllables[1:], strict=False))
        return (Stage(pairs, every=True), Stage(pairs + variants, every=False))
    stages = [Stage(exact, every=True), Stage(variants, every=True)]
    if len(unique) > 1:
        stages.append(Stage(variants, every=False))
    return tuple(stages)


def _with_variants(word: str, close: list[str], *, last: bool) -> Clause:
    terms = [Term((word,))]
    terms += [Term((synonym,)) for synonym in SYNONYMS.get(word, ())]
    terms += [Term((other,)) for other in close]
    if last and len(word) > 1:
        terms.append(Term((word,), prefix=True))
    return Clause(tuple(terms))


def _corrected(unique: tuple[str, ...], close: dict[str, list[str]]) -> str:
    if not any(close.values()):
        return ""
    return " ".join(close[word][0] if close[word] else word for word in unique)


def typo_keys(word: str) -> set[str]:
    """The keys under which a word and its one-letter typos meet: itself and all deletions.

    Of a long word only the first 12 letters count.
    """
    head = word[:12]
    return {head} | {head[:index] + head[index + 1 :] for index in range(len(head))}


def within_one_edit(first: str, second: str) -> bool:
    """One letter added, removed, changed, or two neighbours exchanged (Damerau)."""
    if first == second:
        return True
    if abs(len(first) - len(second)) > 1:
        return False
    if len(first) > len(second):
        first, second = second, first
    start = next((i for i, letter in enumerate(first) if letter != second[i]), len(first))
    if len(first) < len(second):
        return first[start:] == second[start + 1 :]
    if first[start + 1 :] == second[start + 1 :]:
        return True
    swapped = first[start + 1 : start + 2] + first[start : start + 1]
    return swapped == second[start : start + 2] and first[start + 2 :] == second[start + 2 :]
