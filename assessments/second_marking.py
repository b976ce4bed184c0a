"""What people's marks of one answer come to: who has to look next, and the share. Pure.

A first marker marks every answer. Where the candidate fails by that, a second marker marks the
same answers without seeing the first marks. Where the two differ by more than the tolerance, a
moderator who sees both decides; where they do not, the mean of both counts.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum


class Round(IntEnum):
    FIRST = 1
    SECOND = 2
    MODERATION = 3


def differ(first: Decimal, second: Decimal, *, tolerance: Decimal) -> bool:
    """Whether two shares of full marks are so far apart that a third person decides."""
    return abs(first - second) > tolerance


def settled(marks: Mapping[int, Decimal]) -> Decimal:
    """The share that counts, from the marks of an answer by round."""
    if Round.MODERATION in marks:
        return marks[Round.MODERATION]
    both = [marks[number] for number in (Round.FIRST, Round.SECOND) if number in marks]
    mean = sum(both, Decimal(0)) / len(both)
    return mean.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def next_round(
    marks: Mapping[int, Mapping[int, Decimal]], *, fails: bool, tolerance: Decimal
) -> tuple[Round, Sequence[int]] | None:
    """Which answers must be marked once more, and in which round; None when all is settled.

    `marks` holds every answer that people mark, each with its marks by round, all rounds that
    were begun complete. `fails` says whether the candidate fails by the first marks.
    """
    if fails and not any(Round.SECOND in one for one in marks.values()):
        return Round.SECOND, list(marks)
    apart = [
        answer
        for answer, one in marks.items()
        if Round.SECOND in one
        and Round.MODERATION not in one
        and differ(one[Round.FIRST], one[Round.SECOND], tolerance=tolerance)
    ]
    return (Round.MODERATION, apart) if apart else None


def share_of(points: Sequence[int], most: Sequence[int]) -> Decimal:
    """The share of full marks that the points given for each criterion of a rubric come to."""
    share = Decimal(sum(points)) / Decimal(sum(most))
    return share.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
