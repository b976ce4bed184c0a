"""Which questions an attempt gets, and in which order its options stand. Pure."""

import random
from collections.abc import Mapping, Sequence


def draw(
    pools: Sequence[tuple[Sequence[int], int]], *, seen: Mapping[int, int], seed: int
) -> list[int]:
    """Question ids for an attempt: from each (ids, quota) that many, least seen first.

    `seen` says how often this person met a question before. The same seed gives the same set.
    Pools may overlap (a tag and a difficulty): no question comes twice, and every quota is met
    exactly wherever that is possible at all. A question that was seen comes only where no less
    seen one could stand in its place. A pool that is too small gives all that it has.
    """
    chance = random.Random(seed)  # noqa: S311 (a fair draw, not a secret)
    at_home: dict[int, list[int]] = {}  # question -> the pools that it lies in
    for number, (ids, _quota) in enumerate(pools):
        for pk in dict.fromkeys(ids):
            at_home.setdefault(pk, []).append(number)
    candidates = list(at_home)
    chance.shuffle(candidates)
    candidates.sort(key=lambda pk: seen.get(pk, 0))  # stable: chance decides between equals
    taken: list[list[int]] = [[] for _pool in pools]
    # Sets that fit into the quotas are the independent sets of a transversal matroid, so taking
    # the least seen question that still fits, one after the other, is the best there is.
    for pk in candidates:
        _place(pk, at_home, taken, [quota for _ids, quota in pools], set())
    return [pk for pool in taken for pk in pool]


def _place(
    pk: int,
    at_home: Mapping[int, list[int]],
    taken: list[list[int]],
    quotas: Sequence[int],
    tried: set[int],
) -> bool:
    """Put a question into a pool of its own, moving others to further pools of theirs."""
    for pool in at_home[pk]:
        if pool in tried:
            continue
        tried.add(pool)
        if len(taken[pool]) < quotas[pool]:
            taken[pool].append(pk)
            return True
        for place, other in enumerate(taken[pool]):
            if _place(other, at_home, taken, quotas, tried):
                taken[pool][place] = pk
                return True
    return False


def option_order(count: int, *, seed: int, slot: int) -> list[int]:
    """The order of `count` options in a slot; a reload gives the same."""
    order = list(range(count))
    random.Random(f"{seed}:{slot}").shuffle(order)  # noqa: S311 (an order, not a secret)
    return order
