"""Which questions an attempt gets, and in which order its options stand. Pure."""

import random
from collections.abc import Mapping, Sequence


def draw(
    pools: Sequence[tuple[Sequence[int], int]], *, seen: Mapping[int, int], seed: int
) -> list[int]:
    """Question ids for an attempt: from each (ids, count) that many, least seen first.

    `seen` says how often this person met a question before. The same seed gives the same set.
    A pool that is too small gives all that it has.
    """
    chance = random.Random(seed)  # noqa: S311 (a fair draw, not a secret)
    chosen: list[int] = []
    for ids, count in pools:
        fresh = [pk for pk in dict.fromkeys(ids) if pk not in chosen]
        chance.shuffle(fresh)
        fresh.sort(key=lambda pk: seen.get(pk, 0))  # stable: chance decides between equals
        chosen += fresh[:count]
    return chosen


def option_order(count: int, *, seed: int, slot: int) -> list[int]:
    """The order of `count` options in a slot; a reload gives the same."""
    order = list(range(count))
    random.Random(f"{seed}:{slot}").shuffle(order)  # noqa: S311 (an order, not a secret)
    return order
