"""How the versions of a question did in finished attempts. Pure: plain numbers in and out.

Facility is the mean share of marks. Discrimination is the correlation between what people
earned here and what they earned in the rest of their attempt (the item-rest correlation of
classical test theory): near 0 a question says nothing, below 0 the good ones get it wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from typing import Any

FEWEST = 10  # sittings before anything is flagged
TOO_EASY, TOO_HARD = 0.95, 0.2
WEAK = 0.15


class Flag(StrEnum):
    WRONG_KEY = "wrong_key"  # the better people choose a wrong answer more often than the right
    NEGATIVE = "negative"
    WEAK = "weak"
    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"


@dataclass(frozen=True)
class Sitting:
    """One person's answer to the question: shares from 0 to 1, `chosen` the options taken."""

    share: float
    rest: float  # mean share of the other questions of the same attempt
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True)
class Statistics:
    sittings: int
    facility: float | None = None
    discrimination: float | None = None  # None where everybody earned the same
    chosen: dict[int, int] = field(default_factory=dict)  # option -> how often
    flags: tuple[Flag, ...] = ()


def statistics(sittings: Sequence[Sitting], *, right: frozenset[int] = frozenset()) -> Statistics:
    """Facility, discrimination and flags; `right` are the options of a choice that earn marks."""
    if not sittings:
        return Statistics(0)
    facility = _mean([row.share for row in sittings])
    relation = correlation([row.share for row in sittings], [row.rest for row in sittings])
    counts: dict[int, int] = {}
    for row in sittings:
        for option in row.chosen:
            counts[option] = counts.get(option, 0) + 1
    flags = _flags(sittings, facility, relation, right) if len(sittings) >= FEWEST else ()
    return Statistics(len(sittings), facility, relation, counts, flags)


def correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Pearson's correlation; None where one side does not vary."""
    if len(left) < 2:
        return None
    a, b = _mean(left), _mean(right)
    both = sum((x - a) * (y - b) for x, y in zip(left, right, strict=True))
    spread = sqrt(sum((x - a) ** 2 for x in left) * sum((y - b) ** 2 for y in right))
    return both / spread if spread > 1e-12 else None


def _flags(
    sittings: Sequence[Sitting], facility: float, relation: float | None, right: frozenset[int]
) -> tuple[Flag, ...]:
    flags = []
    if right and _better_choose_wrong(sittings, right):
        flags.append(Flag.WRONG_KEY)
    if relation is not None and relation < 0:
        flags.append(Flag.NEGATIVE)
    elif relation is not None and relation < WEAK:
        flags.append(Flag.WEAK)
    if facility > TOO_EASY:
        flags.append(Flag.TOO_EASY)
    elif facility < TOO_HARD:
        flags.append(Flag.TOO_HARD)
    return tuple(flags)


def _better_choose_wrong(sittings: Sequence[Sitting], right: frozenset[int]) -> bool:
    """Whether the best third chose some wrong option more often than each right one."""
    ranked = sorted(sittings, key=lambda row: row.rest, reverse=True)
    best = ranked[: max(1, len(ranked) // 3)]
    taken: dict[int, int] = {}
    for row in best:
        for option in row.chosen:
            taken[option] = taken.get(option, 0) + 1
    wrong = max((count for option, count in taken.items() if option not in right), default=0)
    return wrong > max(taken.get(option, 0) for option in right)


def chosen_options(kind: str, answer: Any) -> tuple[int, ...]:
    """The options that an answer took; true is the first of two."""
    if kind == "true_false" and isinstance(answer, bool):
        return (0 if answer else 1,)
    if kind == "single_choice" and isinstance(answer, int):
        return (answer,)
    return tuple(answer) if kind == "multiple_response" and isinstance(answer, list) else ()


def right_options(kind: str, content: dict) -> frozenset[int]:
    """The options that earn marks, full marks where one is chosen."""
    if kind == "true_false":
        return frozenset({0 if content["answer"] else 1})
    if kind not in ("single_choice", "multiple_response"):
        return frozenset()
    marks = [float(row["fraction"]) for row in content["answers"]]
    least = 100 if kind == "single_choice" else 0.001
    return frozenset(place for place, mark in enumerate(marks) if mark >= least)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
